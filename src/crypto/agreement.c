/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/agreement.h"

#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { POINT_UNCOMPRESSED = 0x04 };

static const struct group_row {
    const char
        *type;       /* OpenSSL's names: a key's, and its group's, which it takes as not constant */
    char *group;     /* NULL for a KEM */
    bool has_prefix; /* OpenSSL writes a byte before the share */
    size_t first, second, secret; /* sizes */
} rows[] = {
    [GROUP_FFDHE_2048] = {"DH", "ffdhe2048", false, 256, 256, 256},
    [GROUP_FFDHE_3072] = {"DH", "ffdhe3072", false, 384, 384, 384},
    [GROUP_FFDHE_4096] = {"DH", "ffdhe4096", false, 512, 512, 512},
    [GROUP_P256] = {"EC", "prime256v1", true, 64, 64, 32},
    [GROUP_P384] = {"EC", "secp384r1", true, 96, 96, 48},
    [GROUP_P521] = {"EC", "secp521r1", true, 132, 132, 66},
    [GROUP_SM2] = {NULL, NULL, false, 64, 64, 32},
    [GROUP_ML_KEM_512] = {"ML-KEM-512", NULL, false, 800, 768, 32},
    [GROUP_ML_KEM_768] = {"ML-KEM-768", NULL, false, 1184, 1088, 32},
    [GROUP_ML_KEM_1024] = {"ML-KEM-1024", NULL, false, 1568, 1568, 32},
};
enum { GROUPS = sizeof rows / sizeof *rows };

/* A share as OpenSSL has it. */
struct octets {
    uint8_t data[1 + AGREEMENT_SHARE_SIZE_MAX];
    size_t size;
};

slice shared_secret_view(const struct shared_secret *secret)
{
    return (slice){secret->data, secret->size};
}

void shared_secret_clear(struct shared_secret *secret)
{
    wipe(secret, sizeof *secret);
}

void agreement_clear(struct agreement *agreement)
{
    EVP_PKEY_free(agreement->pkey); /* which wipes the private part */
    *agreement = (struct agreement){0};
}

/* ---- groups ---- */

/*
 * Making a group of its name takes longer than making a key in P-256: each is made once, as a key
 * without its own numbers, and kept until this code is unloaded.
 */
static EVP_PKEY *templates[GROUPS];
static bool has_kem[GROUPS];
static pthread_once_t look_once = PTHREAD_ONCE_INIT;

static void forget_all(void)
{
    for (size_t i = 0; i < GROUPS; i++)
        EVP_PKEY_free(templates[i]);
}

static void look_for(size_t group)
{
    OSSL_PARAM parameters[] = {OSSL_PARAM_END, OSSL_PARAM_END};
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context =
        EVP_PKEY_CTX_new_from_name(NULL, rows[group].type, NULL);
    if (!context)
        return;
    if (!rows[group].group) {
        has_kem[group] = EVP_PKEY_keygen_init(context) == 1;
        return;
    }
    parameters[0] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, rows[group].group, 0);
    if (EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &templates[group], EVP_PKEY_KEY_PARAMETERS, parameters) != 1)
        templates[group] = NULL;
}

static void look_for_all(void)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (rows[i].type)
            look_for(i);
    atexit(forget_all); /* where it cannot be registered, nothing is forgotten */
}

size_t group_first_share_size(enum group group)
{
    return (size_t)group < GROUPS ? rows[group].first : 0;
}

size_t group_second_share_size(enum group group)
{
    return (size_t)group < GROUPS ? rows[group].second : 0;
}

size_t group_secret_size(enum group group)
{
    return (size_t)group < GROUPS ? rows[group].secret : 0;
}

bool group_is_available(enum group group)
{
    FORGET_OPENSSL_ERRORS;
    pthread_once(&look_once, look_for_all);
    return (size_t)group < GROUPS && (templates[group] || has_kem[group]);
}

/* ---- keys and shares ---- */

static status make_key(enum group group, EVP_PKEY **out)
{
    if (!group_is_available(group))
        return FAIL(UNSUPPORTED, "no such group");
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context =
        templates[group] ? EVP_PKEY_CTX_new_from_pkey(NULL, templates[group], NULL)
                         : EVP_PKEY_CTX_new_from_name(NULL, rows[group].type, NULL);
    if (!context || EVP_PKEY_keygen_init(context) != 1 || EVP_PKEY_keygen(context, out) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not make a key");
    return OK;
}

/* The share of a key of ours. */
static status put_share(enum group group, const EVP_PKEY *key, uint8_t *out_share)
{
    struct octets octets;
    const size_t prefix = rows[group].has_prefix;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, octets.data,
                                        sizeof octets.data, &octets.size) != 1 ||
        octets.size != prefix + rows[group].first)
        return FAIL(INTERNAL, "OpenSSL wrote a share of another size");
    memcpy(out_share, octets.data + prefix, rows[group].first);
    return OK;
}

