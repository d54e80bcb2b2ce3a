/* SPDX-License-Identifier: Apache-2.0 */

/*
 * MEASUREMENT_EXTENSION_LOG and ENDPOINT_INFO: what is told about us besides measurements.
 * spec: DSP0274 1.4, "GET_MEASUREMENT_EXTENSION_LOG request and MEASUREMENT_EXTENSION_LOG response
 * messages", "GET_ENDPOINT_INFO request and ENDPOINT_INFO response messages"
 */

#include "spdm/message/endpoint_info.h"
#include "spdm/message/measurement_log.h"
#include "spdm/responder_parts.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

status spdm_answer_measurement_log(struct spdm_asking *asking)
{
    const struct spdm_connection *const connection = asking->connection;
    struct spdm_responder *const responder = asking->responder;
    struct spdm_get_measurement_log asked;
    slice log, request;
    if (!responder->setup->duties.measurement_log)
        return FAIL(UNSUPPORTED, "nobody keeps a log of measurements");
    if (!connection->suite.has_log)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    TRY(spdm_get_measurement_log_read(&asking->reader, &asked));
    TRY(spdm_asked(asking, &request));
    TRY(responder->setup->duties.measurement_log(responder->context, asking->session, &log));
    if (asked.offset >= log.size)
        return FAIL(UNEXPECTED, "a portion behind the end of the log");
    if (log.size > UINT32_MAX)
        return FAIL(EXHAUSTED, "a log that no portion can count");

    const size_t left = log.size - asked.offset;
    const size_t most =
        spdm_connection_portion_max(connection, asking->out, SPDM_MEASUREMENT_LOG_HEADER_SIZE);
    const size_t size = least(least(asked.length, left), most);
    const struct spdm_measurement_log answer = {
        .portion = {log.data + asked.offset, size},
        .remainder_size = (uint32_t)(left - size),
    };
    spdm_measurement_log_write(asking->out, &connection->shape, &answer);
    return OK;
}

/* IL1: nothing but the negotiation, the request and this. */
static status sign_info(struct spdm_asking *asking, slice request, uint8_t slot)
{
    struct digest il1;
    TRY(spdm_transcript_il1(&asking->connection->transcript, request, spdm_answered(asking), &il1));
    return spdm_append_signature(asking, SPDM_SIGNATURE_ENDPOINT_INFO, slot, &il1);
}

status spdm_answer_endpoint_info(struct spdm_asking *asking)
{
    const struct spdm_connection *const connection = asking->connection;
    struct spdm_responder *const responder = asking->responder;
    struct writer info = writer_over(responder->scratch, responder->scratch_size);
    struct spdm_get_endpoint_info asked;
    slice request;
    if (!responder->setup->duties.endpoint_info)
        return FAIL(UNSUPPORTED, "nobody tells what we are");
    TRY(spdm_get_endpoint_info_read(&asking->reader, &asked));
    TRY(spdm_asked(asking, &request));
    if (asked.asks_signature &&
        (spdm_connection_flags(connection) & SPDM_EP_INFO_CAP) != SPDM_EP_INFO_SIGNED)
        return spdm_refuse(asking, SPDM_UNSUPPORTED_REQUEST, SPDM_GET_ENDPOINT_INFO);
    if (asked.subject != SPDM_DEVICE_CLASS_IDENTIFIERS)
        return FAIL(UNEXPECTED, "information about we do not know what");

    struct spdm_endpoint_info answer = {
        .slot = asked.asks_signature ? asked.slot : 0,
        .is_signed = asked.asks_signature,
    };
    TRY(responder->setup->duties.endpoint_info(responder->context, asking->session, &info));
    TRY(writer_finish(&info, &answer.info));
    if (asked.asks_signature)
        TRY(responder->setup->random(answer.nonce, sizeof answer.nonce));
    spdm_endpoint_info_write(asking->out, &connection->shape, &answer);
    return asked.asks_signature ? sign_info(asking, request, asked.slot) : OK;
}

/* ---- what the requester is ---- */

/* Signed, when its key is known. */
status spdm_ask_endpoint_info(struct spdm_asking *asking)
{
    const struct spdm_responder_setup *const setup = asking->responder->setup;
    const uint32_t theirs = asking->connection->peer_flags & SPDM_EP_INFO_CAP;
    struct spdm_get_endpoint_info request = {.subject = SPDM_DEVICE_CLASS_IDENTIFIERS};
    struct spdm_shown shown;
    uint8_t slot;
    if (!setup->duties.requester_info)
        return FAIL(UNSUPPORTED, "nobody wants to know what requesters are");
    if (theirs == SPDM_EP_INFO_SIGNED && !spdm_recall(asking, &slot, &shown).fault) {
        request.asks_signature = true;
        request.slot = slot;
        TRY(setup->random(request.nonce, sizeof request.nonce));
    }
    spdm_get_endpoint_info_write(asking->out, &asking->connection->shape, &request);
    return OK;
}

static status check_info(struct spdm_asking *asking, const struct spdm_endpoint_info *info,
                         slice response)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_signing signing =
        spdm_connection_signing(connection, SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO);
    struct spdm_shown shown;
    struct digest il1;
    uint8_t slot;
    TRY(spdm_recall(asking, &slot, &shown));
    if (info->slot != slot)
        return FAIL(UNEXPECTED, "ENDPOINT_INFO of another slot");
    response.size -= info->signature.size;
    TRY(spdm_transcript_il1(&connection->transcript, spdm_inquired(asking), response, &il1));
    return spdm_verify(&signing, shown.key, &il1, info->signature);
}

status spdm_take_endpoint_info(struct spdm_asking *asking)
{
    const struct spdm_responder *const responder = asking->responder;
    const struct spdm_shape shape = spdm_shape_reversed(&asking->connection->shape);
    struct reader inquired = reader_of(spdm_inquired(asking));
    struct spdm_get_endpoint_info request;
    struct spdm_endpoint_info info;
    slice response;
    uint8_t count;
    TRY(spdm_get_endpoint_info_read(&inquired, &request));
    TRY(spdm_endpoint_info_read(&asking->reader, &shape, request.asks_signature, &info));
    TRY(spdm_delivered(asking, &response));
    if (request.asks_signature)
        TRY(check_info(asking, &info, response));
    struct reader classes = reader_of(info.info);
    TRY(spdm_device_classes_read(&classes, &count));
    return responder->setup->duties.requester_info(responder->context, asking->session, info.info,
                                                   request.asks_signature);
}
