/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/session.h"

#include "codec/writer.h"
#include "crypto/kdf.h"

#include <string.h>

enum {
    MS_PER_S = 1000,
    LOST_AFTER_PERIODS = 2,
    /* Holds a KEY_UPDATE with every header and padding that a transport has. */
    VERIFY_RECORD_SIZE_MAX = 128,
};

static void half_clear(struct spdm_half *half)
{
    spdm_record_key_clear(&half->key);
    spdm_record_key_clear(&half->next_key);
    wipe(half, sizeof *half);
}

void spdm_session_clear(struct spdm_session *session)
{
    running_hash_clear(&session->th);
    running_hash_clear(&session->m);
    for (int i = 0; i < SPDM_DIRECTIONS; i++)
        half_clear(&session->halves[i]);
    wipe(session, sizeof *session);
}

/* ---- the two phases ---- */

static status use_secret(struct spdm_half *half, const struct spdm_key_schedule *schedule,
                         const struct secret *secret)
{
    TRY(spdm_record_key_derive(schedule, secret, &half->key));
    half->secret = *secret;
    return OK;
}

status spdm_session_handshake(struct spdm_session *session,
                              const struct spdm_key_schedule *schedule, slice shared)
{
    SCOPED(spdm_handshake_secrets) secrets = {0};
    struct digest th1;
    if (session->phase != SPDM_SESSION_EXCHANGE)
        return FAIL(UNEXPECTED, "a session whose handshake was begun already");

    TRY(running_hash_peek(&session->th, &th1));
    TRY(spdm_handshake_secrets(schedule, shared, session->kind == SPDM_SESSION_PSK, &th1,
                               &secrets));
    TRY(use_secret(&session->halves[SPDM_REQUESTS], schedule, &secrets.request));
    TRY(use_secret(&session->halves[SPDM_RESPONSES], schedule, &secrets.response));
    session->master = secrets.master;
    session->phase = SPDM_SESSION_HANDSHAKE;
    return OK;
}

status spdm_session_establish(struct spdm_session *session,
                              const struct spdm_key_schedule *schedule)
{
    SCOPED(spdm_data_secrets) secrets = {0};
    struct digest th2;
    if (session->phase != SPDM_SESSION_HANDSHAKE)
        return FAIL(UNEXPECTED, "a session that is not in its handshake");

    TRY(running_hash_peek(&session->th, &th2));
    TRY(spdm_data_secrets(schedule, &session->master, &th2, &secrets));
    TRY(use_secret(&session->halves[SPDM_REQUESTS], schedule, &secrets.request));
    TRY(use_secret(&session->halves[SPDM_RESPONSES], schedule, &secrets.response));
    session->exporter = secrets.exporter;
    secret_clear(&session->master);
    running_hash_clear(&session->th);
    session->phase = SPDM_SESSION_ESTABLISHED;
    return OK;
}

status spdm_session_verify_data(struct spdm_session *session,
                                const struct spdm_key_schedule *schedule,
                                enum spdm_direction direction, struct digest *out)
{
    struct digest th;
    if (session->phase != SPDM_SESSION_HANDSHAKE)
        return FAIL(UNEXPECTED, "a session that is not in its handshake");
    TRY(running_hash_peek(&session->th, &th));
    return spdm_verify_data(schedule, &session->halves[direction].secret, &th, out);
}

status spdm_session_prove(struct spdm_session *session, const struct spdm_key_schedule *schedule,
                          enum spdm_direction direction, struct writer *writer)
{
    struct digest verify_data;
    TRY(spdm_session_verify_data(session, schedule, direction, &verify_data));
    write_bytes(writer, (slice){verify_data.data, verify_data.size});
    return running_hash_add(&session->th, (slice){verify_data.data, verify_data.size});
}

status spdm_session_check(struct spdm_session *session, const struct spdm_key_schedule *schedule,
                          enum spdm_direction direction, slice verify_data)
{
    struct digest expected;
    TRY(spdm_session_verify_data(session, schedule, direction, &expected));
    return equal_in_constant_time((slice){expected.data, expected.size}, verify_data)
               ? OK
               : FAIL(UNAUTHENTIC, "the peer does not have the session's keys");
}

status spdm_session_export(const struct spdm_session *session,
                           const struct spdm_key_schedule *schedule, const char *label,
                           slice context, size_t size, struct secret *out)
{
    if (session->phase != SPDM_SESSION_ESTABLISHED)
        return FAIL(UNEXPECTED, "an exporter needs an established session");
    return spdm_exported_secret(schedule, &session->exporter, label, context, size, out);
}

/* ---- KEY_UPDATE ---- */

