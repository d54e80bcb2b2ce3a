/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hygon's certificates, which are no X.509: the form of its roots (HRK, HSK) and that of a chip and
 * its firmware (CEK, PEK, OCA, PDH). They carry no dates and nobody revokes them.
 * spec: Hygon CSV, certificate formats as its open libraries read them
 */

#include "crypto/key.h"

enum {
    CSV_ROOT_CERTIFICATE_SIZE = 832,
    CSV_CERTIFICATE_SIZE = 2084,
    CSV_NUMBER_SIZE = 72, /* of a coordinate, R or S: 32 bytes, little-endian, then zeros */
    CSV_KEY_ID_SIZE = 16,
    CSV_USER_ID_SIZE_MAX = 254,
    CSV_SIGNATURES_MAX = 2,
    CSV_CURVE_SM2 = 3,
    CSV_ALGORITHM_SM2 = 4, /* signatures with SM3 */
};

/* Whose key it is. */
enum csv_usage {
    CSV_USAGE_HRK = 0,
    CSV_USAGE_HSK = 0x13,
    CSV_USAGE_NONE = 0x1000,
    CSV_USAGE_OCA = 0x1001,
    CSV_USAGE_PEK = 0x1002,
    CSV_USAGE_PDH = 0x1003,
    CSV_USAGE_CEK = 0x1004,
};

struct csv_signature {
    uint32_t usage; /* of the key that signed */
    uint32_t algorithm;
    slice r, s;
};

/* Slices are borrowed from its bytes. */
struct csv_certificate {
    uint32_t version;
    uint8_t api_major, api_minor; /* of the firmware; zero in a root's */
    uint32_t usage;
    uint32_t algorithm;
    uint32_t curve;
    slice x, y;
    slice user_id;
    slice key_id;        /* a root's own; else empty */
    slice issuer_key_id; /* of a root, or of the HSK that signed a CEK */
    slice signed_bytes;
    struct csv_signature signatures[CSV_SIGNATURES_MAX];
    size_t signature_count;
};

/* TRUNCATED, MALFORMED or UNSUPPORTED when it is no certificate in either form. */
status csv_certificate_read(slice bytes, struct csv_certificate *out);

/* Of the certificate at the beginning of `file`; 0 when there is none. */
size_t csv_certificate_begins(slice file);

/* True when `bytes` begin as a PEK does: cheap, and good enough to tell what evidence is. */
bool csv_pek_begins(slice bytes);

/* The HRK in Hygon's form, as a trust anchor; UNSUPPORTED when it is another certificate. */
status csv_anchor_read(slice file, struct public_key *out);

/* What a signature of SM2 is verified with: the user id is hashed before the message. */
struct csv_signer {
    struct public_key key;
    uint8_t user_id[CSV_USER_ID_SIZE_MAX];
    size_t user_id_size;
};
void csv_signer_clear(struct csv_signer *signer);
status csv_signer_of(const struct csv_certificate *certificate, struct csv_signer *out);
status csv_signer_verify(const struct csv_signer *signer, slice message, slice r, slice s);

/* Whether `signer`, whose usage is that, signed `certificate`, in whichever of its two places. */
status csv_certificate_signed_by(const struct csv_certificate *certificate, enum csv_usage usage,
                                 const struct csv_signer *signer);
