/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/requester_parts.h"

#include "spdm/message/error.h"

#include <string.h>

/* ---- what a step is given ---- */

status spdm_took(const struct spdm_taking *taking, slice *out)
{
    const struct spdm_requester *const requester = taking->requester;
    if (taking->is_exact && taking->reader.left.size)
        return FAIL(MALFORMED, "SPDM response in pieces is longer than its fields");
    return spdm_unpadded(requester->setup->transport, requester->session, taking->response,
                         taking->reader.left, out);
}

static slice kept_request(const struct spdm_requester *requester)
{
    const struct spdm_transfer *const outgoing = &requester->connection.outgoing;
    return (slice){outgoing->capacity ? outgoing->space : requester->request,
                   requester->request_size};
}

slice spdm_request_of(const struct spdm_taking *taking)
{
    return kept_request(taking->requester);
}

/* ---- to ask ---- */

status spdm_may_ask(const struct spdm_requester *requester, uint32_t flag)
{
    if (requester->step)
        return FAIL(UNEXPECTED, "SPDM request while another is awaited");
    if (requester->connection.phase != SPDM_PHASE_ALGORITHMS)
        return FAIL(UNEXPECTED, "SPDM request before the negotiation");
    if (flag && !(requester->connection.peer_flags & flag))
        return FAIL(UNSUPPORTED, "SPDM request that the responder cannot answer");
    return OK;
}

static struct spdm_path path_of(struct spdm_requester *requester)
{
    return (struct spdm_path){requester->setup->transport, &requester->connection};
}

struct spdm_saying spdm_say_directly(struct spdm_requester *requester, struct spdm_session *session,
                                     struct writer *out)
{
    const struct spdm_path path = path_of(requester);
    struct spdm_saying saying = {.session = session, .out = out, .draft = *out};
    saying.wrapping = spdm_wrap_begin(&path, session, &saying.draft);
    return saying;
}

struct spdm_saying spdm_say_begin(struct spdm_requester *requester, struct spdm_session *session,
                                  struct writer *out)
{
    const struct spdm_transfer *const outgoing = &requester->connection.outgoing;
    if (!outgoing->capacity)
        return spdm_say_directly(requester, session, out);
    return (struct spdm_saying){
        .session = session, .out = out, .draft = writer_over(outgoing->space, outgoing->capacity)};
}

slice spdm_said(const struct spdm_saying *saying)
{
    return spdm_wrapped(&saying->wrapping, &saying->draft);
}

size_t spdm_room_of(struct spdm_requester *requester, const struct spdm_saying *saying)
{
    const struct spdm_path path = path_of(requester);
    struct writer at = saying->draft;
    at.size = saying->wrapping.message;
    return spdm_wrap_room(&path, saying->session, &at);
}

status spdm_send(struct spdm_requester *requester, struct moment now, struct spdm_saying *saying)
{
    const struct spdm_path path = path_of(requester);
    if (spdm_said(saying).size > spdm_room_of(requester, saying))
        return FAIL(EXHAUSTED, "SPDM request is longer than the responder takes");
    TRY(spdm_wrap_end(&path, saying->session, &saying->wrapping, &saying->draft));
    if (saying->session)
        saying->session->said_ms = now.monotonic_ms;
    *saying->out = saying->draft;
    return OK;
}

status spdm_send_request(struct spdm_requester *requester, struct spdm_session *session,
                         struct moment now, struct writer *out)
{
    struct spdm_saying saying = spdm_say_directly(requester, session, out);
    if (requester->request_size > spdm_room_of(requester, &saying))
        return spdm_send_in_pieces(requester, session, now, out);
    write_bytes(&saying.draft, kept_request(requester));
    return spdm_send(requester, now, &saying);
}

status spdm_say_end(struct spdm_requester *requester, struct moment now, struct spdm_saying *saying,
                    const struct spdm_step *step)
{
    struct spdm_connection *const connection = &requester->connection;
    const slice said = spdm_said(saying);
    if (saying->draft.out_of_space)
        return FAIL(EXHAUSTED, "SPDM request does not fit");
    if (connection->phase == SPDM_PHASE_ALGORITHMS)
        spdm_transcript_before(&connection->transcript,
                               spdm_connection_m(connection, saying->session), said.data[1]);

    const bool is_aside = connection->outgoing.capacity;
    /* Longer ones enter their transcript when they are said, or none. */
    requester->request_size = is_aside || said.size <= sizeof requester->request ? said.size : 0;
    if (is_aside) {
        TRY(spdm_send_request(requester, saying->session, now, saying->out));
    } else {
        memcpy(requester->request, said.data, requester->request_size);
        TRY(spdm_send(requester, now, saying));
    }
    requester->session = saying->session;
    requester->step = step;
    requester->error = 0;
    requester->give_up_ms = 0;
    requester->measurements = (struct spdm_measurements){0}; /* whose frame is used again */
    return OK;
}

