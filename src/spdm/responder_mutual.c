/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encapsulated requests before FINISH: whose key will sign it.
 * spec: DSP0274 1.4, "Session-based mutual authentication", "Encapsulated request flow"
 */

#include "spdm/message/certificate.h"
#include "spdm/message/digests.h"
#include "spdm/message/encapsulated.h"
#include "spdm/message/key_exchange.h"
#include "spdm/responder_parts.h"

#include <string.h>

enum { PORTION_SIZE = 0x400, PORTION_SIZE_MAX = 0x8000, WRAPPER_SIZE_MAX = 64 };

static status check_flow(struct spdm_asking *asking)
{
    const struct spdm_session *const session = asking->subject;
    const uint8_t nothing = asking->connection->shape.version >= SPDM_1_3 ? SPDM_NO_PENDING_REQUESTS
                                                                          : SPDM_UNEXPECTED_REQUEST;
    return session && session->encapsulation.flow == SPDM_FLOW_MUTUAL
               ? OK
               : spdm_refuse(asking, nothing, 0);
}

status spdm_answer_encapsulated(struct spdm_asking *asking)
{
    const struct spdm_shape *const shape = &asking->connection->shape;
    slice request;
    TRY(check_flow(asking));
    struct spdm_encapsulation *const flow = &asking->subject->encapsulation;
    TRY(spdm_get_encapsulated_request_read(&asking->reader));
    TRY(spdm_asked(asking, &request));
    if (flow->request_id || asking->subject->mutual != SPDM_MUTUAL_ENCAPSULATED)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);

    flow->request_id = 1;
    spdm_encapsulated_request_write(asking->out, shape, flow->request_id);
    spdm_get_digests_write(asking->out, shape);
    return OK;
}

/* What the requester takes in one message, less what wraps it. */
static uint32_t portion_size(const struct spdm_connection *connection)
{
    if (connection->shape.version < SPDM_1_2)
        return PORTION_SIZE;
    const uint32_t ours = connection->settings->capabilities.data_transfer_size;
    const uint32_t least =
        ours < connection->peer_data_transfer_size ? ours : connection->peer_data_transfer_size;
    const uint32_t size = least > 2 * WRAPPER_SIZE_MAX ? least - WRAPPER_SIZE_MAX : PORTION_SIZE;
    return size < PORTION_SIZE_MAX ? size : PORTION_SIZE_MAX;
}

static void ask_next(struct spdm_asking *asking, uint8_t acknowledged)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_encapsulation *const flow = &asking->subject->encapsulation;
    flow->request_id = (uint8_t)(flow->request_id + 1);
    spdm_encapsulated_response_ack_write(asking->out, &connection->shape,
                                         &(struct spdm_encapsulated_response_ack){
                                             .request_id = flow->request_id,
                                             .acknowledged_id = acknowledged,
                                             .payload = SPDM_ENCAPSULATED_NEXT,
                                         });
    spdm_get_certificate_write(asking->out, &connection->shape,
                               &(struct spdm_get_certificate){
                                   .slot = flow->slot,
                                   .offset = flow->received,
                                   .length = portion_size(connection),
                               });
}

/* The first that may sign FINISH. */
static status choose_slot(const struct spdm_connection *connection,
                          const struct spdm_digests *digests, uint8_t *out)
{
    const uint16_t usage = spdm_connection_usage(connection, SPDM_SIGNATURE_FINISH);
    for (uint8_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (digests->provisioned_slots >> slot & 1 &&
            (!usage || (digests->slots[slot].key_usage & usage &&
                        digests->slots[slot].certificate_model != SPDM_CERTIFICATE_MODEL_NONE))) {
            *out = slot;
            return OK;
        }
    return FAIL(UNEXPECTED, "the requester has no certificate chain for sessions");
}

static status take_digests(struct spdm_asking *asking, uint8_t acknowledged)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    const slice whole = asking->reader.left;
    struct spdm_digests digests;
    TRY(spdm_digests_read(&asking->reader, &shape, &digests));
    uint8_t slot;
    TRY(choose_slot(connection, &digests, &slot));
    struct spdm_peer_slot *const peer = &connection->peer_slots[slot];
    memcpy(peer->digest, digests.slots[slot].digest.data, digests.slots[slot].digest.size);
    peer->is_provisioned = true;
    session->encapsulation.slot = slot;
    if (shape.responder_is_multi_key)
        TRY(running_hash_add(&session->th,
                             (slice){whole.data, whole.size - asking->reader.left.size}));
    ask_next(asking, acknowledged);
    return OK;
}

