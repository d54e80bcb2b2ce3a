/* SPDX-License-Identifier: Apache-2.0 */

/* The TLS row: what a purpose is to a channel, ALPN is to TLS. */

#include "channel/session.h"

static enum session_progress progress_of(enum tls_progress progress)
{
    switch (progress) {
    case TLS_AGAIN:
        return SESSION_AGAIN;
    case TLS_READY:
        return SESSION_READY;
    case TLS_CLOSED:
        return SESSION_CLOSED;
    case TLS_FAILED:
        break;
    }
    return SESSION_FAILED;
}

static status open(const struct tls_identity *identity, enum role role, const char *const *purposes,
                   struct session *out)
{
    struct tls_session *tls = NULL;
    TRY(tls_session_open(identity, role, purposes, &tls));
    *out = (struct session){.kind = &session_over_tls, .tls = tls};
    return OK;
}

static void free_session(struct session *session)
{
    tls_session_free(session->tls);
}

static void feed(struct session *session, slice wire)
{
    tls_session_feed(session->tls, wire);
}

static slice output(const struct session *session)
{
    return tls_session_output(session->tls);
}

static void sent(struct session *session, size_t size)
{
    tls_session_sent(session->tls, size);
}

static enum session_progress handshake(struct session *session, int64_t now_s)
{
    return progress_of(tls_session_handshake(session->tls, now_s));
}

static enum session_progress read(struct session *session, uint8_t *out, size_t capacity,
                                  size_t *out_size)
{
    return progress_of(tls_session_read(session->tls, out, capacity, out_size));
}

static status write(struct session *session, slice plaintext)
{
    return tls_session_write(session->tls, plaintext);
}

static void close(struct session *session)
{
    tls_session_close(session->tls);
}

static const char *failure(const struct session *session)
{
    return tls_session_failure(session->tls);
}

static const char *purpose(const struct session *session)
{
    return tls_session_alpn(session->tls);
}

static status export(const struct session *session, const char *label, slice context, uint8_t *out,
                     size_t size)
{
    return tls_session_export(session->tls, label, context, out, size);
}

static const struct digest *peer_spki_digest(const struct session *session)
{
    return tls_session_peer_spki_digest(session->tls);
}

const struct session_kind session_over_tls = {
    .name = "tls13",
    .record_size_max = TLS_RECORD_PLAINTEXT_MAX,
    .open = open,
    .free = free_session,
    .feed = feed,
    .output = output,
    .sent = sent,
    .handshake = handshake,
    .read = read,
    .write = write,
    .close = close,
    .failure = failure,
    .purpose = purpose,
    .export = export,
    .peer_spki_digest = peer_spki_digest,
};
