/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reader.h"

#include <string.h>

struct reader reader_of(slice bytes)
{
    return (struct reader){.left = bytes};
}

slice read_bytes(struct reader *reader, size_t size)
{
    if (size > reader->left.size) {
        *reader = (struct reader){.short_of_input = true};
        return (slice){0};
    }
    const slice bytes = {reader->left.data, size};
    if (size) {
        reader->left.data += size;
        reader->left.size -= size;
    }
    return bytes;
}

void read_exactly(struct reader *reader, uint8_t *out, size_t size)
{
    const slice bytes = read_bytes(reader, size);
    memset(out, 0, size);
    if (bytes.size)
        memcpy(out, bytes.data, bytes.size);
}

uint8_t read_u8(struct reader *reader)
{
    uint8_t b[1];
    read_exactly(reader, b, sizeof b);
    return b[0];
}

uint16_t read_le16(struct reader *reader)
{
    uint8_t b[2];
    read_exactly(reader, b, sizeof b);
    return (uint16_t)(b[0] | b[1] << 8);
}

uint32_t read_le32(struct reader *reader)
{
    uint8_t b[4];
    read_exactly(reader, b, sizeof b);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

uint64_t read_le64(struct reader *reader)
{
    const uint64_t low = read_le32(reader);
    return low | (uint64_t)read_le32(reader) << 32;
}

uint16_t read_be16(struct reader *reader)
{
    uint8_t b[2];
    read_exactly(reader, b, sizeof b);
    return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t read_be32(struct reader *reader)
{
    const uint32_t high = read_be16(reader);
    return high << 16 | read_be16(reader);
}

uint64_t read_be64(struct reader *reader)
{
    const uint64_t high = read_be32(reader);
    return high << 32 | read_be32(reader);
}

status reader_finish(const struct reader *reader)
{
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "message ends inside a field");
    if (reader->left.size)
        return FAIL(MALFORMED, "bytes left over after the last field");
    return OK;
}
