/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "codec/text.h"
#include "crypto/openssl.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

enum {
    COORDINATE_SIZE_MAX = 66,
    POINT_UNCOMPRESSED = 0x04,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,
    RSA_EXPONENT_BITS_MAX = 64, /* 65537 is what vendors use; a long one makes verifying slow */
    PEM_SIZE_MAX = 64 << 10,
    SPKI_SIZE_MAX = 4 << 10,
    GROUP_NAME_SIZE = 32,
    DER_INTEGER = 0x02,
    DER_SEQUENCE = 0x30,
    DER_LENGTH_OF_ONE_BYTE = 0x81, /* follows */
    DER_SHORT_LENGTH_MAX = 0x7f,
    /* Both integers with a sign byte each; below 256, so that the length fits in one byte. */
    DER_SIGNATURE_SIZE_MAX = 3 + 2 * (2 + 1 + COORDINATE_SIZE_MAX),
    RSA_SIGNATURE_SIZE_MAX = RSA_BITS_MAX / 8,
};

static const struct curve_row {
    const char *type; /* OpenSSL's names; the second it takes as not constant */
    char *group;
    size_t size; /* of a coordinate, and of r and s */
} curves[] = {
    [CURVE_P256] = {"EC", "prime256v1", 32},
    [CURVE_P384] = {"EC", "secp384r1", 48},
    [CURVE_P521] = {"EC", "secp521r1", 66},
    [CURVE_SM2] = {"SM2", "SM2", 32},
};
enum { CURVES = sizeof curves / sizeof *curves };

static const struct curve_row *row_of(enum curve curve)
{
    return curve > CURVE_NONE && (size_t)curve < CURVES ? &curves[curve] : NULL;
}

void public_key_clear(struct public_key *key)
{
    EVP_PKEY_free(key->pkey);
    key->pkey = NULL;
}

void private_key_clear(struct private_key *key)
{
    EVP_PKEY_free(key->pkey); /* which wipes the private part */
    key->pkey = NULL;
}

/* ---- what a key is ---- */

static enum curve curve_of(const EVP_PKEY *key)
{
    char name[GROUP_NAME_SIZE];
    /* By name: keys on SM2's curve have no number. */
    if (!key || (!EVP_PKEY_is_a(key, "EC") && !EVP_PKEY_is_a(key, "SM2")) ||
        EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
        return CURVE_NONE;
    for (size_t i = CURVE_P256; i < CURVES; i++)
        if (strcmp(curves[i].group, name) == 0)
            return (enum curve)i;
    return CURVE_NONE;
}

static size_t rsa_bits_of(const EVP_PKEY *key)
{
    return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? (size_t)EVP_PKEY_get_bits(key) : 0;
}

static bool rsa_is_sane(const EVP_PKEY *key, size_t bits)
{
    SCOPED_OPENSSL(BIGNUM) *exponent = NULL;
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX &&
           EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
           BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;
}

status openssl_key_check(const EVP_PKEY *key)
{
    FORGET_OPENSSL_ERRORS;
    const size_t bits = rsa_bits_of(key);
    if (bits)
        return rsa_is_sane(key, bits) ? OK
                                      : FAIL(UNSUPPORTED, "an RSA key of a size we do not use");
    if (curve_of(key) == CURVE_NONE)
        return openssl_key_signs_whole(key) ? OK
                                            : FAIL(UNSUPPORTED, "a key of a kind we do not use");
    /* Spelled-out parameters can describe a curve that only looks like ours. */
    int is_spelled_out = 1;
    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_spelled_out) != 1 ||
        is_spelled_out)
        return FAIL(UNSUPPORTED, "a key of a kind we do not use");
    return OK;
}

enum curve public_key_curve(const struct public_key *key)
{
    FORGET_OPENSSL_ERRORS;
    return curve_of(key->pkey);
}

bool public_key_is_on(const struct public_key *key, enum curve curve)
{
    return curve != CURVE_NONE && public_key_curve(key) == curve;
}

size_t public_key_rsa_bits(const struct public_key *key)
{
    return rsa_bits_of(key->pkey);
}

/* ---- public keys ---- */

