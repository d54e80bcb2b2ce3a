/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The requester's side: the evidence in an answer that it has just verified, appraised. The answer
 * is signed by the responder's key already; what is found out here is in which TEE that key lives.
 * spec: docs/spdm-cpu-tee-profile.md, "The verifier"
 */

#include "appraisal/appraise.h"
#include "evidence/endorsements.h"
#include "spdm/requester.h"

struct profile_judge {
    const struct endorsements *endorsements; /* NULL: none */
    const struct policy *policy;             /* NULL: authenticity only */
    int64_t now_s;
};

/* Large. A refusal is a result: `appraisal` has the reasons. */
struct profile_judgement {
    struct facts facts;
    struct appraisal appraisal;
};

/*
 * Fresh evidence, of the measurements that were asked for last and came signed. UNEXPECTED when
 * nothing was asked with a signature. Evidence for another nonce, session or key is unauthentic.
 */
status profile_judge_fresh(const struct spdm_requester *requester,
                           const struct profile_judge *judge, struct profile_judgement *out);

/*
 * Key-bound evidence, in the accepted certificate of `slot`; only a policy that says
 * insecure_allow_key_bound_evidence accepts it. With `with_measurements` the claims in the
 * measurements that came last must be the evidence's. UNEXPECTED without an accepted chain.
 */
status profile_judge_key_bound(const struct spdm_requester *requester, uint8_t slot,
                               bool with_measurements, const struct profile_judge *judge,
                               struct profile_judgement *out);
