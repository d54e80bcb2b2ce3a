/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any plaintext at all in TLS sessions with a peer that finished its handshake. Handshakes take
 * milliseconds, so only a share of the inputs gets one: channel_frames tries every one without.
 */

#include "channel_scene.h"
#include "share.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct talk {
    struct scene scene;
    struct tls_session *liar;
};

/* What the liar wrote goes to the channel; what the channel says, back. */
static void carry(struct talk *talk)
{
    struct channel *const channel = talk->scene.channel;
    const slice said = tls_session_output(talk->liar);
    channel_feed(channel, said);
    look(&talk->scene);
    channel_feed(channel, (slice){0});
    tls_session_sent(talk->liar, said.size);
    const slice answer = channel_output(channel);
    tls_session_feed(talk->liar, answer);
    tls_session_handshake(talk->liar, now.wall_s);
    tls_session_feed(talk->liar, (slice){0});
    channel_sent(channel, answer.size);
}

static void say(struct talk *talk, slice bytes, size_t step)
{
    while (bytes.size && !talk->scene.is_closed) {
        const size_t size = bytes.size < step ? bytes.size : step;
        if (tls_session_write(talk->liar, (slice){bytes.data, size}).fault)
            break;
        bytes = (slice){bytes.data + size, bytes.size - size};
        carry(talk);
    }
}

static void end(struct talk *talk, uint8_t how)
{
    if (how & WITH_CLOSE) {
        tls_session_close(talk->liar);
        carry(talk);
    }
    channel_feed_end(talk->scene.channel);
    look(&talk->scene);
    assert(talk->scene.is_closed);
    assert(!(how & AS_LANE) || !talk->scene.is_open);
    tls_session_free(talk->liar);
    channel_free(talk->scene.channel);
}

static void play(uint8_t how, slice bytes)
{
    static const char *const lane[] = {"cix-lane/1", NULL}, *const link[] = {"cix-link/1", NULL};
    const struct channel_context context = scene_context(how);
    const enum role peer = scene_role(how) == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT;
    struct talk talk = {.scene = {.has_policy = how & WITH_POLICY && !(how & AS_LANE)}};
    scene_open(&talk.scene, &context, how);
    if (tls_session_open(context.identity, peer, how & AS_LANE ? lane : link, &talk.liar).fault)
        abort();
    tls_session_handshake(talk.liar, now.wall_s);
    look(&talk.scene);
    for (int i = 0; i < 3; i++)
        carry(&talk);
    say(&talk, bytes, how & CUT_SMALL ? 3 : TLS_RECORD_PLAINTEXT_MAX);
    end(&talk, how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && is_in_share((slice){data, size}, 64))
        play(data[0], (slice){data + 1, size - 1});
    return 0;
}
