/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The reader's mirror: writes into caller-owned space, remembers overflow, decides at the end. */

#include "base/bytes.h"

struct writer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool out_of_space;
};

struct writer writer_over(uint8_t *space, size_t capacity);

void write_u8(struct writer *writer, uint8_t value);
void write_le16(struct writer *writer, uint16_t value);
void write_le32(struct writer *writer, uint32_t value);
void write_le64(struct writer *writer, uint64_t value);
void write_be16(struct writer *writer, uint16_t value);
void write_be32(struct writer *writer, uint32_t value);
void write_be64(struct writer *writer, uint64_t value);
void write_bytes(struct writer *writer, slice bytes);

/* Opens a block that a big-endian u16 length precedes; write_end() fills the length in. */
size_t write_begin_be16(struct writer *writer);
void write_end_be16(struct writer *writer, size_t begin);

/* OK and the written bytes; EXHAUSTED, and `out` untouched, when they did not fit. */
status writer_finish(const struct writer *writer, slice *out);
