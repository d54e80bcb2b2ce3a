/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A cursor over untrusted bytes. It cannot pass the end: the first read that does not fit sets
 * `short_of_input`, and from then on every read gives zero or an empty slice. So a message is
 * read field by field with no checks between, and reader_finish() decides once at the end.
 */

#include "base/bytes.h"

struct reader {
    slice left;
    bool short_of_input;
};

struct reader reader_of(slice bytes);

uint8_t read_u8(struct reader *reader);
uint16_t read_le16(struct reader *reader);
uint32_t read_le32(struct reader *reader);
uint64_t read_le64(struct reader *reader);
uint16_t read_be16(struct reader *reader);
uint32_t read_be32(struct reader *reader);
uint64_t read_be64(struct reader *reader);
slice read_bytes(struct reader *reader, size_t size);
void read_exactly(struct reader *reader, uint8_t *out, size_t size);

/* OK when every byte was read and none was missing; TRUNCATED or MALFORMED when not. */
status reader_finish(const struct reader *reader);
