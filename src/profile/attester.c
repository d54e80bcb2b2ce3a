/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/attester.h"

#include "spdm/message/measurements.h"

#include <string.h>

void profile_attester_clear(struct profile_attester *attester)
{
    buffer_clear(&attester->evidence);
    buffer_clear(&attester->endorsements);
    *attester = (struct profile_attester){0};
}

static bool is_for(const struct profile_attester *attester, const uint8_t binding[BINDING_SIZE])
{
    return attester->step != PROFILE_IDLE &&
           slice_equal(SLICE(attester->binding), (slice){binding, BINDING_SIZE});
}

/* What was held is of an earlier request. */
static void want(struct profile_attester *attester, const uint8_t binding[BINDING_SIZE])
{
    buffer_clear(&attester->evidence);
    buffer_clear(&attester->endorsements);
    memcpy(attester->binding, binding, BINDING_SIZE);
    attester->step = PROFILE_WANTED;
}

static void collect_now(struct profile_attester *attester)
{
    struct collection request = *attester->where;
    request.binding = SLICE(attester->binding);
    attester->outcome =
        attester->platform->collect
            ? attester->platform->collect(&request, &attester->evidence, &attester->endorsements)
            : FAIL(UNAVAILABLE, "this build cannot collect from that platform");
    attester->step = attester->outcome.fault ? PROFILE_FAILED : PROFILE_COLLECTED;
}

static status binding_for(const struct profile_attester *attester,
                          const struct spdm_measuring *what, uint8_t out[BINDING_SIZE])
{
    SCOPED(profile_subject) subject = {0};
    SCOPED(public_key) signer = {0};
    const struct private_key *key;
    TRY(spdm_identity_signer(attester->identity, what->connection, SPDM_SIGNATURE_MEASUREMENTS,
                             what->slot, &key));
    TRY(private_key_public(key, &signer));
    TRY(profile_subject_of(what->connection, what->session, what->nonce, &signer, &subject));
    return profile_binding(&subject, attester->platform->name, out);
}

static status measure_fresh(struct profile_attester *attester, const struct spdm_measuring *what,
                            struct writer *record)
{
    uint8_t binding[BINDING_SIZE];
    TRY(binding_for(attester, what, binding));
    if (!is_for(attester, binding))
        want(attester, binding);
    if (attester->step == PROFILE_WANTED && attester->where)
        collect_now(attester);
    if (attester->step == PROFILE_FAILED)
        return attester->outcome;
    if (attester->step != PROFILE_COLLECTED)
        return spdm_not_ready();
    return profile_block_write(
        record, &(struct profile_block){attester->platform, buffer_view(&attester->evidence),
                                        buffer_view(&attester->endorsements)});
}

static status measure_key_bound(const struct profile_attester *attester,
                                const struct spdm_measuring *what, uint8_t index,
                                struct writer *record)
{
    struct profile_claims claims;
    TRY(profile_claims_of(buffer_view(&attester->evidence), &claims));
    return profile_claims_block_write(record, index, what->asks_raw ? HASH_NONE : what->hash,
                                      &claims);
}

static uint8_t index_of(enum profile_mode mode)
{
    return mode == PROFILE_INSECURE_KEY_BOUND_RATS ? PROFILE_INDEX_RATS : SPDM_INDEX_MANIFEST;
}

/* Only a nonce makes it fresh: without one, and so in summaries, there is no such block. */
static bool is_there(const struct profile_attester *attester, const struct spdm_measuring *what)
{
    return attester->mode != PROFILE_FRESH || what->nonce;
}

status profile_measure(struct profile_attester *attester, const struct spdm_measuring *what,
                       struct writer *record, uint8_t *out_count)
{
    const uint8_t index = index_of(attester->mode);
    const bool is_named = what->operation == index;
    if (attester->mode == PROFILE_NONE)
        return FAIL(UNSUPPORTED, "this responder attests nothing");
    if (what->operation == SPDM_MEASUREMENTS_COUNT) {
        *out_count = 1;
        return OK;
    }
    if ((!is_named && what->operation != SPDM_MEASUREMENTS_ALL) ||
        (is_named && !is_there(attester, what)))
        return FAIL(UNEXPECTED, "there is no such measurement, or not without a signature");
    *out_count = is_there(attester, what);
    if (!*out_count)
        return OK;
    return attester->mode == PROFILE_FRESH ? measure_fresh(attester, what, record)
                                           : measure_key_bound(attester, what, index, record);
}

bool profile_attester_next(struct profile_attester *attester, uint8_t out_binding[BINDING_SIZE])
{
    if (attester->step != PROFILE_WANTED)
        return false;
    memcpy(out_binding, attester->binding, BINDING_SIZE);
    attester->step = PROFILE_COLLECTING;
    return true;
}

void profile_attester_give(struct profile_attester *attester, const uint8_t binding[BINDING_SIZE],
                           status outcome, struct buffer *evidence, struct buffer *endorsements)
{
    SCOPED(buffer) given_evidence = buffer_take(evidence);
    SCOPED(buffer) given_endorsements = buffer_take(endorsements);
    if (attester->step != PROFILE_COLLECTING || !is_for(attester, binding))
        return;
    attester->outcome = outcome;
    attester->step = outcome.fault ? PROFILE_FAILED : PROFILE_COLLECTED;
    attester->evidence = buffer_take(&given_evidence);
    attester->endorsements = buffer_take(&given_endorsements);
}
