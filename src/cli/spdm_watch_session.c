/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_watching.h"

#include "codec/json.h"
#include "codec/text.h"

/* ---- a session begins ---- */

/* TH1 is there: the handshake's keys, when the shared secret was given. */
static status begin_handshake(struct spdm_watch *watch, struct watched_session *session)
{
    SCOPED(buffer) shared = {0};
    struct digest th1;
    slice text;
    session->has_th = true;
    TRY(running_hash_peek(&session->session.th, &th1));
    watch_tell_recorded(watch, "transcript hash TH1", session->keys, "th1",
                        watch_digest_view(&th1));
    if (!session->keys || !aead_is_available(watch->suite.aead))
        return OK;
    TRY(json_text(session->keys, "shared_secret", &text));
    TRY(hex_read(text, &shared));
    return spdm_session_handshake(&session->session, &watch->schedule, buffer_view(&shared));
}

bool watch_has_keys(const struct watched_session *session)
{
    return session->session.phase >= SPDM_SESSION_HANDSHAKE;
}

/* VerifyData of who sends `direction`, which then enters TH. */
static status check_verify_data(struct spdm_watch *watch, struct watched_session *session,
                                enum spdm_direction direction, slice verify_data)
{
    if (watch_has_keys(session))
        watch_tell_status(
            watch, "HMAC",
            spdm_session_check(&session->session, &watch->schedule, direction, verify_data));
    else
        watch_tell(watch, "HMAC", SPDM_CHECK_OPEN, watch_keys_unknown);
    return running_hash_add(&session->session.th, verify_data);
}

static status establish(struct spdm_watch *watch, struct watched_session *session)
{
    struct digest th2;
    if (watch->handshaking == session)
        watch->handshaking = NULL;
    TRY(running_hash_peek(&session->session.th, &th2));
    watch_tell_recorded(watch, "transcript hash TH2", session->keys, "th2",
                        watch_digest_view(&th2));
    return watch_has_keys(session) ? spdm_session_establish(&session->session, &watch->schedule)
                                   : OK;
}

status watch_key_exchange(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_key_exchange *const request = &turn->request->fields.key_exchange;
    const struct spdm_key_exchange_rsp *const response = &turn->response->fields.key_exchange_rsp;
    const uint32_t id = request->session_id | (uint32_t)response->session_id << 16;
    struct watched_session *session;
    struct digest th;
    TRY(watch_open_session(watch, id, SPDM_SESSION_KEY_EXCHANGE, &session));
    const slice chain = watch_slot_digest(watch_slot(watch, SPDM_RESPONDER, request->slot));
    if (!chain.size) {
        watch_tell(watch, "signature", SPDM_CHECK_OPEN, watch_key_unknown);
        return OK;
    }
    struct running_hash *const running = &session->session.th;
    TRY(spdm_transcript_th(&watch->transcript, chain, running));
    TRY(running_hash_add(running, turn->request->message));
    TRY(running_hash_add(running, watch_before(turn->response, response->signature)));
    TRY(running_hash_peek(running, &th));
    watch_check_signature(watch, SPDM_RESPONDER, request->slot, SPDM_SIGNATURE_KEY_EXCHANGE, &th,
                          response->signature);
    TRY(running_hash_add(running, response->signature));
    TRY(begin_handshake(watch, session));
    return response->verify_data.size
               ? check_verify_data(watch, session, SPDM_RESPONSES, response->verify_data)
               : OK;
}

status watch_psk_exchange(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_psk_exchange_rsp *const response = &turn->response->fields.psk_exchange_rsp;
    const uint32_t id =
        turn->request->fields.psk_exchange.session_id | (uint32_t)response->session_id << 16;
    struct watched_session *session;
    TRY(watch_open_session(watch, id, SPDM_SESSION_PSK, &session));
    struct running_hash *const running = &session->session.th;
    TRY(spdm_transcript_psk_th(&watch->transcript, running));
    TRY(running_hash_add(running, turn->request->message));
    TRY(running_hash_add(running, watch_before(turn->response, response->verify_data)));
    TRY(begin_handshake(watch, session));
    TRY(check_verify_data(watch, session, SPDM_RESPONSES, response->verify_data));
    return watch->shape.psk_has_context ? OK : establish(watch, session);
}

/* The session that a FINISH or PSK_FINISH ends the handshake of; NULL when it is not followed. */
static struct watched_session *finished_by(const struct turn *turn, enum spdm_session_kind kind)
{
    struct watched_session *const session =
        turn->session ? turn->session : turn->watch->handshaking;
    return session && session->has_th && session->session.kind == kind &&
                   session->session.phase != SPDM_SESSION_ESTABLISHED
               ? session
               : NULL;
}

