/* SPDX-License-Identifier: Apache-2.0 */

/* A policy is read or refused with a sentence; what is read can be described and judged with. */

#include "appraisal/appraise.h"
#include "evidence/platform.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Evidence that is authentic and says nothing of itself: only a policy for its platform that asks
 * for nothing at all could accept it, and no policy may ask for nothing. */
static void judge_nothing(const struct policy *policy)
{
    static const char *const passed[] = {"signature", "chain", "binding"};
    struct facts *const facts = calloc(1, sizeof *facts);
    struct appraisal appraisal;
    if (!facts)
        return;
    for (size_t i = 0; platform_at(i); i++) {
        *facts = (struct facts){.platform = platform_at(i)->name, .valid_until_s = 1};
        for (size_t j = 0; j < sizeof passed / sizeof passed[0]; j++)
            check_pass(facts, passed[j]);
        if (!appraise(facts, policy, (slice){0}, 0, &appraisal).fault)
            assert(appraisal.verdict == VERDICT_DENIED && appraisal.reason_count > 0);
    }
    free(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy *policy = NULL;
    struct problem problem = {.line = -1};
    if (policy_read((slice){data, size}, &policy, &problem).fault) {
        assert(!policy && problem.line >= 0 && problem.text[0]);
        return 0;
    }
    SCOPED(buffer) text = {0};
    assert(!policy_describe(policy, &text).fault && text.size > 0);
    for (size_t i = 0; policy_trust_path(policy, i); i++)
        assert(policy_trust_path(policy, i)[0]);
    for (size_t i = 0; policy_endorsements_path(policy, i); i++)
        assert(policy_endorsements_path(policy, i)[0]);
    for (size_t i = 0; policy_insecure_knob(policy, i); i++)
        assert(strncmp(policy_insecure_knob(policy, i), "insecure_", 9) == 0);
    (void)!policy_fits_link(policy, &problem).fault;
    judge_nothing(policy);
    policy_free(policy);
    return 0;
}
