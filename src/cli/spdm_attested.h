/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The CPU-TEE profile at the command line: docs/spdm-cpu-tee-profile.md. */

#include "cli/options.h"
#include "gateway/load.h"
#include "profile/attester.h"
#include "profile/judge.h"

/* A responder's: fresh evidence of this machine, or of the one that is simulated at `tsm_root`. */
struct spdm_attesting {
    struct collection where;
    struct profile_attester attester; /* without a mode: nothing is attested */
};
/* `platform` may be "auto", or NULL for nothing. False, having said what is wrong. */
bool spdm_attesting_begin(const char *command, const char *platform, const char *tsm_root,
                          const struct spdm_identity *identity, struct spdm_attesting *out);
void spdm_attesting_clear(struct spdm_attesting *attesting);

/* A requester's: how evidence is judged. Without a policy's path nothing is. */
struct spdm_judging {
    const char *policy_path;
    struct option_texts endorsements;
    struct guard guard;
    struct profile_judgement judgement;
    bool is_done; /* `judgement` is set */
};
bool spdm_judging_begin(const char *command, struct spdm_judging *judging);
void spdm_judging_clear(struct spdm_judging *judging);

/* What the last signed measurements hold. UNAUTHENTIC or DENIED, and the reasons are said, when it
 * is not accepted. */
status spdm_judge_measurements(struct spdm_judging *judging, const struct spdm_requester *requester,
                               int64_t now_s);
void spdm_judging_print(const struct spdm_judging *judging);
json_t *spdm_judging_json(const struct spdm_judging *judging); /* null when nothing was judged */
