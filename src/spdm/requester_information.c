/* SPDX-License-Identifier: Apache-2.0 */

/* GET_MEASUREMENT_EXTENSION_LOG and GET_ENDPOINT_INFO. */

#include "spdm/message/endpoint_info.h"
#include "spdm/message/measurement_log.h"
#include "spdm/requester_parts.h"

#include <string.h>

/* ---- the log ---- */

static status ask_portion(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out);

static status take_measurement_log(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    const size_t room = requester->chain_capacity - requester->chain_size;
    struct spdm_measurement_log got;
    struct spdm_log log;
    slice response;
    TRY(spdm_measurement_log_read(&taking->reader, &got));
    TRY(spdm_took(taking, &response));
    if (!got.portion.size)
        return FAIL(UNEXPECTED, "a portion of the log with nothing in it");
    if (got.portion.size > room || got.remainder_size > room - got.portion.size)
        return FAIL(EXHAUSTED, "the responder's log is longer than we take");

    memcpy(requester->chain + requester->chain_size, got.portion.data, got.portion.size);
    requester->chain_size += got.portion.size;
    if (got.remainder_size)
        return ask_portion(requester, taking->now, requester->session, taking->out);
    requester->payload = (slice){requester->chain, requester->chain_size};
    return spdm_log_read(requester->payload, &log);
}

static status ask_portion(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_MEASUREMENT_EXTENSION_LOG, take_measurement_log};
    const struct spdm_connection *const connection = &requester->connection;
    const struct spdm_get_measurement_log request = {
        .offset = (uint32_t)requester->chain_size,
        .length = spdm_connection_takes(connection) - SPDM_MEASUREMENT_LOG_HEADER_SIZE,
    };
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_measurement_log_write(&saying.draft, &connection->shape, &request);
    return spdm_say_end(requester, now, &saying, &step);
}

status spdm_requester_measurement_log(struct spdm_requester *requester, struct moment now,
                                      struct spdm_session *session, struct writer *out)
{
    TRY(spdm_may_ask(requester, SPDM_MEL_CAP));
    if (!requester->connection.suite.has_log)
        return FAIL(UNSUPPORTED, "no form of the log was negotiated");
    requester->chain_size = 0;
    return ask_portion(requester, now, session, out);
}

/* ---- what it is ---- */

static status take_endpoint_info(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_endpoint_info info;
    struct digest il1;
    slice response;
    uint8_t count;
    TRY(spdm_endpoint_info_read(&taking->reader, &taking->connection->shape, requester->is_signed,
                                &info));
    TRY(spdm_took(taking, &response));
    if (requester->is_signed) {
        if (info.slot != requester->slot)
            return FAIL(UNEXPECTED, "ENDPOINT_INFO of another slot");
        response.size -= info.signature.size;
        TRY(spdm_transcript_il1(&taking->connection->transcript, spdm_request_of(taking), response,
                                &il1));
        TRY(spdm_verify_response(requester, SPDM_SIGNATURE_ENDPOINT_INFO, &il1, info.signature));
    }
    struct reader classes = reader_of(info.info);
    TRY(spdm_device_classes_read(&classes, &count));
    requester->payload = info.info;
    return OK;
}

status spdm_requester_endpoint_info(struct spdm_requester *requester, struct moment now,
                                    const struct spdm_information_order *order, struct writer *out)
{
    static const struct spdm_step step = {SPDM_ENDPOINT_INFO, take_endpoint_info};
    struct spdm_signer peer;
    struct spdm_get_endpoint_info request = {
        .subject = SPDM_DEVICE_CLASS_IDENTIFIERS,
        .slot = order->asks_signature ? order->slot : 0,
        .asks_signature = order->asks_signature,
    };
    TRY(spdm_may_ask(requester, order->asks_signature ? SPDM_EP_INFO_SIGNED : SPDM_EP_INFO_CAP));
    if (order->asks_signature) {
        TRY(spdm_accepted_signer(requester, SPDM_SIGNATURE_ENDPOINT_INFO, order->slot, &peer));
        TRY(requester->setup->random(request.nonce, sizeof request.nonce));
    }
    struct spdm_saying saying = spdm_say_begin(requester, order->session, out);
    spdm_get_endpoint_info_write(&saying.draft, &requester->connection.shape, &request);
    requester->slot = request.slot;
    requester->is_signed = request.asks_signature;
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- what we are ---- */

static status sign_info(const struct spdm_serving *serving, uint8_t slot, slice request)
{
    struct digest il1;
    TRY(spdm_transcript_il1(&serving->taking->connection->transcript, request,
                            spdm_serving_draft(serving), &il1));
    return spdm_serving_sign(serving, SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO, slot, &il1);
}

status spdm_show_endpoint_info(struct spdm_serving *serving)
{
    const struct spdm_requester_setup *const setup = serving->taking->requester->setup;
    const struct spdm_connection *const connection = serving->taking->connection;
    const uint32_t ours = spdm_connection_flags(connection) & SPDM_EP_INFO_CAP;
    struct spdm_get_endpoint_info asked;
    slice request;
    TRY(spdm_get_endpoint_info_read(&serving->taking->reader, &asked));
    TRY(spdm_served(serving, &request));
    if (!setup->endpoint_info.size || (asked.asks_signature && ours != SPDM_EP_INFO_SIGNED))
        return FAIL(UNSUPPORTED, "information that we do not tell, or not in this way");
    if (asked.subject != SPDM_DEVICE_CLASS_IDENTIFIERS)
        return FAIL(UNEXPECTED, "information about we do not know what");

    struct spdm_endpoint_info answer = {
        .slot = asked.asks_signature ? asked.slot : 0,
        .is_signed = asked.asks_signature,
        .info = setup->endpoint_info,
    };
    if (asked.asks_signature)
        TRY(setup->random(answer.nonce, sizeof answer.nonce));
    spdm_endpoint_info_write(serving->draft, &connection->shape, &answer);
    return asked.asks_signature ? sign_info(serving, asked.slot, request) : OK;
}
