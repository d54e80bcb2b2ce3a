/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim that a TPM's quote makes: docs/claims.md. */

#include "evidence/claim_names.h"
#include "evidence/tpm/pcrs.h"

extern const struct claim_name tpm_claim_names[];

/* "pcrs.sha256.7"; NULL when there is no such register or bank. */
const char *tpm_pcr_claim(uint16_t hash, size_t pcr);

/*
 * Which registers say what booted, the same from boot to reset: firmware, boot loader, kernel, its
 * command line and initial file system. The others are extended while the system runs (IMA, 10),
 * differ from machine to machine (15), or may be reset (16 and above).
 * spec: TCG PC Client Platform Firmware Profile, "PCR Usage"; UAPI Group, Linux TPM PCR Registry
 */
enum { TPM_BOOT_PCRS = 0x7bff };

#define TPM_EACH_PCR(DO, bank)                                                                     \
    DO(bank, 0, CODE), DO(bank, 1, CODE), DO(bank, 2, CODE), DO(bank, 3, CODE), DO(bank, 4, CODE), \
        DO(bank, 5, CODE), DO(bank, 6, CODE), DO(bank, 7, CODE), DO(bank, 8, CODE),                \
        DO(bank, 9, CODE), DO(bank, 10, ITSELF), DO(bank, 11, CODE), DO(bank, 12, CODE),           \
        DO(bank, 13, CODE), DO(bank, 14, CODE), DO(bank, 15, ITSELF), DO(bank, 16, ITSELF),        \
        DO(bank, 17, ITSELF), DO(bank, 18, ITSELF), DO(bank, 19, ITSELF), DO(bank, 20, ITSELF),    \
        DO(bank, 21, ITSELF), DO(bank, 22, ITSELF), DO(bank, 23, ITSELF)

#define TPM_HASH_SIZE_sha1 20
#define TPM_HASH_SIZE_sha256 32
#define TPM_HASH_SIZE_sha384 48
#define TPM_HASH_SIZE_sha512 64
#define TPM_HASH_SIZE_sm3_256 32

#define TPM_PCR_ROW(bank, pcr, means)                                                              \
    {                                                                                              \
        "pcrs." #bank "." #pcr, CLAIM_BYTES, .size = TPM_HASH_SIZE_##bank,                         \
                                             .meaning = CLAIM_MEANS_##means                        \
    }

/* Rows of a table: what tpm_quotes_claim() claims. A reset of the TPM is another boot; the other
 * counters and the clock never go back. */
#define TPM_QUOTE_CLAIM_ROWS                                                                       \
    {"qualified_signer", .kind = CLAIM_BYTES}, {"pcr_digest", .kind = CLAIM_BYTES},                \
        {"clock", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                                       \
        {"reset_count", CLAIM_NUMBER, .meaning = CLAIM_MEANS_CODE},                                \
        {"restart_count", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                               \
        {"clock_safe", .kind = CLAIM_FLAG},                                                        \
        {"firmware_version", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                            \
        TPM_EACH_PCR(TPM_PCR_ROW, sha1), TPM_EACH_PCR(TPM_PCR_ROW, sha256),                        \
        TPM_EACH_PCR(TPM_PCR_ROW, sha384), TPM_EACH_PCR(TPM_PCR_ROW, sha512),                      \
        TPM_EACH_PCR(TPM_PCR_ROW, sm3_256)
