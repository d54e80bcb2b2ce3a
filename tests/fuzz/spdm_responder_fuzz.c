/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any frames at all to a responder, also from somebody who has a session with it: it answers with
 * good frames, an ERROR changes nothing, and nobody gets a session who did not finish one.
 */

#include "spdm_roles.h"

struct target {
    struct pair pair;
    unsigned established_max;
};

/* What the peer in the session does when it asked for new keys: it uses them at once. */
static void follow_update(struct spdm_connection *peer, struct spdm_session *session, slice request,
                          slice response)
{
    enum { OPERATION = 2 };
    if (request.size < SPDM_HEADER_SIZE || response.data[1] != SPDM_KEY_UPDATE_ACK ||
        request.data[OPERATION] == SPDM_VERIFY_NEW_KEY)
        return;
    must(spdm_session_prepare_update(session, &peer->schedule, SPDM_REQUESTS));
    spdm_session_commit_update(session, SPDM_REQUESTS);
    spdm_session_commit_update(session, SPDM_RESPONSES);
}

/* The peer opens it: the keys of an UPDATE_ALL_KEYS are in use from the answer on. */
static void expect_sealed(struct target *target, slice request, slice record, slice *out)
{
    enum { OPERATION = 2 };
    struct spdm_connection *const peer = &target->pair.requester.connection;
    struct spdm_session *const session = spdm_connection_session(peer, ROLES_SESSION_ID);
    const struct spdm_path path = {target->pair.requester_setup.transport, peer};
    struct spdm_arrival arrival;
    assert(session);
    const bool is_delivered =
        request.size >= SPDM_HEADER_SIZE && request.data[1] == SPDM_DELIVER_ENCAPSULATED_RESPONSE;
    if (session->phase == SPDM_SESSION_ESTABLISHED && request.size >= SPDM_HEADER_SIZE &&
        (is_delivered ||
         (request.data[1] == SPDM_KEY_UPDATE && request.data[OPERATION] == SPDM_UPDATE_ALL_KEYS)))
        must(spdm_session_prepare_update(session, &peer->schedule, SPDM_RESPONSES));
    must(spdm_unwrap(&path, (uint8_t *)record.data, record.size, &arrival));
    assert(arrival.kind == SPDM_FRAME_PLAIN && arrival.session == session);
    if (is_delivered && session->opened_with_next)
        spdm_session_commit_update(session, SPDM_RESPONSES);
    follow_update(peer, session, request, arrival.message);
    if (session->halves[SPDM_RESPONSES].is_updating)
        spdm_session_abandon_update(session, SPDM_RESPONSES);
    *out = arrival.message;
}

static void expect_good(struct target *target, slice request, slice answer,
                        const struct roles_facts *before)
{
    const struct pair *const pair = &target->pair;
    struct spdm_frame frame;
    slice message;
    must(spdm_frame_read(pair->responder_setup.transport, answer, &frame));
    if (frame.kind != SPDM_FRAME_PLAIN && frame.kind != SPDM_FRAME_SECURED)
        return; /* the transport's own affair */
    message = frame.message;
    if (frame.kind == SPDM_FRAME_SECURED)
        expect_sealed(target, request, answer, &message);
    assert(message.size >= SPDM_HEADER_SIZE && !(message.data[1] & 0x80));
    if (message.data[1] == SPDM_ERROR && message.data[2] != SPDM_LARGE_RESPONSE)
        roles_expect_unchanged(before, &pair->responder.connection);
}

static void send(struct target *target, enum roles_way way, slice bytes)
{
    struct pair *const pair = &target->pair;
    const struct spdm_transport *const transport = pair->responder_setup.transport;
    struct writer request = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    if (!roles_wrap(&pair->requester.connection, transport, way, bytes, &request))
        return;

    const struct roles_facts before = roles_facts(&pair->responder.connection);
    uint8_t *const frame = roles_copy((slice){request.data, request.size});
    const status received =
        spdm_responder_receive(&pair->responder, pair_now, frame, request.size, &answer);
    free(frame);
    assert(!received.fault || answer.size == 0);
    assert(!answer.out_of_space);
    assert(roles_established(&pair->responder.connection) <= target->established_max);
    if (answer.size)
        expect_good(target, bytes, (slice){answer.data, answer.size}, &before);
    else
        roles_expect_unchanged(&before, &pair->responder.connection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct target target;
    if (size < 2 || size > PAIR_FRAME_SIZE_MAX)
        return 0;
    const struct pair_terms terms = roles_terms(data[0], data[1]);
    struct reader reader = reader_of((slice){data + 2, size - 2});
    roles_begin(&target.pair, &terms, roles_start(data[0]), data[1]);
    target.established_max = roles_established(&target.pair.responder.connection);
    while (reader.left.size) {
        const enum roles_way way = (enum roles_way)(read_u8(&reader) % ROLES_WAYS);
        const size_t wanted = read_le16(&reader);
        const size_t there = wanted < reader.left.size ? wanted : reader.left.size;
        send(&target, way, read_bytes(&reader, there));
    }
    spdm_responder_look(&target.pair.responder,
                        (struct moment){.monotonic_ms = pair_now.monotonic_ms + INT32_MAX});
    assert(roles_established(&target.pair.responder.connection) == 0);
    pair_end(&target.pair);
    return 0;
}
