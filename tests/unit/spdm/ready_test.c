/* SPDX-License-Identifier: Apache-2.0 */

/* Answers that come later: ERROR ResponseNotReady and Busy, and sessions that fell silent. */

#include "spdm_pair.h"
#include "test.h"

#include "spdm/message/error.h"
#include "spdm/message/respond_if_ready.h"

enum { SPACE_SIZE = 4 << 10 };

static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

struct stage {
    struct pair pair;
    struct pair_party asking, answering;
    uint8_t requester_spaces[2][SPACE_SIZE], responder_spaces[2][SPACE_SIZE];
    struct moment now;
    unsigned calls, refusals; /* of the duty: how often, and how often it is not ready first */
};

static struct stage stage;

static status measure_later(void *context, const struct spdm_measuring *what, struct writer *record,
                            uint8_t *out_count)
{
    stage.calls++;
    if (!stage.refusals)
        return pair_measure(context, what, record, out_count);
    stage.refusals--;
    return spdm_not_ready();
}

static void party_make(struct pair_party *party, unsigned number)
{
    struct private_key key = {0};
    must(private_key_read_pem(slice_of_text(sim_test_keys[number]), &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void lend(struct spdm_connection *connection, uint8_t spaces[2][SPACE_SIZE])
{
    connection->incoming = (struct spdm_transfer){.space = spaces[0], .capacity = SPACE_SIZE};
    connection->outgoing = (struct spdm_transfer){.space = spaces[1], .capacity = SPACE_SIZE};
}

static void stage_set(uint8_t version, bool lends)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = version,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_256_GCM,
    };
    memset(&stage, 0, sizeof stage);
    stage.now.monotonic_ms = 1000000;
    party_make(&stage.asking, 4);
    party_make(&stage.answering, 5);
    pair_begin(&stage.pair, &terms, &stage.asking, &stage.answering);
    stage.pair.responder_setup.duties.measure = measure_later;
    if (lends)
        lend(&stage.pair.requester.connection, stage.requester_spaces);
    if (lends)
        lend(&stage.pair.responder.connection, stage.responder_spaces);
}

static void stage_clear(void)
{
    pair_end(&stage.pair);
    pair_party_clear(&stage.asking);
    pair_party_clear(&stage.answering);
}

static enum spdm_progress speak(void)
{
    struct pair *const pair = &stage.pair;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        EXPECT_OK(spdm_responder_receive(&pair->responder, stage.now, pair->request, pair->out.size,
                                         &answer));
        pair->out.size = 0;
        progress = spdm_requester_receive(&pair->requester, stage.now, pair->response, answer.size,
                                          &pair->out);
    }
    return progress;
}

/* Until something is to be sent, or is over. */
static enum spdm_progress wait_and_look(void)
{
    struct pair *const pair = &stage.pair;
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_WAIT);
    stage.now.monotonic_ms = spdm_requester_deadline_ms(&pair->requester);
    return spdm_requester_look(&pair->requester, stage.now, &pair->out);
}

static void connect(void)
{
    struct pair *const pair = &stage.pair;
    EXPECT_OK(spdm_requester_connect(&pair->requester, stage.now, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(spdm_requester_digests(&pair->requester, stage.now, NULL, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &stage.answering.read));
}

static void open_session(void)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    EXPECT_OK(spdm_requester_open_session(&pair->requester, stage.now, &opening, &pair->out));
    EXPECT(speak() == SPDM_DONE);
}

static void ask_to_measure(struct spdm_session *session, bool asks_signature)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_measuring_order order = {
        .session = session, .operation = SPDM_MEASUREMENTS_ALL, .asks_signature = asks_signature};
    EXPECT_OK(spdm_requester_measurements(&pair->requester, stage.now, &order, &pair->out));
}

