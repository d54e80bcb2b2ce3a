/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who the requester is: in the handshake of a session, by what it signs FINISH with; before any
 * session, by its answer to a challenge of ours.
 * spec: DSP0274 1.4, "Session-based mutual authentication", "Basic mutual authentication"
 */

#include "spdm/message/challenge.h"
#include "spdm/message/digests.h"
#include "spdm/message/key_exchange.h"
#include "spdm/portions.h"
#include "spdm/responder_parts.h"

#include <string.h>

/* ---- whether it is asked ---- */

/* OK and the key of whoever shows `chain`, when that may come in. */
static status judge(struct spdm_asking *asking, slice chain, const struct public_key **out_key)
{
    const struct spdm_responder *const responder = asking->responder;
    if (!responder->setup->duties.judge)
        return FAIL(DENIED, "nobody judges requesters");
    return responder->setup->duties.judge(responder->context, chain, out_key);
}

/* The key that was provisioned for it. */
static status know_key(struct spdm_asking *asking, struct spdm_shown *shown)
{
    TRY(judge(asking, (slice){0}, &shown->key));
    return public_key_spki_digest(shown->key, asking->connection->suite.hash, &shown->digest);
}

status spdm_recall(struct spdm_asking *asking, uint8_t *out_slot, struct spdm_shown *out)
{
    const struct spdm_responder *const responder = asking->responder;
    const struct spdm_duties *const duties = &responder->setup->duties;
    const enum hash hash = asking->connection->suite.hash;
    slice chain = {0};
    *out_slot = SPDM_SLOT_RAW_KEY;
    *out = (struct spdm_shown){.session = asking->subject};
    if (asking->connection->peer_flags & SPDM_PUB_KEY_ID_CAP)
        return know_key(asking, out);
    if (!duties->recall)
        return FAIL(UNSUPPORTED, "no requester is known");
    TRY(duties->recall(responder->context, hash, out_slot, &chain));
    if (*out_slot >= SPDM_SLOTS)
        return FAIL(UNEXPECTED, "a known chain in a slot that there is not");
    TRY(judge(asking, chain, &out->key));
    return digest_of(hash, chain, &out->digest);
}

/* Nothing is asked: the requester is who it was known to be. */
static status begin_known(struct spdm_asking *asking)
{
    struct spdm_shown shown;
    TRY(spdm_recall(asking, &asking->subject->requester_slot, &shown));
    asking->responder->shown = shown;
    return OK;
}

status spdm_begin_mutual(struct spdm_asking *asking)
{
    struct spdm_session *const session = asking->subject;
    struct spdm_encapsulation *const flow = &session->encapsulation;
    session->mutual = spdm_connection_both(asking->connection, SPDM_MUT_AUTH_CAP)
                          ? asking->responder->setup->mutual
                          : SPDM_MUTUAL_NONE;
    asking->responder->shown = (struct spdm_shown){0};
    switch (session->mutual) {
    case SPDM_MUTUAL_KNOWN_CHAIN:
        return begin_known(asking);
    case SPDM_MUTUAL_ENCAPSULATED:
        *flow = (struct spdm_encapsulation){.flow = SPDM_FLOW_MUTUAL, .next = SPDM_GET_DIGESTS};
        return OK;
    case SPDM_MUTUAL_IMPLICIT_DIGESTS:
        *flow = (struct spdm_encapsulation){.flow = SPDM_FLOW_MUTUAL, .awaited = SPDM_GET_DIGESTS};
        return OK;
    default:
        return OK;
    }
}

bool spdm_challenges_back(const struct spdm_asking *asking)
{
    const uint32_t theirs = asking->connection->peer_flags;
    return asking->responder->setup->challenges_back &&
           asking->connection->shape.version >= SPDM_1_1 &&
           spdm_connection_both(asking->connection, SPDM_MUT_AUTH_CAP | SPDM_ENCAP_CAP) &&
           theirs & SPDM_CHAL_CAP && theirs & (SPDM_CERT_CAP | SPDM_PUB_KEY_ID_CAP);
}

void spdm_begin_basic(struct spdm_asking *asking)
{
    const bool has_key = asking->connection->peer_flags & SPDM_PUB_KEY_ID_CAP;
    asking->responder->requester_is_authentic = false;
    asking->responder->shown = (struct spdm_shown){0};
    asking->connection->encapsulation = (struct spdm_encapsulation){
        .flow = SPDM_FLOW_BASIC,
        .next = has_key ? SPDM_CHALLENGE : SPDM_GET_DIGESTS,
        .slot = has_key ? SPDM_SLOT_RAW_KEY : 0,
    };
}

/* ---- DIGESTS ---- */

status spdm_ask_digests(struct spdm_asking *asking)
{
    spdm_get_digests_write(asking->out, &asking->connection->shape);
    return OK;
}

