/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TPM's signature: RSASSA, RSAPSS or ECDSA. Some tools keep the bare bytes of an RSA signature
 * and drop what says its scheme; those are then RSASSA with SHA-256, as Azure's TPMs sign.
 * spec: TCG Trusted Platform Module Library, Part 2, "TPMT_SIGNATURE"
 */

#include "crypto/key.h"

enum tpm_scheme {
    TPM_ALG_RSASSA = 0x0014,
    TPM_ALG_RSAPSS = 0x0016,
    TPM_ALG_ECDSA = 0x0018,
};

/* Slices are borrowed from the evidence. */
struct tpm_signature {
    uint16_t scheme;
    uint16_t hash; /* TPM_ALG_ID; also of the digest of the PCRs */
    slice rsa;
    slice r, s; /* numbers, big-endian, as short as they are */
};

/* UNSUPPORTED when it is of another scheme. */
status tpm_signature_read(slice bytes, struct tpm_signature *out);

/* UNSUPPORTED when the digest is of a hash that signs nothing any more, UNAUTHENTIC when `key` did
 * not sign `message`. */
status tpm_signature_verify(const struct tpm_signature *signature, const struct public_key *key,
                            slice message);
