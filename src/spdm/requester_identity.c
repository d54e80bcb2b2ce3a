/* SPDX-License-Identifier: Apache-2.0 */

/* GET_DIGESTS, GET_CERTIFICATE, CHALLENGE: who the responder is. */

#include "spdm/message/certificate.h"
#include "spdm/message/challenge.h"
#include "spdm/message/digests.h"
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

static status check_chain(struct spdm_taking *taking)
{
    const struct spdm_requester *const requester = taking->requester;
    struct spdm_peer_slot *const slot = &taking->connection->peer_slots[requester->slot];
    struct digest digest;
    TRY(digest_of(taking->connection->suite.hash, (slice){requester->chain, requester->chain_size},
                  &digest));
    if (slot->is_provisioned &&
        !slice_equal((slice){slot->digest, digest.size}, (slice){digest.data, digest.size}))
        return FAIL(UNAUTHENTIC, "the responder's chain is another than its DIGESTS says");
    memcpy(slot->digest, digest.data, digest.size);
    slot->is_provisioned = true;
    return OK;
}

static status take_certificate(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    const struct spdm_peer_slot *const slot = &taking->connection->peer_slots[requester->slot];
    struct spdm_certificate certificate;
    slice response;
    TRY(spdm_certificate_read(&taking->reader, &taking->connection->shape, &certificate));
    if (certificate.slot != requester->slot || certificate.is_large || !certificate.portion.size)
        return FAIL(UNEXPECTED, "a portion of no chain that was asked for");
    if (taking->connection->shape.responder_is_multi_key && slot->is_provisioned &&
        certificate.certificate_model != slot->certificate_model)
        return FAIL(UNEXPECTED, "a chain of another model than its DIGESTS says");
    if (certificate.portion.size > requester->chain_capacity - requester->chain_size ||
        certificate.remainder_size >
            requester->chain_capacity - requester->chain_size - certificate.portion.size)
        return FAIL(EXHAUSTED, "the responder's chain is longer than we take");
    TRY(add_b(taking, &response));

    memcpy(requester->chain + requester->chain_size, certificate.portion.data,
           certificate.portion.size);
    requester->chain_size += certificate.portion.size;
    if (certificate.remainder_size)
        return ask_portion(requester, taking->now, requester->session, taking->out);
    return check_chain(taking);
}

/* Before 1.2 nobody tells how much it takes at a time. */
static uint32_t portion_size(const struct spdm_connection *connection)
{
    enum { PORTION_SIZE = 0x400, PORTION_SIZE_MAX = 0x8000 };
    const uint32_t ours = connection->settings->capabilities.data_transfer_size;
    if (connection->shape.version < SPDM_1_2 || ours <= SPDM_CERTIFICATE_HEADER_SIZE_MAX)
        return PORTION_SIZE;
    const uint32_t size = ours - SPDM_CERTIFICATE_HEADER_SIZE_MAX;
    return size < PORTION_SIZE_MAX ? size : PORTION_SIZE_MAX;
}

static status ask_portion(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_CERTIFICATE, take_certificate};
    const struct spdm_get_certificate request = {
        .slot = requester->slot,
        .offset = (uint32_t)requester->chain_size,
        .length = portion_size(&requester->connection),
    };
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_certificate_write(&saying.draft, &requester->connection.shape, &request);
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
    if (auth.slot != requester->slot || auth.asks_mutual ||
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
    return OK;
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
