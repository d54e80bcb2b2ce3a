/* SPDX-License-Identifier: Apache-2.0 */

/* KEY_EXCHANGE, FINISH, and what a session has besides. */

#include "spdm/message/end_session.h"
#include "spdm/message/finish.h"
#include "spdm/message/heartbeat.h"
#include "spdm/message/key_exchange.h"
#include "spdm/requester_parts.h"

#include <string.h>

enum { REQUESTER_BITS = 16, REQUESTER_ID_FIRST = 0xFFFF };

/* ---- what opens a session ---- */

status spdm_prepare_opening(struct spdm_requester *requester, uint8_t summary,
                            struct spdm_session_policy policy)
{
    if (policy.wants_events && !(requester->connection.peer_flags & SPDM_EVENT_CAP))
        return FAIL(UNSUPPORTED, "events of a responder that tells of none");
    spdm_end_opening(requester); /* of a request that was never sent */
    requester->summary = summary;
    requester->policy = policy;
    requester->opened = NULL;
    requester->requester_id = (uint16_t)(REQUESTER_ID_FIRST - requester->sessions_begun++);
    return OK;
}

static status check_choice(const struct spdm_requester *requester, slice opaque, uint16_t *out)
{
    const struct spdm_secured_offer *const ours = &requester->setup->secured;
    struct spdm_secured_choice choice;
    TRY(spdm_secured_choice_read(opaque, &requester->connection.shape, &choice));
    for (size_t i = 0; i < ours->version_count; i++)
        if (ours->versions[i] == choice.version) {
            *out = choice.version;
            return OK;
        }
    return FAIL(UNEXPECTED, "a version of secured messages that was not offered");
}

status spdm_begin_opening(struct spdm_taking *taking, const struct spdm_offered_session *offered)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_connection *const connection = taking->connection;
    uint16_t secured_version;
    TRY(check_choice(requester, offered->opaque, &secured_version));
    const uint32_t id = (uint32_t)offered->session_id << REQUESTER_BITS | requester->requester_id;
    TRY(spdm_connection_open_session(connection, offered->kind, id, &requester->opening));
    struct spdm_session *const session = requester->opening;
    session->secured_version = secured_version;
    session->policy = requester->policy;
    session->hears = requester->policy.wants_events ? SPDM_HEARS_ALL : SPDM_HEARS_NOTHING;
    session->heartbeat_s =
        spdm_connection_both(connection, SPDM_HBEAT_CAP) ? offered->heartbeat_s : 0;
    session->heard_ms = session->said_ms = taking->now.monotonic_ms;
    return running_hash_copy(&requester->th, &session->th);
}

status spdm_opening_is_done(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_session *const session = requester->opening;
    TRY(spdm_session_establish(session, &taking->connection->schedule));
    session->heard_ms = session->said_ms = taking->now.monotonic_ms;
    requester->opened = session;
    requester->opening = NULL;
    return OK;
}

/* ---- FINISH ---- */

struct spdm_session *spdm_handshake_way(const struct spdm_requester *requester)
{
    return requester->connection.shape.handshake_in_the_clear ? NULL : requester->opening;
}

static status take_finish_rsp(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_connection *const connection = taking->connection;
    struct spdm_session *const session = requester->opening;
    struct spdm_finish_rsp answer;
    slice response;
    TRY(spdm_finish_rsp_read(&taking->reader, &connection->shape, &answer));
    TRY(spdm_took(taking, &response));
    response.size -= answer.verify_data.size;
    TRY(running_hash_add(&session->th, response));
    if (connection->shape.handshake_in_the_clear) {
        TRY(spdm_session_check(session, &connection->schedule, SPDM_RESPONSES, answer.verify_data));
        TRY(running_hash_add(&session->th, answer.verify_data));
    }
    return spdm_opening_is_done(taking);
}

/* With the key of our slot, over everything before the signature. */
static status sign_finish(const struct spdm_requester *requester, struct spdm_saying *saying)
{
    const struct spdm_connection *const connection = &requester->connection;
    struct spdm_session *const session = requester->opening;
    const struct spdm_signing signing = spdm_connection_signing(connection, SPDM_SIGNATURE_FINISH);
    struct writer *const draft = &saying->draft;
    const size_t begin = draft->size;
    const struct private_key *key;
    struct digest th;
    TRY(spdm_identity_signer(requester->setup->identity, connection, SPDM_SIGNATURE_FINISH,
                             session->requester_slot, &key));
    TRY(running_hash_peek(&session->th, &th));
    TRY(spdm_signature_write(draft, &signing, key, &th));
    return running_hash_add(&session->th, (slice){draft->data + begin, draft->size - begin});
}

static status add_own_chain(const struct spdm_requester *requester)
{
    struct spdm_session *const session = requester->opening;
    struct digest chain;
    TRY(spdm_identity_digest(requester->setup->identity, session->requester_slot,
                             requester->connection.suite.hash, &chain));
    return running_hash_add(&session->th, (slice){chain.data, chain.size});
}

