/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/key_exchange.h"

#include "spdm/message/opaque_field.h"
#include "spdm/message/slot.h"
#include "spdm/message/summary.h"

status spdm_key_exchange_read(struct reader *reader, const struct spdm_shape *shape,
                              struct spdm_key_exchange *out)
{
    struct spdm_header header;
    struct spdm_key_exchange request;

    TRY(spdm_header_expect(reader, SPDM_KEY_EXCHANGE, &header));
    request.summary = header.param1;
    request.slot = header.param2;
    request.session_id = read_le16(reader);
    request.policy = spdm_session_policy_of(read_u8(reader), shape);
    read_u8(reader); /* reserved */
    read_exactly(reader, request.random, sizeof request.random);
    request.exchange = read_bytes(reader, shape->request_exchange_size);
    TRY(spdm_opaque_field_read(reader, &request.opaque));
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_summary_check(request.summary));
    TRY(spdm_slot_check(request.slot));
    *out = request;
    return OK;
}

void spdm_key_exchange_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_key_exchange *request)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_KEY_EXCHANGE,
                                                    request->summary, request->slot});
    write_le16(writer, request->session_id);
    write_u8(writer, spdm_session_policy_field(request->policy, shape));
    write_u8(writer, 0); /* reserved */
    write_bytes(writer, SLICE(request->random));
    write_bytes(writer, request->exchange);
    spdm_opaque_field_write(writer, request->opaque);
}

static size_t verify_data_size(const struct spdm_shape *shape)
{
    return shape->handshake_in_the_clear ? 0 : shape->hash_size;
}

/* `field` is about a slot in the first of these cases only. */
static status requester_slot_read(uint8_t mutual, uint8_t field, uint8_t *out)
{
    switch (mutual) {
    case SPDM_MUTUAL_KNOWN_CHAIN:
        return spdm_slot_of_nibble(field, out);
    case SPDM_MUTUAL_NONE:
    case SPDM_MUTUAL_ENCAPSULATED:
    case SPDM_MUTUAL_IMPLICIT_DIGESTS:
        *out = 0;
        return OK;
    default:
        return FAIL(MALFORMED, "KEY_EXCHANGE_RSP asks for mutual authentication in several ways");
    }
}

status spdm_key_exchange_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                  bool has_summary, struct spdm_key_exchange_rsp *out)
{
    struct spdm_header header;
    struct spdm_key_exchange_rsp response;

    TRY(spdm_header_expect(reader, SPDM_KEY_EXCHANGE_RSP, &header));
    response.heartbeat_s = header.param1;
    response.session_id = read_le16(reader);
    response.mutual = read_u8(reader);
    const uint8_t slot_field = read_u8(reader);
    read_exactly(reader, response.random, sizeof response.random);
    response.exchange = read_bytes(reader, shape->response_exchange_size);
    response.summary_hash = read_bytes(reader, has_summary ? shape->hash_size : 0);
    TRY(spdm_opaque_field_read(reader, &response.opaque));
    response.signature = read_bytes(reader, shape->signature_size);
    response.verify_data = read_bytes(reader, verify_data_size(shape));
    TRY(spdm_message_was_whole(reader));

    TRY(requester_slot_read(response.mutual, slot_field, &response.requester_slot));
    *out = response;
    return OK;
}

void spdm_key_exchange_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_key_exchange_rsp *response)
{
    const bool has_slot = response->mutual == SPDM_MUTUAL_KNOWN_CHAIN;
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_KEY_EXCHANGE_RSP,
                                                    response->heartbeat_s, 0});
    write_le16(writer, response->session_id);
    write_u8(writer, response->mutual);
    write_u8(writer, has_slot ? spdm_slot_nibble(response->requester_slot) : 0);
    write_bytes(writer, SLICE(response->random));
    write_bytes(writer, response->exchange);
    write_bytes(writer, response->summary_hash);
    spdm_opaque_field_write(writer, response->opaque);
    write_bytes(writer, response->signature);
    write_bytes(writer, response->verify_data);
}
