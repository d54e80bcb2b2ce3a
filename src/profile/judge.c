/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/judge.h"

#include "evidence/extension.h"
#include "profile/fresh.h"
#include "profile/key_bound.h"

static status refuse_unread(struct profile_judgement *judgement, status failed)
{
    if (failed.fault->failure == FAILURE_INTERNAL)
        return failed;
    if (failed.fault->failure == FAILURE_UNAUTHENTIC)
        appraisal_refuse(&judgement->appraisal, VERDICT_UNAUTHENTIC, "EVIDENCE_FOR_ANOTHER_KEY");
    else
        appraisal_refuse(&judgement->appraisal, VERDICT_MALFORMED, evidence_unread_reason(failed));
    return OK;
}

static status appraise_for(const struct profile_judge *judge, slice key,
                           struct profile_judgement *out)
{
    return appraise(&out->facts, judge->policy, key, judge->now_s, &out->appraisal);
}

/* NULL when the slot's chain was not accepted and no raw key is known. */
static const struct public_key *key_of(const struct spdm_requester *requester, uint8_t slot)
{
    const struct spdm_connection *const connection = &requester->connection;
    if (slot == SPDM_SLOT_RAW_KEY)
        return connection->peer_raw_key;
    const bool is_known = slot < SPDM_SLOTS && connection->peer_slots[slot].chain;
    return is_known ? &connection->peer_slots[slot].chain->key : NULL;
}

/* ---- fresh ---- */

/* What the last answer is for, by what we asked ourselves. */
static status subject_of(const struct spdm_requester *requester, struct profile_subject *out)
{
    const struct public_key *const signer = key_of(requester, requester->slot);
    if (!requester->measurements.is_signed || requester->step || !signer)
        return FAIL(UNEXPECTED, "no signed measurements were asked for");
    return profile_subject_of(&requester->connection, requester->session, requester->nonce, signer,
                              out);
}

static status judge_block(const struct profile_judge *judge, const struct profile_block *block,
                          slice binding, slice key, struct profile_judgement *out)
{
    struct extension *extension = NULL;
    struct verification request = {
        .evidence = block->evidence, .binding = binding, .now_s = judge->now_s};
    if (!platform_may_be_bound(block->platform, &request, &out->facts)) {
        appraisal_refuse(&out->appraisal, VERDICT_UNAUTHENTIC, block->platform->binding_mismatch);
        return OK;
    }
    TRY(extension_acquire(judge->endorsements, &block->endorsements,
                          block->endorsements.size ? 1 : 0, &extension));
    request.endorsements = extension_endorsements(extension);
    const status verified = block->platform->verify(&request, &out->facts);
    const status judged =
        verified.fault ? refuse_unread(out, verified) : appraise_for(judge, key, out);
    if (!judged.fault && out->appraisal.verdict == VERDICT_ACCEPTED)
        extension_remember(extension);
    extension_release(extension);
    return judged;
}

status profile_judge_fresh(const struct spdm_requester *requester,
                           const struct profile_judge *judge, struct profile_judgement *out)
{
    SCOPED(profile_subject) subject = {0};
    struct profile_block block;
    uint8_t binding[BINDING_SIZE];
    TRY(subject_of(requester, &subject));
    *out = (struct profile_judgement){0};
    const status read = profile_block_read(requester->measurements.record, &block);
    if (read.fault)
        return refuse_unread(out, read);
    TRY(profile_binding(&subject, block.platform->name, binding));
    return judge_block(judge, &block, SLICE(binding), SLICE(subject.key), out);
}

/* ---- key-bound ---- */

static status read_tagged(const struct certificate *leaf, struct buffer *bytes,
                          struct tagged *out_tagged, struct digest *out_binding)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(leaf, &der));
    TRY(tagged_of_certificate(buffer_view(&der), bytes));
    TRY(tagged_read(buffer_view(bytes), out_tagged));
    TRY(tagged_check(out_tagged));
    return tagged_binding(out_tagged, platform_of(out_tagged->evidence), out_binding);
}

static void check_dates(const struct spdm_chain *chain, int64_t now_s, struct facts *facts)
{
    facts_rely_until(facts, chain->not_after_s);
    if (spdm_chain_is_valid_at(chain, now_s))
        check_pass(facts, "responder_certificate");
    else
        check_fail(facts, "responder_certificate", "RESPONDER_CERTIFICATE_OUT_OF_DATE",
                   "the responder's certificate is not in its dates");
}

static void check_claims(const struct spdm_requester *requester, slice evidence,
                         struct facts *facts)
{
    struct profile_claims claims;
    const status named = profile_claims_of(evidence, &claims);
    const status checked =
        named.fault ? named
                    : profile_claims_check(requester->measurements.record,
                                           requester->connection.suite.measurement_hash, &claims);
    check_status(facts, "measured_claims", "MEASURED_CLAIMS_MISMATCH", checked);
}

status profile_judge_key_bound(const struct spdm_requester *requester, uint8_t slot,
                               bool with_measurements, const struct profile_judge *judge,
                               struct profile_judgement *out)
{
    SCOPED(buffer) bytes = {0};
    struct tagged tagged;
    struct digest binding, key;
    const bool is_known = slot < SPDM_SLOTS && requester->connection.peer_slots[slot].chain;
    if (!is_known)
        return FAIL(UNEXPECTED, "evidence in a chain that was not accepted");
    const struct spdm_chain *const chain = requester->connection.peer_slots[slot].chain;
    *out = (struct profile_judgement){0};
    const status read = read_tagged(&chain->leaf, &bytes, &tagged, &binding);
    if (read.fault)
        return refuse_unread(out, read);
    const struct verification request = {.evidence = tagged.evidence,
                                         .binding = {binding.data, binding.size},
                                         .endorsements = judge->endorsements,
                                         .now_s = judge->now_s};
    const status verified = platform_of(tagged.evidence)->verify(&request, &out->facts);
    if (verified.fault)
        return refuse_unread(out, verified);
    check_skip(&out->facts, "freshness", "EVIDENCE_NOT_FRESH",
               "bound to the key, to no session and no time");
    check_dates(chain, judge->now_s, &out->facts);
    if (with_measurements)
        check_claims(requester, tagged.evidence, &out->facts);
    TRY(public_key_spki_digest(&chain->key, HASH_SHA384, &key));
    return appraise_for(judge, (slice){key.data, key.size}, out);
}
