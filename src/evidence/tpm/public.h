/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The public area of a TPM's key, and its name. A name covers the attributes, which make a key an
 * attestation key; two keys are the same only when their names are.
 * spec: TCG Trusted Platform Module Library, Part 2, "TPMT_PUBLIC", "TPMA_OBJECT"; Part 1, "Names"
 */

#include "base/bytes.h"

enum tpm_key_type { TPM_KEY_NONE, TPM_KEY_RSA = 0x0001, TPM_KEY_ECC = 0x0023 };

enum tpm_key_attributes {
    TPM_KEY_FIXED_TPM = 1 << 1,
    TPM_KEY_FIXED_PARENT = 1 << 4,
    TPM_KEY_SENSITIVE_DATA_ORIGIN = 1 << 5,
    TPM_KEY_RESTRICTED = 1 << 16,
    TPM_KEY_DECRYPT = 1 << 17,
    TPM_KEY_SIGN = 1 << 18,
};

enum { TPM_RSA_EXPONENT = 65537 /* what the structure writes as zero */ };

/* Slices are borrowed. */
struct tpm_public {
    slice area; /* TPMT_PUBLIC, without the size before it */
    uint16_t type;
    uint16_t name_hash; /* TPM_ALG_ID */
    uint32_t attributes;
    slice policy;
    uint16_t scheme, scheme_hash; /* 0: the key may sign with any */
    uint32_t exponent;            /* RSA */
    slice modulus;
    uint16_t curve; /* TPM_ECC_CURVE */
    slice x, y;     /* as short as they are */
};

/* TPMT_PUBLIC, or TPM2B_PUBLIC around it. UNSUPPORTED when it is not of an RSA or ECC key. */
status tpm_public_read(slice bytes, struct tpm_public *out);
