/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the responder asks the requester: who it is, before any session and in its handshake, and
 * new keys. Requester against responder, and what must not happen between them.
 */

#include "spdm/message/encapsulated.h"
#include "spdm/message/error.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_update.h"
#include "spdm_stage.h"

static const uint8_t versions[] = {SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

#define FOR_EACH_VERSION(version)                                                                  \
    for (const uint8_t *version = versions; version < versions + sizeof versions; version++)

static const struct stage *stage_of_recall;

static status recall(void *context, enum hash hash, uint8_t *out_slot, slice *out_chain)
{
    EXPECT(context == stage_of_recall && hash == HASH_SHA384);
    *out_slot = SLOT;
    *out_chain = buffer_view(&stage_of_recall->asking.bytes);
    return OK;
}

static void stage_for(struct stage *stage, uint8_t version)
{
    stage_set(stage, version);
    stage_of_recall = stage;
    stage->requester_setup.settings.capabilities.flags |= SPDM_CHAL_CAP;
    stage->responder_setup.challenges_back = true;
    connect(stage);
    learn_chain(stage);
}

static void shake_hands_in_the_clear(struct stage *stage)
{
    stage->requester_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    stage->responder_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    connect(stage);
    learn_chain(stage);
}

static struct spdm_session *open_session(struct stage *stage, uint8_t mutual)
{
    const struct spdm_opening opening = {.slot = SLOT};
    stage->responder_setup.mutual = mutual;
    EXPECT_OK(spdm_requester_open_session(&stage->requester, now, &opening, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    return stage->requester.opened;
}

/* ---- messages by hand ---- */

/* What the responder answers to `message`, said by the requester beside its own conversation. */
static slice answer_to_at(struct stage *stage, struct moment when, struct spdm_session *session,
                          slice message)
{
    static uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    const struct spdm_path path = {&spdm_tcp, &stage->requester.connection};
    struct writer writer = writer_over(request, sizeof request);
    struct writer out = writer_over(response, sizeof response);
    struct spdm_arrival arrival = {0};
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_wrap_end(&path, session, &wrapping, &writer));
    EXPECT_OK(spdm_responder_receive(&stage->responder, when, request, writer.size, &out));
    EXPECT_OK(spdm_unwrap(&path, response, out.size, &arrival));
    EXPECT(arrival.session == session);
    return arrival.message;
}

static slice answer_to(struct stage *stage, struct spdm_session *session, slice message)
{
    return answer_to_at(stage, now, session, message);
}

static uint8_t error_of(slice answer)
{
    struct reader reader = reader_of(answer);
    struct spdm_error error = {0};
    EXPECT_OK(spdm_error_read(&reader, &error));
    return error.code;
}

static uint8_t error_to(struct stage *stage, struct spdm_session *session, uint8_t code,
                        uint8_t param1)
{
    const uint8_t message[] = {stage->requester.connection.shape.version, code, param1, 0};
    return error_of(answer_to(stage, session, SLICE(message)));
}

/* DELIVER_ENCAPSULATED_RESPONSE of this id and these bytes. */
static slice deliver(struct stage *stage, struct spdm_session *session, uint8_t id, slice response)
{
    uint8_t space[FRAME_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    spdm_deliver_encapsulated_response_write(&writer, &stage->requester.connection.shape, id);
    write_bytes(&writer, response);
    return answer_to(stage, session, (slice){space, writer.size});
}

static uint8_t nothing_pending(const struct stage *stage)
{
    return stage->requester.connection.shape.version >= SPDM_1_3 ? SPDM_NO_PENDING_REQUESTS
                                                                 : SPDM_UNEXPECTED_REQUEST;
}

/* ---- basic mutual authentication ---- */

TEST(a_requester_that_challenges_is_challenged_back_in_each_version)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        for (int i = 0; i < 2; i++) {
            stage.responder.requester_is_authentic = false;
            EXPECT_OK(spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_ALL,
                                               &stage.out));
            EXPECT(speak(&stage) == SPDM_DONE);
            EXPECT(stage.requester.rounds == 3);
            EXPECT(stage.requester.summary_digest.size == 48);
            EXPECT(stage.responder.requester_is_authentic);
            EXPECT(stage.responder.shown.key == &stage.asking.read.key);
        }
        connect(&stage);
        EXPECT(!stage.responder.requester_is_authentic);
        stage_clear(&stage);
    }
}

TEST(a_requester_that_cannot_answer_is_not_challenged_back)
{
    static struct stage stage;
    static const uint32_t needed[] = {SPDM_CHAL_CAP, SPDM_MUT_AUTH_CAP, SPDM_ENCAP_CAP};
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        stage_for(&stage, SPDM_1_2);
        stage.requester_setup.settings.capabilities.flags &= ~needed[i];
        connect(&stage);
        learn_chain(&stage);
        EXPECT_OK(
            spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
        EXPECT(speak(&stage) == SPDM_DONE);
        EXPECT(stage.requester.rounds == 0 && !stage.responder.requester_is_authentic);
        stage_clear(&stage);
    }
}