/* ---- whose word counts ---- */

static status provisioned_signer(const struct spdm_connection *connection, struct spdm_signer *out)
{
    if (!connection->peer_raw_key || !(connection->peer_flags & SPDM_PUB_KEY_ID_CAP))
        return FAIL(UNEXPECTED, "a responder whose key was not provisioned");
    out->key = connection->peer_raw_key;
    return public_key_spki_digest(out->key, connection->suite.hash, &out->digest);
}

status spdm_accepted_signer(const struct spdm_requester *requester, enum spdm_signature signature,
                            uint8_t slot, struct spdm_signer *out)
{
    const struct spdm_connection *const connection = &requester->connection;
    const uint16_t usage = spdm_connection_usage(connection, signature);
    if (slot == SPDM_SLOT_RAW_KEY)
        return provisioned_signer(connection, out);
    if (slot >= SPDM_SLOTS || !connection->peer_slots[slot].chain)
        return FAIL(UNEXPECTED, "a slot whose certificate chain was not accepted");
    if (usage && !(connection->peer_slots[slot].key_usage & usage))
        return FAIL(UNEXPECTED, "the key of a slot is for other uses");
    out->key = &connection->peer_slots[slot].chain->key;
    out->digest = connection->peer_slots[slot].chain->digest;
    return OK;
}

status spdm_requester_accept(struct spdm_requester *requester, uint8_t slot,
                             const struct spdm_chain *chain)
{
    struct spdm_connection *const connection = &requester->connection;
    if (slot >= SPDM_SLOTS || !connection->peer_slots[slot].is_provisioned)
        return FAIL(UNEXPECTED, "a chain for a slot that has none");
    if (chain->hash != connection->suite.hash ||
        !slice_equal((slice){chain->digest.data, chain->digest.size},
                     (slice){connection->peer_slots[slot].digest, connection->shape.hash_size}))
        return FAIL(UNAUTHENTIC, "another chain than the one of the slot");
    connection->peer_slots[slot].chain = chain;
    return OK;
}

void spdm_requester_accept_key(struct spdm_requester *requester, const struct public_key *key)
{
    requester->connection.peer_raw_key = key;
}

status spdm_verify_response(const struct spdm_requester *requester, enum spdm_signature signature,
                            const struct digest *transcript, slice bytes)
{
    const struct spdm_connection *const connection = &requester->connection;
    const struct spdm_signing signing = spdm_connection_signing(connection, signature);
    struct spdm_signer peer;
    TRY(spdm_accepted_signer(requester, signature, requester->slot, &peer));
    return spdm_verify(&signing, peer.key, transcript, bytes);
}

void spdm_keep_summary(struct spdm_requester *requester, slice summary_hash)
{
    requester->summary_digest.size = summary_hash.size;
    if (summary_hash.size)
        memcpy(requester->summary_digest.data, summary_hash.data, summary_hash.size);
}

/* ---- one response ---- */

status spdm_take_error(struct spdm_taking *taking, const struct spdm_step *step)
{
    struct spdm_error error;
    TRY(spdm_error_read(&taking->reader, &error));
    taking->requester->error = error.code;
    taking->requester->error_data = error.data;
    const bool is_in_pieces =
        taking->connection->outgoing.is_open || taking->connection->incoming.is_open;
    if (step && !is_in_pieces && error.code == SPDM_LARGE_RESPONSE)
        return spdm_fetch_response(taking, step, error.handle);
    if (step && !is_in_pieces && error.code == SPDM_RESPONSE_NOT_READY)
        return spdm_wait_until_ready(taking, step, &error.not_ready);
    if (step && error.code == SPDM_BUSY)
        return spdm_wait_while_busy(taking, step);
    return FAIL(UNEXPECTED, "the responder answered with ERROR");
}

status spdm_take_response(struct spdm_taking *taking, const struct spdm_step *step)
{
    const uint8_t version =
        step->code == SPDM_VERSION ? SPDM_1_0 : taking->connection->shape.version;
    struct spdm_header header;
    TRY(spdm_header_peek(taking->response, &header));
    if (header.code == SPDM_ERROR)
        return spdm_take_error(taking, taking->is_exact ? NULL : step);
    if (header.code != step->code)
        return FAIL(UNEXPECTED, "SPDM response to another request");
    if (header.version != version)
        return FAIL(MALFORMED, "SPDM response of another version");
    return step->take(taking);
}

