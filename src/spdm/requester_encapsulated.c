/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the responder asks us, in encapsulated requests: before FINISH, after CHALLENGE_AUTH, or
 * when we listen. Which it may ask when is a table; what we cannot answer gets an encapsulated
 * ERROR, and the responder says what becomes of that.
 * spec: DSP0274 1.4, "Encapsulated request flow"
 */

#include "spdm/message/encapsulated.h"
#include "spdm/message/error.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_update.h"
#include "spdm/requester_parts.h"

/* In which flows. */
enum {
    MUTUAL = 1 << SPDM_FLOW_MUTUAL,
    BASIC = 1 << SPDM_FLOW_BASIC,
    OTHER = 1 << SPDM_FLOW_OTHER,
    IN_SESSION = 1 << 7, /* only there */
};

struct service {
    uint8_t code;
    uint32_t needs; /* of our flags, at least one bit */
    unsigned flows;
    status (*answer)(struct spdm_serving *serving);
};

/* clang-format off: a table */
static const struct service services[] = {
    {SPDM_GET_DIGESTS, SPDM_CERT_CAP, MUTUAL | BASIC | OTHER, spdm_show_digests},
    {SPDM_GET_CERTIFICATE, SPDM_CERT_CAP, MUTUAL | BASIC | OTHER, spdm_show_certificate},
    {SPDM_CHALLENGE, SPDM_CHAL_CAP, BASIC, spdm_show_challenge_auth},
    {SPDM_KEY_UPDATE, SPDM_KEY_UPD_CAP, OTHER | IN_SESSION, spdm_show_key_update},
    {SPDM_GET_ENDPOINT_INFO, SPDM_EP_INFO_CAP, OTHER, spdm_show_endpoint_info},
    {SPDM_SEND_EVENT, SPDM_ENCAP_CAP, OTHER | IN_SESSION, spdm_show_event_ack},
};
/* clang-format on */

status spdm_served(const struct spdm_serving *serving, slice *out)
{
    slice whole;
    TRY(spdm_took(serving->taking, &whole));
    *out =
        (slice){serving->request.data, serving->request.size - serving->taking->reader.left.size};
    return OK;
}

slice spdm_serving_draft(const struct spdm_serving *serving)
{
    return (slice){serving->draft->data + serving->begin, serving->draft->size - serving->begin};
}

/* ---- one request ---- */

static status serve(struct spdm_serving *serving)
{
    const struct spdm_requester *const requester = serving->taking->requester;
    const struct spdm_connection *const connection = serving->taking->connection;
    struct spdm_header header;
    TRY(spdm_header_peek(serving->request, &header));
    if (header.version != connection->shape.version)
        return FAIL(MALFORMED, "an encapsulated request of another version");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        const struct service *const service = &services[i];
        if (service->code != header.code || !(service->flows & 1U << requester->flow) ||
            !(spdm_connection_flags(connection) & service->needs) ||
            (service->flows & IN_SESSION && !requester->session) ||
            (service->needs & (SPDM_CERT_CAP | SPDM_CHAL_CAP) && !requester->setup->identity))
            continue;
        TRY(service->answer(serving));
        return serving->draft->out_of_space ? FAIL(EXHAUSTED, "SPDM request does not fit") : OK;
    }
    return FAIL(UNSUPPORTED, "an encapsulated request that is not answered here");
}

static void refuse(struct spdm_serving *serving, status failed)
{
    const bool is_unsupported = failed.fault->failure == FAILURE_UNSUPPORTED;
    const uint8_t code = serving->request.size > 1 ? serving->request.data[1] : 0;
    serving->draft->size = serving->begin;
    serving->draft->out_of_space = false;
    spdm_error_write(serving->draft,
                     &(struct spdm_error){
                         .version = serving->taking->connection->shape.version,
                         .code = is_unsupported ? SPDM_UNSUPPORTED_REQUEST : SPDM_INVALID_REQUEST,
                         .data = is_unsupported ? code : 0,
                     });
}

/* ---- the flow ---- */

/* A handshake in the clear goes outside its session. */
static struct spdm_session *way_of(const struct spdm_requester *requester)
{
    return requester->flow == SPDM_FLOW_MUTUAL ? spdm_handshake_way(requester) : requester->session;
}

static status take_ack(struct spdm_taking *taking);

/* The answer to what `taking` brought, or to GET_DIGESTS (which id 0 says). */
static status deliver(struct spdm_taking *taking, uint8_t request_id)
{
    static const struct spdm_step step = {SPDM_ENCAPSULATED_RESPONSE_ACK, take_ack};
    struct spdm_requester *const requester = taking->requester;
    struct spdm_saying saying = spdm_say_begin(requester, way_of(requester), taking->out);
    if (requester->rounds++ >= SPDM_ENCAPSULATED_ROUNDS_MAX)
        return FAIL(EXHAUSTED, "the responder asks without end");
    spdm_deliver_encapsulated_response_write(&saying.draft, &taking->connection->shape, request_id);
    struct spdm_serving serving = {taking, taking->reader.left, &saying.draft, saying.draft.size};
    if (request_id == 0) {
        TRY(spdm_write_own_digests(&serving));
    } else {
        const status served = serve(&serving);
        if (served.fault)
            refuse(&serving, served);
    }
    requester->delivered = request_id;
    return spdm_say_end(requester, taking->now, &saying, &step);
}

