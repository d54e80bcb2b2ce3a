/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "codec/text.h"
#include "gateway/admin.h"
#include "gateway/capture_guard.h"
#include "gateway/uplink.h"
#include "net/log.h"

#include <stdlib.h>

const char *admin_guard_name(const struct gateway *gateway, size_t guard)
{
    const struct config *const config = gateway->config;
    return guard < config->link_count ? config->links[guard].name : "clients";
}

/* The links' and the clients' knobs one after the other; `index` counts down to the one wanted. */
static bool knob_of(const struct gateway *gateway, size_t guard, size_t *index,
                    struct insecure_knob *out)
{
    const struct config *const config = gateway->config;
    const bool is_link = guard < config->link_count;
    out->where = admin_guard_name(gateway, guard);
    /* `clients: any` is one-way attestation: no knob. */
    if (is_link && config->links[guard].verify.insecure_skip_appraisal && (*index)-- == 0) {
        out->name = "insecure_skip_appraisal";
        return true;
    }
    const struct policy *const policy = gateway->guards[guard].rules;
    for (size_t i = 0; policy && (out->name = policy_insecure_knob(policy, i)); i++)
        if ((*index)-- == 0)
            return true;
    return false;
}

bool admin_insecure_knob(const struct gateway *gateway, size_t index, struct insecure_knob *out)
{
    for (size_t i = 0; i <= gateway->config->link_count; i++)
        if (knob_of(gateway, i, &index, out))
            return true;
    return false;
}

static void put(json_t *object, const char *key, json_t *value)
{
    /* Fails only without memory, and then the whole does when it is written out. */
    if (json_object_set_new(object, key, value) < 0)
        return;
}

static void put_text(json_t *object, const char *key, const char *text)
{
    if (*text)
        put(object, key, json_string(text));
}

static void put_number(json_t *object, const char *key, uint64_t value)
{
    put(object, key, json_integer((json_int_t)value));
}

static void put_counter(json_t *object, const char *key, const atomic_uint_fast64_t *value)
{
    put_number(object, key, atomic_load_explicit(value, memory_order_relaxed));
}

static void put_time(json_t *object, const char *key, int64_t time_s)
{
    char text[TIME_TEXT_SIZE];
    if (!time_s)
        return;
    time_write(time_s, text);
    put_text(object, key, text);
}

/* Under the registry's lock. */
static json_t *describe_link(const struct link *link)
{
    const struct link_view *const view = &link->view;
    const struct link_counters *const counters = &link->counters;
    json_t *const out = json_object();
    put_text(out, "name", view->name);
    put_text(out, "side", link->uplink ? "client" : "server");
    put_text(out, "state", "up");
    put_text(out, "peer", view->peer);
    put_text(out, "channel", view->channel);
    put_text(out, "platform", view->platform);
    put_text(out, "measurement", view->measurement);
    put_text(out, "verdict", view->verdict);
    put_number(out, "round", view->round);
    put_time(out, "since", view->since_s);
    put_time(out, "next_round", view->next_round_s);
    put_counter(out, "lanes", &counters->lanes);
    put_counter(out, "streams", &counters->streams);
    put_counter(out, "datagrams_dropped", &counters->datagrams_dropped);
    put_counter(out, "streams_begun", &counters->streams_begun);
    put_counter(out, "streams_reset", &counters->streams_reset);
    put_counter(out, "bytes_in", &counters->bytes_in);
    put_counter(out, "bytes_out", &counters->bytes_out);
    return out;
}

/* A link of the configuration that is not up. Under the registry's lock. */
static json_t *describe_uplink(struct uplink *uplink, enum uplink_phase phase)
{
    json_t *const out = json_object();
    put_text(out, "name", uplink->config->name);
    put_text(out, "side", "client");
    put_text(out, "state", uplink_phase_name(phase));
    put_text(out, "channel", channel_kind_name(uplink->config->kind));
    put_text(out, "reason", uplink->trouble);
    put(out, "denied", json_boolean(uplink_is_denied(uplink)));
    put_time(out, "next_try", atomic_load(&uplink->next_try_s));
    return out;
}

static json_t *describe_links(struct gateway *gateway)
{
    json_t *const links = json_array();
    pthread_mutex_lock(&gateway->registry.lock);
    for (size_t i = 0; i < gateway->config->link_count; i++) {
        struct uplink *const uplink = &gateway->uplinks[i];
        const enum uplink_phase phase = (enum uplink_phase)atomic_load(&uplink->phase);
        if (phase != UPLINK_IS_UP)
            json_array_append_new(links, describe_uplink(uplink, phase));
    }
    for (const struct link *link = gateway->registry.first; link; link = link->next)
        json_array_append_new(links, describe_link(link));
    pthread_mutex_unlock(&gateway->registry.lock);
    return links;
}

static json_t *describe_insecure(const struct gateway *gateway)
{
    json_t *const insecure = json_array();
    struct insecure_knob knob;
    for (size_t i = 0; admin_insecure_knob(gateway, i, &knob); i++)
        json_array_append_new(insecure, json_sprintf("%s: %s", knob.where, knob.name));
    return insecure;
}

static const char *describe_clients(const struct config *config)
{
    if (!config->listen_count)
        return "none";
    return config->clients.policy_path[0] ? "policy" : "any";
}

/* Asked anew: the guard is the kernel's, and others may have taken it away. */
static json_t *describe_guard(void)
{
    struct capture_guard guard = {0};
    struct problem problem = {0};
    json_t *const out = json_object();
    if (capture_guard_show(&guard, &problem).fault) {
        put_text(out, "trouble", problem.text);
        return out;
    }
    put(out, "on", json_boolean(guard.is_on));
    put_number(out, "refused_packets", guard.refused_packets);
    put_number(out, "refused_bytes", guard.refused_bytes);
    return out;
}

static json_t *describe(struct gateway *gateway)
{
    json_t *const out = json_object();
    size_t connections = 0;
    for (size_t i = 0; i < gateway->shard_count; i++)
        connections += atomic_load(&gateway->shards[i].relay_count);
    put_text(out, "version", CIX_VERSION);
    put_time(out, "since", gateway->started.wall_s);
    put(out, "draining", json_boolean(atomic_load(&gateway->stops_asked) > 0));
    put_text(out, "attest", gateway->attest ? gateway->attest : "none");
    put_text(out, "clients", describe_clients(gateway->config));
    put(out, "insecure", describe_insecure(gateway));
    put_number(out, "threads", gateway->shard_count);
    put_number(out, "connections", connections);
    put_counter(out, "denied", &gateway->denied_count);
    put_counter(out, "shed", &gateway->shed_count);
    put_number(out, "log_lost", log_lost_count());
    if (gateway->config->captured.count)
        put(out, "guard", describe_guard());
    put(out, "links", describe_links(gateway));
    return out;
}

status admin_status(struct gateway *gateway, struct buffer *out)
{
    SCOPED(json) answer = {.root = describe(gateway)};
    char *const text = json_dumps(answer.root, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (!text)
        return FAIL(EXHAUSTED, "no memory for an answer");
    status appended = buffer_append(out, slice_of_text(text));
    if (!appended.fault)
        appended = buffer_append(out, slice_of_text("\n"));
    free(text);
    return appended;
}