/* Signed over what came before it, so the transcript is that of the requests that count. */
static void expect_late_measurements(struct spdm_session *session, uint8_t error)
{
    for (unsigned i = 0; i < 3; i++) {
        stage.calls = 0;
        stage.refusals = i;
        ask_to_measure(session, i == 2);
        enum spdm_progress progress = speak();
        for (unsigned k = 0; k < i; k++) {
            EXPECT(progress == SPDM_WAIT && stage.pair.requester.error == error);
            EXPECT(wait_and_look() == SPDM_SEND);
            progress = speak();
        }
        EXPECT(progress == SPDM_DONE && stage.pair.requester.error == 0);
        EXPECT(stage.pair.requester.measurements.block_count == 1);
        EXPECT(stage.calls == i + 1);
    }
}

TEST(what_is_not_ready_is_asked_for_again_in_each_version_in_and_out_of_sessions)
{
    for (size_t i = 0; i < 2 * sizeof versions; i++) {
        stage_set(versions[i % sizeof versions], true);
        connect();
        expect_late_measurements(NULL, SPDM_RESPONSE_NOT_READY);
        if (versions[i % sizeof versions] >= SPDM_1_1) {
            open_session();
            expect_late_measurements(stage.pair.requester.opened, SPDM_RESPONSE_NOT_READY);
        }
        stage_clear();
    }
}

TEST(a_responder_without_space_for_the_request_is_busy)
{
    for (size_t i = 0; i < sizeof versions; i++) {
        stage_set(versions[i], false);
        connect();
        expect_late_measurements(NULL, SPDM_BUSY);
        stage_clear();
    }
}

/* KEY_EXCHANGE wants a summary of measurements, and is kept where there is space only. */
TEST(a_handshake_waits_for_measurements_too)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT, .summary = SPDM_SUMMARY_ALL};
    for (unsigned lends = 0; lends < 2; lends++) {
        stage_set(SPDM_1_3, lends);
        connect();
        for (unsigned i = 0; i < 2; i++) {
            stage.refusals = 2;
            EXPECT_OK(
                spdm_requester_open_session(&pair->requester, stage.now, &opening, &pair->out));
            EXPECT(speak() == SPDM_WAIT);
            EXPECT(wait_and_look() == SPDM_SEND);
            EXPECT(speak() == SPDM_WAIT);
            EXPECT(wait_and_look() == SPDM_SEND);
            EXPECT(speak() == SPDM_DONE);
            EXPECT(pair->requester.opened->phase == SPDM_SESSION_ESTABLISHED);
        }
        stage_clear();
    }
}

static status judge_later(void *context, slice chain, const struct public_key **out_key)
{
    (void)context, (void)chain, (void)out_key;
    return spdm_not_ready();
}

/* A flow of encapsulated requests has no place to wait in. */
TEST(who_judges_the_requester_must_be_ready)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    stage_set(SPDM_1_3, true);
    pair->responder_setup.mutual = SPDM_MUTUAL_ENCAPSULATED;
    pair->responder_setup.duties.judge = judge_later;
    connect();
    EXPECT_OK(spdm_requester_open_session(&pair->requester, stage.now, &opening, &pair->out));
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_UNSPECIFIED);
    EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear();
}

/* ---- how long ---- */

/* P32 */
TEST(a_responder_that_is_never_ready_is_given_up)
{
    for (unsigned lends = 0; lends < 2; lends++) {
        stage_set(SPDM_1_3, lends);
        connect();
        const int64_t begin_ms = stage.now.monotonic_ms;
        stage.refusals = 10000;
        ask_to_measure(NULL, false);
        enum spdm_progress progress = speak();
        while (progress == SPDM_WAIT && wait_and_look() == SPDM_SEND)
            progress = speak();
        EXPECT(progress == SPDM_FAILED);
        EXPECT_FAIL(EXHAUSTED, stage.pair.requester.failure);
        EXPECT(stage.now.monotonic_ms - begin_ms <= SPDM_PATIENCE_MS);
        EXPECT(stage.now.monotonic_ms - begin_ms > SPDM_PATIENCE_MS / 2);
        EXPECT(stage.calls <= SPDM_PATIENCE_MS / 100 + 1);
        stage.refusals = 0;
        ask_to_measure(NULL, false); /* and another thing may be asked */
        EXPECT(speak() == SPDM_DONE);
        stage_clear();
    }
}

