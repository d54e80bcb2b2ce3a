/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/gateway.h"

#include "gateway/admin.h"
#include "gateway/capture_guard.h"
#include "gateway/collect.h"
#include "gateway/ingress.h"
#include "gateway/listener.h"
#include "gateway/shard.h"
#include "gateway/signals.h"
#include "gateway/uplink.h"
#include "net/clock.h"
#include "net/log.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RESOLVER_THREADS = 4 };

/* The configuration is right and the machine says no. */
static status refused(status why)
{
    return why.fault ? FAIL(UNAVAILABLE, "the machine does not allow it") : OK;
}

/* ---- what the configuration names ---- */

static status load_identity(struct gateway *gateway, struct problem *problem)
{
    const struct config *const config = gateway->config;
    if (!config->key_path[0])
        return tls_identity_generate(gateway->started.wall_s, &gateway->identity);
    return identity_load(config, &gateway->identity, problem);
}

static status load_guard(const struct config_guard *config, struct guard *out,
                         struct problem *problem)
{
    if (!config->policy_path[0])
        return OK;
    const status loaded = guard_load(config->policy_path, out, problem);
    if (loaded.fault && !problem->line)
        problem->line = config->line;
    return loaded;
}

static struct channel_context context_of(const struct gateway *gateway, size_t index,
                                         enum channel_kind kind)
{
    const struct config_guard *const said = guard_config(gateway->config, index);
    const struct guard *const guard = &gateway->guards[index];
    return (struct channel_context){.kind = kind,
                                    .identity = gateway->identity,
                                    .attest = gateway->attest,
                                    .policy = guard->rules,
                                    .insecure_skip_appraisal = said->insecure_skip_appraisal,
                                    .endorsements = guard->endorsements,
                                    .reattest_s = guard->rules ? said->reattest_s : 0};
}

static status load_contexts(struct gateway *gateway, struct problem *problem)
{
    const struct config *const config = gateway->config;
    const size_t clients = config->link_count;
    gateway->guards = calloc(clients + 1, sizeof *gateway->guards);
    gateway->contexts = calloc(clients + CHANNEL_KIND_COUNT, sizeof *gateway->contexts);
    if (!gateway->guards || !gateway->contexts)
        return FAIL(EXHAUSTED, "no memory for policies");
    for (size_t i = 0; i <= clients; i++)
        TRY(load_guard(guard_config(config, i), &gateway->guards[i], problem));
    for (size_t i = 0; i < clients; i++)
        gateway->contexts[i] = context_of(gateway, i, config->links[i].kind);
    for (size_t kind = 0; kind < CHANNEL_KIND_COUNT; kind++)
        gateway->contexts[clients + kind] = context_of(gateway, clients, (enum channel_kind)kind);
    return OK;
}

static status bind_for_peers(struct listener *listener, const struct config_listen *listen,
                             struct problem *problem)
{
    char text[ENDPOINT_TEXT_SIZE];
    const status bound = listener_bind(&listen->endpoint, &listener->fd);
    listener->kind = listen->kind;
    endpoint_text(&listen->endpoint, text);
    return bound.fault
               ? problem_at(problem, listen->line, "listen: %s: %s", text, bound.fault->what)
               : OK;
}

static status bind_listeners(struct gateway *gateway, struct problem *problem)
{
    const struct config *const config = gateway->config;
    gateway->listeners =
        calloc(config->listen_count + config->ingress_count + 1, sizeof *gateway->listeners);
    if (!gateway->listeners)
        return FAIL(EXHAUSTED, "no memory for listeners");
    for (size_t i = 0; i < config->listen_count + config->ingress_count; i++) {
        const bool for_peers = i < config->listen_count;
        struct listener *const listener = &gateway->listeners[i];
        const struct config_ingress *const ingress =
            for_peers ? NULL : &config->ingress[i - config->listen_count];
        *listener = (struct listener){.fd = -1, .index = i, .ingress = ingress};
        gateway->listener_count++;
        const status bound = ingress ? ingress->kind->bind(listener, problem)
                                     : bind_for_peers(listener, &config->listens[i], problem);
        if (bound.fault)
            return refused(bound);
    }
    return OK;
}

/* ---- threads ---- */

