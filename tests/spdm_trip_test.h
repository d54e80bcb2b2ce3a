/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What every message has to show on its trips. Messages are hexadecimal, as they are on the wire.
 */

#include "codec/text.h"
#include "spdm_trip.h"

#include "test.h"

enum { TRIP_SIZE_MAX = 4096 };

static inline struct buffer trip_bytes(const char *hex)
{
    struct buffer bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &bytes));
    return bytes;
}

/* Reads from memory of its own size, so that a sanitizer sees a read past the end. */
static inline status trip_over(slice bytes, const struct spdm_shape *shape, bool has_summary,
                               spdm_trip *trip)
{
    uint8_t space[TRIP_SIZE_MAX];
    uint8_t *const copy = malloc(bytes.size ? bytes.size : 1);
    struct reader reader = reader_of((slice){copy, bytes.size});
    struct writer writer = writer_over(space, sizeof space);
    if (!copy)
        exit(1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    const status done = trip(&reader, shape, has_summary, &writer);
    free(copy);
    return done;
}

/* `hex` is written as it was read, and refused as TRUNCATED when it is cut at any byte. */
static inline void expect_trip(const char *hex, const struct spdm_shape *shape, bool has_summary,
                               spdm_trip *trip)
{
    uint8_t space[TRIP_SIZE_MAX];
    struct buffer bytes = trip_bytes(hex);
    const size_t size = bytes.size;
    EXPECT_OK(buffer_append(&bytes, (slice){(const uint8_t *)"more", 4}));
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(trip(&reader, shape, has_summary, &writer));
    EXPECT(reader.left.size == 4); /* what follows a message is left to the caller */
    EXPECT(slice_equal((slice){space, writer.size}, (slice){bytes.data, size}));
    for (size_t cut = 0; cut < size; cut++)
        EXPECT_FAIL(TRUNCATED, trip_over((slice){bytes.data, cut}, shape, has_summary, trip));
    buffer_clear(&bytes);
}

/* The same bytes, with `value` at `offset`. */
static inline status trip_with(const char *hex, size_t offset, uint8_t value,
                               const struct spdm_shape *shape, bool has_summary, spdm_trip *trip)
{
    struct buffer bytes = trip_bytes(hex);
    bytes.data[offset] = value;
    const status done = trip_over(buffer_view(&bytes), shape, has_summary, trip);
    buffer_clear(&bytes);
    return done;
}

/* What `changed` (with other values in reserved places) is read as, is written as `hex`. */
static inline void expect_trip_to(const char *changed, const char *hex,
                                  const struct spdm_shape *shape, spdm_trip *trip)
{
    uint8_t space[TRIP_SIZE_MAX];
    struct buffer bytes = trip_bytes(changed), wanted = trip_bytes(hex);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(trip(&reader, shape, false, &writer));
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&wanted)));
    buffer_clear(&bytes);
    buffer_clear(&wanted);
}