/* The chain is whole: is it the one of DIGESTS, and is it anybody that may come in? */
static status judge_chain(struct spdm_asking *asking, slice chain, uint8_t acknowledged)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    const uint8_t slot = session->encapsulation.slot;
    struct digest digest;
    TRY(digest_of(connection->suite.hash, chain, &digest));
    if (!slice_equal((slice){digest.data, digest.size},
                     (slice){connection->peer_slots[slot].digest, digest.size}))
        return FAIL(UNAUTHENTIC, "the requester's chain is another than its DIGESTS says");
    if (!responder->setup->duties.judge)
        return FAIL(DENIED, "nobody judges requesters");
    TRY(responder->setup->duties.judge(responder->context, chain, &responder->requester_key));

    responder->requester_digest = digest;
    session->requester_slot = slot;
    session->encapsulation = (struct spdm_encapsulation){0};
    spdm_encapsulated_response_ack_write(asking->out, &connection->shape,
                                         &(struct spdm_encapsulated_response_ack){
                                             .acknowledged_id = acknowledged,
                                             .payload = SPDM_ENCAPSULATED_SLOT,
                                             .slot = slot,
                                         });
    return OK;
}

static status take_certificate(struct spdm_asking *asking, uint8_t acknowledged)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_encapsulation *const flow = &asking->subject->encapsulation;
    const struct spdm_shape shape = spdm_shape_reversed(&asking->connection->shape);
    struct spdm_certificate certificate;
    TRY(spdm_certificate_read(&asking->reader, &shape, &certificate));
    if (certificate.slot != flow->slot || certificate.portion.size == 0)
        return FAIL(UNEXPECTED, "a portion of no chain that was asked for");
    const size_t whole =
        (size_t)flow->received + certificate.portion.size + certificate.remainder_size;
    if (whole > SPDM_CHAIN_SIZE_MAX || whole > responder->scratch_size)
        return FAIL(EXHAUSTED, "the requester's chain is longer than we take");

    memcpy(responder->scratch + flow->received, certificate.portion.data, certificate.portion.size);
    flow->received += (uint32_t)certificate.portion.size;
    if (certificate.remainder_size == 0)
        return judge_chain(asking, (slice){responder->scratch, flow->received}, acknowledged);
    ask_next(asking, acknowledged);
    return OK;
}

/* A flow that fails cannot be taken up again: neither can its session. */
static status take_delivered(struct spdm_asking *asking, uint8_t request_id)
{
    struct spdm_header header;
    TRY(spdm_header_peek(asking->reader.left, &header));
    if (header.code == SPDM_DIGESTS && asking->subject->encapsulation.received == 0 &&
        request_id <= 1)
        return take_digests(asking, request_id);
    if (header.code == SPDM_CERTIFICATE && request_id > 0)
        return take_certificate(asking, request_id);
    return FAIL(UNEXPECTED, "an encapsulated response to nothing that was asked");
}

status spdm_answer_delivered(struct spdm_asking *asking)
{
    uint8_t request_id;
    TRY(check_flow(asking));
    TRY(spdm_deliver_encapsulated_response_read(&asking->reader, &request_id));
    const struct spdm_session *const session = asking->subject;
    if (request_id != session->encapsulation.request_id ||
        (request_id == 0 && session->mutual != SPDM_MUTUAL_IMPLICIT_DIGESTS))
        return FAIL(UNEXPECTED, "an encapsulated response to another request");
    slice whole;
    status taken = take_delivered(asking, request_id);
    if (!taken.fault)
        taken = spdm_asked(asking, &whole);
    if (taken.fault)
        asking->afterwards = SPDM_ENDS;
    return taken;
}