/* Instead of what the responder says. */
static enum spdm_progress answer_by_hand(const struct spdm_error *error)
{
    struct pair *const pair = &stage.pair;
    struct writer writer = writer_over(pair->response, sizeof pair->response);
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    spdm_error_write(&writer, error);
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    pair->out.size = 0;
    return spdm_requester_receive(&pair->requester, stage.now, pair->response, writer.size,
                                  &pair->out);
}

/* spec: DSP0274 1.4, "ResponseNotReady extended error data": 2^exponent us, that many times */
/* P32 */
TEST(the_pause_is_what_the_responder_says_and_our_own_patience_ends_it)
{
    const struct {
        uint8_t exponent, multiplier;
        bool is_waited_for;
        int64_t pause_ms;
    } cases[] = {
        {0, 0, true, 10},    {0, 255, true, 10},   {13, 1, true, 10}, {14, 1, true, 17},
        {20, 2, true, 1049}, {24, 1, true, 16778}, {25, 1, false, 0}, {31, 255, false, 0},
    };
    stage_set(SPDM_1_3, false);
    connect();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct spdm_error error = {
            .version = SPDM_1_3,
            .code = SPDM_RESPONSE_NOT_READY,
            .not_ready = {cases[i].exponent, cases[i].multiplier, SPDM_GET_MEASUREMENTS, 5}};
        ask_to_measure(NULL, false);
        const enum spdm_progress progress = answer_by_hand(&error);
        EXPECT(progress == (cases[i].is_waited_for ? SPDM_WAIT : SPDM_FAILED));
        if (!cases[i].is_waited_for)
            continue;
        EXPECT(spdm_requester_deadline_ms(&stage.pair.requester) ==
               stage.now.monotonic_ms + cases[i].pause_ms);
        spdm_requester_give_up(&stage.pair.requester);
        EXPECT_FAIL(EXHAUSTED, stage.pair.requester.failure);
    }
    stage_clear();
}

/* P32 */
TEST(patience_is_no_longer_than_the_responder_keeps_its_answer)
{
    const struct spdm_error error = {.version = SPDM_1_3,
                                     .code = SPDM_RESPONSE_NOT_READY,
                                     .not_ready = {20, 3, SPDM_GET_MEASUREMENTS, 5}};
    unsigned asked = 0;
    stage_set(SPDM_1_3, false);
    connect();
    ask_to_measure(NULL, false);
    while (answer_by_hand(&error) == SPDM_WAIT && wait_and_look() == SPDM_SEND)
        asked++;
    EXPECT(asked == 3);
    EXPECT(spdm_requester_deadline_ms(&stage.pair.requester) == INT64_MAX);

    ask_to_measure(NULL, false);
    EXPECT(answer_by_hand(&error) == SPDM_WAIT);
    stage.now.monotonic_ms += SPDM_PATIENCE_MS + 1; /* whoever comes back too late */
    EXPECT(spdm_requester_look(&stage.pair.requester, stage.now, &stage.pair.out) == SPDM_FAILED);
    stage_clear();
}

TEST(another_request_than_ours_is_not_put_off)
{
    struct spdm_error error = {.version = SPDM_1_3,
                               .code = SPDM_RESPONSE_NOT_READY,
                               .not_ready = {10, 3, SPDM_GET_DIGESTS, 5}};
    stage_set(SPDM_1_3, false);
    connect();
    ask_to_measure(NULL, false);
    EXPECT(answer_by_hand(&error) == SPDM_FAILED);
    error.not_ready.request_code = SPDM_GET_MEASUREMENTS;
    ask_to_measure(NULL, false);
    EXPECT(answer_by_hand(&error) == SPDM_WAIT);
    error.code = SPDM_INVALID_REQUEST;
    EXPECT(answer_by_hand(&error) == SPDM_WAIT); /* nobody asked again: it is not looked at */
    EXPECT(stage.pair.out.size == 0);
    stage_clear();
}

