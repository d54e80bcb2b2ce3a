/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/report.h"

#include "spdm/message/measurement_block.h"

/* What its driver negotiates: ECDSA on P-384. */
static const struct spdm_shape shape = {.version = SPDM_1_1,
                                        .signature_size = NVIDIA_SIGNATURE_SIZE};

static bool begins(slice message, uint8_t code)
{
    struct spdm_header header;
    return !spdm_header_peek(message, &header).fault && header.version == SPDM_1_1 &&
           header.code == code;
}

bool nvidia_report_begins(slice evidence)
{
    struct reader reader = reader_of(evidence);
    read_bytes(&reader, NVIDIA_REQUEST_SIZE);
    return begins(evidence, SPDM_GET_MEASUREMENTS) && begins(reader.left, SPDM_MEASUREMENTS);
}

static status read_request(struct reader *reader, struct nvidia_report *out)
{
    struct spdm_get_measurements request;
    if (reader->left.size >= SPDM_HEADER_SIZE && !begins(reader->left, SPDM_GET_MEASUREMENTS))
        return FAIL(UNSUPPORTED, "not a request for measurements of SPDM 1.1");
    TRY(spdm_get_measurements_read(reader, &shape, &request));
    if (!request.asks_signature || request.operation != SPDM_MEASUREMENTS_ALL)
        return FAIL(UNSUPPORTED, "the request was not for all measurements with a signature");
    out->request = request;
    return OK;
}

static status take_block(const struct spdm_measurement_block *block, size_t last,
                         struct nvidia_report *out)
{
    if (block->specification != SPDM_MEASUREMENT_SPECIFICATION_DMTF ||
        block->value.size != NVIDIA_DIGEST_SIZE)
        return FAIL(UNSUPPORTED, "a measurement that is no digest of 48 bytes");
    if (block->index <= last)
        return FAIL(MALFORMED, "measurement blocks are out of order, or one is there twice");
    if (block->index > NVIDIA_BLOCKS_MAX)
        return FAIL(EXHAUSTED, "more measurement blocks than we keep");
    out->measurements[block->index - 1] = block->value;
    return OK;
}

static status read_record(slice record, struct nvidia_report *out)
{
    struct reader blocks = reader_of(record);
    struct spdm_measurement_block block = {0};
    while (blocks.left.size) {
        const size_t last = block.index;
        TRY(spdm_measurement_block_read(&blocks, &block));
        TRY(take_block(&block, last, out));
    }
    return OK;
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
    if (reader->left.size >= SPDM_HEADER_SIZE && !begins(reader->left, SPDM_MEASUREMENTS))
        return FAIL(UNSUPPORTED, "not a response with measurements of SPDM 1.1");
    TRY(spdm_measurements_read(reader, &shape, true, &out->response));
    TRY(reader_finish(reader));
    out->signed_bytes.size -= out->response.signature.size;
    TRY(read_record(out->response.record, out));
    return read_opaque(out->response.opaque, out);
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