status spdm_session_prepare_update(struct spdm_session *session,
                                   const struct spdm_key_schedule *schedule,
                                   enum spdm_direction direction)
{
    struct spdm_half *const half = &session->halves[direction];
    if (session->phase != SPDM_SESSION_ESTABLISHED || half->is_updating)
        return FAIL(UNEXPECTED, "a key update where none may begin");
    TRY(spdm_updated_secret(schedule, &half->secret, &half->next_secret));
    TRY(spdm_record_key_derive(schedule, &half->next_secret, &half->next_key));
    half->is_updating = true;
    return OK;
}

void spdm_session_commit_update(struct spdm_session *session, enum spdm_direction direction)
{
    struct spdm_half *const half = &session->halves[direction];
    if (!half->is_updating)
        return;
    spdm_record_key_clear(&half->key);
    half->key = half->next_key;
    half->next_key = (struct spdm_record_key){0};
    half->secret = half->next_secret;
    secret_clear(&half->next_secret);
    half->is_updating = false;
}

void spdm_session_abandon_update(struct spdm_session *session, enum spdm_direction direction)
{
    struct spdm_half *const half = &session->halves[direction];
    spdm_record_key_clear(&half->next_key);
    secret_clear(&half->next_secret);
    half->is_updating = false;
}

/* ---- records ---- */

static struct spdm_half *sends(struct spdm_session *session, enum spdm_side side)
{
    return &session->halves[side == SPDM_REQUESTER ? SPDM_REQUESTS : SPDM_RESPONSES];
}

static struct spdm_half *receives(struct spdm_session *session, enum spdm_side side)
{
    return &session->halves[side == SPDM_REQUESTER ? SPDM_RESPONSES : SPDM_REQUESTS];
}

static bool has_keys(const struct spdm_session *session)
{
    return session->phase == SPDM_SESSION_HANDSHAKE || session->phase == SPDM_SESSION_ESTABLISHED;
}

status spdm_session_seal(struct spdm_session *session, enum spdm_side side, struct writer *writer,
                         size_t begin, slice padding)
{
    if (!has_keys(session))
        return FAIL(UNEXPECTED, "a session without keys");
    return spdm_record_seal(&sends(session, side)->key, &session->form, writer, begin, padding);
}

/* A record that does not open is wiped, so the first of two keys is tried on a copy. */
static status open_either(struct spdm_session *session, struct spdm_half *half, uint8_t *record,
                          size_t size, slice *out_data)
{
    uint8_t copy[VERIFY_RECORD_SIZE_MAX];
    memcpy(copy, record, size);
    if (!spdm_record_open(&half->next_key, &session->form, record, size, out_data).fault) {
        session->opened_with_next = true;
        return OK;
    }
    memcpy(record, copy, size);
    return spdm_record_open(&half->key, &session->form, record, size, out_data);
}

status spdm_session_open(struct spdm_session *session, enum spdm_side side, uint8_t *record,
                         size_t size, slice *out_data)
{
    struct spdm_half *const half = receives(session, side);
    session->opened_with_next = false;
    if (!has_keys(session))
        return FAIL(UNEXPECTED, "a session without keys");
    if (half->is_updating && size <= VERIFY_RECORD_SIZE_MAX)
        return open_either(session, half, record, size, out_data);
    return spdm_record_open(&half->key, &session->form, record, size, out_data);
}

/* ---- deadlines ---- */

static int64_t period_ms(const struct spdm_session *session)
{
    return (int64_t)session->heartbeat_s * MS_PER_S;
}

/* When it is lost, unless something is heard. */
static int64_t lost_at_ms(const struct spdm_session *session)
{
    if (session->phase == SPDM_SESSION_NONE)
        return INT64_MAX;
    if (session->phase != SPDM_SESSION_ESTABLISHED)
        return session->heard_ms + SPDM_HANDSHAKE_PAUSE_MS_MAX;
    return session->heartbeat_s ? session->heard_ms + LOST_AFTER_PERIODS * period_ms(session)
                                : INT64_MAX;
}

static int64_t heartbeat_at_ms(const struct spdm_session *session)
{
    return session->phase == SPDM_SESSION_ESTABLISHED && session->heartbeat_s
               ? session->said_ms + period_ms(session)
               : INT64_MAX;
}

bool spdm_session_is_lost(const struct spdm_session *session, int64_t now_ms)
{
    return now_ms >= lost_at_ms(session);
}

bool spdm_session_wants_heartbeat(const struct spdm_session *session, int64_t now_ms)
{
    return now_ms >= heartbeat_at_ms(session);
}

int64_t spdm_session_deadline_ms(const struct spdm_session *session, enum spdm_side side)
{
    const int64_t lost = lost_at_ms(session);
    const int64_t heartbeat = heartbeat_at_ms(session);
    return side == SPDM_REQUESTER && heartbeat < lost ? heartbeat : lost;
}
