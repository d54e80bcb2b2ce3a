/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Values of platform configuration registers, bank by bank, as evidence carries them beside a
 * quote. A quote signs only their digest: nothing here is believed until it has been recomputed.
 * spec: TCG Trusted Platform Module Library, Part 2, "TPML_PCR_SELECTION"
 */

#include "crypto/hash.h"

enum {
    TPM_PCR_COUNT = 24,
    TPM_BANKS_MAX = 5, /* as many as there are hashes */
};

/* Which registers of which bank: bit i is PCR i. */
struct tpm_pcr_selection {
    uint16_t hash; /* TPM_ALG_ID */
    uint32_t pcrs;
};

/* Values are borrowed from the evidence; each has the size of the bank's hash. */
struct tpm_pcr_bank {
    uint16_t hash;
    uint32_t present; /* bit i: values[i] is there */
    slice values[TPM_PCR_COUNT];
};

struct tpm_pcrs {
    struct tpm_pcr_bank banks[TPM_BANKS_MAX]; /* in ascending order of their hash */
    size_t bank_count;
};

/* TPM_ALG_IDs of hashes. */
enum {
    TPM_ALG_SHA1 = 0x0004,
    TPM_ALG_SHA256 = 0x000b,
    TPM_ALG_SHA384 = 0x000c,
    TPM_ALG_SHA512 = 0x000d,
    TPM_ALG_SM3_256 = 0x0012,
};
enum hash tpm_hash(uint16_t hash);      /* HASH_NONE for any other */
uint16_t tpm_algorithm(enum hash hash); /* the same backwards; 0 for none */
size_t tpm_hash_size(uint16_t hash);    /* 0 for any other */
const char *
tpm_hash_name(uint16_t hash); /* "sha256", as tpm2-tools writes it; NULL for any other */

const struct tpm_pcr_bank *tpm_pcrs_bank(const struct tpm_pcrs *pcrs, uint16_t hash);

/* Sets one value. MALFORMED when it is there already, of no register or of another size,
 * UNSUPPORTED when the hash is none of these. */
status tpm_pcrs_set(struct tpm_pcrs *pcrs, uint16_t hash, size_t index, slice value);

/*
 * What a quote of these registers signs: the hash of their values, in the order of the selections
 * and, in each, of the numbers. UNEXPECTED when one of the values is missing.
 * spec: the same, Part 3, "TPM2_Quote"
 */
status tpm_pcrs_digest(const struct tpm_pcrs *pcrs, const struct tpm_pcr_selection *selections,
                       size_t count, enum hash hash, struct digest *out);
