/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes at all from a stranger who cannot finish a handshake: nothing may open. */

#include "channel/channel.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct moment now = {.wall_s = 1767225600, .monotonic_ms = 1000};

static const struct tls_identity *identity(void)
{
    static struct tls_identity *made;
    if (!made && tls_identity_generate(now.wall_s, &made).fault)
        abort();
    return made;
}

/* How the first byte sets the scene. */
enum { AS_CLIENT = 1, CUT_SMALL = 2, OVER_SPDM = 4 };

static void run(uint8_t how, slice bytes, size_t step)
{
    const enum role role = how & AS_CLIENT ? ROLE_CLIENT : ROLE_SERVER;
    const struct channel_context context = {.kind = how & OVER_SPDM ? CHANNEL_SPDM : CHANNEL_TLS,
                                            .identity = identity(),
                                            .insecure_skip_appraisal = true};
    struct channel *channel = NULL;
    struct channel_event event = {.kind = CHANNEL_NONE};
    if (channel_open(&context, role, role == ROLE_CLIENT ? PURPOSE_LINK : PURPOSE_NONE, now,
                     &channel)
            .fault)
        abort();
    while (bytes.size && event.kind != CHANNEL_CLOSED) {
        const size_t taken = bytes.size < step ? bytes.size : step;
        channel_feed(channel, (slice){bytes.data, taken});
        bytes = (slice){bytes.data + taken, bytes.size - taken};
        do {
            channel_next(channel, now, &event);
            assert(event.kind == CHANNEL_NONE || event.kind == CHANNEL_CLOSED);
        } while (event.kind != CHANNEL_NONE && event.kind != CHANNEL_CLOSED);
    }
    assert(channel_output(channel).size <= 64 << 10);
    channel_free(channel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const slice bytes = {data + 1, size - 1};
    run(data[0], bytes, data[0] & CUT_SMALL ? 7 : size);
    return 0;
}
