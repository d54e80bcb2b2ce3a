/* SPDX-License-Identifier: Apache-2.0 */

/* KEY_EXCHANGE_RSP, FINISH_RSP, and what a session has besides. */

#include "spdm/message/end_session.h"
#include "spdm/message/finish.h"
#include "spdm/message/heartbeat.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_update.h"
#include "spdm/responder_parts.h"

enum { REQUESTER_BITS = 16, SESSION_ID_FIRST = 0xFFFF };

/* ---- what opens a session ---- */

uint16_t spdm_own_session_id(const struct spdm_session *session)
{
    return (uint16_t)(session->form.session_id >> REQUESTER_BITS);
}

status spdm_choose_secured(struct spdm_asking *asking, slice offered, struct writer *opaque)
{
    const struct spdm_secured_offer *const ours = &asking->responder->setup->secured;
    const struct spdm_shape *const shape = &asking->connection->shape;
    struct spdm_secured_choice choice = {.aead_limit = SPDM_AEAD_LIMIT_MAX};
    struct spdm_secured_offer theirs;
    TRY(spdm_secured_offer_read(offered, shape, &theirs));
    for (size_t i = 0; i < ours->version_count; i++)
        for (size_t k = 0; k < theirs.version_count; k++)
            if (ours->versions[i] == theirs.versions[k] && ours->versions[i] > choice.version)
                choice.version = ours->versions[i];
    if (!choice.version)
        return FAIL(UNEXPECTED, "no version of secured messages that both sides know");
    asking->subject->secured_version = choice.version;
    spdm_secured_choice_write(opaque, shape, &choice);
    return OK;
}

status spdm_begin_session(struct spdm_asking *asking, enum spdm_session_kind kind,
                          uint16_t requester_id, struct spdm_session_policy policy)
{
    struct spdm_responder *const responder = asking->responder;
    const uint16_t own_id = (uint16_t)(SESSION_ID_FIRST - responder->sessions_begun);
    const uint32_t id = (uint32_t)own_id << REQUESTER_BITS | requester_id;
    asking->subject = NULL;
    if (policy.wants_events && !(spdm_connection_flags(asking->connection) & SPDM_EVENT_CAP))
        return FAIL(UNEXPECTED, "a session is to hear of events that we do not tell");
    const status opened =
        spdm_connection_open_session(asking->connection, kind, id, &asking->subject);
    if (opened.fault && opened.fault->failure == FAILURE_EXHAUSTED)
        return spdm_refuse(asking, SPDM_SESSION_LIMIT_EXCEEDED, 0);
    TRY(opened);
    responder->sessions_begun++;
    asking->subject->policy = policy;
    asking->subject->hears = policy.wants_events ? SPDM_HEARS_ALL : SPDM_HEARS_NOTHING;
    asking->subject->heartbeat_s = spdm_connection_both(asking->connection, SPDM_HBEAT_CAP)
                                       ? responder->setup->heartbeat_s
                                       : 0;
    return OK;
}

/* ---- KEY_EXCHANGE ---- */

/* Everything up to the signature is written: signs, makes the handshake's keys, proves them. */
static status prove_exchange(struct spdm_asking *asking, slice request, uint8_t slot, slice shared)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    struct digest digest;
    TRY(spdm_identity_digest(asking->responder->setup->identity, slot, connection->suite.hash,
                             &digest));
    TRY(spdm_transcript_th(&connection->transcript, (slice){digest.data, digest.size},
                           &session->th));
    TRY(running_hash_add(&session->th, request));
    TRY(running_hash_add(&session->th, spdm_answered(asking)));

    const size_t signature = asking->out->size;
    TRY(running_hash_peek(&session->th, &digest));
    TRY(spdm_append_signature(asking, SPDM_SIGNATURE_KEY_EXCHANGE, slot, &digest));
    TRY(running_hash_add(&session->th,
                         (slice){asking->out->data + signature, asking->out->size - signature}));
    TRY(spdm_connection_handshake(connection, session, shared));
    if (connection->shape.handshake_in_the_clear)
        return OK;
    return spdm_session_prove(session, &connection->schedule, SPDM_RESPONSES, asking->out);
}