status public_key_of_point(enum curve curve, slice point, struct public_key *out)
{
    FORGET_OPENSSL_ERRORS;
    const struct curve_row *const row = row_of(curve);
    uint8_t octets[1 + 2 * COORDINATE_SIZE_MAX] = {POINT_UNCOMPRESSED};
    if (!row)
        return FAIL(UNSUPPORTED, "no such curve");
    if (point.size != 2 * row->size)
        return FAIL(MALFORMED, "a point of another size than the curve's");
    memcpy(octets + 1, point.data, point.size);

    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, 1 + point.size),
        OSSL_PARAM_END,
    };
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
    EVP_PKEY *key = NULL;
    if (!context || EVP_PKEY_fromdata_init(context) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL has no elliptic curves");
    if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return FAIL(UNAUTHENTIC, "a point that is not on its curve");
    out->pkey = key;
    return OK;
}

status public_key_of_rsa(slice modulus, slice exponent, struct public_key *out)
{
    FORGET_OPENSSL_ERRORS;
    if (modulus.size > RSA_BITS_MAX / 8 + 1 || exponent.size > RSA_BITS_MAX / 8)
        return FAIL(UNSUPPORTED, "an RSA key of a size we do not use");
    SCOPED_OPENSSL(BIGNUM) *n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
    SCOPED_OPENSSL(BIGNUM) *e = BN_bin2bn(exponent.data, (int)exponent.size, NULL);
    SCOPED_OPENSSL(OSSL_PARAM_BLD) *builder = OSSL_PARAM_BLD_new();
    if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not hold an RSA key");
    SCOPED_OPENSSL(OSSL_PARAM) *parameters = OSSL_PARAM_BLD_to_param(builder);
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    SCOPED_OPENSSL(EVP_PKEY) *key = NULL;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL has no RSA");
    if (EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return FAIL(MALFORMED, "two numbers that are no RSA key");
    TRY(openssl_key_check(key));
    out->pkey = key;
    key = NULL;
    return OK;
}

status public_key_of_spki(slice der, struct public_key *out)
{
    FORGET_OPENSSL_ERRORS;
    if (der.size > SPKI_SIZE_MAX)
        return FAIL(EXHAUSTED, "a larger public key than we read");
    const uint8_t *end = der.data;
    SCOPED_OPENSSL(EVP_PKEY) *key = der.size ? d2i_PUBKEY(NULL, &end, (long)der.size) : NULL;
    if (!key || end != der.data + der.size)
        return FAIL(MALFORMED, "not one SubjectPublicKeyInfo");
    TRY(openssl_key_check(key));

    /* What does not come out the same was not DER. */
    SCOPED_OPENSSL(openssl_bytes) *again = NULL;
    const int size = i2d_PUBKEY(key, &again);
    if (size <= 0 || !slice_equal(der, (slice){again, (size_t)size}))
        return FAIL(MALFORMED, "a SubjectPublicKeyInfo in another form than DER's");
    out->pkey = key;
    key = NULL;
    return OK;
}

status public_key_read(slice file, struct public_key *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    if (file.size && file.data[0] == DER_SEQUENCE)
        return public_key_of_spki(file, out);
    if (pem_read_next(&file, label, &der).fault || strcmp(label, "PUBLIC KEY") != 0)
        return FAIL(MALFORMED, "not one public key in PEM or DER");
    return public_key_of_spki(buffer_view(&der), out);
}

status public_key_spki(const struct public_key *key, struct buffer *out_der)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(openssl_bytes) *der = NULL;
    const int size = i2d_PUBKEY(key->pkey, &der);
    if (size <= 0)
        return FAIL(INTERNAL, "a public key that cannot be written");
    return buffer_append(out_der, (slice){der, (size_t)size});
}

