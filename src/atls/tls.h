/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One TLS 1.3 session over memory: wire bytes in and out, no socket. The profile is fixed: TLS 1.3
 * only, X25519 or P-256, both certificates, no tickets, no resumption, no early data, ALPN
 * required; it is checked again after the handshake. A session authorises nothing by itself.
 * spec: RFC 8446; docs/link-protocol.md
 */

#include "crypto/certificate.h"

enum role { ROLE_NONE, ROLE_CLIENT = 1, ROLE_SERVER = 2 };

enum { TLS_RECORD_PLAINTEXT_MAX = 16384, EXPORTER_SIZE_MAX = 64, ALPN_NAME_SIZE_MAX = 32 };

/* Our end's key and certificate: made inside the process, or read from PEM. Shared by sessions. */
struct tls_identity;
status tls_identity_generate(int64_t now_s, struct tls_identity **out);
status tls_identity_of_pem(slice certificate_chain_pem, slice key_pem, struct tls_identity **out);
void tls_identity_free(struct tls_identity *identity);
const struct digest *tls_identity_spki_digest(const struct tls_identity *identity); /* SHA-384 */

struct tls_session;

/*
 * `alpn` lists the protocols, NULL-terminated: a client offers them, a server accepts one of them.
 * No common one ends the handshake (alert 120).
 */
status tls_session_open(const struct tls_identity *identity, enum role role,
                        const char *const *alpn, struct tls_session **out);
void tls_session_free(struct tls_session *session);

/*
 * Lends `wire` to the session. The caller then reads until AGAIN, after which nothing of `wire` is
 * held. Bytes for the peer appear in tls_session_output(); the caller sends and removes them.
 */
void tls_session_feed(struct tls_session *session, slice wire);
struct buffer *tls_session_output(struct tls_session *session);

enum tls_progress {
    TLS_FAILED, /* the session is dead; tls_session_output() may hold an alert */
    TLS_AGAIN,  /* needs more wire bytes */
    TLS_READY,  /* handshake finished, or plaintext was read */
    TLS_CLOSED, /* the peer said close_notify: an orderly end */
};

/* Drives the handshake. READY once, when both Finished were checked and the profile held. */
enum tls_progress tls_session_handshake(struct tls_session *session, int64_t now_s);

/* Reads at most `capacity` bytes of plaintext (one record's worth). */
enum tls_progress tls_session_read(struct tls_session *session, uint8_t *out, size_t capacity,
                                   size_t *out_size);

/* Encrypts into the output, in records of at most 16 KiB. */
status tls_session_write(struct tls_session *session, slice plaintext);
void tls_session_close(struct tls_session *session); /* appends close_notify */

/* What failed, for a log line: a constant phrase plus OpenSSL's own reason text. */
const char *tls_session_failure(const struct tls_session *session);

/* After READY only; each fails otherwise (fails closed). */
const char *tls_session_alpn(const struct tls_session *session);
status tls_session_export(const struct tls_session *session, const char *label, slice context,
                          uint8_t *out, size_t size);
status tls_session_peer_certificate(const struct tls_session *session, struct certificate *out);
