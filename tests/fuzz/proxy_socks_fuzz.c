/* SPDX-License-Identifier: Apache-2.0 */

/* An application that says anything, all at once or byte by byte: the outcome is the same. */

#include "proxy/socks.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct socks socks;
    bool failed;
    uint8_t said[64];
    struct writer writer;
    size_t taken;
};

static void listen_to(slice bytes, size_t step, const struct socks_login *login,
                      struct outcome *out)
{
    *out = (struct outcome){.socks = {.login = login}};
    out->writer = writer_over(out->said, sizeof out->said);
    for (size_t end = 0; end < bytes.size && !out->failed && out->socks.phase != SOCKS_DONE;) {
        end = bytes.size - end < step ? bytes.size : end + step;
        slice in = {bytes.data + out->taken, end - out->taken};
        out->failed = socks_take(&out->socks, &in, &out->writer).fault != NULL;
        if (!out->failed)
            out->taken = end - in.size;
    }
    assert(!out->writer.out_of_space);
    assert(out->socks.phase != SOCKS_DONE || (*out->socks.to.host && !out->failed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct socks_login logins[] = {{0}, {"u", "p"}};
    struct outcome whole, bytewise;
    struct endpoint to;
    slice payload;
    if (!size)
        return 0;
    const slice bytes = {data + 1, size - 1};
    listen_to(bytes, bytes.size, &logins[data[0] & 1], &whole);
    listen_to(bytes, 1, &logins[data[0] & 1], &bytewise);
    assert(whole.failed == bytewise.failed || bytewise.failed);
    assert(whole.failed || whole.taken == bytewise.taken);
    if (!whole.failed)
        assert(slice_equal((slice){whole.said, whole.writer.size},
                           (slice){bytewise.said, bytewise.writer.size}));
    if (!socks_datagram_read(bytes, &to, &payload).fault)
        assert(*to.host && to.port && payload.data + payload.size == bytes.data + bytes.size);
    return 0;
}