/* ---- RESPOND_IF_READY by hand ---- */

static slice ask(slice message)
{
    struct pair *const pair = &stage.pair;
    struct writer writer = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    struct spdm_frame frame = {0};
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(
        spdm_responder_receive(&pair->responder, stage.now, pair->request, writer.size, &answer));
    EXPECT_OK(spdm_frame_read(&spdm_tcp, (slice){pair->response, answer.size}, &frame));
    return frame.message;
}

static slice ask_if_ready(uint8_t code, uint8_t token)
{
    const uint8_t message[] = {SPDM_1_3, SPDM_RESPOND_IF_READY, code, token};
    return ask(SLICE(message));
}

static void expect_error(slice got, uint8_t code)
{
    EXPECT(got.size >= SPDM_HEADER_SIZE && got.data[1] == SPDM_ERROR && got.data[2] == code);
}

static const uint8_t get_measurements[] = {
    SPDM_1_3, SPDM_GET_MEASUREMENTS, 0, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8};

static uint8_t put_off(void)
{
    const slice got = ask(SLICE(get_measurements));
    expect_error(got, SPDM_RESPONSE_NOT_READY);
    EXPECT(got.size == SPDM_HEADER_SIZE + 4 && got.data[5] == SPDM_GET_MEASUREMENTS);
    return got.data[6];
}

TEST(only_what_was_put_off_is_asked_for_again_by_its_token_and_code)
{
    static const uint8_t get_digests[] = {SPDM_1_3, SPDM_GET_DIGESTS, 0, 0};
    stage_set(SPDM_1_3, true);
    connect();
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, 0), SPDM_UNEXPECTED_REQUEST);
    stage.refusals = 1;
    uint8_t token = put_off();
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, (uint8_t)(token + 1)), SPDM_INVALID_REQUEST);
    expect_error(ask_if_ready(SPDM_GET_DIGESTS, token), SPDM_INVALID_REQUEST);
    const slice got = ask_if_ready(SPDM_GET_MEASUREMENTS, token);
    EXPECT(got.size > 12 && got.data[1] == SPDM_MEASUREMENTS);
    EXPECT(memcmp(got.data + got.size - 8, get_measurements + 4, 8) == 0); /* the context, back */
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, token), SPDM_UNEXPECTED_REQUEST);

    stage.refusals = 1; /* another request takes its place */
    token = put_off();
    EXPECT(ask(SLICE(get_digests)).data[1] == SPDM_DIGESTS);
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, token), SPDM_UNEXPECTED_REQUEST);

    stage.refusals = 1; /* so does a new beginning */
    token = put_off();
    connect();
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, token), SPDM_UNEXPECTED_REQUEST);
    stage_clear();
}

TEST(what_was_put_off_in_a_session_is_not_told_outside_of_it)
{
    stage_set(SPDM_1_3, true);
    connect();
    open_session();
    stage.refusals = 1;
    ask_to_measure(stage.pair.requester.opened, false);
    EXPECT(speak() == SPDM_WAIT);
    expect_error(ask_if_ready(SPDM_GET_MEASUREMENTS, stage.pair.requester.put_off.token),
                 SPDM_UNEXPECTED_REQUEST);
    EXPECT(wait_and_look() == SPDM_SEND);
    EXPECT(speak() == SPDM_DONE);
    stage_clear();
}

/* An ERROR ends the row of measurements that a signature covers, Busy and ResponseNotReady do not.
 */
