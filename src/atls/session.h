/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside atls/ only: what a TLS session consists of, and the profile every session keeps. */

#include "atls/tls.h"
#include "base/outgoing.h"

#include <openssl/ssl.h>

struct tls_identity {
    SSL_CTX *context;
    BIO_METHOD *wire; /* how OpenSSL reaches the lent bytes and the output */
    struct digest spki_digest;
    struct private_key key;
    struct buffer certificate; /* DER */
};

enum tls_state { TLS_STATE_HANDSHAKE, TLS_STATE_OPEN, TLS_STATE_OVER };

struct tls_session {
    SSL *ssl;
    enum role role;
    enum tls_state state;
    const char *const *alpn;
    int64_t now_s;

    slice wire;        /* lent, not yet taken */
    size_t quiet_size; /* taken since the last plaintext */

    struct outgoing output;

    uint32_t records_of_key;
    struct digest peer_spki_digest;
    char failure[TLS_FAILURE_TEXT_SIZE];
};

/* A context with the profile's versions, suites, groups and callbacks; no key in it yet. */
status tls_profile_context(SSL_CTX **out);

bool tls_profile_takes_key(const EVP_PKEY *key);

/* Offers the session's protocols. Servers choose in a callback. */
status tls_profile_offer(struct tls_session *session);

/* After the handshake, whatever OpenSSL made of the options: NULL, or what does not hold. */
const char *tls_profile_breach(const struct tls_session *session);

BIO_METHOD *tls_wire_method(void);

/* Keeps the first failure; OpenSSL's queued reason goes with it. */
void tls_session_note(struct tls_session *session, const char *what);
