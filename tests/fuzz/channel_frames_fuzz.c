/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any plaintext at all from a peer that finished its handshake. Whoever has a policy never opens,
 * for nothing here is evidence; nobody hands out a frame before it opened, or after it ended.
 */

#include "channel/channel.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct moment now = {.wall_s = 1767225600, .monotonic_ms = 1000};

static const char policy_text[] = "accept: [ { platform: tdx, insecure_any_measurement: true, "
                                  "insecure_any_instance: true } ]";

struct world {
    struct tls_identity *identity;
    struct policy *policy;
};

static const struct world *the_world(void)
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
enum { WITH_POLICY = 1, WITH_EVIDENCE = 2, AS_LANE = 4, CUT_SMALL = 8, AS_CLIENT = 16 };

struct scene {
    struct channel *channel;
    struct tls_session *liar;
    bool has_policy, is_open, is_closed;
};

static void look(struct scene *scene)
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

/* What the liar wrote goes to the channel; what the channel says, back. */
static void carry(struct scene *scene)
{
    const slice said = tls_session_output(scene->liar);
    channel_feed(scene->channel, said);
    look(scene);
    channel_feed(scene->channel, (slice){0});
    tls_session_sent(scene->liar, said.size);
    const slice answer = channel_output(scene->channel);
    tls_session_feed(scene->liar, answer);
    tls_session_handshake(scene->liar, now.wall_s);
    tls_session_feed(scene->liar, (slice){0});
    channel_sent(scene->channel, answer.size);
}

static void say(struct scene *scene, slice bytes, size_t step)
{
    while (bytes.size && !scene->is_closed) {
        const size_t size = bytes.size < step ? bytes.size : step;
        if (tls_session_write(scene->liar, (slice){bytes.data, size}).fault)
            break;
        bytes = (slice){bytes.data + size, bytes.size - size};
        carry(scene);
    }
}

static void play(uint8_t how, slice bytes)
{
    static const char *const lane[] = {"cix-lane/1", NULL}, *const link[] = {"cix-link/1", NULL};
    const struct world *const world = the_world();
    const struct channel_context context = {
        .identity = world->identity,
        .policy = how & WITH_POLICY ? world->policy : NULL,
        .insecure_skip_appraisal = !(how & WITH_POLICY),
        .attest = how & WITH_EVIDENCE ? "tdx" : NULL,
    };
    struct scene scene = {.has_policy = how & WITH_POLICY && !(how & AS_LANE)};
    const enum role role = how & AS_CLIENT && !(how & AS_LANE) ? ROLE_CLIENT : ROLE_SERVER;
    if (channel_open(&context, role, role == ROLE_CLIENT ? PURPOSE_LINK : PURPOSE_NONE, now,
                     &scene.channel)
            .fault ||
        tls_session_open(world->identity, role == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT,
                         how & AS_LANE ? lane : link, &scene.liar)
            .fault)
        abort();
    tls_session_handshake(scene.liar, now.wall_s);
    look(&scene);
    for (int i = 0; i < 3; i++)
        carry(&scene);
    say(&scene, bytes, how & CUT_SMALL ? 3 : 16384);
    channel_feed_end(scene.channel);
    look(&scene);
    assert(scene.is_closed);
    assert(!(how & AS_LANE) || !scene.is_open);
    tls_session_free(scene.liar);
    channel_free(scene.channel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        play(data[0], (slice){data + 1, size - 1});
    return 0;
}
