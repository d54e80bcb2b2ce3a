/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the responder asks before FINISH: who we are.
 * spec: DSP0274 1.4, "Session-based mutual authentication", "Encapsulated request flow"
 */

#include "spdm/message/certificate.h"
#include "spdm/message/digests.h"
#include "spdm/message/encapsulated.h"
#include "spdm/message/key_exchange.h"
#include "spdm/requester_parts.h"

static status take_ack(struct spdm_taking *taking);
static const struct spdm_step ack_step = {SPDM_ENCAPSULATED_RESPONSE_ACK, take_ack};

/* ---- our answers ---- */

static status write_own_digests(const struct spdm_taking *taking, struct writer *draft)
{
    const struct spdm_shape shape = spdm_shape_reversed(&taking->connection->shape);
    struct spdm_session *const session = taking->requester->opening;
    struct spdm_digests digests;
    const size_t begin = draft->size;
    TRY(spdm_identity_digests(taking->requester->setup->identity, taking->connection->suite.hash,
                              &digests));
    spdm_digests_write(draft, &shape, &digests);
    if (draft->out_of_space)
        return FAIL(EXHAUSTED, "SPDM request does not fit");
    return shape.responder_is_multi_key
               ? running_hash_add(&session->th, (slice){draft->data + begin, draft->size - begin})
               : OK;
}

/* CERTIFICATE's header, and what wraps it. */
enum { AROUND_PORTION_SIZE = 64 };

static status write_own_certificate(const struct spdm_taking *taking, struct reader *reader,
                                    struct writer *draft)
{
    const struct spdm_connection *const connection = taking->connection;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    struct spdm_get_certificate request;
    struct spdm_certificate certificate;
    TRY(spdm_get_certificate_read(reader, &shape, &request));
    TRY(spdm_identity_certificate(
        taking->requester->setup->identity, connection->suite.hash, &request,
        spdm_connection_portion_max(connection, draft, AROUND_PORTION_SIZE), &certificate));
    if (shape.responder_is_multi_key)
        certificate.certificate_model =
            taking->requester->setup->identity->slots[request.slot].certificate_model;
    spdm_certificate_write(draft, &shape, &certificate);
    return OK;
}

static status write_answer(struct spdm_taking *taking, struct writer *draft)
{
    struct spdm_header header;
    slice response;
    TRY(spdm_header_peek(taking->reader.left, &header));
    if (header.code == SPDM_GET_DIGESTS) {
        TRY(spdm_get_digests_read(&taking->reader));
        TRY(write_own_digests(taking, draft));
    } else if (header.code == SPDM_GET_CERTIFICATE) {
        TRY(write_own_certificate(taking, &taking->reader, draft));
    } else {
        return FAIL(UNEXPECTED, "an encapsulated request that is none of mutual authentication");
    }
    return spdm_took(taking, &response);
}

static status deliver(struct spdm_taking *taking, uint8_t request_id)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_saying saying =
        spdm_say_begin(requester, spdm_handshake_way(requester), taking->out);
    if (requester->rounds++ >= SPDM_ENCAPSULATED_ROUNDS_MAX)
        return FAIL(EXHAUSTED, "the responder asks without end");
    spdm_deliver_encapsulated_response_write(&saying.draft, &taking->connection->shape, request_id);
    TRY(write_answer(taking, &saying.draft));
    return spdm_say_end(requester, taking->now, &saying, &ack_step);
}

/* ---- the flow ---- */

static status take_ack(struct spdm_taking *taking)
{
    struct spdm_session *const session = taking->requester->opening;
    struct spdm_encapsulated_response_ack ack;
    slice response;
    TRY(spdm_encapsulated_response_ack_read(&taking->reader, &taking->connection->shape, &ack));
    if (ack.payload == SPDM_ENCAPSULATED_NEXT)
        return deliver(taking, ack.request_id);
    TRY(spdm_took(taking, &response));
    if (ack.payload != SPDM_ENCAPSULATED_SLOT)
        return FAIL(UNEXPECTED, "the responder does not say which slot signs FINISH");
    session->requester_slot = ack.slot;
    return spdm_ask_finish(taking);
}

static status take_request(struct spdm_taking *taking)
{
    uint8_t request_id;
    TRY(spdm_encapsulated_request_read(&taking->reader, &request_id));
    return deliver(taking, request_id);
}

/* GET_DIGESTS goes without saying. */
static status deliver_digests(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_saying saying =
        spdm_say_begin(requester, spdm_handshake_way(requester), taking->out);
    spdm_deliver_encapsulated_response_write(&saying.draft, &taking->connection->shape, 0);
    TRY(write_own_digests(taking, &saying.draft));
    return spdm_say_end(requester, taking->now, &saying, &ack_step);
}

status spdm_begin_mutual(struct spdm_taking *taking)
{
    static const struct spdm_step step = {SPDM_ENCAPSULATED_REQUEST, take_request};
    struct spdm_requester *const requester = taking->requester;
    if (requester->opening->mutual == SPDM_MUTUAL_IMPLICIT_DIGESTS)
        return deliver_digests(taking);
    struct spdm_saying saying =
        spdm_say_begin(requester, spdm_handshake_way(requester), taking->out);
    spdm_get_encapsulated_request_write(&saying.draft, &taking->connection->shape);
    return spdm_say_end(requester, taking->now, &saying, &step);
}
