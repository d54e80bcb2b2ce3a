/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/claim_names.h"

#include "evidence/nvidia/report.h"

#define BLOCK(index)                                                                               \
    {"measurements." #index, CLAIM_BYTES, .size = NVIDIA_DIGEST_SIZE, .meaning = CLAIM_MEANS_CODE},
#define FIELD(type, name) {"opaque." name, .kind = CLAIM_BYTES},

const struct claim_name nvidia_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = SPDM_NONCE_SIZE},
    {"responder_nonce", CLAIM_BYTES, .size = SPDM_NONCE_SIZE},
    {"slot", .kind = CLAIM_NUMBER},
    {"driver_version", .kind = CLAIM_TEXT},
    {"vbios_version", .kind = CLAIM_TEXT},
    {"fwid", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"leaf_subject", .kind = CLAIM_TEXT},
    {"device_key", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_INSTANCE, .pin = "device_key"},
    {"measurement_blocks", .kind = CLAIM_NUMBER},
    {"unknown_fields", .kind = CLAIM_NUMBER},
    NVIDIA_BLOCKS(BLOCK) NVIDIA_FIELDS(FIELD){0},
};
