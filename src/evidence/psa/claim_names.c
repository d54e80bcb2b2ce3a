/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/psa/claim_names.h"

#include "evidence/arm/components.h"

/* The client id tells which caller on the device asked: negative for those outside the secure
 * world. A boot seed is new at every boot. */
const struct claim_name psa_claim_names[] = {
    {"profile", .kind = CLAIM_TEXT},
    {"report_data", .kind = CLAIM_BYTES},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"client_id", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE},
    {"lifecycle", .kind = CLAIM_NUMBER},
    {"lifecycle_state", .kind = CLAIM_TEXT},
    {"implementation_id", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"instance_id", CLAIM_BYTES, .size = 33, .meaning = CLAIM_MEANS_INSTANCE, .pin = "instance_id"},
    {"boot_seed", CLAIM_BYTES, .meaning = CLAIM_MEANS_INSTANCE},
    {"certification_reference", .kind = CLAIM_TEXT},
    {"verification_service", .kind = CLAIM_TEXT},
    ARM_COMPONENT_EACH(ARM_COMPONENT_CLAIM_NAMES),
    {0},
};
