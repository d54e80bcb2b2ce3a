/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/running_hash.h"

#include "crypto/openssl.h"

/* An empty context becomes one; OK for one that is there. */
static status make_place(EVP_MD_CTX **context)
{
    if (!*context)
        *context = EVP_MD_CTX_new();
    return *context ? OK : FAIL(EXHAUSTED, "no memory for a hash");
}

status running_hash_begin(struct running_hash *running, enum hash hash)
{
    FORGET_OPENSSL_ERRORS;
    const EVP_MD *const md = openssl_md(hash);
    if (!md)
        return FAIL(UNSUPPORTED, "no such hash");
    TRY(make_place(&running->context));
    running->hash = HASH_NONE;
    if (EVP_DigestInit_ex2(running->context, md, NULL) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not hash");
    running->hash = hash;
    return OK;
}

status running_hash_add(struct running_hash *running, slice bytes)
{
    FORGET_OPENSSL_ERRORS;
    if (!running->hash)
        return FAIL(UNEXPECTED, "a hash that was not begun");
    if (EVP_DigestUpdate(running->context, bytes.data, bytes.size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not hash");
    return OK;
}

status running_hash_peek(struct running_hash *running, struct digest *out)
{
    FORGET_OPENSSL_ERRORS;
    struct digest digest = {0};
    unsigned size = 0;
    if (!running->hash)
        return FAIL(UNEXPECTED, "a hash that was not begun");
    TRY(make_place(&running->peeking));
    if (EVP_MD_CTX_copy_ex(running->peeking, running->context) != 1 ||
        EVP_DigestFinal_ex(running->peeking, digest.data, &size) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not hash");
    digest.size = size;
    *out = digest;
    return OK;
}

status running_hash_copy(const struct running_hash *running, struct running_hash *out)
{
    FORGET_OPENSSL_ERRORS;
    if (!running->hash)
        return FAIL(UNEXPECTED, "a hash that was not begun");
    TRY(make_place(&out->context));
    out->hash = HASH_NONE;
    if (EVP_MD_CTX_copy_ex(out->context, running->context) != 1)
        return FAIL(UNAVAILABLE, "OpenSSL could not copy a hash");
    out->hash = running->hash;
    return OK;
}

void running_hash_clear(struct running_hash *running)
{
    EVP_MD_CTX_free(running->context); /* which wipes them */
    EVP_MD_CTX_free(running->peeking);
    *running = (struct running_hash){0};
}
