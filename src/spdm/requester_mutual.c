/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who we are, when the responder asks: our DIGESTS, CERTIFICATE and CHALLENGE_AUTH.
 * spec: DSP0274 1.4, "Session-based mutual authentication", "Basic mutual authentication"
 */

#include "spdm/message/challenge.h"
#include "spdm/message/digests.h"
#include "spdm/portions.h"
#include "spdm/requester_parts.h"

#include <string.h>

/* What a challenge's signature will be over. */
static status add_shown(const struct spdm_serving *serving, slice request)
{
    struct spdm_transcript *const transcript = &serving->taking->connection->transcript;
    return serving->taking->requester->flow == SPDM_FLOW_BASIC
               ? spdm_transcript_add_mutual_b(transcript, request, spdm_serving_draft(serving))
               : OK;
}

status spdm_write_own_digests(struct spdm_serving *serving)
{
    const struct spdm_requester *const requester = serving->taking->requester;
    const struct spdm_connection *const connection = serving->taking->connection;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    struct spdm_digests digests;
    TRY(spdm_identity_digests(requester->setup->identity, connection->suite.hash, &digests));
    spdm_digests_write(serving->draft, &shape, &digests);
    if (serving->draft->out_of_space)
        return FAIL(EXHAUSTED, "SPDM request does not fit");
    return requester->flow == SPDM_FLOW_MUTUAL && shape.responder_is_multi_key
               ? running_hash_add(&requester->opening->th, spdm_serving_draft(serving))
               : OK;
}

status spdm_show_digests(struct spdm_serving *serving)
{
    slice request;
    TRY(spdm_get_digests_read(&serving->taking->reader));
    TRY(spdm_served(serving, &request));
    TRY(spdm_write_own_digests(serving));
    return add_shown(serving, request);
}

status spdm_show_certificate(struct spdm_serving *serving)
{
    struct spdm_taking *const taking = serving->taking;
    slice request;
    TRY(spdm_portion_show(taking->connection, taking->requester->setup->identity, &taking->reader,
                          SPDM_HEADER_SIZE, serving->draft));
    TRY(spdm_served(serving, &request));
    return add_shown(serving, request);
}

status spdm_serving_sign(const struct spdm_serving *serving, enum spdm_signature signature,
                         uint8_t slot, const struct digest *transcript)
{
    const struct spdm_connection *const connection = serving->taking->connection;
    const struct spdm_identity *const identity = serving->taking->requester->setup->identity;
    const struct spdm_signing signing = spdm_connection_signing(connection, signature);
    const struct private_key *key;
    if (!identity)
        return FAIL(UNSUPPORTED, "nobody is here to sign");
    TRY(spdm_identity_signer(identity, connection, signature, slot, &key));
    return spdm_signature_write(serving->draft, &signing, key, transcript);
}

static status sign_challenge(const struct spdm_serving *serving, uint8_t slot, slice request)
{
    struct spdm_transcript *const transcript = &serving->taking->connection->transcript;
    struct digest m1;
    TRY(spdm_transcript_mutual_m1(transcript, request, spdm_serving_draft(serving), &m1));
    spdm_transcript_mutual_challenged(transcript);
    return spdm_serving_sign(serving, SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH, slot, &m1);
}

status spdm_show_challenge_auth(struct spdm_serving *serving)
{
    const struct spdm_requester_setup *const setup = serving->taking->requester->setup;
    const struct spdm_connection *const connection = serving->taking->connection;
    const struct spdm_shape shape = spdm_shape_reversed(&connection->shape);
    struct spdm_challenge challenge;
    struct digest chain;
    slice request;
    TRY(spdm_challenge_read(&serving->taking->reader, &shape, &challenge));
    TRY(spdm_served(serving, &request));
    if (challenge.summary != SPDM_SUMMARY_NONE)
        return FAIL(UNEXPECTED, "a requester's measurements are asked for");
    TRY(spdm_identity_digest(setup->identity, challenge.slot, connection->suite.hash, &chain));

    struct spdm_challenge_auth auth = {
        .slot = challenge.slot,
        .chain_hash = {chain.data, chain.size},
    };
    if (challenge.slot != SPDM_SLOT_RAW_KEY)
        auth.provisioned_slots = spdm_identity_slots(setup->identity, connection->suite.hash);
    TRY(setup->random(auth.nonce, sizeof auth.nonce));
    memcpy(auth.context, challenge.context, sizeof auth.context);
    spdm_challenge_auth_write(serving->draft, &shape, &auth);
    return sign_challenge(serving, challenge.slot, request);
}