TEST(a_stranger_or_a_key_that_is_not_its_chains_is_not_authentic)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        stage.requester_setup.identity = &stage.answering.identity;
        EXPECT_OK(
            spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == SPDM_INVALID_RESPONSE_CODE);
        EXPECT(!stage.responder.requester_is_authentic && !stage.responder.shown.key);

        stage.requester_setup.identity = &stage.asking.identity; /* without its key */
        stage.asking.identity.slots[SLOT].key = &stage.answering.key;
        EXPECT_OK(
            spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == SPDM_INVALID_RESPONSE_CODE);
        EXPECT(!stage.responder.requester_is_authentic);

        EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) == nothing_pending(&stage));
        expect_answer(&stage, NULL); /* the flow is over, the conversation is not */
        stage_clear(&stage);
    }
}

/* From here the responder waits for what it asked. */
static void begin_basic(struct stage *stage)
{
    EXPECT_OK(
        spdm_requester_challenge(&stage->requester, now, SLOT, SPDM_SUMMARY_NONE, &stage->out));
    EXPECT(speak_once(stage) == SPDM_SEND);
}

/* P27 */
TEST(while_it_is_asked_a_requester_gets_no_other_answers)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        begin_basic(&stage);
        for (int i = 0; i < 2; i++) {
            EXPECT(error_to(&stage, NULL, SPDM_GET_DIGESTS, 0) == SPDM_REQUEST_IN_FLIGHT);
            EXPECT(error_to(&stage, NULL, SPDM_KEY_EXCHANGE, 0) == SPDM_REQUEST_IN_FLIGHT);
            EXPECT(error_to(&stage, NULL, SPDM_CHALLENGE, 0) == SPDM_REQUEST_IN_FLIGHT);
            EXPECT(error_to(&stage, NULL, SPDM_VENDOR_DEFINED_REQUEST, 0) ==
                   SPDM_REQUEST_IN_FLIGHT);
            EXPECT(speak_once(&stage) == SPDM_SEND);
        }
        EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) == SPDM_UNEXPECTED_REQUEST);
        EXPECT(speak(&stage) == SPDM_DONE);
        EXPECT(stage.responder.requester_is_authentic);
        expect_answer(&stage, NULL);
        stage_clear(&stage);
    }
}

TEST(get_version_ends_what_a_requester_is_asked)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    begin_basic(&stage);
    EXPECT(speak_once(&stage) == SPDM_SEND);
    stage.requester.step = NULL;
    stage.out.size = 0;
    connect(&stage);
    EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) == SPDM_NO_PENDING_REQUESTS);
    stage_clear(&stage);
}

TEST(what_is_delivered_answers_what_was_asked_or_the_flow_is_over)
{
    static struct stage stage;
    static const uint8_t certificate[] = {SPDM_1_3, SPDM_CERTIFICATE, 0, 0, 1, 0, 0, 0, 9};
    static const uint8_t older[] = {SPDM_1_2, SPDM_DIGESTS, 0, 0};
    static const uint8_t none[] = {SPDM_1_3, SPDM_DIGESTS, 0, 0};
    static const uint8_t error[] = {SPDM_1_3, SPDM_ERROR, SPDM_BUSY, 0};
    const slice wrong[] = {SLICE(certificate), SLICE(older), SLICE(none), SLICE(error), {0}};
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        stage_for(&stage, SPDM_1_3);
        EXPECT(error_of(deliver(&stage, NULL, 0, SLICE(none))) == SPDM_NO_PENDING_REQUESTS);
        begin_basic(&stage);
        EXPECT(error_of(deliver(&stage, NULL, 0, SLICE(none))) == SPDM_NO_PENDING_REQUESTS);
        EXPECT(speak_once(&stage) == SPDM_SEND);
        EXPECT(error_of(deliver(&stage, NULL, 2, SLICE(none))) == SPDM_INVALID_REQUEST);
        EXPECT(error_of(deliver(&stage, NULL, 0, SLICE(none))) == SPDM_INVALID_REQUEST);
        EXPECT(error_of(deliver(&stage, NULL, 1, wrong[i])) == SPDM_INVALID_RESPONSE_CODE);
        EXPECT(speak_once(&stage) == SPDM_FAILED); /* what it had to say comes too late */
        EXPECT(stage.requester.error == SPDM_NO_PENDING_REQUESTS);
        EXPECT(!stage.responder.requester_is_authentic);
        stage_clear(&stage);
    }
}

