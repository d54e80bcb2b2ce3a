/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/asym.h"

#include "crypto/openssl.h"

#include <pthread.h>
#include <string.h>

enum kind {
    KIND_NONE,
    KIND_RSA,
    KIND_ECDSA,
    KIND_SM2,
    KIND_WHOLE,        /* signs messages, not digests */
    KIND_WITH_CONTEXT, /* the same, and a context with them */
};

static const struct asym_row {
    enum kind kind;
    size_t signature_size;
    enum rsa_padding padding; /* KIND_RSA, whose keys are as long as its signatures */
    enum curve curve;         /* KIND_ECDSA */
    const char *type;         /* of what signs messages whole: OpenSSL's name */
} rows[] = {
    [ASYM_RSASSA_2048] = {KIND_RSA, 256, .padding = RSA_PKCS1},
    [ASYM_RSAPSS_2048] = {KIND_RSA, 256, .padding = RSA_PSS},
    [ASYM_RSASSA_3072] = {KIND_RSA, 384, .padding = RSA_PKCS1},
    [ASYM_RSAPSS_3072] = {KIND_RSA, 384, .padding = RSA_PSS},
    [ASYM_ECDSA_P256] = {KIND_ECDSA, 64, .curve = CURVE_P256},
    [ASYM_RSASSA_4096] = {KIND_RSA, 512, .padding = RSA_PKCS1},
    [ASYM_RSAPSS_4096] = {KIND_RSA, 512, .padding = RSA_PSS},
    [ASYM_ECDSA_P384] = {KIND_ECDSA, 96, .curve = CURVE_P384},
    [ASYM_ECDSA_P521] = {KIND_ECDSA, 132, .curve = CURVE_P521},
    [ASYM_SM2] = {KIND_SM2, 64, .curve = CURVE_SM2},
    [ASYM_ED25519] = {KIND_WHOLE, 64, .type = "ED25519"},
    [ASYM_ED448] = {KIND_WITH_CONTEXT, 114, .type = "ED448"},
    [ASYM_ML_DSA_44] = {KIND_WITH_CONTEXT, 2420, .type = "ML-DSA-44"},
    [ASYM_ML_DSA_65] = {KIND_WITH_CONTEXT, 3309, .type = "ML-DSA-65"},
    [ASYM_ML_DSA_87] = {KIND_WITH_CONTEXT, 4627, .type = "ML-DSA-87"},
    [ASYM_SLH_DSA_SHA2_128S] = {KIND_WITH_CONTEXT, 7856, .type = "SLH-DSA-SHA2-128s"},
    [ASYM_SLH_DSA_SHAKE_128S] = {KIND_WITH_CONTEXT, 7856, .type = "SLH-DSA-SHAKE-128s"},
    [ASYM_SLH_DSA_SHA2_128F] = {KIND_WITH_CONTEXT, 17088, .type = "SLH-DSA-SHA2-128f"},
    [ASYM_SLH_DSA_SHAKE_128F] = {KIND_WITH_CONTEXT, 17088, .type = "SLH-DSA-SHAKE-128f"},
    [ASYM_SLH_DSA_SHA2_192S] = {KIND_WITH_CONTEXT, 16224, .type = "SLH-DSA-SHA2-192s"},
    [ASYM_SLH_DSA_SHAKE_192S] = {KIND_WITH_CONTEXT, 16224, .type = "SLH-DSA-SHAKE-192s"},
    [ASYM_SLH_DSA_SHA2_192F] = {KIND_WITH_CONTEXT, 35664, .type = "SLH-DSA-SHA2-192f"},
    [ASYM_SLH_DSA_SHAKE_192F] = {KIND_WITH_CONTEXT, 35664, .type = "SLH-DSA-SHAKE-192f"},
    [ASYM_SLH_DSA_SHA2_256S] = {KIND_WITH_CONTEXT, 29792, .type = "SLH-DSA-SHA2-256s"},
    [ASYM_SLH_DSA_SHAKE_256S] = {KIND_WITH_CONTEXT, 29792, .type = "SLH-DSA-SHAKE-256s"},
    [ASYM_SLH_DSA_SHA2_256F] = {KIND_WITH_CONTEXT, 49856, .type = "SLH-DSA-SHA2-256f"},
    [ASYM_SLH_DSA_SHAKE_256F] = {KIND_WITH_CONTEXT, 49856, .type = "SLH-DSA-SHAKE-256f"},
};
enum { ASYMS = sizeof rows / sizeof *rows };

/* The parameter's name is not in the headers of OpenSSL 3.0, whose signatures take none. */
#define CONTEXT_PARAMETER "context-string"