/* Up to the signature, which is verified, and with it. */
static status add_signed_finish(struct spdm_watch *watch, struct watched_session *session,
                                const struct spdm_said *said)
{
    const struct spdm_finish *const finish = &said->fields.finish;
    const slice chain = watch_slot_digest(watch_slot(watch, SPDM_REQUESTER, finish->slot));
    struct running_hash *const running = &session->session.th;
    struct digest th;
    if (!chain.size) {
        watch_tell(watch, "signature", SPDM_CHECK_OPEN, watch_key_unknown);
        session->has_th = false;
        return OK;
    }
    TRY(running_hash_add(running, buffer_view(&session->digests)));
    TRY(running_hash_add(running, chain));
    TRY(running_hash_add(running, watch_before(said, finish->signature)));
    TRY(running_hash_peek(running, &th));
    watch_check_signature(watch, SPDM_REQUESTER, finish->slot, SPDM_SIGNATURE_FINISH, &th,
                          finish->signature);
    return running_hash_add(running, finish->signature);
}

status watch_finish(const struct turn *turn)
{
    struct spdm_watch *const watch = turn->watch;
    const struct spdm_finish *const finish = &turn->request->fields.finish;
    struct watched_session *const session = finished_by(turn, SPDM_SESSION_KEY_EXCHANGE);
    if (session && finish->is_signed)
        TRY(add_signed_finish(watch, session, turn->request));
    else if (session)
        TRY(running_hash_add(&session->session.th,
                             watch_before(turn->request, finish->verify_data)));
    if (session && session->has_th)
        return check_verify_data(watch, session, SPDM_REQUESTS, finish->verify_data);
    watch_tell(watch, "HMAC", SPDM_CHECK_OPEN, watch_keys_unknown);
    return OK;
}

status watch_finish_rsp(const struct turn *turn)
{
    const struct spdm_said *const said = turn->response;
    const slice verify_data = said->fields.finish_rsp.verify_data;
    struct watched_session *const session = finished_by(turn, SPDM_SESSION_KEY_EXCHANGE);
    if (!session) {
        if (verify_data.size)
            watch_tell(turn->watch, "HMAC", SPDM_CHECK_OPEN, watch_keys_unknown);
        return OK;
    }
    const slice first = verify_data.size ? watch_before(said, verify_data) : said->message;
    TRY(running_hash_add(&session->session.th, first));
    if (verify_data.size)
        TRY(check_verify_data(turn->watch, session, SPDM_RESPONSES, verify_data));
    return establish(turn->watch, session);
}

status watch_psk_finish(const struct turn *turn)
{
    const slice verify_data = turn->request->fields.psk_finish.verify_data;
    struct watched_session *const session = finished_by(turn, SPDM_SESSION_PSK);
    if (!session)
        return FAIL(UNEXPECTED, "PSK_FINISH is not in the handshake of a session with a PSK");
    TRY(running_hash_add(&session->session.th, watch_before(turn->request, verify_data)));
    return check_verify_data(turn->watch, session, SPDM_REQUESTS, verify_data);
}

status watch_psk_finish_rsp(const struct turn *turn)
{
    struct watched_session *const session = finished_by(turn, SPDM_SESSION_PSK);
    if (!session)
        return FAIL(UNEXPECTED, "PSK_FINISH_RSP is not in the handshake of a session with a PSK");
    TRY(running_hash_add(&session->session.th, turn->response->message));
    return establish(turn->watch, session);
}

/* ---- a session goes on ---- */

status watch_key_update(const struct turn *turn)
{
    const uint8_t operation = turn->request->fields.key_update.operation;
    struct watched_session *const session = turn->session;
    if (!session || operation == SPDM_VERIFY_NEW_KEY)
        return OK;
    if (turn->is_encapsulated)
        return spdm_session_prepare_update(&session->session, &turn->watch->schedule,
                                           SPDM_RESPONSES);
    TRY(spdm_session_prepare_update(&session->session, &turn->watch->schedule, SPDM_REQUESTS));
    return operation == SPDM_UPDATE_ALL_KEYS
               ? spdm_session_prepare_update(&session->session, &turn->watch->schedule,
                                             SPDM_RESPONSES)
               : OK;
}

status watch_end_session(const struct turn *turn)
{
    if (turn->session)
        watch_session_clear(turn->watch, turn->session);
    return OK;
}