/* P31 */
TEST(a_response_that_was_delivered_once_is_not_taken_again)
{
    static struct stage stage;
    static uint8_t replayed[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    begin_basic(&stage);
    EXPECT(speak_once(&stage) == SPDM_SEND);
    while (!stage.responder.requester_is_authentic) {
        struct writer out = writer_over(response, sizeof response);
        struct spdm_frame frame = {0};
        const size_t size = stage.out.size;
        memcpy(replayed, stage.request, size);
        const enum spdm_progress progress = speak_once(&stage);
        EXPECT_OK(spdm_responder_receive(&stage.responder, now, replayed, size, &out));
        EXPECT_OK(spdm_frame_read(&spdm_tcp, (slice){response, out.size}, &frame));
        EXPECT(error_of(frame.message) ==
               (progress == SPDM_SEND ? SPDM_INVALID_REQUEST : SPDM_NO_PENDING_REQUESTS));
        if (progress != SPDM_SEND)
            break;
    }
    EXPECT(stage.responder.requester_is_authentic);
    stage_clear(&stage);
}

/* The byte of the next delivered response that is not as it should be. */
static uint8_t error_to_spoiled(struct stage *stage, size_t at, uint8_t mask)
{
    enum { BEFORE_SIZE = 4 + SPDM_HEADER_SIZE }; /* TCP's header, and the wrapper */
    const slice response = {stage->request + BEFORE_SIZE, stage->out.size - BEFORE_SIZE};
    stage->request[BEFORE_SIZE + at] ^= mask;
    return error_of(deliver(stage, NULL, stage->requester.delivered, response));
}

TEST(each_part_of_the_answers_counts)
{
    enum {
        CHAIN_HASH = 4,
        NONCE = CHAIN_HASH + 48,
        CONTEXT = NONCE + 32 + 2,
        SIGNATURE = CONTEXT + 8
    };
    static struct stage stage;
    static const struct {
        int answers; /* that were good before it */
        size_t at;
        uint8_t mask;
    } cases[] = {
        {0, 0, 1},          /* DIGESTS of another version ... */
        {0, 4, 1},          /* ... and of another chain, which is found out with the chain */
        {1, 0, 1},          /* CERTIFICATE of another version, */
        {1, 2, 1},          /* of another slot, */
        {1, 8, 1},          /* ... with another chain */
        {2, 0, 1},          /* CHALLENGE_AUTH of another version, */
        {2, 2, 1},          /* of another slot, */
        {2, 2, 0x80},       /* that asks to be challenged itself, */
        {2, CHAIN_HASH, 1}, /* of another chain, */
        {2, NONCE, 1},      /* which was not signed as it stands, */
        {2, CONTEXT, 1},    /* of another challenge, */
        {2, SIGNATURE, 1},
    };
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage_for(&stage, SPDM_1_3);
        begin_basic(&stage);
        EXPECT(speak_once(&stage) == SPDM_SEND);
        for (int answers = 0; answers < cases[i].answers; answers++)
            EXPECT(speak_once(&stage) == SPDM_SEND);
        if (cases[i].answers == 0 && cases[i].at == 4) {
            stage.request[8 + 4] ^= 1;
            EXPECT(speak_once(&stage) == SPDM_SEND);
            EXPECT(speak_once(&stage) == SPDM_FAILED);
            EXPECT(stage.requester.error == SPDM_INVALID_RESPONSE_CODE);
        } else {
            EXPECT(error_to_spoiled(&stage, cases[i].at, cases[i].mask) ==
                   SPDM_INVALID_RESPONSE_CODE);
        }
        EXPECT(!stage.responder.requester_is_authentic);
        EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) ==
               SPDM_NO_PENDING_REQUESTS);
        stage_clear(&stage);
    }
}

/* P29. Portions of one byte: there are no more numbers before the chain is whole. */
TEST(a_chain_in_too_many_portions_is_not_waited_for)
{
    static struct stage stage;
    static const uint8_t portion[] = {SPDM_1_3, SPDM_CERTIFICATE, 0, 0, 1, 0, 0xFF, 1, 9};
    unsigned id = 2;
    slice answer = {0};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    begin_basic(&stage);
    EXPECT(speak_once(&stage) == SPDM_SEND); /* GET_DIGESTS */
    EXPECT(speak_once(&stage) == SPDM_SEND); /* GET_CERTIFICATE */
    for (; id < 1000; id++) {
        answer = deliver(&stage, NULL, (uint8_t)id, SLICE(portion));
        if (answer.data[1] == SPDM_ERROR)
            break;
    }
    EXPECT(id == UINT8_MAX);
    EXPECT(error_of(answer) == SPDM_UNSPECIFIED);
    EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) == SPDM_NO_PENDING_REQUESTS);
    stage_clear(&stage);
}

/* ---- a chain that is known ---- */

TEST(a_session_with_a_requester_that_is_known_asks_nothing)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        for (unsigned clear = 0; clear < 2; clear++) {
            stage_for(&stage, *version);
            stage.responder_setup.duties.recall = recall;
            if (clear)
                shake_hands_in_the_clear(&stage);
            struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_KNOWN_CHAIN);
            EXPECT(session->mutual == SPDM_MUTUAL_KNOWN_CHAIN);
            EXPECT(session->requester_slot == SLOT);
            live(&stage);
            stage_clear(&stage);
        }
    }
}

static status recall_nowhere(void *context, enum hash hash, uint8_t *out_slot, slice *out_chain)
{
    TRY(recall(context, hash, out_slot, out_chain));
    *out_slot = SPDM_SLOTS;
    return OK;
}