/*
 * The peer's key, from a share of the right size. Reading a point checks that it is on the curve,
 * reading a number that it is from 2 to p - 2. As the curves have a prime order, and the primes of
 * RFC 7919 are safe ones, nothing longer is needed.
 */
static status take_share(enum group group, slice share, EVP_PKEY **out)
{
    struct octets octets = {.data = {POINT_UNCOMPRESSED}};
    const size_t prefix = rows[group].has_prefix;
    SCOPED_OPENSSL(EVP_PKEY) *key = EVP_PKEY_new();
    memcpy(octets.data + prefix, share.data, share.size);
    octets.size = prefix + share.size;
    if (!key || EVP_PKEY_copy_parameters(key, templates[group]) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not hold a share");
    if (EVP_PKEY_set1_encoded_public_key(key, octets.data, octets.size) != 1)
        return FAIL(UNAUTHENTIC, "a share that is not of its group");
    *out = key;
    key = NULL;
    return OK;
}

/* ---- secrets ---- */

static status derive(enum group group, EVP_PKEY *key, slice share, struct shared_secret *out)
{
    SCOPED(shared_secret) secret = {.size = sizeof secret.data};
    SCOPED_OPENSSL(EVP_PKEY) *peer = NULL;
    TRY(take_share(group, share, &peer));
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!context || EVP_PKEY_derive_init(context) != 1 ||
        (!rows[group].has_prefix && EVP_PKEY_CTX_set_dh_pad(context, 1) != 1) ||
        EVP_PKEY_derive_set_peer_ex(context, peer, 0) != 1 ||
        EVP_PKEY_derive(context, secret.data, &secret.size) != 1 ||
        secret.size != rows[group].secret)
        return FAIL(UNAVAILABLE, "OpenSSL could not agree on a secret");
    *out = secret;
    return OK;
}

static status encapsulate(enum group group, slice share, uint8_t *out_share,
                          struct shared_secret *out)
{
    SCOPED(shared_secret) secret = {.size = sizeof secret.data};
    size_t size = rows[group].second;
    SCOPED_OPENSSL(EVP_PKEY) *peer =
        EVP_PKEY_new_raw_public_key_ex(NULL, rows[group].type, NULL, share.data, share.size);
    if (!peer)
        return FAIL(UNAUTHENTIC, "a share that is not of its group");
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    if (!context || EVP_PKEY_encapsulate_init(context, NULL) != 1 ||
        EVP_PKEY_encapsulate(context, out_share, &size, secret.data, &secret.size) != 1 ||
        size != rows[group].second || secret.size != rows[group].secret)
        return FAIL(UNAVAILABLE, "OpenSSL could not encapsulate a secret");
    *out = secret;
    return OK;
}

static status decapsulate(enum group group, EVP_PKEY *key, slice share, struct shared_secret *out)
{
    SCOPED(shared_secret) secret = {.size = sizeof secret.data};
    SCOPED_OPENSSL(EVP_PKEY_CTX) *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (!context || EVP_PKEY_decapsulate_init(context, NULL) != 1 ||
        EVP_PKEY_decapsulate(context, secret.data, &secret.size, share.data, share.size) != 1 ||
        secret.size != rows[group].secret)
        return FAIL(UNAVAILABLE, "OpenSSL could not decapsulate a secret");
    *out = secret;
    return OK;
}

/* ---- both sides ---- */

status agreement_begin(enum group group, struct agreement *out, uint8_t *out_share)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(EVP_PKEY) *key = NULL;
    TRY(make_key(group, &key));
    TRY(put_share(group, key, out_share));
    *out = (struct agreement){key, group};
    key = NULL;
    return OK;
}

status agreement_answer(enum group group, slice share, uint8_t *out_share,
                        struct shared_secret *out)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(EVP_PKEY) *key = NULL;
    if (!group_is_available(group))
        return FAIL(UNSUPPORTED, "no such group");
    if (share.size != rows[group].first)
        return FAIL(UNAUTHENTIC, "a share of another size than its group's");
    if (has_kem[group])
        return encapsulate(group, share, out_share, out);
    TRY(make_key(group, &key));
    TRY(derive(group, key, share, out));
    return put_share(group, key, out_share);
}

status agreement_finish(const struct agreement *agreement, slice share, struct shared_secret *out)
{
    FORGET_OPENSSL_ERRORS;
    const enum group group = agreement->group;
    if (!agreement->pkey)
        return FAIL(UNEXPECTED, "an agreement that was not begun");
    if (share.size != rows[group].second)
        return FAIL(UNAUTHENTIC, "a share of another size than its group's");
    return has_kem[group] ? decapsulate(group, agreement->pkey, share, out)
                          : derive(group, agreement->pkey, share, out);
}
