/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/spdm/claim_names.h"

#include "spdm/codes.h"

#define MEASUREMENT(index) {"measurements." #index, CLAIM_BYTES, .meaning = CLAIM_MEANS_CODE},

const struct claim_name spdm_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = SPDM_NONCE_SIZE},
    {"responder_nonce", CLAIM_BYTES, .size = SPDM_NONCE_SIZE},
    {"slot", .kind = CLAIM_NUMBER},
    {"version", .kind = CLAIM_TEXT},
    {"leaf_subject", .kind = CLAIM_TEXT},
    {"device_key", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_INSTANCE, .pin = "device_key"},
    {"measurement_blocks", .kind = CLAIM_NUMBER},
    SPDM_INDICES(MEASUREMENT){0},
};
