/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurement_block.h"

#include <assert.h>

enum {
    BLOCK_HEADER_SIZE = 4,
    DMTF_HEADER_SIZE = 3,
    RAW = 1 << 7, /* of DMTF's value type */
};

/* One bit says which specification the measurement follows. */
static bool is_specification(uint8_t bits)
{
    return bits && !(bits & (bits - 1));
}

static status read_dmtf(struct spdm_measurement_block *block)
{
    struct reader reader = reader_of(block->measurement);
    const uint8_t type = read_u8(&reader);
    block->is_raw = type & RAW;
    block->kind = type & (RAW - 1);
    block->value = read_bytes(&reader, read_le16(&reader));
    if (reader_finish(&reader).fault)
        return FAIL(MALFORMED, "SPDM measurement is not as long as its block");
    return OK;
}

status spdm_measurement_block_read(struct reader *reader, struct spdm_measurement_block *out)
{
    const uint8_t *const begin = reader->left.data;
    struct spdm_measurement_block block = {0};

    block.index = read_u8(reader);
    block.specification = read_u8(reader);
    block.measurement = read_bytes(reader, read_le16(reader));
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "SPDM measurement block does not end");
    block.whole = (slice){begin, BLOCK_HEADER_SIZE + block.measurement.size};

    if (block.index == 0 || block.index == 0xFF)
        return FAIL(MALFORMED, "SPDM measurement block has an index that means none or all");
    if (!is_specification(block.specification))
        return FAIL(MALFORMED, "SPDM measurement block follows no one specification");
    if (block.specification == SPDM_MEASUREMENT_SPECIFICATION_DMTF)
        TRY(read_dmtf(&block));
    *out = block;
    return OK;
}

void spdm_measurement_block_write(struct writer *writer, const struct spdm_measurement_block *block)
{
    const bool is_dmtf = block->specification == SPDM_MEASUREMENT_SPECIFICATION_DMTF;
    const slice content = is_dmtf ? block->value : block->measurement;
    const size_t size = content.size + (is_dmtf ? DMTF_HEADER_SIZE : 0);
    assert(size <= UINT16_MAX);
    write_u8(writer, block->index);
    write_u8(writer, block->specification);
    write_le16(writer, (uint16_t)size);
    if (is_dmtf) {
        write_u8(writer, (uint8_t)(block->kind | (block->is_raw ? RAW : 0)));
        write_le16(writer, (uint16_t)content.size);
    }
    write_bytes(writer, content);
}

status spdm_device_mode_read(slice value, struct spdm_device_mode *out)
{
    struct reader reader = reader_of(value);
    struct spdm_device_mode mode;
    mode.operational_capabilities = read_le32(&reader);
    mode.operational_state = read_le32(&reader);
    mode.mode_capabilities = read_le32(&reader);
    mode.mode_state = read_le32(&reader);
    TRY(reader_finish(&reader));
    *out = mode;
    return OK;
}

status spdm_structured_manifest_read(slice value, struct spdm_structured_manifest *out)
{
    struct reader reader = reader_of(value);
    struct spdm_structured_manifest manifest;
    manifest.format = spdm_svh_read(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "SPDM structured manifest does not tell its format");
    manifest.manifest = reader.left;
    *out = manifest;
    return OK;
}
