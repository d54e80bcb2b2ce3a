/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_attested.h"

#include "codec/json.h"

#include <stdio.h>
#include <string.h>

/* ---- a responder's ---- */

bool spdm_attesting_begin(const char *command, const char *platform, const char *tsm_root,
                          const struct spdm_identity *identity, struct spdm_attesting *out)
{
    out->where.tsm_root = tsm_root;
    if (!platform)
        return true;
    const struct platform *const found =
        strcmp(platform, "auto") == 0 ? platform_here(&out->where) : platform_named(platform);
    if (!found || !found->collect) {
        fprintf(stderr, "%s: --attest: no evidence of '%s' can be collected: see cix doctor\n",
                command, platform);
        return false;
    }
    out->attester = (struct profile_attester){
        .mode = PROFILE_FRESH, .platform = found, .identity = identity, .where = &out->where};
    return true;
}

void spdm_attesting_clear(struct spdm_attesting *attesting)
{
    profile_attester_clear(&attesting->attester);
}

/* ---- a requester's ---- */

bool spdm_judging_begin(const char *command, struct spdm_judging *judging)
{
    struct problem problem = {0};
    if (!judging->policy_path && judging->endorsements.count) {
        fprintf(stderr, "%s: --endorsements are for --policy\n", command);
        return false;
    }
    if (!judging->policy_path)
        return true;
    status loaded = policy_load(judging->policy_path, &judging->guard, &problem);
    for (size_t i = 0; i < judging->endorsements.count && !loaded.fault; i++)
        loaded = endorsements_load(judging->endorsements.texts[i], judging->guard.endorsements,
                                   &problem);
    if (loaded.fault)
        fprintf(stderr, "%s: %s\n", command, problem.text);
    return !loaded.fault;
}

void spdm_judging_clear(struct spdm_judging *judging)
{
    guard_clear(&judging->guard);
}

status spdm_judge_measurements(struct spdm_judging *judging, const struct spdm_requester *requester,
                               int64_t now_s)
{
    const struct profile_judge judge = {.endorsements = judging->guard.endorsements,
                                        .policy = judging->guard.rules,
                                        .now_s = now_s};
    TRY(profile_judge_fresh(requester, &judge, &judging->judgement));
    judging->is_done = true;
    switch (judging->judgement.appraisal.verdict) {
    case VERDICT_ACCEPTED:
        return OK;
    case VERDICT_DENIED:
        return FAIL(DENIED, "the responder's evidence is authentic, and the policy denies it");
    default:
        return FAIL(UNAUTHENTIC, "the responder's evidence is not authentic");
    }
}

void spdm_judging_print(const struct spdm_judging *judging)
{
    const struct appraisal *const appraisal = &judging->judgement.appraisal;
    const char *const platform = judging->judgement.facts.platform;
    if (!judging->is_done)
        return;
    printf("appraisal: %s, %s", platform ? platform : "unknown", verdict_name(appraisal->verdict));
    for (size_t i = 0; i < appraisal->reason_count; i++)
        printf(" %s", appraisal->reasons[i]);
    putchar('\n');
}

json_t *spdm_judging_json(const struct spdm_judging *judging)
{
    const struct appraisal *const appraisal = &judging->judgement.appraisal;
    const char *const platform = judging->judgement.facts.platform;
    if (!judging->is_done)
        return json_null();
    json_t *const reasons = json_array();
    for (size_t i = 0; i < appraisal->reason_count; i++)
        (void)json_array_append_new(reasons, json_string(appraisal->reasons[i]));
    return json_pack("{s:s, s:s, s:o}", "platform", platform ? platform : "", "verdict",
                     verdict_name(appraisal->verdict), "reasons", reasons);
}
