/* SPDX-License-Identifier: Apache-2.0 */

/*
 * HMAC over two hashes: OpenSSL's own looks up the hash by its name each time, which takes longer
 * than the MAC of a short message, and a key schedule is dozens of them.
 * spec: RFC 2104, "Definition of HMAC"
 */

#include "crypto/key.h"
#include "crypto/openssl.h"

#include <string.h>

enum { BLOCK_SIZE_MAX = 144, INNER_PAD = 0x36, OUTER_PAD = 0x5c };

/* A key as long as a block of the hash: one that is longer is hashed, one that is shorter grows. */
struct block {
    uint8_t data[BLOCK_SIZE_MAX];
    size_t size;
};

static void block_clear(struct block *block)
{
    wipe(block, sizeof *block);
}

static status block_of(enum hash hash, slice key, struct block *out)
{
    const EVP_MD *const md = openssl_md(hash);
    SCOPED(digest) digest = {0};
    if (!md)
        return FAIL(UNSUPPORTED, "no such hash");
    *out = (struct block){.size = (size_t)EVP_MD_get_block_size(md)};
    if (out->size > sizeof out->data)
        return FAIL(INTERNAL, "a hash with larger blocks than we know of");
    if (key.size > out->size) {
        TRY(digest_of(hash, key, &digest));
        memcpy(out->data, digest.data, digest.size);
    } else if (key.size) {
        memcpy(out->data, key.data, key.size);
    }
    return OK;
}

/* The hash of the padded key and the parts after it. */
static bool hash_pass(EVP_MD_CTX *context, const EVP_MD *md, const struct block *key, uint8_t pad,
                      const slice *parts, size_t count, struct digest *out)
{
    SCOPED(block) padded = *key;
    unsigned size = 0;
    for (size_t i = 0; i < padded.size; i++)
        padded.data[i] ^= pad;
    if (EVP_DigestInit_ex2(context, md, NULL) != 1 ||
        EVP_DigestUpdate(context, padded.data, padded.size) != 1)
        return false;
    for (size_t i = 0; i < count; i++)
        if (EVP_DigestUpdate(context, parts[i].data, parts[i].size) != 1)
            return false;
    const bool done = EVP_DigestFinal_ex(context, out->data, &size) == 1;
    out->size = size;
    return done;
}

status hmac_of_parts(enum hash hash, slice key, const slice *parts, size_t count,
                     struct digest *out)
{
    FORGET_OPENSSL_ERRORS;
    const EVP_MD *const md = openssl_md(hash);
    SCOPED(digest) digest = {0};
    SCOPED(block) block = {0};
    TRY(block_of(hash, key, &block));
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    if (!context || !hash_pass(context, md, &block, INNER_PAD, parts, count, &digest))
        return FAIL(UNAVAILABLE, "OpenSSL could not compute an HMAC");
    const slice inner = {digest.data, digest.size};
    if (!hash_pass(context, md, &block, OUTER_PAD, &inner, 1, &digest))
        return FAIL(UNAVAILABLE, "OpenSSL could not compute an HMAC");
    *out = digest;
    return OK;
}

status hmac(enum hash hash, slice key, slice message, struct digest *out)
{
    return hmac_of_parts(hash, key, &message, 1, out);
}
