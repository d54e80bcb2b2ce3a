/* SPDX-License-Identifier: Apache-2.0 */

/* Any plaintext at all from a peer, without the TLS that channel_session puts around it. */

#include "channel_scene.h"

#include "../unit/channel/fake_tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the channel says, nobody reads. */
static void take(struct scene *scene, slice record)
{
    channel_feed(scene->channel, record);
    look(scene);
    channel_feed(scene->channel, (slice){0});
    channel_sent(scene->channel, channel_output(scene->channel).size);
}

static void say(struct scene *scene, slice bytes, size_t step)
{
    while (bytes.size && !scene->is_closed) {
        const size_t size = bytes.size < step ? bytes.size : step;
        take(scene, (slice){bytes.data, size});
        bytes = (slice){bytes.data + size, bytes.size - size};
    }
}

static void play(uint8_t how, slice bytes)
{
    const struct channel_context context = scene_context(how);
    struct scene scene = {.has_policy = how & WITH_POLICY && !(how & AS_LANE)};
    fake_peer.protocol = how & AS_LANE ? "cix-lane/1" : "cix-link/1";
    fake_peer.says_close = false;
    scene_open(&scene, &context, how);
    look(&scene);
    say(&scene, bytes, how & CUT_SMALL ? 3 : TLS_RECORD_PLAINTEXT_MAX);
    fake_peer.says_close = how & WITH_CLOSE;
    channel_feed_end(scene.channel);
    look(&scene);
    assert(scene.is_closed);
    assert(!(how & AS_LANE) || !scene.is_open);
    channel_free(scene.channel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        play(data[0], (slice){data + 1, size - 1});
    return 0;
}