/* Signals are for the thread that runs the gateway. */
static status start_workers(struct gateway *gateway)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status started = worker_new(1, &gateway->collector.worker);
    if (!started.fault)
        started = worker_new(RESOLVER_THREADS, &gateway->resolver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static status make_shards(struct gateway *gateway)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = gateway->config->threads;
    if (!count)
        count = processors < 1 ? 1 : (size_t)processors;
    if (count > CONFIG_THREADS_MAX)
        count = CONFIG_THREADS_MAX;
    gateway->shards = calloc(count, sizeof *gateway->shards);
    gateway->uplinks = calloc(gateway->config->link_count + 1, sizeof *gateway->uplinks);
    gateway->services = calloc(gateway->config->egress_count + 1, sizeof *gateway->services);
    if (!gateway->shards || !gateway->uplinks || !gateway->services)
        return FAIL(EXHAUSTED, "no memory for shards");
    gateway->shard_count = count;
    for (size_t i = 0; i < count; i++)
        gateway->shards[i].spare_fd = -1;
    for (size_t i = 0; i < count; i++)
        TRY(shard_begin(&gateway->shards[i], gateway, i));
    for (size_t i = 0; i < gateway->config->link_count; i++)
        uplink_begin(&gateway->uplinks[i], gateway, i);
    for (size_t i = 0; i < gateway->config->egress_count; i++)
        service_begin(&gateway->services[i], &gateway->config->egress[i],
                      &gateway->shards[i % count]);
    return OK;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            LOG(WARNING, "descriptor-limit", {"detail", "could not be raised", 0});
    }
}

/* Keys must not land in a core file, nor be read by another process of this user. */
static void hide_memory(void)
{
    const struct rlimit none = {0, 0};
    bool hidden = setrlimit(RLIMIT_CORE, &none) == 0;
#ifndef CIX_SANITIZED /* LeakSanitizer looks into the process as another would */
    hidden = prctl(PR_SET_DUMPABLE, 0) == 0 && hidden;
#endif
    if (!hidden)
        LOG(WARNING, "memory-not-hidden", {"detail", "a core file could hold keys", 0});
}

/* ---- public ---- */

static status prepare(struct gateway *gateway, struct problem *problem)
{
    TRY(refused(collect_choose(gateway->config, &gateway->attest, problem)));
    TRY(load_identity(gateway, problem));
    TRY(load_contexts(gateway, problem));
    TRY(refused(capture_guard_on(gateway->config, problem))); /* before anybody is served */
    TRY(bind_listeners(gateway, problem));
    TRY(make_shards(gateway));
    TRY(start_workers(gateway));
    return refused(admin_begin(gateway, &gateway->shards[0], &gateway->admin, problem));
}

status gateway_new(const struct config *config, struct gateway **out, struct problem *out_problem)
{
    struct gateway *const gateway = calloc(1, sizeof *gateway);
    if (!gateway)
        return refused(problem_at(out_problem, 0, "no memory"));
    raise_descriptor_limit();
    gateway->config = config;
    gateway->started = clock_now();
    registry_begin(&gateway->registry);
    half_open_begin(&gateway->half_open);
    turns_begin(&gateway->collector);
    gateway->held_size_max = HELD_SIZE_MAX;
    *out_problem = (struct problem){0};
    const status prepared = prepare(gateway, out_problem);
    if (prepared.fault) {
        if (!out_problem->text[0])
            (void)problem_at(out_problem, 0, "%s", prepared.fault->what);
        gateway_free(gateway);
        return prepared;
    }
    *out = gateway;
    return OK;
}

status gateway_take_signals(struct gateway *gateway)
{
    return signals_begin(gateway, &gateway->shards[0], &gateway->signals);
}

void gateway_stop(struct gateway *gateway)
{
    atomic_fetch_add(&gateway->stops_asked, 1);
    for (size_t i = 0; i < gateway->shard_count; i++)
        shard_order(&gateway->shards[i]);
}

static void say_insecure(const struct gateway *gateway)
{
    struct insecure_knob knob;
    for (size_t i = 0; admin_insecure_knob(gateway, i, &knob); i++)
        LOG(WARNING, "insecure", {"where", knob.where, 0}, {"knob", knob.name, 0});
}

/* Roots that a policy trusts beside the vendors' decide alone what is a TEE: simulated ones, say.
 */
static void say_trusted(const struct gateway *gateway)
{
    for (size_t i = 0; i <= gateway->config->link_count; i++) {
        const struct endorsements *const endorsements = gateway->guards[i].endorsements;
        char names[ROOTS_TEXT_SIZE];
        if (!endorsements || !endorsements->anchor_count)
            continue;
        guard_roots(&gateway->guards[i], names);
        LOG(WARNING, "trusts-other-roots", {"where", admin_guard_name(gateway, i), 0},
            {"roots", names, 0});
    }
}

