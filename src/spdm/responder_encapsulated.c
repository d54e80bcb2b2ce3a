/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ENCAPSULATED_REQUEST and ENCAPSULATED_RESPONSE_ACK: what we ask the requester, one request after
 * another. Which they are is a table; which is next each says itself.
 * spec: DSP0274 1.4, "Encapsulated request flow"
 */

#include "spdm/message/encapsulated.h"
#include "spdm/responder_parts.h"

#include <string.h>

/* clang-format off: a table */
static const struct spdm_inquiry inquiries[] = {
    {SPDM_GET_DIGESTS, SPDM_DIGESTS, SPDM_CERT_CAP, false, spdm_ask_digests, spdm_take_digests},
    {SPDM_GET_CERTIFICATE, SPDM_CERTIFICATE, SPDM_CERT_CAP, false, spdm_ask_certificate,
     spdm_take_certificate},
    {SPDM_CHALLENGE, SPDM_CHALLENGE_AUTH, SPDM_CHAL_CAP, false, spdm_ask_challenge,
     spdm_take_challenge_auth},
    {SPDM_KEY_UPDATE, SPDM_KEY_UPDATE_ACK, SPDM_KEY_UPD_CAP, true, spdm_ask_key_update,
     spdm_take_key_update_ack},
    {SPDM_GET_ENDPOINT_INFO, SPDM_ENDPOINT_INFO, SPDM_EP_INFO_CAP, false, spdm_ask_endpoint_info,
     spdm_take_endpoint_info},
    {SPDM_SEND_EVENT, SPDM_EVENT_ACK, SPDM_ENCAP_CAP, true, spdm_ask_send_event,
     spdm_take_event_ack},
};
/* clang-format on */

/* NULL: nobody asks that. */
static const struct spdm_inquiry *inquiry_for(uint8_t request)
{
    for (size_t i = 0; i < sizeof inquiries / sizeof *inquiries; i++)
        if (inquiries[i].request == request)
            return &inquiries[i];
    return NULL;
}

slice spdm_inquired(const struct spdm_asking *asking)
{
    return (slice){asking->flow->request, asking->flow->request_size};
}

status spdm_delivered(const struct spdm_asking *asking, slice *out)
{
    slice request;
    TRY(spdm_asked(asking, &request));
    *out = (slice){request.data + SPDM_HEADER_SIZE, request.size - SPDM_HEADER_SIZE};
    return OK;
}

status spdm_responder_ask(struct spdm_responder *responder, struct spdm_session *session,
                          uint8_t request_code)
{
    struct spdm_connection *const connection = &responder->connection;
    struct spdm_encapsulation *const flow = spdm_connection_encapsulation(connection, session);
    const struct spdm_inquiry *const inquiry = inquiry_for(request_code);
    if (connection->phase != SPDM_PHASE_ALGORITHMS ||
        (session && session->phase != SPDM_SESSION_ESTABLISHED))
        return FAIL(UNEXPECTED, "an encapsulated request before there can be one");
    if (!inquiry || (inquiry->in_session && !session) || request_code == SPDM_CHALLENGE ||
        !(connection->peer_flags & inquiry->needs) ||
        !spdm_connection_both(connection, SPDM_ENCAP_CAP))
        return FAIL(UNSUPPORTED, "an encapsulated request that the requester cannot answer");
    if (flow->flow != SPDM_FLOW_NONE || flow->next)
        return FAIL(UNEXPECTED, "an encapsulated request while there is another");
    flow->next = request_code;
    return OK;
}

/* ---- the flow ---- */

static status nothing_to_ask(struct spdm_asking *asking)
{
    return spdm_refuse(asking,
                       asking->connection->shape.version >= SPDM_1_3 ? SPDM_NO_PENDING_REQUESTS
                                                                     : SPDM_UNEXPECTED_REQUEST,
                       0);
}

/* A flow that fails cannot be taken up again: neither can a session that needed it. */
static status abandon(struct spdm_asking *asking, status failed)
{
    struct spdm_encapsulation *const flow = asking->flow;
    if (flow->flow == SPDM_FLOW_MUTUAL || flow->is_verifying)
        asking->afterwards = SPDM_ENDS;
    if (flow == &asking->connection->encapsulation)
        asking->subject = NULL; /* a handshake in the clear has no part in it */
    *flow = (struct spdm_encapsulation){0};
    return failed;
}