TEST(without_a_known_requester_or_with_another_there_is_no_session)
{
    static struct stage stage;
    static const struct {
        status (*recall)(void *context, enum hash hash, uint8_t *out_slot, slice *out_chain);
        uint8_t error;
    } cases[] = {{NULL, SPDM_UNSUPPORTED_REQUEST}, {recall_nowhere, SPDM_INVALID_REQUEST}};
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    stage.responder_setup.mutual = SPDM_MUTUAL_KNOWN_CHAIN;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage.responder_setup.duties.recall = cases[i].recall;
        EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == cases[i].error);
        EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);
    }
    stage.responder_setup.duties.recall = recall;
    stage.asking.identity.slots[SLOT].key = &stage.answering.key; /* it is not who it is known as */
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak(&stage) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_DECRYPT_ERROR);
    EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);

    stage.responder_setup.duties.judge = NULL;
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak(&stage) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_INVALID_REQUEST);
    stage_clear(&stage);
}

/* ---- in the handshake ---- */

/* spec: DSP0274 1.4, "Session-based mutual authentication" */
TEST(finish_waits_until_all_was_answered)
{
    static struct stage stage;
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        stage.responder_setup.mutual = SPDM_MUTUAL_ENCAPSULATED;
        EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
        EXPECT(speak_once(&stage) == SPDM_SEND);
        struct spdm_session *const session = stage.requester.opening;
        session->halves[SPDM_REQUESTS].key.sequence = 0; /* before what is sealed already */
        EXPECT(error_to(&stage, session, SPDM_FINISH, 1) == SPDM_REQUEST_IN_FLIGHT);
        stage.responder_sessions[0].halves[SPDM_REQUESTS].key.sequence = 0;
        EXPECT(speak(&stage) == SPDM_DONE);
        live(&stage);
        stage_clear(&stage);
    }
}

TEST(a_handshake_that_is_answered_wrongly_is_over)
{
    static struct stage stage;
    static const uint8_t error[] = {SPDM_1_3, SPDM_ERROR, SPDM_UNSUPPORTED_REQUEST,
                                    SPDM_GET_DIGESTS};
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    stage.responder_setup.mutual = SPDM_MUTUAL_IMPLICIT_DIGESTS;
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak_once(&stage) == SPDM_SEND);
    struct spdm_session *const session = stage.requester.opening;
    session->halves[SPDM_REQUESTS].key.sequence = 0;
    EXPECT(error_of(deliver(&stage, session, 0, SLICE(error))) == SPDM_INVALID_RESPONSE_CODE);
    EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear(&stage);
}

/* A chain that was shown in one handshake signs no other session's FINISH. */
TEST(who_was_shown_in_one_session_is_not_in_another)
{
    static struct stage stage;
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    stage.responder_setup.mutual = SPDM_MUTUAL_ENCAPSULATED;
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    while (!stage.responder.shown.key)
        EXPECT(speak_once(&stage) == SPDM_SEND); /* then FINISH is to be sent */
    stage.responder.shown.session = &stage.responder_sessions[1];
    EXPECT(speak(&stage) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_INVALID_REQUEST);
    stage_clear(&stage);
}

/* ---- in an established session ---- */

static enum spdm_progress listen(struct stage *stage, struct spdm_session *session)
{
    EXPECT_OK(spdm_requester_listen(&stage->requester, now, session, &stage->out));
    return speak(stage);
}

TEST(a_responder_gets_new_keys_for_what_it_sends)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
        struct spdm_session *const theirs = &stage.responder_sessions[0];
        for (int i = 0; i < 3; i++) {
            const struct secret before = theirs->halves[SPDM_RESPONSES].secret;
            const struct secret requests = theirs->halves[SPDM_REQUESTS].secret;
            EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_KEY_UPDATE));
            EXPECT(listen(&stage, session) == SPDM_DONE);
            EXPECT(stage.requester.rounds == 2);
            const struct secret after = theirs->halves[SPDM_RESPONSES].secret;
            EXPECT(!equal_in_constant_time(secret_view(&before), secret_view(&after)));
            EXPECT(equal_in_constant_time(secret_view(&after),
                                          secret_view(&session->halves[SPDM_RESPONSES].secret)));
            EXPECT(equal_in_constant_time(secret_view(&requests),
                                          secret_view(&theirs->halves[SPDM_REQUESTS].secret)));
            EXPECT(!session->halves[SPDM_RESPONSES].is_updating);
            expect_answer(&stage, session);
        }
        live(&stage);
        stage_clear(&stage);
    }
}