/* The first that may sign what is wanted. */
static status choose_slot(const struct spdm_asking *asking, const struct spdm_digests *digests,
                          uint8_t *out)
{
    const uint16_t usage =
        spdm_connection_usage(asking->connection, asking->flow->flow == SPDM_FLOW_BASIC
                                                      ? SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH
                                                      : SPDM_SIGNATURE_FINISH);
    for (uint8_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (digests->provisioned_slots >> slot & 1 &&
            (!usage || (digests->slots[slot].key_usage & usage &&
                        digests->slots[slot].certificate_model != SPDM_CERTIFICATE_MODEL_NONE))) {
            *out = slot;
            return OK;
        }
    return FAIL(UNEXPECTED, "the requester has no certificate chain for this");
}

/* What a later signature is over: in a session FINISH's, or that of a challenge. */
static status add_delivered(struct spdm_asking *asking, slice response, bool is_digests)
{
    const bool is_of_session = is_digests && asking->flow->flow == SPDM_FLOW_MUTUAL &&
                               asking->connection->shape.requester_is_multi_key;
    if (is_of_session)
        return running_hash_add(&asking->subject->th, response);
    return asking->flow->flow == SPDM_FLOW_BASIC
               ? spdm_transcript_add_mutual_b(&asking->connection->transcript,
                                              spdm_inquired(asking), response)
               : OK;
}

status spdm_take_digests(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    struct spdm_digests digests;
    uint8_t slot;
    slice response;
    TRY(spdm_digests_read(&asking->reader, &shape, &digests));
    TRY(spdm_delivered(asking, &response));
    TRY(choose_slot(asking, &digests, &slot));
    TRY(add_delivered(asking, response, true));

    const struct spdm_slot_digest *const told = &digests.slots[slot];
    struct spdm_peer_slot *const peer = &connection->peer_slots[slot];
    memcpy(peer->digest, told->digest.data, told->digest.size);
    peer->is_provisioned = true;
    peer->certificate_model = told->certificate_model;
    asking->flow->slot = slot;
    asking->flow->next = SPDM_GET_CERTIFICATE;
    return OK;
}

/* ---- CERTIFICATE ---- */

static struct spdm_gathering gathering_of(const struct spdm_asking *asking)
{
    const struct spdm_responder *const responder = asking->responder;
    return (struct spdm_gathering){asking->flow->slot, responder->scratch, responder->scratch_size,
                                   asking->flow->received};
}

status spdm_ask_certificate(struct spdm_asking *asking)
{
    const struct spdm_gathering gathering = gathering_of(asking);
    spdm_portion_ask(asking->connection, &gathering, SPDM_HEADER_SIZE, asking->out);
    return OK;
}

/* The chain is whole: is it the one of DIGESTS, and is it anybody that may come in? */
static status judge_chain(struct spdm_asking *asking, const struct spdm_gathering *gathering)
{
    const enum spdm_encapsulated_flow flow = asking->flow->flow;
    struct spdm_shown shown = {.session = asking->subject};
    TRY(spdm_portion_check(asking->connection, gathering, &shown.digest));
    TRY(judge(asking, (slice){gathering->space, gathering->size}, &shown.key));
    if (flow == SPDM_FLOW_OTHER)
        return OK; /* which proves nothing */
    asking->responder->shown = shown;
    if (flow == SPDM_FLOW_MUTUAL)
        asking->subject->requester_slot = gathering->slot;
    else
        asking->flow->next = SPDM_CHALLENGE;
    return OK;
}

status spdm_take_certificate(struct spdm_asking *asking)
{
    struct spdm_gathering gathering = gathering_of(asking);
    bool is_whole;
    slice response;
    TRY(spdm_portion_take(asking->connection, &asking->reader, &gathering, &is_whole));
    TRY(spdm_delivered(asking, &response));
    TRY(add_delivered(asking, response, false));
    asking->flow->received = (uint32_t)gathering.size;
    if (is_whole)
        return judge_chain(asking, &gathering);
    asking->flow->next = SPDM_GET_CERTIFICATE;
    return OK;
}

/* ---- CHALLENGE_AUTH ---- */

status spdm_ask_challenge(struct spdm_asking *asking)
{
    const struct spdm_shape *const shape = &asking->connection->shape;
    const struct spdm_responder_setup *const setup = asking->responder->setup;
    struct spdm_challenge challenge = {.slot = asking->flow->slot};
    if (challenge.slot == SPDM_SLOT_RAW_KEY)
        TRY(know_key(asking, &asking->responder->shown));
    TRY(setup->random(challenge.nonce, sizeof challenge.nonce));
    if (shape->version >= SPDM_1_3)
        TRY(setup->random(challenge.context, sizeof challenge.context));
    spdm_challenge_write(asking->out, shape, &challenge);
    return OK;
}

static status check_challenge_auth(const struct spdm_asking *asking,
                                   const struct spdm_challenge_auth *auth)
{
    const struct digest *const digest = &asking->responder->shown.digest;
    struct reader asked = reader_of(spdm_inquired(asking));
    struct spdm_challenge challenge;
    TRY(spdm_challenge_read(&asked, &asking->connection->shape, &challenge));
    if (auth->slot != challenge.slot || auth->asks_mutual ||
        memcmp(auth->context, challenge.context, sizeof auth->context) != 0)
        return FAIL(UNEXPECTED, "CHALLENGE_AUTH answers another challenge");
    return slice_equal(auth->chain_hash, (slice){digest->data, digest->size})
               ? OK
               : FAIL(UNAUTHENTIC, "CHALLENGE_AUTH is of another certificate chain");
}

status spdm_take_challenge_auth(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    const struct spdm_signing signing =
        spdm_connection_signing(connection, SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH);
    struct spdm_challenge_auth auth;
    struct digest m1;
    slice response;
    TRY(spdm_challenge_auth_read(&asking->reader, &shape, false, &auth));
    TRY(spdm_delivered(asking, &response));
    TRY(check_challenge_auth(asking, &auth));
    response.size -= auth.signature.size;
    TRY(spdm_transcript_mutual_m1(&connection->transcript, spdm_inquired(asking), response, &m1));
    spdm_transcript_mutual_challenged(&connection->transcript);
    TRY(spdm_verify(&signing, responder->shown.key, &m1, auth.signature));
    responder->requester_is_authentic = true;
    return OK;
}