/* The responder has asked all that it wanted to. */
static status end_flow(struct spdm_taking *taking, const struct spdm_encapsulated_response_ack *ack)
{
    struct spdm_requester *const requester = taking->requester;
    const struct spdm_session *const session = requester->session;
    if (requester->flow == SPDM_FLOW_MUTUAL) {
        requester->opening->requester_slot = ack->slot; /* 0 also when it is not told */
        return spdm_ask_finish(taking);
    }
    if (ack->payload != SPDM_ENCAPSULATED_NOTHING)
        return FAIL(UNEXPECTED, "a slot to sign FINISH with, where there is no FINISH");
    return session && session->halves[SPDM_RESPONSES].is_updating
               ? FAIL(UNEXPECTED, "a key update that was not brought to its end")
               : OK;
}

static status take_ack(struct spdm_taking *taking)
{
    const struct spdm_shape *const shape = &taking->connection->shape;
    struct spdm_encapsulated_response_ack ack;
    slice response;
    TRY(spdm_encapsulated_response_ack_read(&taking->reader, shape, &ack));
    if (shape->version >= SPDM_1_2 && ack.acknowledged_id != taking->requester->delivered)
        return FAIL(UNEXPECTED, "an encapsulated response is acknowledged that was not sent");
    if (ack.payload == SPDM_ENCAPSULATED_NEXT)
        return ack.request_id ? deliver(taking, ack.request_id)
                              : FAIL(UNEXPECTED, "an encapsulated request without a number");
    TRY(spdm_took(taking, &response));
    return end_flow(taking, &ack);
}

static status take_request(struct spdm_taking *taking)
{
    uint8_t request_id;
    TRY(spdm_encapsulated_request_read(&taking->reader, &request_id));
    return request_id ? deliver(taking, request_id)
                      : FAIL(UNEXPECTED, "an encapsulated request without a number");
}

static status ask_request(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_ENCAPSULATED_REQUEST, take_request};
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_encapsulated_request_write(&saying.draft, &requester->connection.shape);
    return spdm_say_end(requester, now, &saying, &step);
}

status spdm_requester_begin_flow(struct spdm_taking *taking, enum spdm_encapsulated_flow flow)
{
    struct spdm_requester *const requester = taking->requester;
    requester->flow = flow;
    requester->rounds = 0;
    if (flow == SPDM_FLOW_MUTUAL && requester->opening->mutual == SPDM_MUTUAL_IMPLICIT_DIGESTS)
        return deliver(taking, 0);
    return ask_request(requester, taking->now, way_of(requester), taking->out);
}

status spdm_requester_listen(struct spdm_requester *requester, struct moment now,
                             struct spdm_session *session, struct writer *out)
{
    TRY(spdm_may_ask(requester, SPDM_ENCAP_CAP));
    if (session && session->phase != SPDM_SESSION_ESTABLISHED)
        return FAIL(UNEXPECTED, "SPDM request in a session that is not established");
    if (!(spdm_connection_flags(&requester->connection) & SPDM_ENCAP_CAP))
        return FAIL(UNSUPPORTED, "encapsulated requests, which we said not to answer");
    requester->flow = SPDM_FLOW_OTHER;
    requester->rounds = 0;
    return ask_request(requester, now, session, out);
}

/* ---- KEY_UPDATE ---- */

/* Of what the responder sends. Its next message is under the new key, and asks to confirm that. */
status spdm_show_key_update(struct spdm_serving *serving)
{
    struct spdm_session *const session = serving->taking->requester->session;
    const struct spdm_connection *const connection = serving->taking->connection;
    const bool is_updating = session->halves[SPDM_RESPONSES].is_updating;
    struct spdm_key_update update;
    slice request;
    TRY(spdm_key_update_read(&serving->taking->reader, &update));
    TRY(spdm_served(serving, &request));
    if (update.operation != (is_updating ? SPDM_VERIFY_NEW_KEY : SPDM_UPDATE_KEY) ||
        is_updating != session->opened_with_next)
        return FAIL(UNEXPECTED, "a key update out of its order");
    if (is_updating)
        spdm_session_commit_update(session, SPDM_RESPONSES);
    else
        TRY(spdm_session_prepare_update(session, &connection->schedule, SPDM_RESPONSES));
    spdm_key_update_ack_write(serving->draft, &connection->shape, &update);
    return OK;
}