/* Between pieces only an ERROR comes instead of the next one. */
static status take(struct spdm_taking *taking, const struct spdm_step *step)
{
    const struct spdm_connection *const connection = taking->connection;
    struct spdm_header header;
    TRY(spdm_header_peek(taking->response, &header));
    if (!connection->outgoing.is_open && !connection->incoming.is_open)
        return spdm_take_response(taking, step);
    if (header.code == SPDM_ERROR)
        return spdm_take_error(taking, step);
    return connection->outgoing.is_open ? spdm_take_piece_ack(taking, step)
                                        : spdm_take_piece(taking, step);
}

void spdm_end_opening(struct spdm_requester *requester)
{
    agreement_clear(&requester->agreement);
    requester->agreement = (struct agreement){0};
    secret_clear(&requester->psk);
    running_hash_clear(&requester->th);
    if (requester->opening)
        spdm_connection_end_session(&requester->connection, requester->opening);
    requester->opening = NULL;
}

static void abandon_updates(struct spdm_session *session)
{
    for (int direction = 0; direction < SPDM_DIRECTIONS; direction++)
        if (session->halves[direction].is_updating)
            spdm_session_abandon_update(session, (enum spdm_direction)direction);
}

/* No half of a handshake, no prepared key, no measurements, no pieces. */
enum spdm_progress spdm_fail(struct spdm_requester *requester, status failed)
{
    struct spdm_session *const session = requester->session;
    const bool is_lost = failed.fault->failure == FAILURE_UNAUTHENTIC ||
                         (requester->error == SPDM_DECRYPT_ERROR && session);
    requester->failure = failed;
    requester->step = NULL;
    requester->ask_again_ms = 0;
    spdm_transfer_close(&requester->connection.incoming);
    spdm_transfer_close(&requester->connection.outgoing);
    spdm_transcript_forget_m(spdm_connection_m(&requester->connection, session));
    if (session)
        abandon_updates(session);
    if (session && is_lost && session != requester->opening)
        spdm_connection_end_session(&requester->connection, session);
    spdm_end_opening(requester);
    requester->session = NULL;
    return SPDM_FAILED;
}

/* Than what is awaited: what goes wrong there is no answer, and ends that session alone. */
static bool is_of_another(const struct spdm_requester *requester,
                          const struct spdm_session *session)
{
    return session &&
           (!requester->step || (session != requester->session && session != requester->opening));
}

enum spdm_progress spdm_requester_receive(struct spdm_requester *requester, struct moment now,
                                          uint8_t *frame, size_t size, struct writer *out)
{
    const struct spdm_path path = path_of(requester);
    const struct spdm_step *const step = requester->step;
    struct spdm_arrival arrival;
    const status unwrapped = spdm_unwrap(&path, frame, size, &arrival);
    if (unwrapped.fault && is_of_another(requester, arrival.session)) {
        spdm_connection_end_session(&requester->connection, arrival.session);
        return SPDM_WAIT;
    }
    if (unwrapped.fault && step)
        return spdm_fail(requester, unwrapped);
    if (unwrapped.fault || !step || arrival.is_unknown || arrival.kind != SPDM_FRAME_PLAIN ||
        arrival.session != requester->session || requester->ask_again_ms)
        return SPDM_WAIT;

    struct spdm_taking taking = {
        requester, &requester->connection, now, arrival.message, reader_of(arrival.message), out,
        false};
    if (arrival.session)
        arrival.session->heard_ms = now.monotonic_ms;
    requester->step = NULL;
    const status taken = take(&taking, step);
    if (taken.fault)
        return spdm_fail(requester, taken);
    if (requester->opening) /* whose handshake may be in the clear */
        requester->opening->heard_ms = now.monotonic_ms;
    if (requester->ask_again_ms)
        return SPDM_WAIT;
    requester->error = 0;
    return requester->step ? SPDM_SEND : SPDM_DONE;
}

/* ---- from the beginning to the end ---- */

void spdm_requester_begin(struct spdm_requester *requester,
                          const struct spdm_requester_setup *setup,
                          const struct spdm_requester_loans *loans)
{
    *requester = (struct spdm_requester){
        .setup = setup,
        .chain = loans->chain,
        .chain_capacity = loans->chain_capacity,
    };
    spdm_connection_begin(&requester->connection, &setup->settings, &loans->connection);
}

void spdm_requester_clear(struct spdm_requester *requester)
{
    spdm_end_opening(requester);
    spdm_connection_clear(&requester->connection);
    *requester = (struct spdm_requester){0};
}
