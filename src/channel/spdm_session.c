/* SPDX-License-Identifier: Apache-2.0 */

/* The SPDM row: what a purpose is to a channel, an element of opaque data is to SPDM. */

#include "channel/spdm_dialogue.h"

#include <string.h>

static status open(const struct tls_identity *identity, enum role role, const char *const *purposes,
                   struct session *out)
{
    struct spdm_dialogue *dialogue = NULL;
    TRY(spdm_dialogue_open(identity, role, purposes, &dialogue));
    *out = (struct session){.kind = &session_over_spdm, .spdm = dialogue};
    return OK;
}

static void free_session(struct session *session)
{
    spdm_dialogue_free(session->spdm);
}

static bool is_open(const struct session *session)
{
    return !session->spdm->handshake && !session->spdm->records.is_over;
}

static void feed(struct session *session, slice wire)
{
    spdm_records_feed(&session->spdm->records, wire);
}

static slice output(const struct session *session)
{
    return outgoing_view(&session->spdm->records.output);
}

static void sent(struct session *session, size_t size)
{
    outgoing_sent(&session->spdm->records.output, size);
}

static enum session_progress handshake(struct session *session, int64_t now_s)
{
    return spdm_dialogue_shake_hands(session->spdm, now_s);
}

static enum session_progress read(struct session *session, uint8_t *out, size_t capacity,
                                  size_t *out_size)
{
    return session->spdm->handshake
               ? SESSION_FAILED
               : spdm_records_read(&session->spdm->records, out, capacity, out_size);
}

static status write(struct session *session, slice plaintext)
{
    return is_open(session) ? spdm_records_write(&session->spdm->records, plaintext)
                            : FAIL(UNEXPECTED, "the session is not open");
}

/* In a handshake there is nothing that an end could be said in. */
static void close(struct session *session)
{
    if (is_open(session))
        spdm_records_close(&session->spdm->records);
    else
        session->spdm->records.is_over = true;
}

static const char *failure(const struct session *session)
{
    const char *const what = session->spdm->records.failure;
    return what ? what : "the session is over";
}

static const char *purpose(const struct session *session)
{
    return is_open(session) ? session->spdm->purpose : NULL;
}

static status export(const struct session *session, const char *label, slice context, uint8_t *out,
                     size_t size)
{
    const struct spdm_dialogue *const dialogue = session->spdm;
    SCOPED(secret) secret = {0};
    if (!is_open(session))
        return FAIL(UNEXPECTED, "an exporter needs a finished handshake");
    TRY(spdm_session_export(&dialogue->session, &dialogue->connection->schedule, label, context,
                            size, &secret));
    memcpy(out, secret.data, size);
    return OK;
}

static const struct digest *peer_spki_digest(const struct session *session)
{
    return is_open(session) ? &session->spdm->peer_spki : NULL;
}

const struct session_kind session_over_spdm = {
    .name = "spdm",
    .record_size_max = SPDM_APPLICATION_SIZE_MAX,
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
