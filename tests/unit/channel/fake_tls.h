/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A session without protection: plaintext is the wire, and the handshake is over before it began.
 * The linker takes these functions before the real ones, so a channel is tested by its own rules
 * alone, thousands of times in a second.
 */

#include "atls/tls.h"

#include <stdlib.h>
#include <string.h>

/* What the sessions opened from now on believe of their peer. */
static struct {
    const char *protocol;
    bool says_close; /* once what was fed is read */
    struct digest spki;
} fake_peer = {.spki = {.size = 48}};

struct tls_identity {
    struct digest spki;
};

status tls_identity_generate(int64_t now_s, struct tls_identity **out)
{
    struct tls_identity *const identity = calloc(1, sizeof *identity);
    (void)now_s;
    if (!identity)
        return FAIL(EXHAUSTED, "no memory for an identity");
    identity->spki = (struct digest){.data = {1}, .size = 48};
    *out = identity;
    return OK;
}

void tls_identity_free(struct tls_identity *identity)
{
    free(identity);
}

const struct digest *tls_identity_spki_digest(const struct tls_identity *identity)
{
    return &identity->spki;
}

const struct private_key *tls_identity_key(const struct tls_identity *identity)
{
    static const struct private_key none;
    (void)identity;
    return &none;
}

slice tls_identity_own_certificate(const struct tls_identity *identity)
{
    (void)identity;
    return (slice){0};
}

struct tls_session {
    const char *const *alpn;
    slice wire;
    struct buffer output;
    bool is_over;
};

status tls_session_open(const struct tls_identity *identity, enum role role,
                        const char *const *alpn, struct tls_session **out)
{
    struct tls_session *const session = calloc(1, sizeof *session);
    (void)identity;
    (void)role;
    if (!session)
        return FAIL(EXHAUSTED, "no memory for a session");
    session->alpn = alpn;
    *out = session;
    return OK;
}

void tls_session_free(struct tls_session *session)
{
    if (!session)
        return;
    buffer_clear(&session->output);
    free(session);
}

void tls_session_feed(struct tls_session *session, slice wire)
{
    session->wire = wire;
}

slice tls_session_output(const struct tls_session *session)
{
    return buffer_view(&session->output);
}

void tls_session_sent(struct tls_session *session, size_t size)
{
    if (size)
        memmove(session->output.data, session->output.data + size, session->output.size - size);
    session->output.size -= size;
}

enum tls_progress tls_session_handshake(struct tls_session *session, int64_t now_s)
{
    (void)now_s;
    return session->is_over ? TLS_FAILED : TLS_READY;
}

enum tls_progress tls_session_read(struct tls_session *session, uint8_t *out, size_t capacity,
                                   size_t *out_size)
{
    if (session->is_over)
        return TLS_FAILED;
    const size_t size = session->wire.size < capacity ? session->wire.size : capacity;
    if (!size)
        return fake_peer.says_close ? TLS_CLOSED : TLS_AGAIN;
    memcpy(out, session->wire.data, size);
    session->wire = (slice){session->wire.data + size, session->wire.size - size};
    *out_size = size;
    return TLS_READY;
}

status tls_session_write(struct tls_session *session, slice plaintext)
{
    if (session->is_over)
        return FAIL(UNEXPECTED, "the session is not open");
    return buffer_append(&session->output, plaintext);
}

void tls_session_close(struct tls_session *session)
{
    session->is_over = true;
}

const char *tls_session_failure(const struct tls_session *session)
{
    (void)session;
    return "the session is over";
}

const char *tls_session_alpn(const struct tls_session *session)
{
    for (const char *const *ours = session->alpn; *ours; ours++)
        if (strcmp(*ours, fake_peer.protocol) == 0)
            return *ours;
    return NULL;
}

/* Each label has its own bytes, and each session the same. */
status tls_session_export(const struct tls_session *session, const char *label, slice context,
                          uint8_t *out, size_t size)
{
    (void)session;
    (void)context;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(label[i % strlen(label)] + (int)i);
    return OK;
}

const struct digest *tls_session_peer_spki_digest(const struct tls_session *session)
{
    (void)session;
    return &fake_peer.spki;
}