status public_key_spki_digest(const struct public_key *key, enum hash hash, struct digest *out)
{
    SCOPED(buffer) spki = {0};
    TRY(public_key_spki(key, &spki));
    return digest_of(hash, buffer_view(&spki), out);
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    FORGET_OPENSSL_ERRORS;
    return a->pkey && b->pkey && EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

/* ---- ECDSA ---- */

/* Appends one non-negative number as a DER INTEGER; returns where it ends. */
static uint8_t *put_integer(uint8_t *out, slice number)
{
    while (number.size > 1 && number.data[0] == 0)
        number = (slice){number.data + 1, number.size - 1};
    const bool needs_sign = number.data[0] & 0x80;
    *out++ = DER_INTEGER;
    *out++ = (uint8_t)(number.size + needs_sign);
    if (needs_sign)
        *out++ = 0;
    memcpy(out, number.data, number.size);
    return out + number.size;
}

/* r || s as OpenSSL wants it: SEQUENCE { INTEGER r, INTEGER s }. */
static slice der_signature(slice signature, uint8_t space[DER_SIGNATURE_SIZE_MAX])
{
    const size_t half = signature.size / 2;
    uint8_t integers[2 * (2 + 1 + COORDINATE_SIZE_MAX)];
    uint8_t *end = put_integer(integers, (slice){signature.data, half});
    end = put_integer(end, (slice){signature.data + half, half});
    const size_t size = (size_t)(end - integers);
    size_t head = 0;
    space[head++] = DER_SEQUENCE;
    if (size > DER_SHORT_LENGTH_MAX)
        space[head++] = DER_LENGTH_OF_ONE_BYTE;
    space[head++] = (uint8_t)size;
    memcpy(space + head, integers, size);
    return (slice){space, head + size};
}

status ecdsa_verify_digest(const struct public_key *key, enum curve curve,
                           const struct digest *digest, slice signature)
{
    FORGET_OPENSSL_ERRORS;
    uint8_t space[DER_SIGNATURE_SIZE_MAX];
    const struct curve_row *const row = row_of(curve);
    if (!row || curve == CURVE_SM2 || curve_of(key->pkey) != curve)
        return FAIL(UNAUTHENTIC, "a signature's key is on another curve");
    if (signature.size != 2 * row->size)
        return FAIL(UNAUTHENTIC, "a signature of another size than the curve's");

    const slice der = der_signature(signature, space);
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!context || EVP_PKEY_verify_init(context) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not begin to verify");
    /* Also what makes r or s that are zero or not below the order fail. */
    if (EVP_PKEY_verify(context, der.data, der.size, digest->data, digest->size) != 1)
        return FAIL(UNAUTHENTIC, "an ECDSA signature does not verify");
    return OK;
}

status ecdsa_verify(const struct public_key *key, enum curve curve, enum hash hash, slice message,
                    slice signature)
{
    struct digest digest;
    TRY(digest_of(hash, message, &digest));
    return ecdsa_verify_digest(key, curve, &digest, signature);
}

/* SEQUENCE { INTEGER r, INTEGER s } as r || s. */
static status append_raw(slice der, size_t size, struct buffer *out_signature)
{
    uint8_t raw[2 * COORDINATE_SIZE_MAX];
    const uint8_t *end = der.data;
    SCOPED_OPENSSL(ECDSA_SIG) *parts = d2i_ECDSA_SIG(NULL, &end, (long)der.size);
    const int half = (int)size;
    if (!parts || BN_bn2binpad(ECDSA_SIG_get0_r(parts), raw, half) != half ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parts), raw + half, half) != half)
        return FAIL(INTERNAL, "OpenSSL made a signature that cannot be read");
    return buffer_append(out_signature, (slice){raw, 2 * size});
}

status ecdsa_sign_digest(const struct private_key *key, enum curve curve,
                         const struct digest *digest, struct buffer *out_signature)
{
    FORGET_OPENSSL_ERRORS;
    uint8_t der[DER_SIGNATURE_SIZE_MAX];
    size_t size = sizeof der;
    const struct curve_row *const row = row_of(curve);
    if (!row || curve == CURVE_SM2 || curve_of(key->pkey) != curve)
        return FAIL(UNSUPPORTED, "a signing key is on another curve");

    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!context || EVP_PKEY_sign_init(context) != 1 ||
        EVP_PKEY_sign(context, der, &size, digest->data, digest->size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign");
    return append_raw((slice){der, size}, row->size, out_signature);
}

status ecdsa_sign(const struct private_key *key, enum curve curve, enum hash hash, slice message,
                  struct buffer *out_signature)
{
    struct digest digest;
    TRY(digest_of(hash, message, &digest));
    return ecdsa_sign_digest(key, curve, &digest, out_signature);
}

/* ---- SM2 ---- */

/* The id is at most what its two-byte length in bits can say. */
enum { SM2_ID_SIZE_MAX = 8191 };

static EVP_PKEY_CTX *sm2_context(EVP_MD_CTX *digest, EVP_PKEY *key, slice id)
{
    EVP_PKEY_CTX *const context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!context || EVP_PKEY_CTX_set1_id(context, id.data, (int)id.size) != 1) {
        EVP_PKEY_CTX_free(context);
        return NULL;
    }
    EVP_MD_CTX_set_pkey_ctx(digest, context);
    return context;
}

