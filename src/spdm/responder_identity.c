/* SPDX-License-Identifier: Apache-2.0 */

/* DIGESTS, CERTIFICATE, CHALLENGE_AUTH: who we are. */

#include "spdm/message/challenge.h"
#include "spdm/message/digests.h"
#include "spdm/portions.h"
#include "spdm/responder_parts.h"

#include <string.h>

/* Outside sessions what was shown is signed with the challenge. */
static status add_b(struct spdm_asking *asking)
{
    slice request;
    TRY(spdm_asked(asking, &request));
    return asking->session ? OK
                           : spdm_transcript_add_b(&asking->connection->transcript, request,
                                                   spdm_answered(asking));
}

status spdm_answer_digests(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_identity *const identity = asking->responder->setup->identity;
    struct spdm_digests digests;
    TRY(spdm_get_digests_read(&asking->reader));
    TRY(spdm_identity_digests(identity, connection->suite.hash, &digests));
    spdm_digests_write(asking->out, &connection->shape, &digests);
    TRY(add_b(asking));
    return connection->shape.responder_is_multi_key && !asking->session
               ? spdm_transcript_add_d(&connection->transcript, spdm_answered(asking))
               : OK;
}

status spdm_answer_certificate(struct spdm_asking *asking)
{
    TRY(spdm_portion_show(asking->connection, asking->responder->setup->identity, &asking->reader,
                          0, asking->out));
    return add_b(asking);
}

status spdm_append_signature(struct spdm_asking *asking, enum spdm_signature signature,
                             uint8_t slot, const struct digest *transcript)
{
    const struct spdm_connection *const connection = asking->connection;
    const struct spdm_signing signing = spdm_connection_signing(connection, signature);
    const struct private_key *key;
    TRY(spdm_identity_signer(asking->responder->setup->identity, connection, signature, slot,
                             &key));
    return spdm_signature_write(asking->out, &signing, key, transcript);
}

status spdm_answer_challenge(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_identity *const identity = asking->responder->setup->identity;
    struct spdm_challenge challenge;
    struct digest chain, summary, m1;
    slice request;
    TRY(spdm_challenge_read(&asking->reader, &connection->shape, &challenge));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_identity_digest(identity, challenge.slot, connection->suite.hash, &chain));
    TRY(spdm_summarise(asking, challenge.summary, &summary));

    struct spdm_challenge_auth auth = {
        .slot = challenge.slot,
        .chain_hash = {chain.data, chain.size},
        .summary_hash = {summary.data, summary.size},
        .asks_mutual = spdm_challenges_back(asking),
    };
    if (challenge.slot != SPDM_SLOT_RAW_KEY)
        auth.provisioned_slots = spdm_identity_slots(identity, connection->suite.hash);
    TRY(asking->responder->setup->random(auth.nonce, sizeof auth.nonce));
    memcpy(auth.context, challenge.context, sizeof auth.context);
    spdm_challenge_auth_write(asking->out, &connection->shape, &auth);
    TRY(spdm_transcript_m1(&connection->transcript, request, spdm_answered(asking), &m1));
    TRY(spdm_append_signature(asking, SPDM_SIGNATURE_CHALLENGE_AUTH, challenge.slot, &m1));
    spdm_transcript_challenged(&connection->transcript);
    if (auth.asks_mutual)
        spdm_begin_basic(asking);
    return OK;
}
