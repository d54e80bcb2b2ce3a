/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include "crypto/openssl.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct aead_row {
    const char *openssl_name;
    size_t key_size;
} rows[] = {
    [AEAD_AES_128_GCM] = {"AES-128-GCM", 16},
    [AEAD_AES_256_GCM] = {"AES-256-GCM", 32},
    [AEAD_CHACHA20_POLY1305] = {"ChaCha20-Poly1305", 32},
    [AEAD_SM4_GCM] = {"SM4-GCM", 16},
};
enum { AEADS = sizeof rows / sizeof *rows, DECRYPT = 0, ENCRYPT = 1 };

/* As the hashes are: looked up once, kept until this code is unloaded. */
static EVP_CIPHER *fetched[AEADS];
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;

static void forget_all(void)
{
    for (size_t i = 0; i < AEADS; i++)
        EVP_CIPHER_free(fetched[i]);
}

static void fetch_all(void)
{
    for (size_t i = 0; i < AEADS; i++)
        if (rows[i].openssl_name)
            fetched[i] = EVP_CIPHER_fetch(NULL, rows[i].openssl_name, NULL);
    atexit(forget_all); /* where it cannot be registered, nothing is forgotten */
}

static const EVP_CIPHER *cipher_of(enum aead aead)
{
    FORGET_OPENSSL_ERRORS;
    pthread_once(&fetch_once, fetch_all);
    return (size_t)aead < AEADS ? fetched[aead] : NULL;
}

size_t aead_key_size(enum aead aead)
{
    return (size_t)aead < AEADS ? rows[aead].key_size : 0;
}

bool aead_is_available(enum aead aead)
{
    return cipher_of(aead) != NULL;
}

status aead_key_set(struct aead_key *key, enum aead aead, slice bytes)
{
    FORGET_OPENSSL_ERRORS;
    const EVP_CIPHER *const cipher = cipher_of(aead);
    if (!cipher)
        return FAIL(UNSUPPORTED, "no such AEAD");
    if (bytes.size != aead_key_size(aead))
        return FAIL(MALFORMED, "a key of another size than the AEAD's");
    if (!key->context)
        key->context = EVP_CIPHER_CTX_new();
    if (!key->context)
        return FAIL(EXHAUSTED, "no memory for a key");
    if (EVP_EncryptInit_ex2(key->context, cipher, bytes.data, NULL, NULL) != 1) {
        aead_key_clear(key);
        return FAIL(UNAVAILABLE, "OpenSSL could not schedule a key");
    }
    return OK;
}

void aead_key_clear(struct aead_key *key)
{
    EVP_CIPHER_CTX_free(key->context); /* which wipes the schedule */
    key->context = NULL;
}

/* All but the tag. The key's schedule serves both directions. */
static status pass(EVP_CIPHER_CTX *context, const struct aead_message *message, int direction)
{
    int size = 0;
    if (!context)
        return FAIL(UNEXPECTED, "an AEAD without a key");
    if (message->size > INT_MAX)
        return FAIL(EXHAUSTED, "a message is too long for one seal");
    if (EVP_CipherInit_ex2(context, NULL, NULL, message->nonce, direction, NULL) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL did not take a nonce");
    for (size_t i = 0; i < message->additional_count; i++) {
        const slice part = message->additional[i];
        if (part.size > INT_MAX)
            return FAIL(EXHAUSTED, "additional data is too long for one seal");
        if (part.size && EVP_CipherUpdate(context, NULL, &size, part.data, (int)part.size) != 1)
            return FAIL(UNAVAILABLE, "OpenSSL did not take additional data");
    }
    if (message->size &&
        EVP_CipherUpdate(context, message->data, &size, message->data, (int)message->size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL did not take a message");
    return OK;
}

status aead_seal(struct aead_key *key, const struct aead_message *message,
                 uint8_t out_tag[AEAD_TAG_SIZE])
{
    FORGET_OPENSSL_ERRORS;
    uint8_t rest[AEAD_TAG_SIZE];
    int size = 0;
    TRY(pass(key->context, message, ENCRYPT));
    if (EVP_CipherFinal_ex(key->context, rest, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(key->context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_SIZE, out_tag) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not make a tag");
    return OK;
}

static status open_whole(EVP_CIPHER_CTX *context, const struct aead_message *message, slice tag)
{
    uint8_t rest[AEAD_TAG_SIZE], expected[AEAD_TAG_SIZE];
    int size = 0;
    if (tag.size != sizeof expected)
        return FAIL(UNAUTHENTIC, "a tag of another size than the AEAD's");
    memcpy(expected, tag.data, sizeof expected); /* OpenSSL takes it as not constant */
    TRY(pass(context, message, DECRYPT));
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof expected, expected) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL did not take a tag");
    if (EVP_CipherFinal_ex(context, rest, &size) != 1)
        return FAIL(UNAUTHENTIC, "a sealed message was changed, or is of another key");
    return OK;
}

status aead_open(struct aead_key *key, const struct aead_message *message, slice tag)
{
    FORGET_OPENSSL_ERRORS;
    const status opened = open_whole(key->context, message, tag);
    if (opened.fault)
        wipe(message->data, message->size);
    return opened;
}
