/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who signed a platform's token: one of the keys that the caller trusts, since neither PSA's IAK
 * nor CCA's CPAK has a root that anybody published.
 */

#include "evidence/cose.h"
#include "evidence/endorsements.h"
#include "evidence/facts.h"

/* How a platform names the check and says what is wrong. */
struct arm_signer_words {
    const char *check;     /* "platform_signature" */
    const char *key;       /* "CPAK" */
    const char *untrusted; /* "CCA_ROOT_UNTRUSTED" */
    const char *algorithm; /* "CCA_SIGNATURE_ALGORITHM_UNSUPPORTED" */
    const char *invalid;   /* "CCA_PLATFORM_SIGNATURE_INVALID" */
};

/* Tries every trusted key that is on the curve of the message's algorithm; adds `check` and
 * "chain". */
void arm_signer_check(const struct endorsements *endorsements, const struct cose_message *message,
                      const struct arm_signer_words *words, struct facts *facts);
