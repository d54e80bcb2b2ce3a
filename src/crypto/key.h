/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public and private keys and their signatures. Vendors' raw forms in, a status out. */

#include "crypto/hash.h"

enum curve { CURVE_NONE, CURVE_P256, CURVE_P384 };

enum signature_scheme {
    SIGNATURE_NONE,
    SIGNATURE_ECDSA_SHA256,
    SIGNATURE_ECDSA_SHA384,
    SIGNATURE_RSA_PSS_SHA384, /* MGF1 SHA-384, salt 48 */
};

struct public_key {
    struct evp_pkey_st *pkey;
};
struct private_key {
    struct evp_pkey_st *pkey;
};
void public_key_clear(struct public_key *key);
void private_key_clear(struct private_key *key);

/* `point` is x || y, big-endian, without the 0x04. UNAUTHENTIC when it is not on the curve. */
status public_key_of_point(enum curve curve, slice point, struct public_key *out);
status public_key_of_spki(slice der, struct public_key *out);
status public_key_spki(const struct public_key *key, struct buffer *out_der);
bool public_key_is_on(const struct public_key *key, enum curve curve);
size_t public_key_rsa_bits(const struct public_key *key); /* 0 when not RSA */

/*
 * `signature` is r || s, big-endian, each of the curve's size. UNAUTHENTIC when r or s is zero or
 * not below the order, when the key is on another curve, or when it does not verify.
 */
status ecdsa_verify(const struct public_key *key, enum curve curve, enum hash hash, slice message,
                    slice signature);

/* Takes 32 (P-256) or 48 (P-384) bytes each for r and s. */
status ecdsa_sign(const struct private_key *key, enum curve curve, enum hash hash, slice message,
                  struct buffer *out_signature);

status private_key_generate(enum curve curve, struct private_key *out);
status private_key_generate_rsa(unsigned bits, struct private_key *out);
status private_key_read_pem(slice pem, struct private_key *out);
status private_key_write_pem(const struct private_key *key, struct buffer *out_pem);
status private_key_public(const struct private_key *key, struct public_key *out);

/* HMAC over `message`; `key` is secret. */
status hmac(enum hash hash, slice key, slice message, struct digest *out);
status random_bytes(uint8_t *out, size_t size);