/* P27, P31: whoever has no keys neither answers for a session nor keeps it alive. */
TEST(after_a_handshake_in_the_clear_nothing_outside_is_about_the_session)
{
    static const struct moment later = {.wall_s = 2, .monotonic_ms = 1000};
    static const uint8_t digests[] = {SPDM_1_3, SPDM_GET_DIGESTS, 0, 0};
    static const uint8_t ack[] = {SPDM_1_3, SPDM_KEY_UPDATE_ACK, SPDM_UPDATE_KEY, 1};
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    shake_hands_in_the_clear(&stage);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    struct spdm_session *const theirs = &stage.responder_sessions[0];
    EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_KEY_UPDATE));
    EXPECT_OK(spdm_requester_listen(&stage.requester, now, session, &stage.out));
    EXPECT(speak_once(&stage) == SPDM_SEND);
    EXPECT(error_of(deliver(&stage, NULL, 1, SLICE(ack))) == SPDM_NO_PENDING_REQUESTS);
    EXPECT(answer_to_at(&stage, later, NULL, SLICE(digests)).data[1] == SPDM_DIGESTS);
    EXPECT(theirs->heard_ms == now.monotonic_ms);
    EXPECT(speak(&stage) == SPDM_DONE);
    expect_answer(&stage, session);
    stage_clear(&stage);
}

TEST(a_responder_reads_the_requesters_chain_again_in_a_session)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_IMPLICIT_DIGESTS);
        struct spdm_session *const theirs = &stage.responder_sessions[0];
        EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_GET_DIGESTS));
        EXPECT_FAIL(UNEXPECTED, spdm_responder_ask(&stage.responder, theirs, SPDM_GET_CERTIFICATE));
        EXPECT(listen(&stage, session) == SPDM_DONE);
        EXPECT(stage.requester.rounds == 2);
        EXPECT_OK(spdm_responder_ask(&stage.responder, NULL, SPDM_GET_DIGESTS));
        EXPECT(listen(&stage, NULL) == SPDM_DONE);
        expect_answer(&stage, session);

        stage.requester_setup.identity = &stage.answering.identity; /* it is somebody else now */
        EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_GET_DIGESTS));
        EXPECT(listen(&stage, session) == SPDM_FAILED);
        EXPECT(theirs->phase == SPDM_SESSION_NONE);
        stage_clear(&stage);
    }
}

TEST(a_requester_that_listens_hears_when_there_is_nothing)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_for(&stage, *version);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
        EXPECT(listen(&stage, NULL) == SPDM_FAILED);
        EXPECT(stage.requester.error == nothing_pending(&stage));
        EXPECT(listen(&stage, session) == SPDM_FAILED);
        EXPECT(stage.requester.error == nothing_pending(&stage));
        live(&stage);
        stage_clear(&stage);
    }
}

TEST(only_what_a_requester_can_answer_is_asked)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    struct spdm_responder *const responder = &stage.responder;
    struct spdm_session *const theirs = &stage.responder_sessions[0];
    open_session(&stage, SPDM_MUTUAL_NONE);
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, NULL, SPDM_KEY_UPDATE));
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, NULL, SPDM_CHALLENGE));
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, theirs, SPDM_CHALLENGE));
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, theirs, SPDM_HEARTBEAT));
    EXPECT_FAIL(UNEXPECTED,
                spdm_responder_ask(responder, &stage.responder_sessions[1], SPDM_KEY_UPDATE));
    responder->connection.peer_flags &= ~(uint32_t)SPDM_KEY_UPD_CAP;
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, theirs, SPDM_KEY_UPDATE));
    responder->connection.peer_flags |= SPDM_KEY_UPD_CAP;
    responder->connection.peer_flags &= ~(uint32_t)SPDM_ENCAP_CAP;
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(responder, theirs, SPDM_KEY_UPDATE));
    stage.requester.connection.peer_flags &= ~(uint32_t)SPDM_ENCAP_CAP;
    EXPECT_FAIL(UNSUPPORTED, spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
    stage_clear(&stage);
}

/* A requester may have taken back what it said it could. */
TEST(a_requester_refuses_what_it_cannot_answer_and_the_session_goes_on)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    struct spdm_session *const theirs = &stage.responder_sessions[0];
    stage.requester_setup.settings.capabilities.flags &=
        ~(uint32_t)(SPDM_KEY_UPD_CAP | SPDM_CERT_CAP);
    EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_KEY_UPDATE));
    EXPECT(listen(&stage, session) == SPDM_DONE);
    EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_GET_DIGESTS));
    EXPECT(listen(&stage, session) == SPDM_DONE);
    EXPECT(stage.requester.rounds == 1);
    stage.requester_setup.settings.capabilities.flags |= SPDM_CERT_CAP;
    stage.requester_setup.identity = NULL;
    EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_GET_DIGESTS));
    EXPECT(listen(&stage, session) == SPDM_DONE);
    expect_answer(&stage, session);
    stage_clear(&stage);
}

TEST(in_a_session_too_nothing_else_is_answered_meanwhile)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    EXPECT_OK(spdm_responder_ask(&stage.responder, &stage.responder_sessions[0], SPDM_KEY_UPDATE));
    expect_answer(&stage, session); /* it was not told yet that there is something */
    const uint8_t get[] = {SPDM_1_3, SPDM_GET_ENCAPSULATED_REQUEST, 0, 0};
    EXPECT(answer_to(&stage, session, SLICE(get)).data[1] == SPDM_ENCAPSULATED_REQUEST);
    EXPECT(error_to(&stage, session, SPDM_HEARTBEAT, 0) == SPDM_REQUEST_IN_FLIGHT);
    EXPECT(error_to(&stage, session, SPDM_END_SESSION, 0) == SPDM_REQUEST_IN_FLIGHT);
    EXPECT(error_to(&stage, session, SPDM_KEY_UPDATE, 1) == SPDM_REQUEST_IN_FLIGHT);
    expect_answer(&stage, NULL); /* outside, nothing is under way */
    stage_clear(&stage);
}

