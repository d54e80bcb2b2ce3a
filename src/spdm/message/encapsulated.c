/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/encapsulated.h"

status spdm_get_encapsulated_request_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_GET_ENCAPSULATED_REQUEST, &header);
}

void spdm_get_encapsulated_request_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_GET_ENCAPSULATED_REQUEST, 0, 0});
}

status spdm_encapsulated_request_read(struct reader *reader, uint8_t *out_request_id)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_ENCAPSULATED_REQUEST, &header));
    *out_request_id = header.param1;
    return OK;
}

void spdm_encapsulated_request_write(struct writer *writer, const struct spdm_shape *shape,
                                     uint8_t request_id)
{
    spdm_header_write(
        writer, &(struct spdm_header){shape->version, SPDM_ENCAPSULATED_REQUEST, request_id, 0});
}

status spdm_deliver_encapsulated_response_read(struct reader *reader, uint8_t *out_request_id)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_DELIVER_ENCAPSULATED_RESPONSE, &header));
    *out_request_id = header.param1;
    return OK;
}

void spdm_deliver_encapsulated_response_write(struct writer *writer, const struct spdm_shape *shape,
                                              uint8_t request_id)
{
    spdm_header_write(
        writer,
        &(struct spdm_header){shape->version, SPDM_DELIVER_ENCAPSULATED_RESPONSE, request_id, 0});
}

status spdm_encapsulated_response_ack_read(struct reader *reader, const struct spdm_shape *shape,
                                           struct spdm_encapsulated_response_ack *out)
{
    struct spdm_header header;
    struct spdm_encapsulated_response_ack ack = {0};

    TRY(spdm_header_expect(reader, SPDM_ENCAPSULATED_RESPONSE_ACK, &header));
    ack.request_id = header.param1;
    ack.payload = header.param2;
    if (shape->version >= SPDM_1_2) {
        ack.acknowledged_id = read_u8(reader);
        read_bytes(reader, 3); /* reserved */
    }
    if (ack.payload == SPDM_ENCAPSULATED_SLOT)
        ack.slot = read_u8(reader);
    TRY(spdm_message_was_whole(reader));

    if (ack.payload > SPDM_ENCAPSULATED_SLOT)
        return FAIL(MALFORMED, "ENCAPSULATED_RESPONSE_ACK brings something that there is not");
    if (ack.slot >= SPDM_SLOTS)
        return FAIL(MALFORMED, "ENCAPSULATED_RESPONSE_ACK names a slot that there is not");
    *out = ack;
    return OK;
}

void spdm_encapsulated_response_ack_write(struct writer *writer, const struct spdm_shape *shape,
                                          const struct spdm_encapsulated_response_ack *ack)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_ENCAPSULATED_RESPONSE_ACK,
                                                    ack->request_id, ack->payload});
    if (shape->version >= SPDM_1_2) {
        write_u8(writer, ack->acknowledged_id);
        write_u8(writer, 0); /* this and the next: reserved */
        write_le16(writer, 0);
    }
    if (ack->payload == SPDM_ENCAPSULATED_SLOT)
        write_u8(writer, ack->slot);
}