status spdm_ask_finish(struct spdm_taking *taking)
{
    static const struct spdm_step step = {SPDM_FINISH_RSP, take_finish_rsp};
    struct spdm_requester *const requester = taking->requester;
    struct spdm_connection *const connection = taking->connection;
    struct spdm_session *const session = requester->opening;
    const bool is_signed = session->mutual != SPDM_MUTUAL_NONE;
    const struct spdm_finish finish = {.is_signed = is_signed, .slot = session->requester_slot};
    struct spdm_saying saying =
        spdm_say_begin(requester, spdm_handshake_way(requester), taking->out);
    spdm_finish_write(&saying.draft, &connection->shape, &finish);
    if (is_signed)
        TRY(add_own_chain(requester));
    TRY(running_hash_add(&session->th, spdm_said(&saying)));
    if (is_signed)
        TRY(sign_finish(requester, &saying));
    TRY(spdm_session_prove(session, &connection->schedule, SPDM_REQUESTS, &saying.draft));
    return spdm_say_end(requester, taking->now, &saying, &step);
}

/* ---- KEY_EXCHANGE ---- */

static status check_mutual(const struct spdm_requester *requester, uint8_t mutual)
{
    return mutual == SPDM_MUTUAL_NONE ||
                   (requester->setup->identity &&
                    spdm_connection_both(&requester->connection, SPDM_MUT_AUTH_CAP))
               ? OK
               : FAIL(UNEXPECTED, "mutual authentication that was not negotiated");
}

static status check_exchange(struct spdm_taking *taking, slice response,
                             const struct spdm_key_exchange_rsp *answer)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_connection *const connection = taking->connection;
    struct spdm_session *const session = requester->opening;
    SCOPED(shared_secret) shared = {0};
    struct digest th;
    response.size -= answer->signature.size + answer->verify_data.size;
    TRY(running_hash_add(&session->th, response));
    TRY(running_hash_peek(&session->th, &th));
    TRY(spdm_verify_response(requester, SPDM_SIGNATURE_KEY_EXCHANGE, &th, answer->signature));
    TRY(running_hash_add(&session->th, answer->signature));
    TRY(agreement_finish(&requester->agreement, answer->exchange, &shared));
    agreement_clear(&requester->agreement);
    requester->agreement = (struct agreement){0};
    TRY(spdm_connection_handshake(connection, session, shared_secret_view(&shared)));
    if (connection->shape.handshake_in_the_clear)
        return OK;
    TRY(spdm_session_check(session, &connection->schedule, SPDM_RESPONSES, answer->verify_data));
    return running_hash_add(&session->th, answer->verify_data);
}

static status take_key_exchange_rsp(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_key_exchange_rsp answer;
    slice response;
    TRY(spdm_key_exchange_rsp_read(&taking->reader, &taking->connection->shape,
                                   requester->summary != SPDM_SUMMARY_NONE, &answer));
    TRY(spdm_took(taking, &response));
    TRY(check_mutual(requester, answer.mutual));
    TRY(spdm_begin_opening(taking, &(struct spdm_offered_session){
                                       SPDM_SESSION_KEY_EXCHANGE,
                                       answer.session_id,
                                       answer.heartbeat_s,
                                       answer.opaque,
                                   }));
    requester->opening->slot = requester->slot;
    requester->opening->mutual = answer.mutual;
    requester->opening->requester_slot = answer.requester_slot; /* when it is known already */
    TRY(check_exchange(taking, response, &answer));
    spdm_keep_summary(requester, answer.summary_hash);
    return answer.mutual == SPDM_MUTUAL_NONE || answer.mutual == SPDM_MUTUAL_KNOWN_CHAIN
               ? spdm_ask_finish(taking)
               : spdm_requester_begin_flow(taking, SPDM_FLOW_MUTUAL);
}

static status write_exchange(struct spdm_requester *requester, struct writer *draft,
                             const struct spdm_opening *opening)
{
    const struct spdm_connection *const connection = &requester->connection;
    uint8_t share[AGREEMENT_SHARE_SIZE_MAX];
    uint8_t opaque_space[SPDM_SECURED_OPAQUE_SIZE_MAX + SPDM_OPAQUE_MORE_SIZE_MAX];
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    struct spdm_key_exchange request = {
        .summary = opening->summary,
        .slot = opening->slot,
        .session_id = requester->requester_id,
        .policy = opening->policy,
        .exchange = {share, connection->shape.request_exchange_size},
    };
    spdm_secured_offer_write(&opaque, &connection->shape, &requester->setup->secured);
    spdm_opaque_add(&opaque, &connection->shape, &opening->more);
    TRY(writer_finish(&opaque, &request.opaque));
    TRY(requester->setup->random(request.random, sizeof request.random));
    TRY(agreement_begin(connection->suite.group, &requester->agreement, share));
    spdm_key_exchange_write(draft, &connection->shape, &request);
    return OK;
}

static status begin_th(struct spdm_requester *requester, const struct digest *peer, slice request)
{
    TRY(spdm_transcript_th(&requester->connection.transcript, (slice){peer->data, peer->size},
                           &requester->th));
    return running_hash_add(&requester->th, request);
}

