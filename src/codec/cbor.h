/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Deterministic CBOR (RFC 8949, 4.2.1): shortest lengths, definite sizes, no duplicate or
 * unsorted keys, nothing left over; texts are UTF-8, and there are no floats. Reading is libcbor's
 * streaming decoder behind our cursor, so nothing is allocated for untrusted input. A reader that
 * meets anything else fails MALFORMED, at the end of its input TRUNCATED, beyond our depth
 * EXHAUSTED; it then leaves the cursor where it was.
 */

#include "codec/reader.h"
#include "codec/writer.h"

/* Arrays, maps and tags around one item, counted from the map or item that is being read. */
enum { CBOR_DEPTH_MAX = 16 };

enum cbor_kind {
    CBOR_END,
    CBOR_UINT,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_BOOL,
    CBOR_NULL,
};

/* One item's head: `number` is the value, count or tag; `bytes` the content of a string. */
struct cbor_item {
    enum cbor_kind kind;
    uint64_t number;
    slice bytes;
};

/* The kind of the next item without taking it; CBOR_END when nothing is left that we could read. */
enum cbor_kind cbor_peek(const struct reader *reader);

/* Takes one head. A map is looked through first, so that every key in it is known to be in order.
 */
status cbor_read(struct reader *reader, struct cbor_item *out);

/* Takes one item with everything inside it; `out` is its bytes as received. */
status cbor_skip(struct reader *reader, slice *out);

/* Each fails MALFORMED when the next item is of another kind or above `most`. */
status cbor_read_uint(struct reader *reader, uint64_t most, uint64_t *out);
status cbor_read_bytes(struct reader *reader, size_t most, slice *out);
status cbor_read_text(struct reader *reader, size_t most, slice *out);
status cbor_read_array(struct reader *reader, size_t most, size_t *out_count);
status cbor_read_map(struct reader *reader, size_t most, size_t *out_count);
status cbor_read_bool(struct reader *reader, bool *out);

/*
 * Tolerant reading, for what others have signed and nobody can write anew: map keys in any order,
 * and arrays and maps of indefinite length. All else is as above: shortest numbers, strings of
 * definite length, UTF-8, no key twice, no floats, the same depth. A map of more than
 * CBOR_TOLERANT_KEYS_MAX keys fails EXHAUSTED wherever it stands, for each key is compared with all
 * before it. What is handed out are whole items as received: take them apart with these again.
 */
enum { CBOR_TOLERANT_KEYS_MAX = 64 };

struct cbor_member {
    slice key, value;
};

/* Takes a whole map or array of at most `most` members (a map's no more than the limit above). */
status cbor_tolerant_read_map(struct reader *reader, size_t most, struct cbor_member *out,
                              size_t *out_count);
status cbor_tolerant_read_array(struct reader *reader, size_t most, slice *out, size_t *out_count);
status cbor_tolerant_skip(struct reader *reader, slice *out);

/* The caller keeps what these cannot see: keys in order, as many items as counted, UTF-8. */
void cbor_write_uint(struct writer *writer, uint64_t value);
void cbor_write_negative(struct writer *writer, uint64_t minus_one_minus_value);
void cbor_write_bytes(struct writer *writer, slice bytes);
void cbor_write_text(struct writer *writer, slice text);
void cbor_write_array(struct writer *writer, size_t count);
void cbor_write_map(struct writer *writer, size_t count);
void cbor_write_tag(struct writer *writer, uint64_t tag);
void cbor_write_bool(struct writer *writer, bool value);
void cbor_write_null(struct writer *writer);