/* A shard that cannot run ends them all: others would hand connections to it for ever. */
static void stop_at_once(struct gateway *gateway)
{
    gateway_stop(gateway);
    gateway_stop(gateway);
}

static void *run_shard(void *argument)
{
    struct shard *const shard = argument;
    shard_run(shard);
    if (shard->outcome.fault)
        stop_at_once(shard->gateway);
    return NULL;
}

status gateway_serve(struct gateway *gateway)
{
    status outcome = OK;
    LOG(INFO, "gateway-start", {"attest", gateway->attest ? gateway->attest : "none", 0},
        {"links", NULL, gateway->config->link_count},
        {"listens", NULL, gateway->config->listen_count}, {"threads", NULL, gateway->shard_count});
    say_insecure(gateway);
    say_trusted(gateway);
    for (size_t i = 1; i < gateway->shard_count && !outcome.fault; i++) {
        struct shard *const shard = &gateway->shards[i];
        shard->has_thread = pthread_create(&shard->thread, NULL, run_shard, shard) == 0;
        if (!shard->has_thread)
            outcome = FAIL(UNAVAILABLE, "a thread cannot be started");
    }
    if (!outcome.fault) {
        shard_run(&gateway->shards[0]);
        outcome = gateway->shards[0].outcome;
    }
    if (outcome.fault)
        stop_at_once(gateway);
    for (size_t i = 1; i < gateway->shard_count; i++) {
        struct shard *const shard = &gateway->shards[i];
        if (shard->has_thread)
            pthread_join(shard->thread, NULL);
        shard->has_thread = false;
        if (!outcome.fault)
            outcome = shard->outcome;
    }
    LOG(INFO, "gateway-end", {"denied", NULL, atomic_load(&gateway->denied_count)},
        {"shed", NULL, atomic_load(&gateway->shed_count)});
    return outcome;
}

static void finish_posts(struct gateway *gateway)
{
    for (size_t i = 0; i < gateway->shard_count; i++)
        if (gateway->shards[i].loop)
            loop_finish(gateway->shards[i].loop);
}

/* In an order in which nobody is told anything after it is gone. */
static void end_shards(struct gateway *gateway)
{
    turns_end(&gateway->collector);
    worker_free(gateway->resolver);
    for (size_t i = 0; i < gateway->shard_count; i++)
        gateway->shards[i].is_ending = gateway->shards[i].is_draining = true;
    finish_posts(gateway);
    for (size_t i = 0; i < gateway->shard_count; i++)
        shard_close_wires(&gateway->shards[i]);
    finish_posts(gateway);
    for (size_t i = 0; gateway->uplinks && i < gateway->config->link_count; i++)
        uplink_end(&gateway->uplinks[i]);
    admin_end(gateway->admin);
    signals_end(gateway->signals);
    for (size_t i = 0; i < gateway->shard_count; i++)
        shard_end(&gateway->shards[i]);
}

void gateway_free(struct gateway *gateway)
{
    if (!gateway)
        return;
    end_shards(gateway);
    for (size_t i = 0; i < gateway->listener_count; i++)
        listener_clear(&gateway->listeners[i]);
    for (size_t i = 0; gateway->guards && i <= gateway->config->link_count; i++)
        guard_clear(&gateway->guards[i]);
    tls_identity_free(gateway->identity);
    registry_end(&gateway->registry);
    half_open_end(&gateway->half_open);
    free(gateway->listeners);
    free(gateway->shards);
    free(gateway->uplinks);
    free(gateway->services);
    free(gateway->guards);
    free(gateway->contexts);
    free(gateway);
}

static status serve(const struct config *config, struct problem *problem)
{
    struct gateway *gateway = NULL;
    TRY(gateway_new(config, &gateway, problem));
    status served = gateway_take_signals(gateway);
    if (!served.fault)
        served = gateway_serve(gateway);
    if (served.fault)
        (void)problem_at(problem, 0, "%s", served.fault->what);
    gateway_free(gateway);
    return served;
}

status gateway_run(const char *config_path, struct problem *out_problem)
{
    struct config *const config = calloc(1, sizeof *config);
    if (!config)
        return refused(problem_at(out_problem, 0, "no memory"));
    hide_memory();
    status ran = config_load(config_path, config, out_problem);
    if (!ran.fault)
        ran = serve(config, out_problem);
    free(config);
    return ran;
}
