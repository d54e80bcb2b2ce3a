/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every message must stand: written again it is the same, cut anywhere it is refused. */

#include "spdm_again.h"

#include "test.h"

enum { SPDM_TEST_MESSAGE_SIZE_MAX = 1 << 17 };

/* `message` is read whole and written as the same bytes. */
static inline void expect_same_again(spdm_again *again, const struct spdm_scene *scene,
                                     slice message)
{
    static uint8_t space[SPDM_TEST_MESSAGE_SIZE_MAX];
    struct reader reader = reader_of(message);
    struct writer writer = writer_over(space, sizeof space);
    slice written = {0};
    EXPECT_OK(again(&reader, scene, &writer));
    EXPECT(reader.left.size == 0);
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT(slice_equal(written, message));
}

/* Every shorter one is refused; in memory of its own size, where a sanitizer sees a step too far.
 */
static inline void expect_cuts_refused(spdm_again *again, const struct spdm_scene *scene,
                                       slice message)
{
    uint8_t space[1];
    for (size_t size = 0; size < message.size; size++) {
        uint8_t *const cut = malloc(size ? size : 1);
        if (!cut)
            exit(1);
        memcpy(cut, message.data, size);
        struct reader reader = reader_of((slice){cut, size});
        struct writer writer = writer_over(space, 0);
        EXPECT_FAIL(TRUNCATED, again(&reader, scene, &writer));
        free(cut);
    }
}

/* What follows is left to the caller, and `message` is read as without it. */
static inline void expect_rest_left(spdm_again *again, const struct spdm_scene *scene,
                                    slice message)
{
    static uint8_t padded[SPDM_TEST_MESSAGE_SIZE_MAX], space[SPDM_TEST_MESSAGE_SIZE_MAX];
    memcpy(padded, message.data, message.size);
    memset(padded + message.size, 0xEE, 3);
    struct reader reader = reader_of((slice){padded, message.size + 3});
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(again(&reader, scene, &writer));
    EXPECT(reader.left.size == 3);
    EXPECT(slice_equal((slice){space, writer.size}, message));
}

static inline void expect_message(spdm_again *again, const struct spdm_scene *scene, slice message)
{
    expect_same_again(again, scene, message);
    expect_cuts_refused(again, scene, message);
    expect_rest_left(again, scene, message);
}

/* How `message` with one byte changed is taken. */
static inline status with_byte(spdm_again *again, const struct spdm_scene *scene, slice message,
                               size_t at, uint8_t value)
{
    static uint8_t changed[SPDM_TEST_MESSAGE_SIZE_MAX], space[SPDM_TEST_MESSAGE_SIZE_MAX];
    memcpy(changed, message.data, message.size);
    changed[at] = value;
    struct reader reader = reader_of((slice){changed, message.size});
    struct writer writer = writer_over(space, sizeof space);
    return again(&reader, scene, &writer);
}