/* Behind the wrapper that is written already. */
static status ask_next(struct spdm_asking *asking)
{
    struct spdm_encapsulation *const flow = asking->flow;
    const struct spdm_inquiry *const inquiry = inquiry_for(flow->next);
    const size_t begin = asking->out->size;
    TRY(inquiry->ask(asking));
    const size_t size = asking->out->size - begin;
    flow->request_size = size <= sizeof flow->request ? (uint8_t)size : 0;
    memcpy(flow->request, asking->out->data + begin, flow->request_size);
    flow->awaited = flow->next;
    flow->next = 0;
    return OK;
}

status spdm_answer_encapsulated(struct spdm_asking *asking)
{
    struct spdm_encapsulation *const flow = asking->flow;
    slice request;
    TRY(spdm_get_encapsulated_request_read(&asking->reader));
    TRY(spdm_asked(asking, &request));
    if (flow->awaited)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    if (!flow->next)
        return nothing_to_ask(asking);

    if (flow->flow == SPDM_FLOW_NONE)
        flow->flow = SPDM_FLOW_OTHER;
    flow->request_id = 1;
    spdm_encapsulated_request_write(asking->out, &asking->connection->shape, flow->request_id);
    const status asked = ask_next(asking);
    return asked.fault ? abandon(asking, asked) : OK;
}

/* Slot 0 goes without saying. */
static status acknowledge(struct spdm_asking *asking, uint8_t request_id)
{
    struct spdm_encapsulation *const flow = asking->flow;
    const struct spdm_shape *const shape = &asking->connection->shape;
    struct spdm_encapsulated_response_ack ack = {.acknowledged_id = request_id};
    if (flow->next) {
        if (request_id == UINT8_MAX)
            return FAIL(EXHAUSTED, "the requester is asked without end");
        ack.request_id = flow->request_id = (uint8_t)(request_id + 1);
        ack.payload = SPDM_ENCAPSULATED_NEXT;
        spdm_encapsulated_response_ack_write(asking->out, shape, &ack);
        return ask_next(asking);
    }
    if (flow->flow == SPDM_FLOW_MUTUAL && flow->slot) {
        ack.payload = SPDM_ENCAPSULATED_SLOT;
        ack.slot = flow->slot;
    }
    spdm_encapsulated_response_ack_write(asking->out, shape, &ack);
    *flow = (struct spdm_encapsulation){0};
    return OK;
}

/* The requester may refuse what it can do without. */
static status take_error(struct spdm_asking *asking)
{
    struct spdm_error error;
    slice response;
    TRY(spdm_error_read(&asking->reader, &error));
    TRY(spdm_delivered(asking, &response));
    return asking->flow->flow == SPDM_FLOW_OTHER && !asking->flow->is_verifying
               ? OK
               : FAIL(UNEXPECTED, "the requester refuses to answer what it has to");
}

static status take_delivered(struct spdm_asking *asking)
{
    const struct spdm_inquiry *const inquiry = inquiry_for(asking->flow->awaited);
    struct spdm_header header;
    TRY(spdm_header_peek(asking->reader.left, &header));
    asking->flow->awaited = 0;
    if (header.version != asking->connection->shape.version)
        return FAIL(MALFORMED, "an encapsulated response of another version");
    if (header.code == SPDM_ERROR)
        return take_error(asking);
    return header.code == inquiry->response
               ? inquiry->take(asking)
               : FAIL(UNEXPECTED, "an encapsulated response to another request");
}

status spdm_answer_delivered(struct spdm_asking *asking)
{
    uint8_t request_id;
    if (!asking->flow->awaited)
        return nothing_to_ask(asking);
    TRY(spdm_deliver_encapsulated_response_read(&asking->reader, &request_id));
    if (request_id != asking->flow->request_id)
        return FAIL(UNEXPECTED, "an encapsulated response to another request");

    status taken = take_delivered(asking);
    if (taken.fault && taken.fault->failure != FAILURE_UNAVAILABLE && !asking->error.code)
        asking->error.code = SPDM_INVALID_RESPONSE_CODE; /* and no lack of ours */
    if (!taken.fault)
        taken = acknowledge(asking, request_id);
    return taken.fault ? abandon(asking, taken) : OK;
}