static status exchange_keys(struct spdm_asking *asking, const struct spdm_key_exchange *asked,
                            slice request)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_responder_setup *const setup = asking->responder->setup;
    struct spdm_session *const session = asking->subject;
    SCOPED(shared_secret) shared = {0};
    struct digest summary;
    uint8_t share[AGREEMENT_SHARE_SIZE_MAX];
    uint8_t opaque_space[SPDM_SECURED_OPAQUE_SIZE_MAX + SPDM_OPAQUE_MORE_SIZE_MAX];
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    TRY(spdm_choose_secured(asking, asked->opaque, &opaque));
    spdm_opaque_add(&opaque, &connection->shape, &asking->responder->more);
    TRY(spdm_summarise(asking, asked->summary, &summary));
    TRY(agreement_answer(connection->suite.group, asked->exchange, share, &shared));

    session->slot = asked->slot;
    TRY(spdm_begin_mutual(asking));
    struct spdm_key_exchange_rsp response = {
        .heartbeat_s = session->heartbeat_s,
        .session_id = spdm_own_session_id(session),
        .mutual = session->mutual,
        .requester_slot = session->requester_slot,
        .exchange = {share, connection->shape.response_exchange_size},
        .summary_hash = {summary.data, summary.size},
    };
    TRY(writer_finish(&opaque, &response.opaque));
    TRY(setup->random(response.random, sizeof response.random));
    spdm_key_exchange_rsp_write(asking->out, &connection->shape, &response);
    return prove_exchange(asking, request, asked->slot, shared_secret_view(&shared));
}