status sm2_verify(const struct public_key *key, slice id, slice message, slice signature)
{
    FORGET_OPENSSL_ERRORS;
    uint8_t space[DER_SIGNATURE_SIZE_MAX];
    const size_t size = curves[CURVE_SM2].size;
    if (curve_of(key->pkey) != CURVE_SM2)
        return FAIL(UNAUTHENTIC, "a signature's key is on another curve");
    if (signature.size != 2 * size || id.size > SM2_ID_SIZE_MAX)
        return FAIL(UNAUTHENTIC, "a signature of another size than the curve's");
    const slice der = der_signature(signature, space);
    SCOPED_OPENSSL(EVP_MD_CTX) *digest = EVP_MD_CTX_new();
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = digest ? sm2_context(digest, key->pkey, id) : NULL;
    if (!context || EVP_DigestVerifyInit(digest, NULL, openssl_md(HASH_SM3), NULL, key->pkey) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not begin to verify");
    if (EVP_DigestVerify(digest, der.data, der.size, message.data, message.size) != 1)
        return FAIL(UNAUTHENTIC, "an SM2 signature does not verify");
    return OK;
}

status sm2_sign(const struct private_key *key, slice id, slice message,
                struct buffer *out_signature)
{
    FORGET_OPENSSL_ERRORS;
    uint8_t der[DER_SIGNATURE_SIZE_MAX];
    size_t size = sizeof der;
    if (curve_of(key->pkey) != CURVE_SM2 || id.size > SM2_ID_SIZE_MAX)
        return FAIL(UNSUPPORTED, "a signing key is on another curve");
    SCOPED_OPENSSL(EVP_MD_CTX) *digest = EVP_MD_CTX_new();
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = digest ? sm2_context(digest, key->pkey, id) : NULL;
    if (!context || EVP_DigestSignInit(digest, NULL, openssl_md(HASH_SM3), NULL, key->pkey) != 1 ||
        EVP_DigestSign(digest, der, &size, message.data, message.size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign");
    return append_raw((slice){der, size}, curves[CURVE_SM2].size, out_signature);
}

/* ---- RSA ---- */

static bool is_padding(enum rsa_padding padding)
{
    return padding == RSA_PKCS1 || padding == RSA_PSS || padding == RSA_PSS_ANY_SALT;
}

/* The same hash in MGF1: what everybody signs. */
static bool set_padding(EVP_PKEY_CTX *context, enum rsa_padding padding, enum hash hash)
{
    if (EVP_PKEY_CTX_set_signature_md(context, openssl_md(hash)) != 1)
        return false;
    if (padding == RSA_PKCS1)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    const int salt = padding == RSA_PSS ? RSA_PSS_SALTLEN_DIGEST : RSA_PSS_SALTLEN_AUTO;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, openssl_md(hash)) == 1;
}

status rsa_verify_digest(const struct public_key *key, enum rsa_padding padding, enum hash hash,
                         const struct digest *digest, slice signature)
{
    FORGET_OPENSSL_ERRORS;
    if (!rsa_bits_of(key->pkey))
        return FAIL(UNAUTHENTIC, "a signature's key is not an RSA key");
    if (!is_padding(padding))
        return FAIL(UNSUPPORTED, "no such RSA padding");
    if (!openssl_md(hash))
        return FAIL(UNSUPPORTED, "no such hash");
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!context || EVP_PKEY_verify_init(context) != 1 || !set_padding(context, padding, hash))
        return FAIL(UNAVAILABLE, "OpenSSL could not begin to verify");
    if (EVP_PKEY_verify(context, signature.data, signature.size, digest->data, digest->size) != 1)
        return FAIL(UNAUTHENTIC, "an RSA signature does not verify");
    return OK;
}

status rsa_verify(const struct public_key *key, enum rsa_padding padding, enum hash hash,
                  slice message, slice signature)
{
    struct digest digest;
    TRY(digest_of(hash, message, &digest));
    return rsa_verify_digest(key, padding, hash, &digest, signature);
}

status rsa_sign_digest(const struct private_key *key, enum rsa_padding padding, enum hash hash,
                       const struct digest *digest, struct buffer *out_signature)
{
    FORGET_OPENSSL_ERRORS;
    uint8_t signature[RSA_SIGNATURE_SIZE_MAX];
    size_t size = sizeof signature;
    if (!rsa_bits_of(key->pkey) || !is_padding(padding))
        return FAIL(UNSUPPORTED, "a signing key is not an RSA key");
    if (!openssl_md(hash))
        return FAIL(UNSUPPORTED, "no such hash");
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!context || EVP_PKEY_sign_init(context) != 1 || !set_padding(context, padding, hash) ||
        EVP_PKEY_sign(context, signature, &size, digest->data, digest->size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign");
    return buffer_append(out_signature, (slice){signature, size});
}

status rsa_sign(const struct private_key *key, enum rsa_padding padding, enum hash hash,
                slice message, struct buffer *out_signature)
{
    struct digest digest;
    TRY(digest_of(hash, message, &digest));
    return rsa_sign_digest(key, padding, hash, &digest, out_signature);
}

/* ---- private keys ---- */

status private_key_generate(enum curve curve, struct private_key *out)
{
    FORGET_OPENSSL_ERRORS;
    const struct curve_row *const row = row_of(curve);
    if (!row)
        return FAIL(UNSUPPORTED, "no such curve");
    EVP_PKEY *const key = EVP_PKEY_Q_keygen(NULL, NULL, row->type, row->group);
    if (!key)
        return FAIL(UNAVAILABLE, "OpenSSL could not make a key");
    out->pkey = key;
    return OK;
}

status private_key_generate_rsa(unsigned bits, struct private_key *out)
{
    FORGET_OPENSSL_ERRORS;
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return FAIL(UNSUPPORTED, "an RSA key of a size we do not use");
    EVP_PKEY *const key = EVP_RSA_gen(bits);
    if (!key)
        return FAIL(UNAVAILABLE, "OpenSSL could not make a key");
    out->pkey = key;
    return OK;
}

/* Nobody is there to be asked for the passphrase of an encrypted key. */
static int no_passphrase(char *space, int size, int is_writing, void *user)
{
    (void)space, (void)size, (void)is_writing, (void)user;
    return -1;
}

status private_key_read_pem(slice pem, struct private_key *out)
{
    FORGET_OPENSSL_ERRORS;
    if (pem.size == 0 || pem.size > PEM_SIZE_MAX)
        return FAIL(MALFORMED, "not one private key in PEM");
    SCOPED_OPENSSL(BIO) *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    SCOPED_OPENSSL(EVP_PKEY) *key =
        bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
    if (!key)
        return FAIL(MALFORMED, "not one private key in PEM");
    TRY(openssl_key_check(key));
    out->pkey = key;
    key = NULL;
    return OK;
}

status private_key_write_pem(const struct private_key *key, struct buffer *out_pem)
{
    FORGET_OPENSSL_ERRORS;
    char *text = NULL;
    /* A memory BIO wipes what it held, when it grows and when it goes. */
    SCOPED_OPENSSL(BIO) *bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1)
        return FAIL(INTERNAL, "a private key that cannot be written");
    const long size = BIO_get_mem_data(bio, &text);
    return buffer_append(out_pem, (slice){(const uint8_t *)text, (size_t)size});
}

status private_key_public(const struct private_key *key, struct public_key *out)
{
    SCOPED(buffer) spki = {0};
    TRY(public_key_spki(&(struct public_key){key->pkey}, &spki));
    return public_key_of_spki(buffer_view(&spki), out);
}

/* ---- random ---- */

status random_bytes(uint8_t *out, size_t size)
{
    FORGET_OPENSSL_ERRORS;
    if (size > INT_MAX || RAND_bytes(out, (int)size) != 1)
        return FAIL(UNAVAILABLE, "no random bytes");
    return OK;
}
