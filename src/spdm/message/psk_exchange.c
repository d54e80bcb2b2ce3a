/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/psk_exchange.h"

#include "spdm/message/summary.h"

static status lengths_check(size_t hint, size_t context, size_t opaque)
{
    if (hint > SPDM_PSK_HINT_SIZE_MAX || context > SPDM_PSK_CONTEXT_SIZE_MAX ||
        opaque > SPDM_OPAQUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "PSK exchange has a longer field than we take");
    return OK;
}

status spdm_psk_exchange_read(struct reader *reader, const struct spdm_shape *shape,
                              struct spdm_psk_exchange *out)
{
    struct spdm_header header;
    struct spdm_psk_exchange request;

    TRY(spdm_header_expect(reader, SPDM_PSK_EXCHANGE, &header));
    request.summary = header.param1;
    request.policy = spdm_session_policy_of(header.param2, shape);
    request.session_id = read_le16(reader);
    const uint16_t hint_size = read_le16(reader);
    const uint16_t context_size = read_le16(reader);
    const uint16_t opaque_size = read_le16(reader);
    TRY(lengths_check(hint_size, context_size, opaque_size));
    request.hint = read_bytes(reader, hint_size);
    request.context = read_bytes(reader, context_size);
    request.opaque = read_bytes(reader, opaque_size);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_summary_check(request.summary));
    if (context_size < SPDM_PSK_CONTEXT_SIZE_MIN)
        return FAIL(MALFORMED, "PSK_EXCHANGE has no room for a nonce in its context");
    *out = request;
    return OK;
}

void spdm_psk_exchange_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_psk_exchange *request)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_PSK_EXCHANGE, request->summary,
                                            spdm_session_policy_field(request->policy, shape)});
    write_le16(writer, request->session_id);
    write_le16(writer, (uint16_t)request->hint.size);
    write_le16(writer, (uint16_t)request->context.size);
    write_le16(writer, (uint16_t)request->opaque.size);
    write_bytes(writer, request->hint);
    write_bytes(writer, request->context);
    write_bytes(writer, request->opaque);
}

status spdm_psk_exchange_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                  bool has_summary, struct spdm_psk_exchange_rsp *out)
{
    struct spdm_header header;
    struct spdm_psk_exchange_rsp response;

    TRY(spdm_header_expect(reader, SPDM_PSK_EXCHANGE_RSP, &header));
    response.heartbeat_s = header.param1;
    response.session_id = read_le16(reader);
    read_le16(reader); /* reserved */
    const uint16_t context_size = read_le16(reader);
    const uint16_t opaque_size = read_le16(reader);
    TRY(lengths_check(0, context_size, opaque_size));
    response.summary_hash = read_bytes(reader, has_summary ? shape->hash_size : 0);
    response.context = read_bytes(reader, context_size);
    response.opaque = read_bytes(reader, opaque_size);
    response.verify_data = read_bytes(reader, shape->hash_size);
    TRY(spdm_message_was_whole(reader));

    if ((context_size > 0) != shape->psk_has_context)
        return FAIL(MALFORMED, "PSK_EXCHANGE_RSP has a context, or none, against what it said");
    *out = response;
    return OK;
}

void spdm_psk_exchange_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_psk_exchange_rsp *response)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_PSK_EXCHANGE_RSP,
                                                    response->heartbeat_s, 0});
    write_le16(writer, response->session_id);
    write_le16(writer, 0); /* reserved */
    write_le16(writer, (uint16_t)response->context.size);
    write_le16(writer, (uint16_t)response->opaque.size);
    write_bytes(writer, response->summary_hash);
    write_bytes(writer, response->context);
    write_bytes(writer, response->opaque);
    write_bytes(writer, response->verify_data);
}
