/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/writer.h"

#include <string.h>

struct writer writer_over(uint8_t *space, size_t capacity)
{
    return (struct writer){.data = space, .capacity = capacity};
}

void write_bytes(struct writer *writer, slice bytes)
{
    if (writer->out_of_space || bytes.size > writer->capacity - writer->size) {
        writer->out_of_space = true;
        return;
    }
    if (bytes.size)
        memcpy(writer->data + writer->size, bytes.data, bytes.size);
    writer->size += bytes.size;
}

void write_u8(struct writer *writer, uint8_t value)
{
    write_bytes(writer, (slice){&value, 1});
}

void write_le16(struct writer *writer, uint16_t value)
{
    const uint8_t b[] = {(uint8_t)value, (uint8_t)(value >> 8)};
    write_bytes(writer, SLICE(b));
}

void write_le32(struct writer *writer, uint32_t value)
{
    write_le16(writer, (uint16_t)value);
    write_le16(writer, (uint16_t)(value >> 16));
}

void write_le64(struct writer *writer, uint64_t value)
{
    write_le32(writer, (uint32_t)value);
    write_le32(writer, (uint32_t)(value >> 32));
}

void write_be16(struct writer *writer, uint16_t value)
{
    const uint8_t b[] = {(uint8_t)(value >> 8), (uint8_t)value};
    write_bytes(writer, SLICE(b));
}

void write_be32(struct writer *writer, uint32_t value)
{
    write_be16(writer, (uint16_t)(value >> 16));
    write_be16(writer, (uint16_t)value);
}

void write_be64(struct writer *writer, uint64_t value)
{
    write_be32(writer, (uint32_t)(value >> 32));
    write_be32(writer, (uint32_t)value);
}

size_t write_begin_be16(struct writer *writer)
{
    write_be16(writer, 0);
    return writer->size;
}

void write_end_be16(struct writer *writer, size_t begin)
{
    if (writer->out_of_space)
        return;
    const size_t length = writer->size - begin;
    if (length > UINT16_MAX) {
        writer->out_of_space = true;
        return;
    }
    writer->data[begin - 2] = (uint8_t)(length >> 8);
    writer->data[begin - 1] = (uint8_t)length;
}

status writer_finish(const struct writer *writer, slice *out)
{
    if (writer->out_of_space)
        return FAIL(EXHAUSTED, "message does not fit its space");
    *out = (slice){writer->data, writer->size};
    return OK;
}