status spdm_answer_key_exchange(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_key_exchange asked;
    slice request;
    TRY(spdm_key_exchange_read(&asking->reader, &connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    if (!spdm_connection_has_sessions(connection, SPDM_SESSION_KEY_EXCHANGE))
        return FAIL(UNEXPECTED, "a key exchange without algorithms for it");

    TRY(spdm_begin_session(asking, SPDM_SESSION_KEY_EXCHANGE, asked.session_id, asked.policy));
    const status exchanged = exchange_keys(asking, &asked, request);
    if (exchanged.fault) {
        spdm_connection_end_session(connection, asking->subject);
        asking->subject = NULL;
    }
    /* No point of our curve, or nobody that is known. */
    if (exchanged.fault && (exchanged.fault->failure == FAILURE_UNAUTHENTIC ||
                            exchanged.fault->failure == FAILURE_DENIED))
        return spdm_refuse(asking, SPDM_INVALID_REQUEST, 0);
    return exchanged;
}

/* ---- FINISH ---- */

/* The parts of the request that are hashed one after another. */
static status check_finish(struct spdm_asking *asking, const struct spdm_finish *finish,
                           slice request)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    const struct spdm_signing signing = spdm_connection_signing(connection, SPDM_SIGNATURE_FINISH);
    const size_t signed_size = request.size - finish->signature.size - finish->verify_data.size;
    struct digest th;
    if (finish->is_signed)
        TRY(running_hash_add(&session->th,
                             (slice){responder->shown.digest.data, responder->shown.digest.size}));
    TRY(running_hash_add(&session->th, (slice){request.data, signed_size}));
    if (finish->is_signed) {
        TRY(running_hash_peek(&session->th, &th));
        TRY(spdm_verify(&signing, responder->shown.key, &th, finish->signature));
        TRY(running_hash_add(&session->th, finish->signature));
    }
    TRY(spdm_session_check(session, &connection->schedule, SPDM_REQUESTS, finish->verify_data));
    return running_hash_add(&session->th, finish->verify_data);
}

static status write_finish_rsp(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_session *const session = asking->subject;
    spdm_finish_rsp_write(asking->out, &connection->shape, &(struct spdm_finish_rsp){0});
    TRY(running_hash_add(&session->th, spdm_answered(asking)));
    return connection->shape.handshake_in_the_clear
               ? spdm_session_prove(session, &connection->schedule, SPDM_RESPONSES, asking->out)
               : OK;
}

status spdm_answer_finish(struct spdm_asking *asking)
{
    struct spdm_session *const session = asking->subject;
    const struct spdm_shown *const shown = &asking->responder->shown;
    struct spdm_finish finish;
    slice request;
    if (!session || session->phase != SPDM_SESSION_HANDSHAKE ||
        session->kind != SPDM_SESSION_KEY_EXCHANGE)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    TRY(spdm_finish_read(&asking->reader, &asking->connection->shape, &finish));
    TRY(spdm_asked(asking, &request));
    if (finish.is_signed != (session->mutual != SPDM_MUTUAL_NONE))
        return FAIL(UNEXPECTED, "FINISH is signed when it should not be, or not when it should");
    if (finish.is_signed &&
        (!shown->key || shown->session != session || finish.slot != session->requester_slot))
        return FAIL(UNEXPECTED, "FINISH is signed by another slot than was shown");

    /* From here on the transcript is the session's last: what fails ends it. */
    const status checked = check_finish(asking, &finish, request);
    if (checked.fault)
        asking->afterwards = SPDM_ENDS;
    TRY(checked);
    TRY(write_finish_rsp(asking));
    asking->afterwards = SPDM_ESTABLISHES;
    return OK;
}

/* ---- while it lasts ---- */

status spdm_answer_heartbeat(struct spdm_asking *asking)
{
    slice request;
    TRY(spdm_heartbeat_read(&asking->reader));
    TRY(spdm_asked(asking, &request));
    spdm_heartbeat_ack_write(asking->out, &asking->connection->shape);
    return OK;
}

static status verify_new_key(struct spdm_session *session)
{
    if (!session->update || !session->opened_with_next)
        return FAIL(UNEXPECTED, "a new key is verified where there is none");
    spdm_session_commit_update(session, SPDM_REQUESTS);
    session->update = 0;
    return OK;
}

static status update_keys(struct spdm_session *session, const struct spdm_key_schedule *schedule,
                          uint8_t operation)
{
    if (session->update)
        return FAIL(UNEXPECTED, "a key update before the last one was verified");
    TRY(spdm_session_prepare_update(session, schedule, SPDM_REQUESTS));
    if (operation == SPDM_UPDATE_ALL_KEYS) {
        TRY(spdm_session_prepare_update(session, schedule, SPDM_RESPONSES));
        spdm_session_commit_update(session, SPDM_RESPONSES); /* the ACK is under the new key */
    }
    session->update = operation;
    return OK;
}

status spdm_answer_key_update(struct spdm_asking *asking)
{
    struct spdm_session *const session = asking->session;
    struct spdm_key_update update;
    slice request;
    TRY(spdm_key_update_read(&asking->reader, &update));
    TRY(spdm_asked(asking, &request));
    if (update.operation == SPDM_VERIFY_NEW_KEY)
        TRY(verify_new_key(session));
    else
        TRY(update_keys(session, &asking->connection->schedule, update.operation));
    spdm_key_update_ack_write(asking->out, &asking->connection->shape, &update);
    return OK;
}

/* Of what we send, in encapsulated requests: the first asks for new keys, the second is under them.
 */
status spdm_ask_key_update(struct spdm_asking *asking)
{
    const struct spdm_encapsulation *const flow = asking->flow;
    spdm_key_update_write(
        asking->out, &asking->connection->shape,
        &(struct spdm_key_update){
            .operation = flow->is_verifying ? SPDM_VERIFY_NEW_KEY : SPDM_UPDATE_KEY,
            .tag = flow->request_id,
        });
    return OK;
}

status spdm_take_key_update_ack(struct spdm_asking *asking)
{
    struct spdm_session *const session = asking->session;
    struct spdm_encapsulation *const flow = asking->flow;
    struct reader asked = reader_of(spdm_inquired(asking));
    struct spdm_key_update update, request;
    slice response;
    TRY(spdm_key_update_ack_read(&asking->reader, &update));
    TRY(spdm_delivered(asking, &response));
    TRY(spdm_key_update_read(&asked, &request));
    if (update.operation != request.operation || update.tag != request.tag)
        return FAIL(UNEXPECTED, "KEY_UPDATE_ACK of another update");
    if (flow->is_verifying) {
        flow->is_verifying = false;
        return OK;
    }
    TRY(spdm_session_prepare_update(session, &asking->connection->schedule, SPDM_RESPONSES));
    spdm_session_commit_update(session, SPDM_RESPONSES);
    flow->is_verifying = true;
    flow->next = SPDM_KEY_UPDATE;
    return OK;
}

status spdm_answer_end_session(struct spdm_asking *asking)
{
    struct spdm_end_session end;
    slice request;
    TRY(spdm_end_session_read(&asking->reader, &end));
    TRY(spdm_asked(asking, &request));
    spdm_end_session_ack_write(asking->out, &asking->connection->shape);
    asking->afterwards = SPDM_ENDS;
    return OK;
}
