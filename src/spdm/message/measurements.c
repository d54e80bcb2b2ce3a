/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurements.h"

#include "spdm/message/measurement_block.h"
#include "spdm/message/opaque_field.h"
#include "spdm/message/slot.h"

#include <assert.h>

enum {
    ASKS_SIGNATURE = 1 << 0, /* param1 of the request */
    ASKS_RAW = 1 << 1,       /* 1.2 */
    ASKS_NEW = 1 << 2,       /* 1.3 */
    CHANGE_SHIFT = 4,        /* param2 of the response */
    CHANGE = 3,
};

static bool has_slot(const struct spdm_shape *shape)
{
    return shape->version >= SPDM_1_1;
}

static bool has_change(const struct spdm_shape *shape)
{
    return shape->version >= SPDM_1_2;
}

static bool has_context(const struct spdm_shape *shape)
{
    return shape->version >= SPDM_1_3;
}

status spdm_get_measurements_read(struct reader *reader, const struct spdm_shape *shape,
                                  struct spdm_get_measurements *out)
{
    struct spdm_get_measurements request = {0};
    struct spdm_header header;
    uint8_t slot = 0;

    TRY(spdm_header_expect(reader, SPDM_GET_MEASUREMENTS, &header));
    request.asks_signature = header.param1 & ASKS_SIGNATURE;
    request.asks_raw = shape->version >= SPDM_1_2 && header.param1 & ASKS_RAW;
    request.asks_new = shape->version >= SPDM_1_3 && header.param1 & ASKS_NEW;
    request.operation = header.param2;
    if (request.asks_signature)
        read_exactly(reader, request.nonce, sizeof request.nonce);
    if (request.asks_signature && has_slot(shape))
        slot = read_u8(reader);
    if (has_context(shape))
        read_exactly(reader, request.context, sizeof request.context);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_nibble(slot, &request.slot));
    *out = request;
    return OK;
}

void spdm_get_measurements_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_get_measurements *request)
{
    const bool raw = shape->version >= SPDM_1_2 && request->asks_raw;
    const bool new = shape->version >= SPDM_1_3 && request->asks_new;
    const struct spdm_header header = {shape->version, SPDM_GET_MEASUREMENTS,
                                       (uint8_t)((request->asks_signature ? ASKS_SIGNATURE : 0) |
                                                 (raw ? ASKS_RAW : 0) | (new ? ASKS_NEW : 0)),
                                       request->operation};
    spdm_header_write(writer, &header);
    if (request->asks_signature)
        write_bytes(writer, SLICE(request->nonce));
    if (request->asks_signature && has_slot(shape))
        write_u8(writer, spdm_slot_nibble(request->slot));
    if (has_context(shape))
        write_bytes(writer, SLICE(request->context));
}

static slice read_record(struct reader *reader)
{
    const uint32_t size = read_le16(reader);
    return read_bytes(reader, size | (uint32_t)read_u8(reader) << 16);
}

static status check_record(slice record, size_t block_count)
{
    struct reader blocks = reader_of(record);
    struct spdm_measurement_block block;
    size_t count = 0;
    for (; blocks.left.size; count++)
        if (spdm_measurement_block_read(&blocks, &block).fault)
            return FAIL(MALFORMED, "MEASUREMENTS has a block that is none");
    if (count != block_count)
        return FAIL(MALFORMED, "MEASUREMENTS tells another number of blocks than it has");
    return OK;
}

/* Slot and change share a byte, and are there for a signature's sake. */
static status read_signer(uint8_t field, const struct spdm_shape *shape,
                          struct spdm_measurements *out)
{
    if (!out->is_signed)
        return OK;
    if (has_slot(shape))
        TRY(spdm_slot_of_nibble(field, &out->slot));
    if (has_change(shape))
        out->change = field >> CHANGE_SHIFT & CHANGE;
    if (out->change == CHANGE)
        return FAIL(MALFORMED, "MEASUREMENTS tells of a change that no version knows");
    return OK;
}

status spdm_measurements_read(struct reader *reader, const struct spdm_shape *shape, bool is_signed,
                              struct spdm_measurements *out)
{
    struct spdm_measurements measurements = {.is_signed = is_signed};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_MEASUREMENTS, &header));
    measurements.index_count = header.param1;
    measurements.block_count = read_u8(reader);
    measurements.record = read_record(reader);
    read_exactly(reader, measurements.nonce, sizeof measurements.nonce);
    TRY(spdm_opaque_field_read(reader, &measurements.opaque));
    if (has_context(shape))
        read_exactly(reader, measurements.context, sizeof measurements.context);
    if (is_signed)
        measurements.signature = read_bytes(reader, shape->signature_size);
    TRY(spdm_message_was_whole(reader));

    TRY(read_signer(header.param2, shape, &measurements));
    TRY(check_record(measurements.record, measurements.block_count));
    *out = measurements;
    return OK;
}

static uint8_t signer_field(const struct spdm_shape *shape,
                            const struct spdm_measurements *measurements)
{
    unsigned field = 0;
    if (measurements->is_signed && has_slot(shape))
        field = spdm_slot_nibble(measurements->slot);
    if (measurements->is_signed && has_change(shape))
        field |= (unsigned)measurements->change << CHANGE_SHIFT;
    return (uint8_t)field;
}

void spdm_measurements_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_measurements *measurements)
{
    const size_t size = measurements->record.size;
    const struct spdm_header header = {shape->version, SPDM_MEASUREMENTS, measurements->index_count,
                                       signer_field(shape, measurements)};
    assert(size <= SPDM_MEASUREMENT_RECORD_SIZE_MAX);
    spdm_header_write(writer, &header);
    write_u8(writer, measurements->block_count);
    write_le16(writer, (uint16_t)size);
    write_u8(writer, (uint8_t)(size >> 16));
    write_bytes(writer, measurements->record);
    write_bytes(writer, SLICE(measurements->nonce));
    spdm_opaque_field_write(writer, measurements->opaque);
    if (has_context(shape))
        write_bytes(writer, SLICE(measurements->context));
    write_bytes(writer, measurements->signature);
}
