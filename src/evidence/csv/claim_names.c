/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/claim_names.h"

#include <stddef.h>

/*
 * The chip is pinned by the key of its CEK, which Hygon signed. Its serial is under a MAC whose key
 * stands in the report, so anyone can write another one.
 */
const struct claim_name csv_claim_names[] = {
    {"report_version", .kind = CLAIM_NUMBER},
    {"measurement", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = 64},
    {"mnonce", CLAIM_BYTES, .size = 16},
    {"vm_id", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_INSTANCE},
    {"vm_version", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"user_pubkey_digest", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"policy.raw", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE},
    {"policy.nodbg", .kind = CLAIM_NUMBER},
    {"policy.noks", .kind = CLAIM_NUMBER},
    {"policy.es", .kind = CLAIM_NUMBER},
    {"policy.nosend", .kind = CLAIM_NUMBER},
    {"policy.domain", .kind = CLAIM_NUMBER},
    {"policy.csv", .kind = CLAIM_NUMBER},
    {"policy.csv3", .kind = CLAIM_NUMBER},
    {"policy.asid_reuse", .kind = CLAIM_NUMBER},
    {"policy.hsk_version", .kind = CLAIM_NUMBER},
    {"policy.cek_version", .kind = CLAIM_NUMBER},
    {"policy.api_major", .kind = CLAIM_NUMBER},
    {"policy.api_minor", .kind = CLAIM_NUMBER},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"migratable", CLAIM_FLAG, .meaning = CLAIM_MEANS_MIGRATION},
    {"sig_usage", .kind = CLAIM_TEXT},
    {"sig_algo", .kind = CLAIM_TEXT},
    {"chip_serial", CLAIM_TEXT, .meaning = CLAIM_MEANS_INSTANCE},
    {"anonce", CLAIM_BYTES, .size = 4},
    {"build", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},
    {"rtmr_version", .kind = CLAIM_NUMBER},
    {"rtmr0", CLAIM_BYTES, .size = 32}, /* the measurement again */
    {"rtmr1", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"rtmr2", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"rtmr3", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"rtmr4", CLAIM_BYTES, .size = 32}, /* extended by software while it runs */
    {"pek_firmware", .kind = CLAIM_TEXT},
    {"firmware.api_major", .kind = CLAIM_NUMBER},
    {"firmware.api_minor", .kind = CLAIM_NUMBER},
    {"pek_user_id", .kind = CLAIM_TEXT},
    {"cek_key", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_INSTANCE, .pin = "cek_key"},
    {0},
};