/* ---- a responder that asks what it should not ---- */

/* What the requester delivers when the responder answered `response` instead of what it would. */
static slice delivered_after(struct stage *stage, slice response, uint8_t space[FRAME_SIZE_MAX])
{
    const struct spdm_path path = {&spdm_tcp, &stage->responder.connection};
    struct spdm_session *const session =
        stage->requester.session ? &stage->responder_sessions[0] : NULL;
    struct writer asked = writer_over(stage->response, sizeof stage->response);
    struct spdm_arrival arrival = {0};
    EXPECT_OK(spdm_unwrap(&path, stage->request, stage->out.size, &arrival));
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &asked);
    write_bytes(&asked, response);
    EXPECT_OK(spdm_wrap_end(&path, session, &wrapping, &asked));
    stage->out.size = 0;
    if (spdm_requester_receive(&stage->requester, now, stage->response, asked.size, &stage->out) !=
        SPDM_SEND)
        return (slice){0};
    memcpy(space, stage->request, stage->out.size); /* a copy is opened: the record stays */
    EXPECT_OK(spdm_unwrap(&path, space, stage->out.size, &arrival));
    if (session)
        session->halves[SPDM_REQUESTS].key.sequence--;
    return arrival.message;
}

TEST(a_requester_answers_no_challenge_that_it_did_not_expect_and_no_update_out_of_order)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t challenge[4 + 44] = {
        SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0, SPDM_1_3, SPDM_CHALLENGE};
    static const uint8_t all_keys[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                       SPDM_1_3, SPDM_KEY_UPDATE,           2, 0};
    static const uint8_t verify[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                     SPDM_1_3, SPDM_KEY_UPDATE,           3, 0};
    static const uint8_t older[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                    SPDM_1_2, SPDM_GET_DIGESTS,          0, 0};
    static const uint8_t unknown[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                      SPDM_1_3, SPDM_GET_MEASUREMENTS,     0, 0};
    static const struct {
        slice response;
        uint8_t error;
    } cases[] = {
        {{challenge, sizeof challenge}, SPDM_UNSUPPORTED_REQUEST},
        {{all_keys, sizeof all_keys}, SPDM_INVALID_REQUEST},
        {{verify, sizeof verify}, SPDM_INVALID_REQUEST},
        {{older, sizeof older}, SPDM_INVALID_REQUEST},
        {{unknown, sizeof unknown}, SPDM_UNSUPPORTED_REQUEST},
    };
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage_for(&stage, SPDM_1_3);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
        EXPECT_OK(spdm_requester_listen(&stage.requester, now, session, &stage.out));
        const slice message = delivered_after(&stage, cases[i].response, space);
        EXPECT(message.size == 8 && message.data[1] == SPDM_DELIVER_ENCAPSULATED_RESPONSE &&
               message.data[2] == 1);
        EXPECT(message.data[5] == SPDM_ERROR && message.data[6] == cases[i].error);
        EXPECT(!session->halves[SPDM_RESPONSES].is_updating);
        stage_clear(&stage);
    }
}

/* P29 */
TEST(a_requester_is_asked_only_so_often)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t first[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                    SPDM_1_3, SPDM_GET_DIGESTS,          0, 0};
    static const uint8_t again[] = {
        SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 1, 1, 1, 0, 0, 0, SPDM_1_3, SPDM_GET_DIGESTS, 0,
        0};
    unsigned rounds = 1;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    EXPECT_OK(spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
    EXPECT(delivered_after(&stage, SLICE(first), space).size > 0);
    while (rounds < 1000 && delivered_after(&stage, SLICE(again), space).size > 0)
        rounds++;
    EXPECT(rounds == SPDM_ENCAPSULATED_ROUNDS_MAX);
    EXPECT_FAIL(EXHAUSTED, stage.requester.failure);
    stage_clear(&stage);
}

TEST(a_requester_believes_no_acknowledgement_of_what_it_did_not_deliver)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t first[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                    SPDM_1_3, SPDM_GET_DIGESTS,          0, 0};
    static const uint8_t zero[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 0, 0,
                                   SPDM_1_3, SPDM_GET_DIGESTS,          0, 0};
    static const uint8_t other[] = {SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 0, 0, 2, 0, 0, 0};
    static const uint8_t slot[] = {SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 0, 2, 1, 0, 0, 0, 0};
    static const uint8_t next[] = {
        SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 0, 1, 1, 0, 0, 0, SPDM_1_3, SPDM_GET_DIGESTS, 0,
        0};
    const slice wrong[] = {SLICE(other), SLICE(slot), SLICE(next)};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EXPECT_OK(spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
        EXPECT(delivered_after(&stage, SLICE(first), space).size > 0);
        EXPECT(delivered_after(&stage, wrong[i], space).size == 0);
        EXPECT_FAIL(UNEXPECTED, stage.requester.failure);
    }
    EXPECT_OK(spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
    EXPECT(delivered_after(&stage, SLICE(zero), space).size == 0);
    EXPECT_FAIL(UNEXPECTED, stage.requester.failure);
    stage_clear(&stage);
}

