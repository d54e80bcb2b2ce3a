/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/claim_names.h"

#include "evidence/android/key_description.h"

static const char *const levels[] = {"Software", "TrustedEnvironment", "StrongBox", NULL};
static const char *const boot_states[] = {"verified", "self-signed", "unverified", "failed", NULL};

#define BY_SOFTWARE(tag, kind_, meaning_, name) {"software_enforced." name, .kind = CLAIM_##kind_},
#define BY_HARDWARE(tag, kind_, meaning_, name)                                                    \
    {"hardware_enforced." name, .kind = CLAIM_##kind_, .meaning = CLAIM_MEANS_##meaning_},

/* What is there once in either list, but only hardware can vouch for. */
#define STRUCTURES(list)                                                                           \
    {list ".root_of_trust.verified_boot_key", .kind = CLAIM_BYTES},                                \
        {list ".root_of_trust.device_locked", .kind = CLAIM_FLAG},                                 \
        {list ".root_of_trust.verified_boot_state", CLAIM_TEXT, .values = boot_states},            \
        {list ".root_of_trust.verified_boot_hash", .kind = CLAIM_BYTES},                           \
        {list ".attestation_application_id.digest", CLAIM_BYTES, .size = 32},                      \
        {list ".attestation_application_id.packages", .kind = CLAIM_TEXTS},                        \
        {list ".attestation_application_id.versions", .kind = CLAIM_TEXTS},                        \
        {list ".attestation_application_id.signatures", .kind = CLAIM_TEXTS},                      \
        {list ".unknown_tags", .kind = CLAIM_NUMBER},

const struct claim_name android_claim_names[] = {
    {"measurement", CLAIM_BYTES, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"verified_boot_key", CLAIM_BYTES, .meaning = CLAIM_MEANS_CODE},
    {"report_data", .kind = CLAIM_BYTES},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"attestation_version", .kind = CLAIM_NUMBER},
    {"attestation_security_level", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE, .values = levels},
    {"keymint_version", .kind = CLAIM_NUMBER},
    {"keymint_security_level", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE, .values = levels},
    {"unique_id", .kind = CLAIM_BYTES},
    {"chain_length", .kind = CLAIM_NUMBER},
    {"leaf_key", .kind = CLAIM_TEXT},
    {"leaf_spki_sha256", CLAIM_BYTES, .size = 32},
    {"root_spki_sha256", CLAIM_BYTES, .size = 32},
    {"provisioning.certificate", .kind = CLAIM_NUMBER},
    {"provisioning.info", .kind = CLAIM_BYTES},
    {"provisioning.certificates_issued", .kind = CLAIM_NUMBER},
    {"provisioning.manufacturer", .kind = CLAIM_TEXT},
    ANDROID_AUTHORIZATIONS(BY_SOFTWARE) /* in the words of the Android that runs */
    STRUCTURES("software_enforced")     /* */
    ANDROID_AUTHORIZATIONS(BY_HARDWARE) /* what the TEE or StrongBox enforces */
    STRUCTURES("hardware_enforced")     /* */
    {0},
};
