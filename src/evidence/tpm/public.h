/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The public area of a TPM's key, and its name. A name covers the attributes, which make a key an
 * attestation key; two keys are the same only when their names are.
 * spec: TCG Trusted Platform Module Library, Part 2, "TPMT_PUBLIC", "TPMA_OBJECT"; Part 1, "Names"
 */

#include "crypto/key.h"

enum tpm_key_type { TPM_KEY_NONE, TPM_KEY_RSA = 0x0001, TPM_KEY_ECC = 0x0023 };

enum tpm_key_attributes {
    TPM_KEY_FIXED_TPM = 1 << 1,
    TPM_KEY_FIXED_PARENT = 1 << 4,
    TPM_KEY_SENSITIVE_DATA_ORIGIN = 1 << 5,
    TPM_KEY_RESTRICTED = 1 << 16,
    TPM_KEY_DECRYPT = 1 << 17,
    TPM_KEY_SIGN = 1 << 18,
};

enum { TPM_NAME_SIZE_MAX = 2 + 64 };

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

/* UNSUPPORTED when it is of a size or curve that we do not use. */
status tpm_public_key(const struct tpm_public *public, struct public_key *out);

/* The name of a key, or of a key below its parents: the hash's TPM_ALG_ID and a digest. */
struct tpm_name {
    uint8_t data[TPM_NAME_SIZE_MAX];
    size_t size;
};
status tpm_public_name(const struct tpm_public *public, struct tpm_name *out);

/*
 * The name of the key of this `name` below a parent, whose own such name is `parent`; of a primary
 * key, the parent is the handle of a hierarchy. spec: the same, Part 1, "Qualified Name"
 */
status tpm_name_below(const struct tpm_name *name, slice parent, struct tpm_name *out);
bool tpm_name_is(const struct tpm_name *name, slice bytes);