/* A responder asks for new keys and never uses them. */
TEST(a_key_update_that_is_not_brought_to_its_end_fails)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t update[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                     SPDM_1_3, SPDM_KEY_UPDATE,           1, 0};
    static const uint8_t over[] = {SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 0, 0, 1, 0, 0, 0};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    EXPECT_OK(spdm_requester_listen(&stage.requester, now, session, &stage.out));
    EXPECT(delivered_after(&stage, SLICE(update), space).size == 8);
    EXPECT(session->halves[SPDM_RESPONSES].is_updating);
    EXPECT(delivered_after(&stage, SLICE(over), space).size == 0);
    EXPECT_FAIL(UNEXPECTED, stage.requester.failure);
    EXPECT(!session->halves[SPDM_RESPONSES].is_updating);
    expect_answer(&stage, session);
    stage_clear(&stage);
}

TEST(a_new_key_is_verified_under_itself)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t update[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                     SPDM_1_3, SPDM_KEY_UPDATE,           1, 0};
    static const uint8_t verify[] = {
        SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 2, 1, 1, 0, 0, 0, SPDM_1_3, SPDM_KEY_UPDATE, 3,
        0};
    if (spdm_recordings_are_absent(1))
        return;
    for (int under_new = 0; under_new < 2; under_new++) {
        stage_for(&stage, SPDM_1_3);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
        struct spdm_session *const theirs = &stage.responder_sessions[0];
        EXPECT_OK(spdm_requester_listen(&stage.requester, now, session, &stage.out));
        EXPECT(delivered_after(&stage, SLICE(update), space).size == 8);
        if (under_new) {
            EXPECT_OK(spdm_session_prepare_update(theirs, &stage.responder.connection.schedule,
                                                  SPDM_RESPONSES));
            spdm_session_commit_update(theirs, SPDM_RESPONSES);
        }
        const slice message = delivered_after(&stage, SLICE(verify), space);
        EXPECT(message.data[5] == (under_new ? SPDM_KEY_UPDATE_ACK : SPDM_ERROR));
        EXPECT(session->halves[SPDM_RESPONSES].is_updating == !under_new);
        stage_clear(&stage);
    }
}

TEST(outside_sessions_there_are_no_keys_to_update)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t update[] = {SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0,
                                     SPDM_1_3, SPDM_KEY_UPDATE,           1, 0};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    EXPECT_OK(spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
    const slice message = delivered_after(&stage, SLICE(update), space);
    EXPECT(message.data[5] == SPDM_ERROR && message.data[6] == SPDM_UNSUPPORTED_REQUEST);
    stage_clear(&stage);
}

/* Behind a key that the requester did not confirm nothing can be said any more. */
TEST(a_new_key_that_is_not_confirmed_ends_the_session)
{
    static struct stage stage;
    static const uint8_t error[] = {SPDM_1_3, SPDM_ERROR, SPDM_UNSPECIFIED, 0};
    static const uint8_t get[] = {SPDM_1_3, SPDM_GET_ENCAPSULATED_REQUEST, 0, 0};
    static const uint8_t ack[] = {SPDM_1_3, SPDM_KEY_UPDATE_ACK, SPDM_UPDATE_KEY, 1};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, SPDM_1_3);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    struct spdm_session *const theirs = &stage.responder_sessions[0];
    EXPECT_OK(spdm_responder_ask(&stage.responder, theirs, SPDM_KEY_UPDATE));
    EXPECT(answer_to(&stage, session, SLICE(get)).data[1] == SPDM_ENCAPSULATED_REQUEST);
    EXPECT_OK(
        spdm_session_prepare_update(session, &stage.requester.connection.schedule, SPDM_RESPONSES));
    EXPECT(deliver(&stage, session, 1, SLICE(ack)).data[3] == SPDM_ENCAPSULATED_NEXT);
    spdm_session_commit_update(session, SPDM_RESPONSES);
    EXPECT(error_of(deliver(&stage, session, 2, SLICE(error))) == SPDM_INVALID_RESPONSE_CODE);
    EXPECT(theirs->phase == SPDM_SESSION_NONE);
    stage_clear(&stage);
}

/* ---- what the requester is ---- */

static const uint8_t classes[] = {1, 0, 0, 0, 3, 0, 0, 0}; /* one, of the DMTF, without sub-ids */
static size_t told_size;
static bool told_signed;

