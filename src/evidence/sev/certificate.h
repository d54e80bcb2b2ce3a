/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificates of SEV before SNP, which are no X.509: that of AMD's authorities (ARK, ASK),
 * with RSA keys, and that of a chip and its owner (CEK, PEK, OCA, PDH). They carry no dates. spec:
 * AMD Secure Encrypted Virtualization API, "SEV Certificate Format", "AMD Signing Key Certificate
 * Format"
 */

#include "crypto/key.h"

enum {
    SEV_AUTHORITY_SIZE_2048 = 832,
    SEV_AUTHORITY_SIZE_4096 = 1600,
    SEV_CERTIFICATE_SIZE = 2084,
    SEV_KEY_ID_SIZE = 16,
    SEV_NUMBER_SIZE = 72, /* of a coordinate, R or S: little-endian, then zeros */
    SEV_SIGNATURE_SIZE = 512,
    SEV_SIGNATURES = 2,
};

/* Whose key it is. */
enum sev_usage {
    SEV_USAGE_ARK = 0,
    SEV_USAGE_ASK = 0x13,
    SEV_USAGE_NONE = 0x1000,
    SEV_USAGE_OCA = 0x1001,
    SEV_USAGE_PEK = 0x1002,
    SEV_USAGE_PDH = 0x1003,
    SEV_USAGE_CEK = 0x1004,
};

enum sev_algorithm {
    SEV_RSA_SHA256 = 0x1,
    SEV_ECDSA_SHA256 = 0x2,
    SEV_ECDH_SHA256 = 0x3,
    SEV_RSA_SHA384 = 0x101,
    SEV_ECDSA_SHA384 = 0x102,
    SEV_ECDH_SHA384 = 0x103,
};

/* Slices are borrowed from its bytes, here and below. */
struct sev_authority {
    slice key_id, issuer_key_id;
    uint32_t usage;
    slice exponent, modulus; /* little-endian */
    slice signed_bytes, signature;
};

struct sev_signature {
    uint32_t usage; /* of the key that signed */
    uint32_t algorithm;
    slice bytes;
};

struct sev_certificate {
    uint32_t version;
    uint8_t api_major, api_minor; /* of the firmware that made it */
    uint32_t usage;
    uint32_t algorithm;
    uint32_t curve; /* 1: P-256, 2: P-384 */
    slice x, y;
    slice signed_bytes;
    struct sev_signature signatures[SEV_SIGNATURES];
};

/* TRUNCATED, MALFORMED or UNSUPPORTED when the bytes are none. */
status sev_authority_read(slice bytes, struct sev_authority *out);
status sev_certificate_read(slice bytes, struct sev_certificate *out);

/* Of the certificate in either form at the beginning of `file`; 0 when there is none. */
size_t sev_certificate_begins(slice file);

/* The ARK in AMD's form, as a trust anchor; UNSUPPORTED when it is another certificate. */
status sev_anchor_read(slice file, struct public_key *out);

status sev_authority_key(const struct sev_authority *authority, struct public_key *out);
status sev_certificate_key(const struct sev_certificate *certificate, struct public_key *out);
bool sev_certificate_names(const struct sev_certificate *certificate, enum sev_usage signer);

/* Whether that key signed it; a certificate has two places, for signers named by their usage. */
status sev_authority_signed_by(const struct sev_authority *authority,
                               const struct public_key *signer);
status sev_certificate_signed_by(const struct sev_certificate *certificate, enum sev_usage usage,
                                 const struct public_key *signer);

/* `signature` begins with R and S. */
status sev_ecdsa_verify(const struct public_key *signer, uint32_t algorithm, slice message,
                        slice signature);
