/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca/claim_names.h"

#include "evidence/arm/components.h"

/* REMs are for software in the realm to extend while it runs. */
const struct claim_name cca_claim_names[] = {
    {"measurement", CLAIM_BYTES, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = 64},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"collection_tag", .kind = CLAIM_NUMBER},
    {"realm_profile", .kind = CLAIM_TEXT},
    {"personalisation_value", CLAIM_BYTES, .size = 64, .meaning = CLAIM_MEANS_CODE},
    {"realm_hash_algorithm", .kind = CLAIM_TEXT},
    {"rak", CLAIM_BYTES, .meaning = CLAIM_MEANS_INSTANCE},
    {"rak_hash_algorithm", .kind = CLAIM_TEXT},
    {"rem0", .kind = CLAIM_BYTES},
    {"rem1", .kind = CLAIM_BYTES},
    {"rem2", .kind = CLAIM_BYTES},
    {"rem3", .kind = CLAIM_BYTES},
    {"realm_instance_id", .kind = CLAIM_BYTES},
    {"realm_claim_44243", .kind = CLAIM_NUMBER},
    {"profile", .kind = CLAIM_TEXT},
    {"platform_challenge", .kind = CLAIM_BYTES},
    {"implementation_id", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"instance_id", CLAIM_BYTES, .size = 33, .meaning = CLAIM_MEANS_INSTANCE, .pin = "instance_id"},
    {"configuration", .kind = CLAIM_BYTES},
    {"lifecycle", .kind = CLAIM_NUMBER},
    {"lifecycle_state", .kind = CLAIM_TEXT},
    {"hash_algorithm", .kind = CLAIM_TEXT},
    {"verification_service", .kind = CLAIM_TEXT},
    ARM_COMPONENT_EACH(ARM_COMPONENT_CLAIM_NAMES),
    {0},
};
