/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Authenticated encryption in place, under a key that is scheduled once.
 * spec: NIST SP 800-38D, "GCM"; RFC 8439, "AEAD construction"; RFC 8998, "AEAD_SM4_GCM"
 */

#include "base/bytes.h"

enum aead {
    AEAD_NONE,
    AEAD_AES_128_GCM,
    AEAD_AES_256_GCM,
    AEAD_CHACHA20_POLY1305,
    AEAD_SM4_GCM, /* not in every OpenSSL */
};

enum { AEAD_KEY_SIZE_MAX = 32, AEAD_NONCE_SIZE = 12, AEAD_TAG_SIZE = 16 };

/* Not for two threads at once. */
struct aead_key {
    struct evp_cipher_ctx_st *context;
};

size_t aead_key_size(enum aead aead); /* 0 when there is no such AEAD */
bool aead_is_available(enum aead aead);

/* Into an empty key or one of any AEAD, which keeps its place. UNSUPPORTED when not available. */
status aead_key_set(struct aead_key *key, enum aead aead, slice bytes);
void aead_key_clear(struct aead_key *key);

/* What is sealed or opened: the additional data is the parts one after the other. */
struct aead_message {
    const uint8_t *nonce; /* AEAD_NONCE_SIZE bytes, never the same twice under a key */
    const slice *additional;
    size_t additional_count;
    uint8_t *data; /* replaced by its ciphertext, or back */
    size_t size;
};

status aead_seal(struct aead_key *key, const struct aead_message *message,
                 uint8_t out_tag[AEAD_TAG_SIZE]);
/* UNAUTHENTIC when the tag does not match; `data` is then wiped. */
status aead_open(struct aead_key *key, const struct aead_message *message, slice tag);
