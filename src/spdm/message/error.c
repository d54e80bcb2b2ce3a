/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/error.h"

#include <assert.h>

static void read_not_ready(struct reader *reader, struct spdm_not_ready *out)
{
    out->retry_exponent = read_u8(reader);
    out->request_code = read_u8(reader);
    out->token = read_u8(reader);
    out->retry_multiplier = read_u8(reader);
}

static status read_vendor(struct reader *reader, struct spdm_error *out)
{
    if (reader->left.size > SPDM_ERROR_EXTENDED_SIZE_MAX)
        return FAIL(EXHAUSTED, "ERROR has more vendor's data than we take");
    out->vendor_id = read_bytes(reader, read_u8(reader));
    out->vendor_data = read_bytes(reader, reader->left.size);
    return OK;
}

static status read_extended(struct reader *reader, struct spdm_error *out)
{
    if (out->code == SPDM_RESPONSE_NOT_READY)
        read_not_ready(reader, &out->not_ready);
    if (out->code == SPDM_RESPONSE_TOO_LARGE || out->code == SPDM_DATA_TOO_LARGE)
        out->size = read_le32(reader);
    if (out->code == SPDM_LARGE_RESPONSE)
        out->handle = read_u8(reader);
    return out->code == SPDM_VENDOR_DEFINED_ERROR ? read_vendor(reader, out) : OK;
}

status spdm_error_read(struct reader *reader, struct spdm_error *out)
{
    struct spdm_error error = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_ERROR, &header));
    error.version = header.version;
    error.code = header.param1;
    error.data = header.param2;
    TRY(read_extended(reader, &error));
    TRY(spdm_message_was_whole(reader));

    if (error.not_ready.retry_exponent > SPDM_RETRY_EXPONENT_MAX)
        return FAIL(MALFORMED, "ERROR puts a response off for longer than anybody waits");
    *out = error;
    return OK;
}

static void write_vendor(struct writer *writer, const struct spdm_error *error)
{
    assert(1 + error->vendor_id.size + error->vendor_data.size <= SPDM_ERROR_EXTENDED_SIZE_MAX);
    write_u8(writer, (uint8_t)error->vendor_id.size);
    write_bytes(writer, error->vendor_id);
    write_bytes(writer, error->vendor_data);
}

void spdm_error_write(struct writer *writer, const struct spdm_error *error)
{
    const struct spdm_header header = {error->version, SPDM_ERROR, error->code, error->data};
    spdm_header_write(writer, &header);
    if (error->code == SPDM_RESPONSE_NOT_READY) {
        write_u8(writer, error->not_ready.retry_exponent);
        write_u8(writer, error->not_ready.request_code);
        write_u8(writer, error->not_ready.token);
        write_u8(writer, error->not_ready.retry_multiplier);
    }
    if (error->code == SPDM_RESPONSE_TOO_LARGE || error->code == SPDM_DATA_TOO_LARGE)
        write_le32(writer, error->size);
    if (error->code == SPDM_LARGE_RESPONSE)
        write_u8(writer, error->handle);
    if (error->code == SPDM_VENDOR_DEFINED_ERROR)
        write_vendor(writer, error);
}
