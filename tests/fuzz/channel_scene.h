/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A channel whose peer finished its handshake and lies from then on. Whoever has a policy never
 * opens, for nothing here is evidence; nobody hands out a frame before it opened, or after it
 * ended.
 */

#include "channel/channel.h"

#include <assert.h>
#include <stdlib.h>

static const struct moment now = {.wall_s = 1767225600, .monotonic_ms = 1000};

static const char policy_text[] = "accept: [ { platform: tdx, insecure_any_measurement: true, "
                                  "insecure_any_instance: true } ]";

struct world {
    struct tls_identity *identity;
    struct policy *policy;
};

static inline const struct world *the_world(void)
{
    static struct world world;
    struct problem problem;
    if (world.identity)
        return &world;
    if (tls_identity_generate(now.wall_s, &world.identity).fault ||
        policy_read(slice_of_text(policy_text), &world.policy, &problem).fault)
        abort();
    return &world;
}

/* How the first byte sets the scene. */
enum {
    WITH_POLICY = 1,
    WITH_EVIDENCE = 2,
    AS_LANE = 4,
    CUT_SMALL = 8,
    AS_CLIENT = 16,
    WITH_CLOSE = 32,
};

struct scene {
    struct channel *channel;
    bool has_policy, is_open, is_closed;
};

static inline void look(struct scene *scene)
{
    struct channel_event event;
    for (channel_next(scene->channel, now, &event); event.kind != CHANNEL_NONE;
         channel_next(scene->channel, now, &event)) {
        assert(!scene->is_closed);
        if (event.kind == CHANNEL_OPEN) {
            assert(!scene->has_policy && !scene->is_open);
            scene->is_open = true;
        }
        if (event.kind == CHANNEL_FRAME)
            assert(scene->is_open && event.payload.size <= FRAME_PAYLOAD_MAX &&
                   event.frame_kind >= FRAME_APPLICATION);
        if (event.kind == CHANNEL_WANT_EVIDENCE)
            channel_give_no_evidence(scene->channel, now);
        scene->is_closed = event.kind == CHANNEL_CLOSED;
    }
}

static inline struct channel_context scene_context(uint8_t how)
{
    const struct world *const world = the_world();
    return (struct channel_context){
        .identity = world->identity,
        .policy = how & WITH_POLICY ? world->policy : NULL,
        .insecure_skip_appraisal = !(how & WITH_POLICY),
        .attest = how & WITH_EVIDENCE ? "tdx" : NULL,
    };
}

static inline enum role scene_role(uint8_t how)
{
    return how & AS_CLIENT && !(how & AS_LANE) ? ROLE_CLIENT : ROLE_SERVER;
}

static inline void scene_open(struct scene *scene, const struct channel_context *context,
                              uint8_t how)
{
    const enum role role = scene_role(how);
    if (channel_open(context, role, role == ROLE_CLIENT ? PURPOSE_LINK : PURPOSE_NONE, now,
                     &scene->channel)
            .fault)
        abort();
}
