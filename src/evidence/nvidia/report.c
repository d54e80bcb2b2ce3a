/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/report.h"

enum {
    SPDM_1_1 = 0x11,
    GET_MEASUREMENTS = 0xe0,
    MEASUREMENTS = 0x60,
    SIGNATURE_REQUESTED = 0x01,
    ALL_MEASUREMENTS = 0xff,
    DMTF_MEASUREMENT = 1,
    DMTF_HEADER_SIZE = 3,
};

bool nvidia_report_begins(slice evidence)
{
    return evidence.size > NVIDIA_REQUEST_SIZE + 1 && evidence.data[0] == SPDM_1_1 &&
           evidence.data[1] == GET_MEASUREMENTS && evidence.data[NVIDIA_REQUEST_SIZE] == SPDM_1_1 &&
           evidence.data[NVIDIA_REQUEST_SIZE + 1] == MEASUREMENTS;
}

static status read_request(struct reader *reader, struct nvidia_report *out)
{
    const uint8_t version = read_u8(reader);
    const uint8_t code = read_u8(reader);
    const uint8_t attributes = read_u8(reader);
    const uint8_t operation = read_u8(reader);
    out->nonce = read_bytes(reader, NVIDIA_NONCE_SIZE);
    out->slot = read_u8(reader);
    if (reader->short_of_input)
        return reader_finish(reader);
    if (version != SPDM_1_1 || code != GET_MEASUREMENTS)
        return FAIL(UNSUPPORTED, "not a request for measurements of SPDM 1.1");
    if (attributes != SIGNATURE_REQUESTED || operation != ALL_MEASUREMENTS)
        return FAIL(UNSUPPORTED, "the request was not for all measurements with a signature");
    return OK;
}

/* spec: DSP0274, "DMTF specification for the Measurement field of a measurement block" */
static status read_block(struct reader *record, size_t last, struct nvidia_report *out,
                         size_t *out_index)
{
    const uint8_t index = read_u8(record);
    const uint8_t specification = read_u8(record);
    const uint16_t size = read_le16(record);
    read_u8(record); /* what kind of firmware or configuration it is of */
    const uint16_t value_size = read_le16(record);
    const slice value = read_bytes(record, value_size);
    if (record->short_of_input)
        return FAIL(MALFORMED, "a measurement block is longer than the record");
    if (specification != DMTF_MEASUREMENT || value_size != NVIDIA_DIGEST_SIZE)
        return FAIL(UNSUPPORTED, "a measurement that is no digest of 48 bytes");
    if (size != DMTF_HEADER_SIZE + value_size)
        return FAIL(MALFORMED, "a measurement block disagrees with itself about its size");
    if (index <= last)
        return FAIL(MALFORMED, "measurement blocks are out of order, or one is there twice");
    if (index > NVIDIA_BLOCKS_MAX)
        return FAIL(EXHAUSTED, "more measurement blocks than we keep");
    out->measurements[index - 1] = value;
    *out_index = index;
    return OK;
}

static status read_record(slice bytes, size_t count, struct nvidia_report *out)
{
    struct reader record = reader_of(bytes);
    size_t last = 0;
    for (size_t i = 0; i < count; i++)
        TRY(read_block(&record, last, out, &last));
    out->block_count = count;
    return record.left.size ? FAIL(MALFORMED, "bytes follow the last measurement block") : OK;
}

static status read_field(struct reader *opaque, struct nvidia_report *out)
{
    const uint16_t type = read_le16(opaque);
    const uint16_t size = read_le16(opaque);
    const slice value = read_bytes(opaque, size);
    if (opaque->short_of_input)
        return FAIL(MALFORMED, "a field of the opaque data is longer than they are");
    if (type >= NVIDIA_FIELDS_MAX) {
        out->unknown_field_count++;
        return OK;
    }
    if (out->fields[type].data)
        return FAIL(MALFORMED, "a field of the opaque data is there twice");
    out->fields[type] = value;
    return OK;
}

static status read_opaque(slice bytes, struct nvidia_report *out)
{
    struct reader opaque = reader_of(bytes);
    while (opaque.left.size)
        TRY(read_field(&opaque, out));
    return OK;
}

static status read_response(struct reader *reader, struct nvidia_report *out)
{
    const uint8_t version = read_u8(reader);
    const uint8_t code = read_u8(reader);
    read_le16(reader); /* how many there are when one was asked for; reserved */
    const uint8_t block_count = read_u8(reader);
    size_t record_size = read_le16(reader);
    record_size |= (size_t)read_u8(reader) << 16;
    const slice record = read_bytes(reader, record_size);
    out->responder_nonce = read_bytes(reader, NVIDIA_NONCE_SIZE);
    const slice opaque = read_bytes(reader, read_le16(reader));
    const uint8_t *const end = reader->left.data;
    out->signature = read_bytes(reader, NVIDIA_SIGNATURE_SIZE);
    TRY(reader_finish(reader));
    if (version != SPDM_1_1 || code != MEASUREMENTS)
        return FAIL(UNSUPPORTED, "not a response with measurements of SPDM 1.1");
    out->signed_bytes.size = (size_t)(end - out->signed_bytes.data);
    TRY(read_record(record, block_count, out));
    return read_opaque(opaque, out);
}

status nvidia_report_read(slice evidence, struct nvidia_report *out)
{
    struct nvidia_report report = {.signed_bytes = evidence};
    struct reader reader = reader_of(evidence);
    TRY(read_request(&reader, &report));
    TRY(read_response(&reader, &report));
    *out = report;
    return OK;
}