TEST(measurements_that_were_refused_are_forgotten_on_both_sides)
{
    struct pair *const pair = &stage.pair;
    struct spdm_measuring_order order = {.operation = 77};
    for (size_t i = 0; i < sizeof versions; i++) {
        stage_set(versions[i], true);
        connect();
        ask_to_measure(NULL, false);
        EXPECT(speak() == SPDM_DONE);
        EXPECT_OK(spdm_requester_measurements(&pair->requester, stage.now, &order, &pair->out));
        EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_INVALID_REQUEST);
        EXPECT(pair->responder.connection.transcript.m.hash == HASH_NONE);
        ask_to_measure(NULL, true);
        EXPECT(speak() == SPDM_DONE);
        stage_clear();
    }
}

/* ---- silence ---- */

/* P31 */
TEST(a_session_ends_when_nothing_was_heard_for_two_periods)
{
    struct pair *const pair = &stage.pair;
    stage_set(SPDM_1_3, true);
    connect();
    open_session();
    struct spdm_session *const ours = pair->requester.opened;
    struct spdm_session *const theirs = &pair->responder_sessions[0];
    EXPECT(ours->heartbeat_s == PAIR_HEARTBEAT_S && theirs->heartbeat_s == PAIR_HEARTBEAT_S);
    for (unsigned i = 0; i < 5; i++) { /* kept, as long as it is kept up */
        stage.now.monotonic_ms = spdm_requester_deadline_ms(&pair->requester);
        EXPECT(spdm_session_wants_heartbeat(ours, stage.now.monotonic_ms));
        spdm_responder_look(&pair->responder, stage.now);
        EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_WAIT);
        EXPECT_OK(spdm_requester_heartbeat(&pair->requester, stage.now, ours, &pair->out));
        EXPECT(speak() == SPDM_DONE);
    }
    stage.now.monotonic_ms += 2 * PAIR_HEARTBEAT_S * 1000 - 1;
    spdm_responder_look(&pair->responder, stage.now);
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_WAIT);
    EXPECT(ours->phase == SPDM_SESSION_ESTABLISHED && theirs->phase == SPDM_SESSION_ESTABLISHED);
    stage.now.monotonic_ms++;
    spdm_responder_look(&pair->responder, stage.now);
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_WAIT);
    EXPECT(ours->phase == SPDM_SESSION_NONE && theirs->phase == SPDM_SESSION_NONE);
    EXPECT(spdm_requester_deadline_ms(&pair->requester) == INT64_MAX);
    stage_clear();
}

TEST(a_request_in_a_session_that_fell_silent_fails_with_it)
{
    struct pair *const pair = &stage.pair;
    stage_set(SPDM_1_3, true);
    connect();
    open_session();
    EXPECT_OK(
        spdm_requester_heartbeat(&pair->requester, stage.now, pair->requester.opened, &pair->out));
    stage.now.monotonic_ms += 2 * PAIR_HEARTBEAT_S * 1000;
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_FAILED);
    EXPECT(pair->requester_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear();
}

TEST(a_handshake_that_stops_is_ended_on_both_sides)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    stage_set(SPDM_1_3, true);
    connect();
    EXPECT_OK(spdm_requester_open_session(&pair->requester, stage.now, &opening, &pair->out));
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    EXPECT_OK(spdm_responder_receive(&pair->responder, stage.now, pair->request, pair->out.size,
                                     &answer));
    pair->out.size = 0;
    EXPECT(spdm_requester_receive(&pair->requester, stage.now, pair->response, answer.size,
                                  &pair->out) == SPDM_SEND);
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_WAIT);
    stage.now.monotonic_ms += SPDM_HANDSHAKE_PAUSE_MS_MAX;
    spdm_responder_look(&pair->responder, stage.now);
    EXPECT(spdm_requester_look(&pair->requester, stage.now, &pair->out) == SPDM_FAILED);
    EXPECT(pair->requester_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear();
}
