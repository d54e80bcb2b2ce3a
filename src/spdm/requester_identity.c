/* SPDX-License-Identifier: Apache-2.0 */

/* GET_DIGESTS, GET_CERTIFICATE, CHALLENGE: who the responder is. */

#include "spdm/message/challenge.h"
#include "spdm/message/digests.h"
#include "spdm/portions.h"
#include "spdm/requester_parts.h"

#include <string.h>

/* Outside sessions what was shown is signed with the challenge. */
static status add_b(const struct spdm_taking *taking, slice *out_response)
{
    TRY(spdm_took(taking, out_response));
    return taking->requester->session
               ? OK
               : spdm_transcript_add_b(&taking->connection->transcript, spdm_request_of(taking),
                                       *out_response);
}

/* ---- DIGESTS ---- */

/* A slot whose chain is still the same keeps it. */
static void keep_slot(struct spdm_peer_slot *slot, const struct spdm_slot_digest *told,
                      bool is_told)
{
    const slice old = {slot->digest, told->digest.size};
    const bool is_same = is_told && slot->is_provisioned && slice_equal(old, told->digest);
    const struct spdm_chain *const chain = is_same ? slot->chain : NULL;
    *slot = (struct spdm_peer_slot){.is_provisioned = is_told, .chain = chain};
    if (!is_told)
        return;
    memcpy(slot->digest, told->digest.data, told->digest.size);
    slot->key_pair_id = told->key_pair_id;
    slot->certificate_model = told->certificate_model;
    slot->key_usage = told->key_usage;
}

static status take_digests(struct spdm_taking *taking)
{
    struct spdm_connection *const connection = taking->connection;
    struct spdm_digests digests;
    slice response;
    TRY(spdm_digests_read(&taking->reader, &connection->shape, &digests));
    TRY(add_b(taking, &response));
    if (connection->shape.responder_is_multi_key && !taking->requester->session)
        TRY(spdm_transcript_add_d(&connection->transcript, response));
    connection->peer_provisioned_slots = digests.provisioned_slots;
    connection->peer_supported_slots = digests.supported_slots;
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        keep_slot(&connection->peer_slots[slot], &digests.slots[slot],
                  digests.provisioned_slots >> slot & 1);
    return OK;
}

status spdm_requester_digests(struct spdm_requester *requester, struct moment now,
                              struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_DIGESTS, take_digests};
    TRY(spdm_may_ask(requester, SPDM_CERT_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_digests_write(&saying.draft, &requester->connection.shape);
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- CERTIFICATE ---- */

static status ask_portion(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out);

static struct spdm_gathering gathering_of(const struct spdm_requester *requester)
{
    return (struct spdm_gathering){requester->slot, requester->chain, requester->chain_capacity,
                                   requester->chain_size};
}

static status take_certificate(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_gathering gathering = gathering_of(requester);
    struct digest digest;
    bool is_whole;
    slice response;
    TRY(spdm_portion_take(taking->connection, &taking->reader, &gathering, &is_whole));
    TRY(add_b(taking, &response));
    requester->chain_size = gathering.size;
    return is_whole ? spdm_portion_check(taking->connection, &gathering, &digest)
                    : ask_portion(requester, taking->now, requester->session, taking->out);
}

static status ask_portion(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_CERTIFICATE, take_certificate};
    const struct spdm_gathering gathering = gathering_of(requester);
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_portion_ask(&requester->connection, &gathering, 0, &saying.draft);
    return spdm_say_end(requester, now, &saying, &step);
}

status spdm_requester_certificate(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, uint8_t slot, struct writer *out)
{
    TRY(spdm_may_ask(requester, SPDM_CERT_CAP));
    if (slot >= SPDM_SLOTS)
        return FAIL(UNEXPECTED, "a slot that cannot have a certificate chain");
    requester->slot = slot;
    requester->chain_size = 0;
    return ask_portion(requester, now, session, out);
}

/* ---- CHALLENGE ---- */

/* The responder is who it should be, and wants to know the same of us. */
static status begin_basic(struct spdm_taking *taking)
{
    return taking->requester->setup->identity &&
                   spdm_connection_both(taking->connection, SPDM_MUT_AUTH_CAP | SPDM_ENCAP_CAP)
               ? spdm_requester_begin_flow(taking, SPDM_FLOW_BASIC)
               : FAIL(UNEXPECTED, "mutual authentication that was not negotiated");
}

static status take_challenge_auth(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_transcript *const transcript = &taking->connection->transcript;
    struct spdm_signer peer;
    struct spdm_challenge_auth auth;
    struct digest m1;
    slice response;
    TRY(spdm_challenge_auth_read(&taking->reader, &taking->connection->shape,
                                 requester->summary != SPDM_SUMMARY_NONE, &auth));
    TRY(spdm_took(taking, &response));
    TRY(spdm_accepted_signer(requester, SPDM_SIGNATURE_CHALLENGE_AUTH, requester->slot, &peer));
    if (auth.slot != requester->slot ||
        !slice_equal((slice){auth.context, sizeof auth.context},
                     (slice){requester->context, sizeof requester->context}))
        return FAIL(UNEXPECTED, "CHALLENGE_AUTH answers another challenge");
    if (!slice_equal(auth.chain_hash, (slice){peer.digest.data, peer.digest.size}))
        return FAIL(UNAUTHENTIC, "CHALLENGE_AUTH is of another certificate chain or key");

    response.size -= auth.signature.size;
    TRY(spdm_transcript_m1(transcript, spdm_request_of(taking), response, &m1));
    TRY(spdm_verify_response(requester, SPDM_SIGNATURE_CHALLENGE_AUTH, &m1, auth.signature));
    spdm_transcript_challenged(transcript);
    spdm_keep_summary(requester, auth.summary_hash);
    return auth.asks_mutual ? begin_basic(taking) : OK;
}

status spdm_requester_challenge(struct spdm_requester *requester, struct moment now, uint8_t slot,
                                uint8_t summary, struct writer *out)
{
    static const struct spdm_step step = {SPDM_CHALLENGE_AUTH, take_challenge_auth};
    const struct spdm_connection *const connection = &requester->connection;
    struct spdm_signer peer;
    struct spdm_challenge challenge = {.slot = slot, .summary = summary};
    TRY(spdm_may_ask(requester, SPDM_CHAL_CAP));
    TRY(spdm_accepted_signer(requester, SPDM_SIGNATURE_CHALLENGE_AUTH, slot, &peer));
    TRY(requester->setup->random(challenge.nonce, sizeof challenge.nonce));
    if (connection->shape.version >= SPDM_1_3)
        TRY(requester->setup->random(challenge.context, sizeof challenge.context));

    struct spdm_saying saying = spdm_say_begin(requester, NULL, out);
    spdm_challenge_write(&saying.draft, &connection->shape, &challenge);
    requester->slot = slot;
    requester->summary = summary;
    memcpy(requester->context, challenge.context, sizeof challenge.context);
    return spdm_say_end(requester, now, &saying, &step);
}
