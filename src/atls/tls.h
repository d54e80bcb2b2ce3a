/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One TLS 1.3 session over memory: wire bytes in and out, no socket. The profile is fixed: TLS 1.3
 * only, X25519 or P-256, both certificates, no tickets, no resumption, no early data, ALPN
 * required; it is checked again after the handshake. A session authorises nothing by itself.
 * spec: RFC 8446; docs/link-protocol.md, "The TLS session"
 */

#include "crypto/certificate.h"

enum role { ROLE_NONE, ROLE_CLIENT = 1, ROLE_SERVER = 2 };

enum {
    TLS_RECORD_PLAINTEXT_MAX = 16384,
    TLS_HANDSHAKE_SIZE_MAX = 32 << 10, /* wire bytes from a peer that has not finished */
    TLS_QUIET_SIZE_MAX = 64 << 10,     /* wire bytes from a peer that carry no plaintext */
    TLS_CHAIN_MAX = 4,                 /* certificates a peer may show */
    TLS_RECORDS_PER_KEY = 1 << 23,     /* then new keys; AES-GCM bears a little more */
    TLS_FAILURE_TEXT_SIZE = 160,
    EXPORTER_SIZE_MAX = 64,
    ALPN_NAME_SIZE_MAX = 32,
    ALPN_NAMES_MAX = 4,
};

/*
 * Our end's key and certificate: made inside the process, or read from PEM (P-256, P-384 or
 * Ed25519). Shared by sessions and threads; outlives the sessions.
 */
struct tls_identity;
status tls_identity_generate(int64_t now_s, struct tls_identity **out);
status tls_identity_of_pem(slice certificate_chain_pem, slice key_pem, struct tls_identity **out);
void tls_identity_free(struct tls_identity *identity);
const struct digest *tls_identity_spki_digest(const struct tls_identity *identity); /* SHA-384 */

/*
 * For sessions of another kind: the key, and a certificate (DER) that it signs for itself, with the
 * dates of the one that TLS shows. Whose authority that has is nobody's question: appraisal decides
 * about keys.
 */
const struct private_key *tls_identity_key(const struct tls_identity *identity);
slice tls_identity_own_certificate(const struct tls_identity *identity);

struct tls_session;

/*
 * `alpn` lists the protocols, NULL-terminated and borrowed: a client offers them, a server accepts
 * one of them. No common one ends the handshake (alert 120).
 */
status tls_session_open(const struct tls_identity *identity, enum role role,
                        const char *const *alpn, struct tls_session **out);
void tls_session_free(struct tls_session *session);

/*
 * Lends `wire` to the session, in place of what it was lent before. The caller then drives it until
 * AGAIN, after which nothing of `wire` is held.
 */
void tls_session_feed(struct tls_session *session, slice wire);

/* Bytes for the peer, in order; the caller says how many of them it sent. */
slice tls_session_output(const struct tls_session *session);
void tls_session_sent(struct tls_session *session, size_t size);

enum tls_progress {
    TLS_FAILED, /* the session is dead; the output may hold an alert */
    TLS_AGAIN,  /* needs more wire bytes */
    TLS_READY,  /* handshake finished, or plaintext was read */
    TLS_CLOSED, /* the peer said close_notify: an orderly end */
};

/*
 * Drives the handshake. READY when both Finished were checked and the profile held. The peer's
 * certificate must be valid at `now_s`; who issued it does not matter here.
 */
enum tls_progress tls_session_handshake(struct tls_session *session, int64_t now_s);

/* Reads at most `capacity` bytes of plaintext: one record's, when that is 16 KiB or more. */
enum tls_progress tls_session_read(struct tls_session *session, uint8_t *out, size_t capacity,
                                   size_t *out_size);

/* Encrypts into the output, in records of at most 16 KiB. */
status tls_session_write(struct tls_session *session, slice plaintext);
void tls_session_close(struct tls_session *session); /* appends close_notify */

/* What failed, for a log line: a constant phrase and OpenSSL's reason. Never NULL. */
const char *tls_session_failure(const struct tls_session *session);

/* After READY only; each fails otherwise (fails closed). */
const char *tls_session_alpn(const struct tls_session *session); /* one of `alpn`, else NULL */
status tls_session_export(const struct tls_session *session, const char *label, slice context,
                          uint8_t *out, size_t size);
const struct digest *tls_session_peer_spki_digest(const struct tls_session *session); /* SHA-384 */
