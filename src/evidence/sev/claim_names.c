/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/claim_names.h"

#include <stddef.h>

#define CERTIFICATE(of)                                                                            \
    {of ".ver", .kind = CLAIM_NUMBER}, {of ".api", .kind = CLAIM_TEXT},                            \
        {of ".usage", .kind = CLAIM_TEXT}, {of ".algo", .kind = CLAIM_TEXT},                       \
    {                                                                                              \
        of ".curve", .kind = CLAIM_NUMBER                                                          \
    }

const struct claim_name sev_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"mnonce", CLAIM_BYTES, .size = 16},
    {"policy.raw", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE},
    {"policy.nodbg", .kind = CLAIM_NUMBER},
    {"policy.noks", .kind = CLAIM_NUMBER},
    {"policy.es", .kind = CLAIM_NUMBER},
    {"policy.nosend", .kind = CLAIM_NUMBER},
    {"policy.domain", .kind = CLAIM_NUMBER},
    {"policy.sev", .kind = CLAIM_NUMBER},
    {"policy.api_major", .kind = CLAIM_NUMBER},
    {"policy.api_minor", .kind = CLAIM_NUMBER},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"migratable", CLAIM_FLAG, .meaning = CLAIM_MEANS_MIGRATION},
    CERTIFICATE("pdh"),
    CERTIFICATE("pek"),
    CERTIFICATE("oca"),
    CERTIFICATE("cek"),
    {"cek_key", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_INSTANCE, .pin = "cek_key"},
    {0},
};
