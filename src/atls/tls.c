/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/session.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tls_session_note(struct tls_session *session, const char *what)
{
    const unsigned long error = ERR_peek_error();
    const char *const reason = error ? ERR_reason_error_string(error) : NULL;
    if (!session->failure[0])
        snprintf(session->failure, sizeof session->failure, "%s%s%s", what, reason ? ": " : "",
                 reason ? reason : "");
}

const char *tls_session_failure(const struct tls_session *session)
{
    return session->failure;
}

static enum tls_progress fail(struct tls_session *session, const char *what)
{
    tls_session_note(session, what);
    ERR_clear_error();
    session->state = TLS_STATE_OVER;
    return TLS_FAILED;
}

/* ---- the wire: OpenSSL reads what was lent and writes into our output ---- */

static size_t quiet_size_max(const struct tls_session *session)
{
    return session->state == TLS_STATE_HANDSHAKE ? TLS_HANDSHAKE_SIZE_MAX : TLS_QUIET_SIZE_MAX;
}

static int wire_read(BIO *bio, char *out, int capacity)
{
    struct tls_session *const session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!session->wire.size) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const size_t size =
        (size_t)capacity < session->wire.size ? (size_t)capacity : session->wire.size;
    if (size > quiet_size_max(session) - session->quiet_size) {
        tls_session_note(session, "too many bytes that carry nothing");
        return -1;
    }
    memcpy(out, session->wire.data, size);
    session->wire.data += size;
    session->wire.size -= size;
    session->quiet_size += size;
    return (int)size;
}

static int wire_write(BIO *bio, const char *bytes, int size)
{
    struct tls_session *const session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    uint8_t *const room = size > 0 ? outgoing_room(&session->output, (size_t)size) : NULL;
    if (!room) {
        tls_session_note(session, "no room for output");
        return -1;
    }
    memcpy(room, bytes, (size_t)size);
    outgoing_add(&session->output, (size_t)size);
    return size;
}

static long wire_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_wire_method(void)
{
    BIO_METHOD *const method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "cix wire");
    if (method && BIO_meth_set_read(method, wire_read) == 1 &&
        BIO_meth_set_write(method, wire_write) == 1 && BIO_meth_set_ctrl(method, wire_control) == 1)
        return method;
    BIO_meth_free(method);
    return NULL;
}

void tls_session_feed(struct tls_session *session, slice wire)
{
    session->wire = wire;
}

slice tls_session_output(const struct tls_session *session)
{
    return outgoing_view(&session->output);
}

void tls_session_sent(struct tls_session *session, size_t size)
{
    outgoing_sent(&session->output, size);
}

/* ---- opening ---- */

static status attach(struct tls_session *session, const struct tls_identity *identity)
{
    session->ssl = SSL_new(identity->context);
    BIO *const bio = session->ssl ? BIO_new(identity->wire) : NULL;
    if (!bio)
        return FAIL(EXHAUSTED, "no memory for a TLS session");
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    if (SSL_set_app_data(session->ssl, session) != 1)
        return FAIL(EXHAUSTED, "no memory for a TLS session");
    if (session->role == ROLE_CLIENT)
        SSL_set_connect_state(session->ssl);
    else
        SSL_set_accept_state(session->ssl);
    return tls_profile_offer(session);
}

status tls_session_open(const struct tls_identity *identity, enum role role,
                        const char *const *alpn, struct tls_session **out)
{
    if (role != ROLE_CLIENT && role != ROLE_SERVER)
        return FAIL(INTERNAL, "a session needs a role");
    struct tls_session *const session = calloc(1, sizeof *session);
    if (!session)
        return FAIL(EXHAUSTED, "no memory for a TLS session");
    session->role = role;
    session->alpn = alpn;
    const status attached = attach(session, identity);
    if (attached.fault)
        tls_session_free(session);
    else
        *out = session;
    ERR_clear_error();
    return attached;
}

void tls_session_free(struct tls_session *session)
{
    if (!session)
        return;
    SSL_free(session->ssl);
    outgoing_clear(&session->output);
    free(session);
}

