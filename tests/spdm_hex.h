/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages as hexadecimal text, for the tests of messages in sessions: tests/spdm_message.h. */

#include "codec/text.h"
#include "spdm_again_sessions.h"
#include "spdm_message.h"

static inline struct buffer hex_bytes(const char *hex)
{
    struct buffer bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &bytes));
    return bytes;
}

static inline void expect_hex(const char *hex, const struct spdm_scene *scene, spdm_again *again)
{
    struct buffer bytes = hex_bytes(hex);
    expect_message(again, scene, buffer_view(&bytes));
    buffer_clear(&bytes);
}

/* How `hex` with one byte changed is taken. */
static inline status hex_with(const char *hex, size_t at, uint8_t value,
                              const struct spdm_scene *scene, spdm_again *again)
{
    struct buffer bytes = hex_bytes(hex);
    const status got = with_byte(again, scene, buffer_view(&bytes), at, value);
    buffer_clear(&bytes);
    return got;
}

/* What `changed` (with other values in reserved places) is read as, is written as `hex`. */
static inline void expect_hex_as(const char *changed, const char *hex,
                                 const struct spdm_scene *scene, spdm_again *again)
{
    uint8_t space[1024];
    struct buffer bytes = hex_bytes(changed), wanted = hex_bytes(hex);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(again(&reader, scene, &writer));
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&wanted)));
    buffer_clear(&bytes);
    buffer_clear(&wanted);
}
