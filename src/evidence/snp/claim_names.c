/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/claim_names.h"

#include <stddef.h>

#define LEVEL(name)                                                                                \
    {                                                                                              \
        name, CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB                                             \
    }
#define TCB(of)                                                                                    \
    LEVEL(of ".fmc"), LEVEL(of ".bootloader"), LEVEL(of ".tee"), LEVEL(of ".snp"),                 \
        LEVEL(of ".microcode")

/*
 * The chip is pinned by what the certificate says, for whoever holds an old key can write any
 * CHIP_ID into a report.
 */
const struct claim_name snp_claim_names[] = {
    {"report_version", .kind = CLAIM_NUMBER},
    {"product", .kind = CLAIM_TEXT},
    {"signing_key", .kind = CLAIM_TEXT},
    {"key_flags", .kind = CLAIM_TEXT},
    {"author_key_enabled", .kind = CLAIM_FLAG},
    {"chip_key_masked", .kind = CLAIM_FLAG},
    {"measurement", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = 64},
    {"host_data", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"family_id", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"image_id", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"id_key_digest", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"author_key_digest", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"report_id", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_INSTANCE},
    {"report_id_ma", CLAIM_BYTES, .size = 32},
    {"chip_id", CLAIM_BYTES, .size = 64, .meaning = CLAIM_MEANS_INSTANCE},
    {"chip_id_masked", .kind = CLAIM_FLAG},
    {"certified_chip_id", CLAIM_BYTES, .size = 64, .other_size = 8, .meaning = CLAIM_MEANS_INSTANCE,
     .pin = "chip_id"},
    {"policy.raw", CLAIM_TEXT, .meaning = CLAIM_MEANS_CODE},
    {"policy.abi_minor", .kind = CLAIM_NUMBER},
    {"policy.abi_major", .kind = CLAIM_NUMBER},
    {"policy.smt_allowed", .kind = CLAIM_NUMBER},
    {"policy.reserved_must_be_one", .kind = CLAIM_NUMBER},
    {"policy.migrate_ma_allowed", .kind = CLAIM_NUMBER},
    {"policy.debug_allowed", .kind = CLAIM_NUMBER},
    {"policy.single_socket", .kind = CLAIM_NUMBER},
    {"policy.cxl_allowed", .kind = CLAIM_NUMBER},
    {"policy.mem_aes_256_xts", .kind = CLAIM_NUMBER},
    {"policy.rapl_dis", .kind = CLAIM_NUMBER},
    {"policy.ciphertext_hiding", .kind = CLAIM_NUMBER},
    {"policy.page_swap_disable", .kind = CLAIM_NUMBER},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"migratable", CLAIM_FLAG, .meaning = CLAIM_MEANS_MIGRATION},
    {"vmpl", CLAIM_NUMBER, .meaning = CLAIM_MEANS_CODE},
    {"guest_svn", CLAIM_NUMBER, .meaning = CLAIM_MEANS_CODE},
    {"platform_info", .kind = CLAIM_TEXT},
    {"platform.smt_enabled", .kind = CLAIM_FLAG},
    {"platform.tsme_enabled", .kind = CLAIM_FLAG},
    {"platform.ecc_enabled", .kind = CLAIM_FLAG},
    {"platform.rapl_disabled", .kind = CLAIM_FLAG},
    {"platform.ciphertext_hiding", .kind = CLAIM_FLAG},
    {"platform.alias_check_complete", .kind = CLAIM_FLAG},
    {"platform.tio_enabled", .kind = CLAIM_FLAG},
    {"platform.unknown_bits", .kind = CLAIM_TEXT},
    TCB("current_tcb"),
    TCB("reported_tcb"),
    TCB("committed_tcb"),
    TCB("launch_tcb"),
    TCB("cert_tcb"),
    {"current_firmware", .kind = CLAIM_TEXT},
    {"committed_firmware", .kind = CLAIM_TEXT},
    {"provisional", CLAIM_FLAG, .meaning = CLAIM_MEANS_PROVISIONAL},
    {"cpuid_fam/model/step(hex)", .kind = CLAIM_TEXT},
    {"launch_mit_vector", CLAIM_BYTES, .size = 8},
    {"current_mit_vector", CLAIM_BYTES, .size = 8},
    {"cert_product_name", .kind = CLAIM_TEXT},
    {"cert_hwid", CLAIM_BYTES, .size = 64, .other_size = 8},
    {"cert_csp_id", .kind = CLAIM_TEXT},
    {0},
};