static status requester_info(void *context, const struct spdm_session *session, slice info,
                             bool is_signed)
{
    (void)context;
    (void)session;
    EXPECT(slice_equal(info, SLICE(classes)));
    told_size = info.size;
    told_signed = is_signed;
    return OK;
}

static void stage_tells(struct stage *stage, uint8_t version, uint32_t flag)
{
    stage_set(stage, version);
    stage_of_recall = stage;
    stage->requester_setup.settings.capabilities.flags |= flag;
    stage->requester_setup.endpoint_info = SLICE(classes);
    stage->responder_setup.duties.requester_info = requester_info;
    stage->responder_setup.duties.recall = recall;
    connect(stage);
    learn_chain(stage);
    told_size = 0;
}

static enum spdm_progress tell(struct stage *stage, struct spdm_session *session)
{
    struct spdm_session *const theirs = session ? &stage->responder_sessions[0] : NULL;
    EXPECT_OK(spdm_responder_ask(&stage->responder, theirs, SPDM_GET_ENDPOINT_INFO));
    return listen(stage, session);
}

TEST(a_requester_says_what_it_is_and_signs_it_when_it_is_known)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    for (uint8_t version = SPDM_1_3; version <= SPDM_1_4; version++) {
        stage_tells(&stage, version, SPDM_EP_INFO_SIGNED);
        EXPECT(tell(&stage, NULL) == SPDM_DONE);
        EXPECT(told_size && told_signed);
        struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
        told_size = 0;
        EXPECT(tell(&stage, session) == SPDM_DONE);
        EXPECT(told_size && told_signed);
        stage.responder_setup.duties.recall = NULL; /* whose signature would it be? */
        EXPECT(tell(&stage, session) == SPDM_DONE);
        EXPECT(!told_signed);
        expect_answer(&stage, session);
        stage_clear(&stage);
    }
}

TEST(what_a_requester_signed_with_another_key_is_not_told)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_tells(&stage, SPDM_1_3, SPDM_EP_INFO_SIGNED);
    stage.asking.identity.slots[SLOT].key = &stage.answering.key;
    EXPECT(tell(&stage, NULL) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_INVALID_RESPONSE_CODE && !told_size);
    struct spdm_session *const session = open_session(&stage, SPDM_MUTUAL_NONE);
    EXPECT(tell(&stage, session) == SPDM_FAILED);
    EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE && !told_size);
    stage_clear(&stage);
}

TEST(a_requester_tells_no_more_than_it_said_it_would)
{
    static struct stage stage;
    static uint8_t space[FRAME_SIZE_MAX];
    static const uint8_t asks_signature[4 + 40] = {
        SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0, SPDM_1_3, SPDM_GET_ENDPOINT_INFO, 1, 0, 1};
    static const uint8_t asks_other[4 + 8] = {
        SPDM_1_3, SPDM_ENCAPSULATED_REQUEST, 1, 0, SPDM_1_3, SPDM_GET_ENDPOINT_INFO, 2, 0, 0};
    static const uint8_t over[] = {SPDM_1_3, SPDM_ENCAPSULATED_RESPONSE_ACK, 0, 0, 1, 0, 0, 0};
    const slice asked[] = {SLICE(asks_signature), SLICE(asks_other)};
    if (spdm_recordings_are_absent(1))
        return;
    stage_tells(&stage, SPDM_1_3, 0);
    EXPECT_FAIL(UNSUPPORTED, spdm_responder_ask(&stage.responder, NULL, SPDM_GET_ENDPOINT_INFO));
    stage_clear(&stage);

    stage_tells(&stage, SPDM_1_3, SPDM_EP_INFO_UNSIGNED);
    EXPECT(tell(&stage, NULL) == SPDM_DONE);
    EXPECT(told_size && !told_signed);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        EXPECT_OK(spdm_requester_listen(&stage.requester, now, NULL, &stage.out));
        const slice message = delivered_after(&stage, asked[i], space);
        EXPECT(message.data[5] == SPDM_ERROR);
        EXPECT(delivered_after(&stage, SLICE(over), space).size == 0);
    }
    stage.requester_setup.endpoint_info = (slice){0};
    told_size = 0;
    EXPECT(tell(&stage, NULL) == SPDM_DONE); /* it refuses, and may */
    stage.responder_setup.duties.requester_info = NULL;
    EXPECT(tell(&stage, NULL) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_UNSUPPORTED_REQUEST && !told_size);
    EXPECT(error_to(&stage, NULL, SPDM_GET_ENCAPSULATED_REQUEST, 0) == SPDM_NO_PENDING_REQUESTS);
    stage_clear(&stage);
}

TEST(classes_that_are_none_are_not_told)
{
    static struct stage stage;
    static const uint8_t cut[] = {1, 0, 0, 0, 9, 0, 0, 0};
    if (spdm_recordings_are_absent(1))
        return;
    stage_tells(&stage, SPDM_1_3, SPDM_EP_INFO_UNSIGNED);
    stage.requester_setup.endpoint_info = SLICE(cut);
    EXPECT(tell(&stage, NULL) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_INVALID_RESPONSE_CODE && !told_size);
    stage_clear(&stage);
}