static const struct asym_row *row_of(enum asym asym)
{
    return (size_t)asym < ASYMS ? &rows[asym] : &rows[ASYM_NONE];
}

static bool signs_whole(const struct asym_row *row)
{
    return row->kind == KIND_WHOLE || row->kind == KIND_WITH_CONTEXT;
}

static bool signs_digests(const struct asym_row *row)
{
    return row->kind == KIND_RSA || row->kind == KIND_ECDSA;
}

/* ---- what is available ---- */

static bool is_there[ASYMS];
static pthread_once_t look_once = PTHREAD_ONCE_INIT;

static bool takes_context(const EVP_SIGNATURE *signature)
{
    const OSSL_PARAM *const settable = EVP_SIGNATURE_settable_ctx_params(signature);
    return settable && OSSL_PARAM_locate_const(settable, CONTEXT_PARAMETER);
}

static bool look_for(const struct asym_row *row)
{
    if (!signs_whole(row))
        return row->kind != KIND_NONE;
    EVP_SIGNATURE *const signature = EVP_SIGNATURE_fetch(NULL, row->type, NULL);
    const bool found = signature && (row->kind == KIND_WHOLE || takes_context(signature));
    EVP_SIGNATURE_free(signature);
    return found;
}

static void look_for_all(void)
{
    for (size_t i = 0; i < ASYMS; i++)
        is_there[i] = look_for(&rows[i]);
}

size_t asym_signature_size(enum asym asym)
{
    return row_of(asym)->signature_size;
}

bool asym_is_available(enum asym asym)
{
    FORGET_OPENSSL_ERRORS;
    pthread_once(&look_once, look_for_all);
    return (size_t)asym < ASYMS && is_there[asym];
}

/* ---- keys ---- */

bool openssl_key_signs_whole(const EVP_PKEY *key)
{
    for (size_t i = 0; i < ASYMS; i++)
        if (signs_whole(&rows[i]) && EVP_PKEY_is_a(key, rows[i].type))
            return true;
    return false;
}

bool asym_fits_key(enum asym asym, const struct public_key *key)
{
    FORGET_OPENSSL_ERRORS;
    const struct asym_row *const row = row_of(asym);
    if (!key->pkey)
        return false;
    switch (row->kind) {
    case KIND_RSA:
        return public_key_rsa_bits(key) == 8 * row->signature_size;
    case KIND_ECDSA:
    case KIND_SM2:
        return public_key_is_on(key, row->curve);
    case KIND_WHOLE:
    case KIND_WITH_CONTEXT:
        return EVP_PKEY_is_a(key->pkey, row->type);
    case KIND_NONE:
        break;
    }
    return false;
}

static status generate_whole(const struct asym_row *row, struct private_key *out)
{
    EVP_PKEY *key = NULL;
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_name(NULL, row->type, NULL);
    if (!context || EVP_PKEY_keygen_init(context) != 1 || EVP_PKEY_keygen(context, &key) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not make a key");
    out->pkey = key;
    return OK;
}

status asym_generate(enum asym asym, struct private_key *out)
{
    FORGET_OPENSSL_ERRORS;
    const struct asym_row *const row = row_of(asym);
    if (!asym_is_available(asym))
        return FAIL(UNSUPPORTED, "no such signature algorithm");
    if (row->kind == KIND_RSA)
        return private_key_generate_rsa((unsigned)(8 * row->signature_size), out);
    return signs_whole(row) ? generate_whole(row, out) : private_key_generate(row->curve, out);
}

/* ---- what signs messages whole ---- */

/*
 * What a context becomes for OpenSSL: nothing where there is none. An OpenSSL that does not know of
 * contexts would sign without, which says something else: never done.
 */
static status put_context(const struct asym_use *use, OSSL_PARAM out[2])
{
    out[0] = out[1] = OSSL_PARAM_construct_end();
    if (row_of(use->asym)->kind != KIND_WITH_CONTEXT || !use->context.size)
        return OK;
    if (!asym_is_available(use->asym))
        return FAIL(UNSUPPORTED, "this OpenSSL signs nothing with a context");
    if (use->context.size > ASYM_CONTEXT_SIZE_MAX)
        return FAIL(EXHAUSTED, "a longer context than signatures take");
    out[0] = OSSL_PARAM_construct_octet_string(CONTEXT_PARAMETER, (void *)use->context.data,
                                               use->context.size);
    return OK;
}

static status sign_whole(const struct asym_use *use, EVP_PKEY *key, slice message,
                         uint8_t *out_signature)
{
    OSSL_PARAM parameters[2];
    size_t size = asym_signature_size(use->asym);
    TRY(put_context(use, parameters));
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, key, parameters) != 1 ||
        EVP_DigestSign(context, out_signature, &size, message.data, message.size) != 1 ||
        size != asym_signature_size(use->asym))
        return FAIL(UNAVAILABLE, "OpenSSL could not sign");
    return OK;
}