status spdm_requester_open_session(struct spdm_requester *requester, struct moment now,
                                   const struct spdm_opening *opening, struct writer *out)
{
    static const struct spdm_step step = {SPDM_KEY_EXCHANGE_RSP, take_key_exchange_rsp};
    const struct spdm_connection *const connection = &requester->connection;
    struct spdm_signer peer;
    TRY(spdm_may_ask(requester, SPDM_KEY_EX_CAP));
    TRY(spdm_accepted_signer(requester, SPDM_SIGNATURE_KEY_EXCHANGE, opening->slot, &peer));
    if (!spdm_connection_has_sessions(connection, SPDM_SESSION_KEY_EXCHANGE))
        return FAIL(UNSUPPORTED, "a key exchange without algorithms for it");

    TRY(spdm_prepare_opening(requester, opening->summary, opening->policy));
    requester->slot = opening->slot;
    struct spdm_saying saying = spdm_say_begin(requester, NULL, out);
    TRY(write_exchange(requester, &saying.draft, opening));
    TRY(begin_th(requester, &peer.digest, spdm_said(&saying)));
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- while it lasts ---- */

status spdm_may_ask_in(const struct spdm_requester *requester, const struct spdm_session *session,
                       uint32_t flag)
{
    if (session->phase != SPDM_SESSION_ESTABLISHED)
        return FAIL(UNEXPECTED, "SPDM request in a session that is not established");
    return spdm_may_ask(requester, flag);
}

static status take_heartbeat_ack(struct spdm_taking *taking)
{
    slice response;
    TRY(spdm_heartbeat_ack_read(&taking->reader));
    return spdm_took(taking, &response);
}

status spdm_requester_heartbeat(struct spdm_requester *requester, struct moment now,
                                struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_HEARTBEAT_ACK, take_heartbeat_ack};
    TRY(spdm_may_ask_in(requester, session, SPDM_HBEAT_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_heartbeat_write(&saying.draft, &requester->connection.shape);
    return spdm_say_end(requester, now, &saying, &step);
}

static status ask_key_update(struct spdm_requester *requester, struct moment now,
                             struct spdm_session *session, struct writer *out);

static status take_key_update_ack(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_session *const session = requester->session;
    struct spdm_key_update update;
    slice response;
    TRY(spdm_key_update_ack_read(&taking->reader, &update));
    TRY(spdm_took(taking, &response));
    if (update.operation != requester->key_operation || update.tag != requester->key_tag)
        return FAIL(UNEXPECTED, "KEY_UPDATE_ACK of another update");
    if (update.operation == SPDM_VERIFY_NEW_KEY)
        return OK;
    if (session->opened_with_next != (update.operation == SPDM_UPDATE_ALL_KEYS))
        return FAIL(UNEXPECTED, "KEY_UPDATE_ACK under the wrong key");
    for (int direction = 0; direction < SPDM_DIRECTIONS; direction++)
        spdm_session_commit_update(session, (enum spdm_direction)direction);
    requester->key_operation = SPDM_VERIFY_NEW_KEY;
    return ask_key_update(requester, taking->now, session, taking->out);
}

static status ask_key_update(struct spdm_requester *requester, struct moment now,
                             struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_KEY_UPDATE_ACK, take_key_update_ack};
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    const struct spdm_key_update request = {requester->key_operation, ++requester->key_tag};
    spdm_key_update_write(&saying.draft, &requester->connection.shape, &request);
    return spdm_say_end(requester, now, &saying, &step);
}

status spdm_requester_key_update(struct spdm_requester *requester, struct moment now,
                                 struct spdm_session *session, enum spdm_key_operation operation,
                                 struct writer *out)
{
    const struct spdm_key_schedule *const schedule = &requester->connection.schedule;
    TRY(spdm_may_ask_in(requester, session, SPDM_KEY_UPD_CAP));
    if (operation != SPDM_UPDATE_KEY && operation != SPDM_UPDATE_ALL_KEYS)
        return FAIL(UNEXPECTED, "no such key update");
    requester->key_operation = (uint8_t)operation;
    TRY(ask_key_update(requester, now, session, out));
    TRY(spdm_session_prepare_update(session, schedule, SPDM_REQUESTS));
    return operation == SPDM_UPDATE_ALL_KEYS
               ? spdm_session_prepare_update(session, schedule, SPDM_RESPONSES)
               : OK;
}

static status take_end_session_ack(struct spdm_taking *taking)
{
    struct spdm_session *const session = taking->requester->session;
    slice response;
    TRY(spdm_end_session_ack_read(&taking->reader));
    TRY(spdm_took(taking, &response));
    spdm_connection_end_session(taking->connection, session);
    taking->requester->session = NULL;
    return OK;
}

status spdm_requester_end_session(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_END_SESSION_ACK, take_end_session_ack};
    TRY(spdm_may_ask_in(requester, session, 0));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_end_session_write(&saying.draft, &requester->connection.shape,
                           &(struct spdm_end_session){requester->setup->clears_negotiated_state});
    return spdm_say_end(requester, now, &saying, &step);
}
