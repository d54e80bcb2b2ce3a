/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/collect.h"

#include "gateway/wire.h"
#include "net/log.h"

#include <stdlib.h>
#include <string.h>

struct collecting {
    struct turn turn;
    struct post post;
    struct gateway *gateway;
    struct loop *loop;
    struct wire *wire; /* the loop's thread only */
    atomic_bool is_wanted;
    uint8_t binding[BINDING_SIZE];
    struct buffer evidence, endorsements;
    status outcome;
};

static const char *tsm_root(const struct config *config)
{
    return config->tsm_root[0] ? config->tsm_root : NULL;
}

static void answer(struct post *post)
{
    struct collecting *const collecting = EMBEDDED_IN(post, struct collecting, post);
    struct wire *const wire = collecting->wire;
    if (wire) {
        struct channel *const channel = wire_channel(wire);
        const struct moment now = loop_now(collecting->loop);
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
    buffer_clear(&collecting->evidence);
    buffer_clear(&collecting->endorsements);
    free(collecting);
}

static status collect(struct collecting *collecting)
{
    const struct gateway *const gateway = collecting->gateway;
    const struct platform *const platform = platform_named(gateway->attest);
    const struct collection request = {.tsm_root = tsm_root(gateway->config),
                                       .binding = SLICE(collecting->binding)};
    if (!platform || !platform->collect)
        return FAIL(UNAVAILABLE, "this build cannot collect from that platform");
    return platform->collect(&request, &collecting->evidence, &collecting->endorsements);
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
    const struct collection where = {.tsm_root = tsm_root(config)};
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
