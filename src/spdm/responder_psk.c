/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PSK_EXCHANGE_RSP, PSK_FINISH_RSP: a session from a key that both have. Without a context of ours
 * it is established at once, and has no PSK_FINISH.
 * spec: DSP0274 1.4, "PSK_EXCHANGE request and PSK_EXCHANGE_RSP response messages"
 */

#include "spdm/message/psk_exchange.h"
#include "spdm/message/psk_finish.h"
#include "spdm/responder_parts.h"

/* Which hints there are is nobody's business: they all fail the same way. */
static status find_psk(struct spdm_asking *asking, slice hint, struct secret *out)
{
    const struct spdm_responder *const responder = asking->responder;
    if (!responder->setup->duties.find_psk)
        return FAIL(UNSUPPORTED, "there are no pre-shared keys");
    const status found = responder->setup->duties.find_psk(responder->context, hint, out);
    return found.fault || !out->size ? spdm_refuse(asking, SPDM_INVALID_REQUEST, 0) : OK;
}

/* The response is written up to what proves that we have the key. */
static status prove_psk(struct spdm_asking *asking, slice request, const struct secret *psk)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    TRY(spdm_transcript_psk_th(&connection->transcript, &session->th));
    TRY(running_hash_add(&session->th, request));
    TRY(running_hash_add(&session->th, spdm_answered(asking)));
    TRY(spdm_connection_handshake(connection, session, secret_view(psk)));
    return spdm_session_prove(session, &connection->schedule, SPDM_RESPONSES, asking->out);
}

static status exchange_psk(struct spdm_asking *asking, const struct spdm_psk_exchange *asked,
                           slice request)
{
    const struct spdm_shape *const shape = &asking->connection->shape;
    SCOPED(secret) psk = {0};
    struct digest summary;
    uint8_t context[SPDM_PSK_CONTEXT_SIZE], opaque_space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    TRY(find_psk(asking, asked->hint, &psk));
    TRY(spdm_choose_secured(asking, asked->opaque, &opaque));
    TRY(spdm_summarise(asking, asked->summary, &summary));

    struct spdm_psk_exchange_rsp response = {
        .heartbeat_s = asking->subject->heartbeat_s,
        .session_id = spdm_own_session_id(asking->subject),
        .summary_hash = {summary.data, summary.size},
        .context = {context, shape->psk_has_context ? sizeof context : 0},
    };
    TRY(writer_finish(&opaque, &response.opaque));
    TRY(asking->responder->setup->random(context, sizeof context));
    spdm_psk_exchange_rsp_write(asking->out, shape, &response);
    return prove_psk(asking, request, &psk);
}

status spdm_answer_psk_exchange(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_psk_exchange asked;
    slice request;
    TRY(spdm_psk_exchange_read(&asking->reader, &connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    if (!(spdm_requester_flags(connection) & SPDM_PSK_CAP))
        return FAIL(UNSUPPORTED, "PSK_EXCHANGE of a requester that said it has none");
    if (!spdm_connection_has_sessions(connection, SPDM_SESSION_PSK))
        return FAIL(UNEXPECTED, "a PSK exchange without algorithms for it");

    TRY(spdm_begin_session(asking, SPDM_SESSION_PSK, asked.session_id, asked.policy));
    const status exchanged = exchange_psk(asking, &asked, request);
    if (exchanged.fault) {
        spdm_connection_end_session(connection, asking->subject);
        asking->subject = NULL;
        return exchanged;
    }
    if (!connection->shape.psk_has_context)
        asking->afterwards = SPDM_ESTABLISHES;
    return OK;
}

/* From here on the transcript is the session's last: what fails ends it. */
static status finish_psk(struct spdm_asking *asking, const struct spdm_psk_finish *finish,
                         slice request)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->session;
    request.size -= finish->verify_data.size;
    TRY(running_hash_add(&session->th, request));
    TRY(spdm_session_check(session, &connection->schedule, SPDM_REQUESTS, finish->verify_data));
    TRY(running_hash_add(&session->th, finish->verify_data));
    spdm_psk_finish_rsp_write(asking->out, &connection->shape, &(struct spdm_psk_finish_rsp){0});
    return running_hash_add(&session->th, spdm_answered(asking));
}

status spdm_answer_psk_finish(struct spdm_asking *asking)
{
    struct spdm_psk_finish finish;
    slice request;
    if (asking->session->kind != SPDM_SESSION_PSK)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    TRY(spdm_psk_finish_read(&asking->reader, &asking->connection->shape, &finish));
    TRY(spdm_asked(asking, &request));
    const status finished = finish_psk(asking, &finish, request);
    asking->afterwards = finished.fault ? SPDM_ENDS : SPDM_ESTABLISHES;
    return finished;
}
