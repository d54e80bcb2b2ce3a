/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/vendor_defined.h"

#include <assert.h>

enum { LARGE = 1 << 7 };

static status vendor_defined_read(struct reader *reader, const struct spdm_shape *shape,
                                  uint8_t code, struct spdm_vendor_defined *out)
{
    struct spdm_header header;
    struct spdm_vendor_defined message;

    TRY(spdm_header_expect(reader, code, &header));
    message.is_large = shape->version >= SPDM_1_4 && (header.param1 & LARGE);
    message.body = read_le16(reader);
    message.vendor_id = read_bytes(reader, read_u8(reader));
    const uint16_t size = read_le16(reader); /* reserved in the large form */
    const uint32_t payload_size = message.is_large ? read_le32(reader) : size;
    message.payload = read_bytes(reader, payload_size);
    TRY(spdm_message_was_whole(reader));
    *out = message;
    return OK;
}

static void vendor_defined_write(struct writer *writer, const struct spdm_shape *shape,
                                 uint8_t code, const struct spdm_vendor_defined *message)
{
    assert(message->vendor_id.size <= UINT8_MAX);
    assert(message->payload.size <= (message->is_large ? UINT32_MAX : UINT16_MAX));
    spdm_header_write(
        writer, &(struct spdm_header){shape->version, code, message->is_large ? LARGE : 0, 0});
    write_le16(writer, message->body);
    write_u8(writer, (uint8_t)message->vendor_id.size);
    write_bytes(writer, message->vendor_id);
    if (message->is_large) {
        write_le16(writer, 0); /* reserved */
        write_le32(writer, (uint32_t)message->payload.size);
    } else {
        write_le16(writer, (uint16_t)message->payload.size);
    }
    write_bytes(writer, message->payload);
}

status spdm_vendor_defined_request_read(struct reader *reader, const struct spdm_shape *shape,
                                        struct spdm_vendor_defined *out)
{
    return vendor_defined_read(reader, shape, SPDM_VENDOR_DEFINED_REQUEST, out);
}

void spdm_vendor_defined_request_write(struct writer *writer, const struct spdm_shape *shape,
                                       const struct spdm_vendor_defined *request)
{
    vendor_defined_write(writer, shape, SPDM_VENDOR_DEFINED_REQUEST, request);
}

status spdm_vendor_defined_response_read(struct reader *reader, const struct spdm_shape *shape,
                                         struct spdm_vendor_defined *out)
{
    return vendor_defined_read(reader, shape, SPDM_VENDOR_DEFINED_RESPONSE, out);
}

void spdm_vendor_defined_response_write(struct writer *writer, const struct spdm_shape *shape,
                                        const struct spdm_vendor_defined *response)
{
    vendor_defined_write(writer, shape, SPDM_VENDOR_DEFINED_RESPONSE, response);
}