static status verify_whole(const struct asym_use *use, EVP_PKEY *key, slice message,
                           slice signature)
{
    OSSL_PARAM parameters[2];
    TRY(put_context(use, parameters));
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key, parameters) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not begin to verify");
    if (EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) != 1)
        return FAIL(UNAUTHENTIC, "a signature does not verify");
    return OK;
}

/* ---- signing ---- */

static status sign_to_buffer(const struct asym_use *use, const struct private_key *key,
                             slice message, struct buffer *out)
{
    const struct asym_row *const row = row_of(use->asym);
    if (row->kind == KIND_RSA)
        return rsa_sign(key, row->padding, use->hash, message, out);
    return row->kind == KIND_SM2 ? sm2_sign(key, use->context, message, out)
                                 : ecdsa_sign(key, row->curve, use->hash, message, out);
}

static status give_signature(const struct asym_use *use, const struct buffer *signature,
                             uint8_t *out_signature)
{
    if (signature->size != asym_signature_size(use->asym))
        return FAIL(INTERNAL, "a signature of another size than its algorithm's");
    memcpy(out_signature, signature->data, signature->size);
    return OK;
}

static bool fits(const struct asym_use *use, const struct private_key *key)
{
    return asym_fits_key(use->asym, &(struct public_key){key->pkey});
}

status asym_sign(const struct asym_use *use, const struct private_key *key, slice message,
                 uint8_t *out_signature)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED(buffer) signature = {0};
    if (!fits(use, key))
        return FAIL(UNSUPPORTED, "a signing key is of another kind than the algorithm");
    if (signs_whole(row_of(use->asym)))
        return sign_whole(use, key->pkey, message, out_signature);
    TRY(sign_to_buffer(use, key, message, &signature));
    return give_signature(use, &signature, out_signature);
}

status asym_sign_digest(const struct asym_use *use, const struct private_key *key,
                        const struct digest *digest, uint8_t *out_signature)
{
    SCOPED(buffer) signature = {0};
    const struct asym_row *const row = row_of(use->asym);
    if (!fits(use, key))
        return FAIL(UNSUPPORTED, "a signing key is of another kind than the algorithm");
    if (digest->size != hash_size(use->hash) || !signs_digests(row))
        return FAIL(UNSUPPORTED, "no algorithm for a digest of this kind");
    if (row->kind == KIND_RSA)
        TRY(rsa_sign_digest(key, row->padding, use->hash, digest, &signature));
    else
        TRY(ecdsa_sign_digest(key, row->curve, digest, &signature));
    return give_signature(use, &signature, out_signature);
}

/* ---- verifying ---- */

static status check_key(const struct asym_use *use, const struct public_key *key, slice signature)
{
    if (!asym_fits_key(use->asym, key))
        return FAIL(UNAUTHENTIC, "a signature's key is of another kind than the algorithm");
    if (signature.size != asym_signature_size(use->asym))
        return FAIL(UNAUTHENTIC, "a signature of another size than its algorithm's");
    return OK;
}

status asym_verify(const struct asym_use *use, const struct public_key *key, slice message,
                   slice signature)
{
    FORGET_OPENSSL_ERRORS;
    const struct asym_row *const row = row_of(use->asym);
    TRY(check_key(use, key, signature));
    if (row->kind == KIND_RSA)
        return rsa_verify(key, row->padding, use->hash, message, signature);
    if (row->kind == KIND_ECDSA)
        return ecdsa_verify(key, row->curve, use->hash, message, signature);
    return row->kind == KIND_SM2 ? sm2_verify(key, use->context, message, signature)
                                 : verify_whole(use, key->pkey, message, signature);
}

status asym_verify_digest(const struct asym_use *use, const struct public_key *key,
                          const struct digest *digest, slice signature)
{
    const struct asym_row *const row = row_of(use->asym);
    TRY(check_key(use, key, signature));
    if (digest->size != hash_size(use->hash) || !signs_digests(row))
        return FAIL(UNSUPPORTED, "no algorithm for a digest of this kind");
    return row->kind == KIND_RSA
               ? rsa_verify_digest(key, row->padding, use->hash, digest, signature)
               : ecdsa_verify_digest(key, row->curve, digest, signature);
}