/* ---- driving ---- */

enum tls_progress tls_session_handshake(struct tls_session *session, int64_t now_s)
{
    if (session->state == TLS_STATE_OPEN)
        return TLS_READY;
    if (session->state == TLS_STATE_OVER)
        return TLS_FAILED;
    session->now_s = now_s;
    ERR_clear_error();
    const int result = SSL_do_handshake(session->ssl);
    if (result != 1)
        return SSL_get_error(session->ssl, result) == SSL_ERROR_WANT_READ
                   ? TLS_AGAIN
                   : fail(session, "the handshake failed");
    const char *const breach = tls_profile_breach(session);
    if (breach)
        return fail(session, breach);
    session->state = TLS_STATE_OPEN;
    session->quiet_size = 0;
    return TLS_READY;
}

enum tls_progress tls_session_read(struct tls_session *session, uint8_t *out, size_t capacity,
                                   size_t *out_size)
{
    if (session->state != TLS_STATE_OPEN)
        return TLS_FAILED;
    size_t size = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(session->ssl, out, capacity, &size);
    if (result == 1) {
        session->quiet_size = 0;
        *out_size = size;
        return TLS_READY;
    }
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        return fail(session, "a record could not be read");
    }
}

/* RFC 8446, 5.5: keys wear out. The peer follows when it reads the KeyUpdate. */
static status renew_key(struct tls_session *session, size_t size)
{
    session->records_of_key += (uint32_t)(size / TLS_RECORD_PLAINTEXT_MAX + 1);
    if (session->records_of_key < TLS_RECORDS_PER_KEY)
        return OK;
    session->records_of_key = 0;
    if (SSL_key_update(session->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1)
        return FAIL(INTERNAL, "the session refuses new keys");
    return OK;
}

status tls_session_write(struct tls_session *session, slice plaintext)
{
    if (session->state != TLS_STATE_OPEN)
        return FAIL(UNEXPECTED, "the session is not open");
    if (!plaintext.size)
        return OK;
    size_t written;
    ERR_clear_error();
    TRY(renew_key(session, plaintext.size));
    if (SSL_write_ex(session->ssl, plaintext.data, plaintext.size, &written) == 1)
        return OK;
    fail(session, "a record could not be written");
    return FAIL(UNAVAILABLE, "the session could not encrypt");
}

void tls_session_close(struct tls_session *session)
{
    if (session->state != TLS_STATE_OPEN)
        return;
    SSL_shutdown(session->ssl);
    session->state = TLS_STATE_OVER;
    ERR_clear_error();
}

/* ---- what was agreed ---- */

const char *tls_session_alpn(const struct tls_session *session)
{
    if (session->state != TLS_STATE_OPEN)
        return NULL;
    const unsigned char *name;
    unsigned size;
    SSL_get0_alpn_selected(session->ssl, &name, &size);
    for (const char *const *ours = session->alpn; *ours; ours++)
        if (slice_equal(slice_of_text(*ours), (slice){name, size}))
            return *ours;
    return NULL;
}

status tls_session_export(const struct tls_session *session, const char *label, slice context,
                          uint8_t *out, size_t size)
{
    uint8_t bytes[EXPORTER_SIZE_MAX];
    if (session->state != TLS_STATE_OPEN)
        return FAIL(UNEXPECTED, "an exporter needs a finished handshake");
    if (!size || size > sizeof bytes)
        return FAIL(INTERNAL, "an exporter gives 1 to 64 bytes");
    if (SSL_export_keying_material(session->ssl, bytes, size, label, strlen(label), context.data,
                                   context.size, 1) != 1) {
        ERR_clear_error();
        return FAIL(UNAVAILABLE, "the session's exporter failed");
    }
    memcpy(out, bytes, size);
    wipe(bytes, sizeof bytes);
    return OK;
}

const struct digest *tls_session_peer_spki_digest(const struct tls_session *session)
{
    return session->state == TLS_STATE_OPEN ? &session->peer_spki_digest : NULL;
}
