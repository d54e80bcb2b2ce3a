/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/collect.h"

#include "evidence/devices.h"
#include "gateway/wire.h"
#include "net/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert((int)CONFIG_DEVICES_MAX == (int)DEVICES_MAX, "all that a link carries");

struct collecting {
    struct turn turn;
    struct post post;
    struct gateway *gateway;
    struct loop *loop;
    struct wire *wire; /* the loop's thread only */
    atomic_bool is_wanted;
    uint8_t binding[BINDING_SIZE];
    bool has_devices; /* already collected, or there are none to collect */
    struct buffer side_claims;
    struct buffer evidence, endorsements;
    status outcome;
};

static const char *tsm_root(const struct config *config)
{
    return config->tsm_root[0] ? config->tsm_root : NULL;
}

static const char *tcti(const struct config *config)
{
    return config->tcti[0] ? config->tcti : NULL;
}

static void collecting_free(struct collecting *collecting)
{
    buffer_clear(&collecting->side_claims);
    buffer_clear(&collecting->evidence);
    buffer_clear(&collecting->endorsements);
    free(collecting);
}

/* Devices come first: what they said is in the binding that the TEE signs. */
static bool goes_on(struct collecting *collecting, struct channel *channel)
{
    if (collecting->has_devices || collecting->outcome.fault)
        return false;
    collecting->has_devices = true;
    collecting->outcome = channel_give_side_claims(channel, buffer_view(&collecting->side_claims),
                                                   collecting->binding);
    if (collecting->outcome.fault)
        return false;
    collecting->outcome = FAIL(UNAVAILABLE, "the gateway ends");
    turns_submit(&collecting->gateway->collector, &collecting->turn);
    return true;
}

static void answer(struct post *post)
{
    struct collecting *const collecting = EMBEDDED_IN(post, struct collecting, post);
    struct wire *const wire = collecting->wire;
    if (wire) {
        struct channel *const channel = wire_channel(wire);
        const struct moment now = loop_now(collecting->loop);
        if (goes_on(collecting, channel))
            return;
        wire->collecting = NULL;
        status given = collecting->outcome;
        if (!given.fault)
            given = channel_give_evidence(channel, buffer_view(&collecting->evidence),
                                          buffer_view(&collecting->endorsements), now);
        if (given.fault) {
            LOG(ERROR, "evidence-failed", {"platform", collecting->gateway->attest, 0},
                {"detail", given.fault->what, 0});
            channel_give_no_evidence(channel, now);
        }
        wire_drive(wire);
    }
    collecting_free(collecting);
}

static struct collection collection_of(const struct config *config, slice binding)
{
    return (struct collection){
        .tsm_root = tsm_root(config),
        .tcti = tcti(config),
        .spdm_device = config->spdm_device[0] ? config->spdm_device : NULL,
        .binding = binding,
    };
}

static status collect_from(const struct gateway *gateway, const char *name, slice binding,
                           struct buffer *out_evidence, struct buffer *out_endorsements)
{
    const struct platform *const platform = platform_named(name);
    const struct collection request = collection_of(gateway->config, binding);
    if (!platform || !platform->collect)
        return FAIL(UNAVAILABLE, "this build cannot collect from that platform");
    return platform->collect(&request, out_evidence, out_endorsements);
}

/* A device's endorsements are not sent: they are for the verifier to have. */
static status collect_device(const struct collecting *collecting, size_t index,
                             struct buffer *out_evidence)
{
    uint8_t nonce[DEVICE_NONCE_SIZE];
    SCOPED(buffer) endorsements = {0};
    const struct gateway *const gateway = collecting->gateway;
    TRY(device_nonce(SLICE(collecting->binding), index, nonce));
    return collect_from(gateway, gateway->config->devices[index], SLICE(nonce), out_evidence,
                        &endorsements);
}

static status collect_devices(struct collecting *collecting)
{
    const struct config *const config = collecting->gateway->config;
    struct buffer evidence[CONFIG_DEVICES_MAX] = {0};
    struct devices devices = {.count = config->device_count};
    status collected = OK;
    for (size_t i = 0; i < devices.count && !collected.fault; i++) {
        collected = collect_device(collecting, i, &evidence[i]);
        devices.items[i] =
            (struct device){platform_named(config->devices[i]), buffer_view(&evidence[i])};
    }
    if (!collected.fault)
        collected = devices_write(&devices, &collecting->side_claims);
    for (size_t i = 0; i < devices.count; i++)
        buffer_clear(&evidence[i]);
    return collected;
}

static status collect(struct collecting *collecting)
{
    if (!collecting->has_devices)
        return collect_devices(collecting);
    return collect_from(collecting->gateway, collecting->gateway->attest,
                        SLICE(collecting->binding), &collecting->evidence,
                        &collecting->endorsements);
}

static void run(struct turn *turn)
{
    struct collecting *const collecting = EMBEDDED_IN(turn, struct collecting, turn);
    if (atomic_load(&collecting->is_wanted))
        collecting->outcome = collect(collecting);
    loop_post(collecting->loop, &collecting->post);
}

static void drop(struct turn *turn)
{
    struct collecting *const collecting = EMBEDDED_IN(turn, struct collecting, turn);
    loop_post(collecting->loop, &collecting->post);
}

status collect_begin(struct wire *wire, const uint8_t binding[BINDING_SIZE],
                     struct collecting **out)
{
    struct gateway *const gateway = wire->shard->gateway;
    if (!gateway->attest)
        return FAIL(UNAVAILABLE, "attest: none");
    struct collecting *const collecting = calloc(1, sizeof *collecting);
    if (!collecting)
        return FAIL(EXHAUSTED, "no memory to collect evidence");
    collecting->turn = (struct turn){.source = wire->peer, .run = run, .drop = drop};
    collecting->post.run = answer;
    collecting->gateway = gateway;
    collecting->loop = wire->shard->loop;
    collecting->wire = wire;
    collecting->outcome = FAIL(UNAVAILABLE, "the gateway ends");
    collecting->has_devices = gateway->config->device_count == 0;
    atomic_store(&collecting->is_wanted, true);
    memcpy(collecting->binding, binding, BINDING_SIZE);
    turns_submit(&gateway->collector, &collecting->turn);
    *out = collecting;
    return OK;
}

void collect_forget(struct collecting *collecting)
{
    collecting->wire = NULL;
    atomic_store(&collecting->is_wanted, false);
}

status collect_choose(const struct config *config, const char **out, struct problem *problem)
{
    const struct collection where = collection_of(config, (slice){0});
    *out = NULL;
    if (config->attest == ATTEST_UNSAID || config->attest == ATTEST_NONE)
        return OK;
    if (config->attest == ATTEST_AUTO) {
        const struct platform *const platform = platform_here(&where);
        if (!platform)
            return problem_at(problem, 0,
                              "attest: auto: this machine has no platform to prove with%s%s: write "
                              "attest: none if it has nothing to prove",
                              where.tsm_root ? " under tsm_root " : "",
                              where.tsm_root ? where.tsm_root : "");
        *out = platform->name;
        return OK;
    }
    const struct platform *const platform = platform_named(config->attest_platform);
    if (!platform || !platform->is_here || !platform->is_here(&where))
        return problem_at(problem, 0, "attest: %s: this machine is no such platform",
                          config->attest_platform);
    *out = platform->name;
    return OK;
}
