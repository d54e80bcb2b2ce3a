/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public and private keys and their signatures. Vendors' raw forms in, a status out. */

#include "crypto/hash.h"

enum curve { CURVE_NONE, CURVE_P256, CURVE_P384, CURVE_P521, CURVE_SM2 };
enum rsa_padding {
    RSA_PADDING_NONE,
    RSA_PKCS1,
    RSA_PSS,          /* MGF1 and salt as the hash */
    RSA_PSS_ANY_SALT, /* signed with the longest, as TPMs may */
};

enum signature_scheme {
    SIGNATURE_NONE,
    SIGNATURE_ECDSA_SHA256,
    SIGNATURE_ECDSA_SHA384,
    SIGNATURE_RSA_PSS_SHA384, /* MGF1 SHA-384, salt 48 */
    SIGNATURE_ECDSA_SHA512,
    SIGNATURE_RSA_PKCS1_SHA256,
    SIGNATURE_RSA_PKCS1_SHA384,
    SIGNATURE_RSA_PKCS1_SHA512,
    SIGNATURE_RSA_PSS_SHA256, /* MGF1 and salt as the hash */
    SIGNATURE_RSA_PSS_SHA512,
    SIGNATURE_SM2_SM3, /* under SM2_DEFAULT_ID */
    SIGNATURE_ED25519,
    SIGNATURE_ED448,
    SIGNATURE_ML_DSA_44,
    SIGNATURE_ML_DSA_65,
    SIGNATURE_ML_DSA_87,
    SIGNATURE_END,
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
/* Both numbers big-endian. UNSUPPORTED for sizes that we do not use. */
status public_key_of_rsa(slice modulus, slice exponent, struct public_key *out);
status public_key_of_spki(slice der, struct public_key *out);
/* One SubjectPublicKeyInfo, as DER or in PEM ("PUBLIC KEY"). MALFORMED when it is none. */
status public_key_read(slice file, struct public_key *out);
status public_key_spki(const struct public_key *key, struct buffer *out_der);
status public_key_spki_digest(const struct public_key *key, enum hash hash, struct digest *out);
bool public_key_equal(const struct public_key *a, const struct public_key *b);
enum curve public_key_curve(const struct public_key *key); /* CURVE_NONE when on none of ours */
bool public_key_is_on(const struct public_key *key, enum curve curve);
size_t public_key_rsa_bits(const struct public_key *key); /* 0 when not RSA */

/*
 * `signature` is r || s, big-endian, each of the curve's size. UNAUTHENTIC when r or s is zero or
 * not below the order, when the key is on another curve, or when it does not verify.
 */
status ecdsa_verify(const struct public_key *key, enum curve curve, enum hash hash, slice message,
                    slice signature);

status ecdsa_verify_digest(const struct public_key *key, enum curve curve,
                           const struct digest *digest, slice signature);

/* Each of r and s takes as many bytes as the curve has: 32, 48 or 66. */
status ecdsa_sign(const struct private_key *key, enum curve curve, enum hash hash, slice message,
                  struct buffer *out_signature);
status ecdsa_sign_digest(const struct private_key *key, enum curve curve,
                         const struct digest *digest, struct buffer *out_signature);

/*
 * With SM3, over the digest of `id` and the key before the message. `signature` is r || s, 32 bytes
 * each, big-endian. UNAUTHENTIC as for ECDSA. spec: GB/T 32918.2
 */
status sm2_verify(const struct public_key *key, slice id, slice message, slice signature);
status sm2_sign(const struct private_key *key, slice id, slice message,
                struct buffer *out_signature);

/* UNAUTHENTIC when the key is no RSA key, or the signature does not verify. */
status rsa_verify(const struct public_key *key, enum rsa_padding padding, enum hash hash,
                  slice message, slice signature);
status rsa_sign(const struct private_key *key, enum rsa_padding padding, enum hash hash,
                slice message, struct buffer *out_signature);
/* Over a digest that `hash` made. */
status rsa_verify_digest(const struct public_key *key, enum rsa_padding padding, enum hash hash,
                         const struct digest *digest, slice signature);
status rsa_sign_digest(const struct private_key *key, enum rsa_padding padding, enum hash hash,
                       const struct digest *digest, struct buffer *out_signature);

status private_key_generate(enum curve curve, struct private_key *out);
status private_key_generate_rsa(unsigned bits, struct private_key *out);
status private_key_read_pem(slice pem, struct private_key *out);
status private_key_write_pem(const struct private_key *key, struct buffer *out_pem);
status private_key_public(const struct private_key *key, struct public_key *out);

/* HMAC over `message`; `key` is secret. */
status hmac(enum hash hash, slice key, slice message, struct digest *out);
/* Over the parts, one after the other. */
status hmac_of_parts(enum hash hash, slice key, const slice *parts, size_t count,
                     struct digest *out);
status random_bytes(uint8_t *out, size_t size);
