/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/arm/signer.h"

/* How many keys could have signed, and whether one did. */
static size_t count_candidates(const struct endorsements *endorsements,
                               const struct cose_message *message, bool *out_signed)
{
    size_t candidates = 0;
    *out_signed = false;
    for (size_t i = 0; i < endorsements->anchor_count && !*out_signed; i++) {
        const struct public_key *const key = &endorsements->anchors[i].public_key;
        if (!key->pkey || !public_key_is_on(key, cose_algorithm_curve(message->algorithm)))
            continue;
        candidates++;
        *out_signed = !cose_verify(message, key).fault;
    }
    return candidates;
}

void arm_signer_check(const struct endorsements *endorsements, const struct cose_message *message,
                      const struct arm_signer_words *words, struct facts *facts)
{
    bool is_signed;
    if (cose_algorithm_curve(message->algorithm) == CURVE_NONE) {
        check_fail(facts, words->check, words->algorithm,
                   "the token is signed with none of ES256, ES384 and ES512");
        check_skip(facts, "chain", words->algorithm, "nobody is known to have signed the token");
        return;
    }
    if (count_candidates(endorsements, message, &is_signed) == 0) {
        check_skip(facts, words->check, words->untrusted, "there is no key to check it with");
        check_fail(facts, "chain", words->untrusted, "no %s is trusted by the caller", words->key);
    } else if (!is_signed) {
        check_fail(facts, words->check, words->invalid,
                   "none of the keys that the caller trusts signed the token");
        check_fail(facts, "chain", words->untrusted, "the token's %s is not trusted by the caller",
                   words->key);
    } else {
        check_pass(facts, words->check);
        check_pass(facts, "chain");
    }
}
