/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PSK_EXCHANGE, PSK_FINISH: a session from a key that both have.
 * spec: DSP0274 1.4, "PSK_EXCHANGE request and PSK_EXCHANGE_RSP response messages"
 */

#include "spdm/message/psk_exchange.h"
#include "spdm/message/psk_finish.h"
#include "spdm/requester_parts.h"

/* ---- PSK_FINISH ---- */

static status take_psk_finish_rsp(struct spdm_taking *taking)
{
    struct spdm_psk_finish_rsp answer;
    slice response;
    TRY(spdm_psk_finish_rsp_read(&taking->reader, &taking->connection->shape, &answer));
    TRY(spdm_took(taking, &response));
    TRY(running_hash_add(&taking->requester->opening->th, response));
    return spdm_opening_is_done(taking);
}

static status ask_psk_finish(struct spdm_taking *taking)
{
    static const struct spdm_step step = {SPDM_PSK_FINISH_RSP, take_psk_finish_rsp};
    const struct spdm_connection *const connection = taking->connection;
    struct spdm_session *const session = taking->requester->opening;
    struct spdm_saying saying = spdm_say_begin(taking->requester, session, taking->out);
    spdm_psk_finish_write(&saying.draft, &connection->shape, &(struct spdm_psk_finish){0});
    TRY(running_hash_add(&session->th, spdm_said(&saying)));
    TRY(spdm_session_prove(session, &connection->schedule, SPDM_REQUESTS, &saying.draft));
    return spdm_say_end(taking->requester, taking->now, &saying, &step);
}

/* ---- PSK_EXCHANGE ---- */

static status check_exchange(struct spdm_taking *taking, slice response, slice verify_data)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_session *const session = requester->opening;
    const struct spdm_key_schedule *const schedule = &taking->connection->schedule;
    response.size -= verify_data.size;
    TRY(running_hash_add(&session->th, response));
    TRY(spdm_connection_handshake(taking->connection, session, secret_view(&requester->psk)));
    secret_clear(&requester->psk);
    TRY(spdm_session_check(session, schedule, SPDM_RESPONSES, verify_data));
    return running_hash_add(&session->th, verify_data);
}

static status take_psk_exchange_rsp(struct spdm_taking *taking)
{
    const struct spdm_shape *const shape = &taking->connection->shape;
    struct spdm_psk_exchange_rsp answer;
    slice response;
    TRY(spdm_psk_exchange_rsp_read(&taking->reader, shape,
                                   taking->requester->summary != SPDM_SUMMARY_NONE, &answer));
    TRY(spdm_took(taking, &response));
    TRY(spdm_begin_opening(taking, &(struct spdm_offered_session){
                                       SPDM_SESSION_PSK,
                                       answer.session_id,
                                       answer.heartbeat_s,
                                       answer.opaque,
                                   }));
    TRY(check_exchange(taking, response, answer.verify_data));
    spdm_keep_summary(taking->requester, answer.summary_hash);
    return shape->psk_has_context ? ask_psk_finish(taking) : spdm_opening_is_done(taking);
}

static status write_exchange(const struct spdm_requester *requester, struct writer *draft,
                             const struct spdm_psk_opening *opening)
{
    const struct spdm_shape *const shape = &requester->connection.shape;
    uint8_t context[SPDM_PSK_CONTEXT_SIZE], opaque_space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    struct spdm_psk_exchange request = {
        .summary = opening->summary,
        .policy = opening->policy,
        .session_id = requester->requester_id,
        .hint = opening->hint,
        .context = SLICE(context),
    };
    spdm_secured_offer_write(&opaque, shape, &requester->setup->secured);
    TRY(writer_finish(&opaque, &request.opaque));
    TRY(requester->setup->random(context, sizeof context));
    spdm_psk_exchange_write(draft, shape, &request);
    return OK;
}

status spdm_requester_open_psk_session(struct spdm_requester *requester, struct moment now,
                                       const struct spdm_psk_opening *opening, struct writer *out)
{
    static const struct spdm_step step = {SPDM_PSK_EXCHANGE_RSP, take_psk_exchange_rsp};
    const struct spdm_connection *const connection = &requester->connection;
    TRY(spdm_may_ask(requester, SPDM_PSK_CAP));
    if (!(spdm_connection_flags(connection) & SPDM_PSK_CAP))
        return FAIL(UNSUPPORTED, "a session from a pre-shared key that we do not do");
    if (!spdm_connection_has_sessions(connection, SPDM_SESSION_PSK))
        return FAIL(UNSUPPORTED, "a PSK exchange without algorithms for it");
    if (!opening->psk->size || opening->hint.size > SPDM_PSK_HINT_SIZE_MAX)
        return FAIL(UNEXPECTED, "a pre-shared key of no bytes, or a hint of too many");

    TRY(spdm_prepare_opening(requester, opening->summary, opening->policy));
    requester->psk = *opening->psk;
    struct spdm_saying saying = spdm_say_begin(requester, NULL, out);
    TRY(write_exchange(requester, &saying.draft, opening));
    TRY(spdm_transcript_psk_th(&connection->transcript, &requester->th));
    TRY(running_hash_add(&requester->th, spdm_said(&saying)));
    return spdm_say_end(requester, now, &saying, &step);
}
