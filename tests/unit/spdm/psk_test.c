/* SPDX-License-Identifier: Apache-2.0 */

/* Sessions from a pre-shared key: requester against responder, and what must not happen. */

#include "spdm/message/error.h"
#include "spdm/message/finish.h"
#include "spdm/message/psk_exchange.h"
#include "spdm/message/psk_finish.h"
#include "spdm_stage.h"

static const uint8_t hint[] = "which key";
static const struct secret psk = {{1, 2, 3, 4, 5}, 12};
static const struct secret other_psk = {{1, 2, 3, 4, 6}, 12};

static status find_psk(void *context, slice got, struct secret *out)
{
    (void)context;
    if (!slice_equal(got, SLICE(hint)))
        return FAIL(DENIED, "no such key");
    *out = psk;
    return OK;
}

struct way {
    uint8_t version;
    uint32_t responder_psk; /* SPDM_PSK_PLAIN or SPDM_PSK_WITH_CONTEXT */
    uint8_t summary;
};

static const struct way ways[] = {
    {SPDM_1_1, SPDM_PSK_PLAIN, SPDM_SUMMARY_NONE},
    {SPDM_1_1, SPDM_PSK_WITH_CONTEXT, SPDM_SUMMARY_ALL},
    {SPDM_1_2, SPDM_PSK_PLAIN, SPDM_SUMMARY_TCB},
    {SPDM_1_2, SPDM_PSK_WITH_CONTEXT, SPDM_SUMMARY_NONE},
    {SPDM_1_3, SPDM_PSK_PLAIN, SPDM_SUMMARY_ALL},
    {SPDM_1_3, SPDM_PSK_WITH_CONTEXT, SPDM_SUMMARY_TCB},
    {SPDM_1_4, SPDM_PSK_PLAIN, SPDM_SUMMARY_NONE},
    {SPDM_1_4, SPDM_PSK_WITH_CONTEXT, SPDM_SUMMARY_ALL},
};

#define FOR_EACH_WAY(way)                                                                          \
    for (const struct way *way = ways; way < ways + sizeof ways / sizeof *ways; way++)

/* In the versions that need it, with the permission that is insecure. */
static void stage_for(struct stage *stage, const struct way *way)
{
    stage_set(stage, way->version);
    stage->requester_setup.settings.capabilities.flags |= SPDM_PSK_PLAIN;
    stage->responder_setup.settings.capabilities.flags |= way->responder_psk;
    stage->requester_setup.settings.insecure_allow_psk_before_1_3 = way->version < SPDM_1_3;
    stage->responder_setup.settings.insecure_allow_psk_before_1_3 = way->version < SPDM_1_3;
    stage->responder_setup.duties.find_psk = find_psk;
    connect(stage);
    learn_chain(stage); /* of no use to these sessions but for what is signed in them */
}

static void ask_to_open(struct stage *stage, const struct way *way, const struct secret *key)
{
    const struct spdm_psk_opening opening = {
        .hint = SLICE(hint), .psk = key, .summary = way->summary};
    EXPECT_OK(spdm_requester_open_psk_session(&stage->requester, now, &opening, &stage->out));
}

static void expect_nothing_left(const struct stage *stage)
{
    EXPECT(stage->requester_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT(stage->responder_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT(stage->requester.psk.size == 0);
}

/* ---- what should be ---- */

TEST(a_psk_session_lives_to_its_end_in_each_version_with_and_without_a_context)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        stage_for(&stage, way);
        ask_to_open(&stage, way, &psk);
        EXPECT(speak(&stage) == SPDM_DONE);
        EXPECT(stage.requester.psk.size == 0);
        EXPECT(stage.requester.opened->kind == SPDM_SESSION_PSK);
        EXPECT(stage.requester.opened->heartbeat_s == 5);
        EXPECT(stage.requester.opened->secured_version == 0x1200);
        EXPECT(stage.requester.summary_digest.size ==
               (way->summary == SPDM_SUMMARY_NONE ? 0U : 48U));
        live(&stage);
        stage_clear(&stage);
    }
}

TEST(a_psk_session_and_one_of_certificates_live_beside_each_other)
{
    static struct stage stage;
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    ask_to_open(&stage, &ways[5], &psk);
    EXPECT(speak(&stage) == SPDM_DONE);
    struct spdm_session *const first = stage.requester.opened;
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak(&stage) == SPDM_DONE);
    expect_answer(&stage, first);
    expect_answer(&stage, stage.requester.opened);
    stage_clear(&stage);
}

static void lend(struct spdm_connection *connection, uint8_t spaces[2][FRAME_SIZE_MAX])
{
    connection->incoming.space = spaces[0];
    connection->outgoing.space = spaces[1];
    connection->incoming.capacity = connection->outgoing.capacity = FRAME_SIZE_MAX;
}

/* What becomes of the session waits for the last piece of the response. */
TEST(a_psk_exchange_in_pieces_opens_its_session_too)
{
    enum { SMALL = 64 };
    static struct stage stage;
    static uint8_t spaces[4][FRAME_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        if (way->version < SPDM_1_2)
            continue;
        stage_for(&stage, way);
        lend(&stage.requester.connection, spaces);
        lend(&stage.responder.connection, spaces + 2);
        stage.requester_setup.settings.capabilities.flags |= SPDM_CHUNK_CAP;
        stage.responder_setup.settings.capabilities.flags |= SPDM_CHUNK_CAP;
        stage.requester_setup.settings.capabilities.data_transfer_size = SMALL;
        stage.responder_setup.settings.capabilities.data_transfer_size = SMALL;
        connect(&stage);
        learn_chain(&stage);
        ask_to_open(&stage, way, &psk);
        EXPECT(stage.out.size <= 4 + SMALL);
        EXPECT(speak(&stage) == SPDM_DONE);
        live(&stage);
        stage_clear(&stage);
    }
}

/* P27 */
TEST(an_answer_that_does_not_fit_opens_no_session)
{
    enum { SPACE = 32 }; /* for an ERROR, and nothing else */
    static struct stage stage;
    uint8_t space[SPACE];
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        stage_for(&stage, way);
        struct writer out = writer_over(space, sizeof space);
        ask_to_open(&stage, way, &psk);
        EXPECT_OK(
            spdm_responder_receive(&stage.responder, now, stage.request, stage.out.size, &out));
        EXPECT(stage.responder.refusal.fault && out.size);
        EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);
        stage_clear(&stage);
    }
}

/* ---- which key ---- */

TEST(another_key_another_hint_or_no_key_opens_no_session)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        stage_for(&stage, way);
        ask_to_open(&stage, way, &other_psk);
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
        EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
        EXPECT(stage.requester.psk.size == 0);
        stage_clear(&stage);

        stage_for(&stage, way);
        const struct spdm_psk_opening stranger = {.psk = &psk};
        EXPECT_OK(spdm_requester_open_psk_session(&stage.requester, now, &stranger, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == SPDM_INVALID_REQUEST);
        expect_nothing_left(&stage);

        const struct secret none = {0};
        const struct spdm_psk_opening empty = {.psk = &none};
        EXPECT_FAIL(UNEXPECTED,
                    spdm_requester_open_psk_session(&stage.requester, now, &empty, &stage.out));
        stage.responder_setup.duties.find_psk = NULL;
        ask_to_open(&stage, way, &psk);
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == SPDM_UNSUPPORTED_REQUEST);
        expect_nothing_left(&stage);
        stage_clear(&stage);
    }
}

TEST(a_psk_exchange_with_one_wrong_bit_opens_no_session)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        for (unsigned unspoiled = 0; unspoiled < 2; unspoiled++) {
            if (unspoiled == 1 && way->responder_psk == SPDM_PSK_PLAIN)
                continue; /* PSK_FINISH_RSP */
            stage_for(&stage, way);
            stage.spoils = 1;
            stage.unspoiled = unspoiled;
            ask_to_open(&stage, way, &psk);
            EXPECT(speak(&stage) == SPDM_FAILED);
            EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
            EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
            EXPECT(!stage.requester.opened);
            stage_clear(&stage);
        }
    }
}

/* ---- before 1.3 ---- */

/* P28. spec: IACR ePrint 2024/2047 */
TEST(before_1_3_pre_shared_keys_are_neither_told_nor_answered_nor_asked_for)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        if (way->version >= SPDM_1_3)
            continue;
        const struct spdm_psk_opening opening = {.hint = SLICE(hint), .psk = &psk};
        stage_for(&stage, way); /* the requester would, the responder does not */
        stage.responder_setup.settings.insecure_allow_psk_before_1_3 = false;
        connect(&stage);
        EXPECT(!(stage.requester.connection.peer_flags & SPDM_PSK_CAP));
        EXPECT_FAIL(UNSUPPORTED,
                    spdm_requester_open_psk_session(&stage.requester, now, &opening, &stage.out));
        stage.requester.connection.peer_flags |= way->responder_psk; /* and asks all the same */
        ask_to_open(&stage, way, &psk);
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT(stage.requester.error == SPDM_UNSUPPORTED_REQUEST);
        expect_nothing_left(&stage);

        stage.responder_setup.settings.insecure_allow_psk_before_1_3 = true; /* the reverse */
        stage.requester_setup.settings.insecure_allow_psk_before_1_3 = false;
        connect(&stage);
        EXPECT(stage.requester.connection.peer_flags & SPDM_PSK_CAP);
        EXPECT(!(stage.responder.connection.peer_flags & SPDM_PSK_CAP));
        EXPECT_FAIL(UNSUPPORTED,
                    spdm_requester_open_psk_session(&stage.requester, now, &opening, &stage.out));
        stage_clear(&stage);
    }
}

/* ENCRYPT_CAP and the like without a way to open a session are against the specification. */
TEST(before_1_3_a_party_of_pre_shared_keys_alone_says_nothing_of_sessions)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage, SPDM_1_2);
    stage.requester_setup.settings.capabilities.flags =
        SPDM_PSK_PLAIN | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_HBEAT_CAP;
    stage.responder_setup.settings.capabilities.flags =
        SPDM_PSK_PLAIN | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_MEAS_UNSIGNED;
    connect(&stage);
    EXPECT(stage.requester.connection.peer_flags == SPDM_MEAS_UNSIGNED);
    EXPECT(stage.responder.connection.peer_flags == 0);
    stage_clear(&stage);
}

/* ---- what comes where it must not ---- */

/* One message more from the requester's side, and the code of the ERROR that answers it. */
static uint8_t error_to(struct stage *stage, struct spdm_session *session, slice message)
{
    static uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    const struct spdm_path path = {&spdm_tcp, &stage->requester.connection};
    struct writer writer = writer_over(request, sizeof request);
    struct writer out = writer_over(response, sizeof response);
    struct spdm_arrival arrival = {0};
    struct spdm_error error = {0};
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_wrap_end(&path, session, &wrapping, &writer));
    EXPECT_OK(spdm_responder_receive(&stage->responder, now, request, writer.size, &out));
    EXPECT_OK(spdm_unwrap(&path, response, out.size, &arrival));
    EXPECT(arrival.session == session);
    struct reader reader = reader_of(arrival.message);
    EXPECT_OK(spdm_error_read(&reader, &error));
    return error.code;
}

/* The same, as the first record of a handshake whose first was sealed already: that one still
 * counts afterwards. */
static uint8_t error_before(struct stage *stage, struct spdm_session *session, slice message)
{
    session->halves[SPDM_REQUESTS].key.sequence = 0;
    const uint8_t code = error_to(stage, session, message);
    stage->responder_sessions[0].halves[SPDM_REQUESTS].key.sequence = 0;
    return code;
}

static slice finish_of(const struct stage *stage, uint8_t code, uint8_t space[64])
{
    const uint8_t version = stage->requester.connection.shape.version;
    const size_t opaque_size = version >= SPDM_1_4 ? 2 : 0;
    memset(space, 0, 64);
    space[0] = version;
    space[1] = code;
    return (slice){space, SPDM_HEADER_SIZE + opaque_size + 48};
}

/* P27. spec: CVE-2023-31127 */
TEST(finish_does_not_end_the_handshake_of_a_psk_session)
{
    static struct stage stage;
    uint8_t space[64];
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        if (way->responder_psk == SPDM_PSK_PLAIN)
            continue;
        stage_for(&stage, way);
        ask_to_open(&stage, way, &psk);
        EXPECT(speak_once(&stage) == SPDM_SEND);
        struct spdm_session *const session = stage.requester.opening;
        EXPECT(error_before(&stage, session, finish_of(&stage, SPDM_FINISH, space)) ==
               SPDM_UNEXPECTED_REQUEST);
        EXPECT(speak(&stage) == SPDM_DONE); /* PSK_FINISH does, as if nothing had been */
        live(&stage);
        stage_clear(&stage);
    }
}

/* P27. spec: CVE-2023-31127 */
TEST(psk_finish_does_not_end_the_handshake_of_a_key_exchange)
{
    static struct stage stage;
    uint8_t space[64];
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        if (way->responder_psk == SPDM_PSK_PLAIN)
            continue;
        stage_for(&stage, way);
        EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
        EXPECT(speak_once(&stage) == SPDM_SEND);
        struct spdm_session *const session = stage.requester.opening;
        EXPECT(error_before(&stage, session, finish_of(&stage, SPDM_PSK_FINISH, space)) ==
               SPDM_UNEXPECTED_REQUEST);
        EXPECT(speak(&stage) == SPDM_DONE); /* FINISH does */
        live(&stage);
        stage_clear(&stage);
    }
}

/* Nor is a PSK session the latest KEY_EXCHANGE, whose FINISH in the clear has no session's id. */
TEST(finish_in_the_clear_is_not_of_a_psk_session)
{
    static struct stage stage;
    uint8_t space[64];
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    stage.requester_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    stage.responder_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    connect(&stage);
    learn_chain(&stage);
    ask_to_open(&stage, &ways[5], &psk);
    EXPECT(speak_once(&stage) == SPDM_SEND);
    EXPECT(error_to(&stage, NULL, finish_of(&stage, SPDM_FINISH, space)) ==
           SPDM_UNEXPECTED_REQUEST);
    EXPECT(error_to(&stage, NULL, finish_of(&stage, SPDM_PSK_FINISH, space)) ==
           SPDM_SESSION_REQUIRED);
    EXPECT(speak(&stage) == SPDM_DONE);
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak(&stage) == SPDM_DONE);
    stage_clear(&stage);
}

static slice psk_exchange_of(const struct stage *stage, uint8_t space[256])
{
    const struct spdm_shape *const shape = &stage->requester.connection.shape;
    static const uint8_t context[SPDM_PSK_CONTEXT_SIZE] = {1};
    uint8_t opaque_space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    struct writer writer = writer_over(space, 256);
    spdm_secured_offer_write(&opaque, shape, &stage->requester_setup.secured);
    spdm_psk_exchange_write(&writer, shape,
                            &(struct spdm_psk_exchange){
                                .session_id = 7,
                                .hint = SLICE(hint),
                                .context = SLICE(context),
                                .opaque = {opaque_space, opaque.size},
                            });
    return (slice){space, writer.size};
}

/* What the responder answers to a message outside sessions. */
static uint8_t answer_to(struct stage *stage, slice message)
{
    uint8_t request[512], response[512];
    struct writer writer = writer_over(request, sizeof request);
    struct writer out = writer_over(response, sizeof response);
    struct spdm_frame frame = {0};
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(spdm_responder_receive(&stage->responder, now, request, writer.size, &out));
    EXPECT_OK(spdm_frame_read(&spdm_tcp, (slice){response, out.size}, &frame));
    return frame.message.data[1];
}

TEST(a_psk_exchange_does_not_disturb_a_handshake_in_the_clear)
{
    static struct stage stage;
    uint8_t space[256];
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    stage.requester_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    stage.responder_setup.settings.capabilities.flags |= SPDM_HANDSHAKE_IN_THE_CLEAR_CAP;
    connect(&stage);
    learn_chain(&stage);
    EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
    EXPECT(speak_once(&stage) == SPDM_SEND);
    EXPECT(answer_to(&stage, psk_exchange_of(&stage, space)) == SPDM_PSK_EXCHANGE_RSP);
    EXPECT(stage.responder_sessions[1].kind == SPDM_SESSION_PSK);
    EXPECT(speak(&stage) == SPDM_DONE);
    live(&stage);
    stage_clear(&stage);
}

TEST(a_requester_that_said_it_has_no_pre_shared_keys_gets_no_session_of_them)
{
    static struct stage stage;
    uint8_t space[256];
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    stage.requester_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_PSK_CAP;
    connect(&stage);
    EXPECT(error_to(&stage, NULL, psk_exchange_of(&stage, space)) == SPDM_UNSUPPORTED_REQUEST);
    stage_clear(&stage);
}

/* spec: DSP0274 1.4, "PSK_EXCHANGE request and PSK_EXCHANGE_RSP response messages": the opaque
 * field has the form that was selected. */
TEST(without_a_form_of_opaque_data_there_are_no_sessions_from_1_2_on)
{
    static struct stage stage;
    uint8_t space[256];
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        const struct spdm_psk_opening opening = {.hint = SLICE(hint), .psk = &psk};
        const struct spdm_opening of_certificates = {.slot = SLOT};
        stage_for(&stage, way);
        stage.requester_setup.settings.algorithms.other_params = 0;
        connect(&stage);
        learn_chain(&stage);
        const bool is_needed = way->version >= SPDM_1_2;
        EXPECT(answer_to(&stage, psk_exchange_of(&stage, space)) ==
               (is_needed ? SPDM_ERROR : SPDM_PSK_EXCHANGE_RSP));
        if (is_needed) {
            EXPECT_FAIL(UNSUPPORTED, spdm_requester_open_psk_session(&stage.requester, now,
                                                                     &opening, &stage.out));
            EXPECT_FAIL(UNSUPPORTED, spdm_requester_open_session(&stage.requester, now,
                                                                 &of_certificates, &stage.out));
        }
        stage_clear(&stage);
    }
}

/* P27 */
TEST(psk_finish_comes_once_and_only_in_its_handshake)
{
    static struct stage stage;
    uint8_t space[64];
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_WAY(way)
    {
        const bool has_context = way->responder_psk == SPDM_PSK_WITH_CONTEXT;
        const uint8_t outside = !has_context               ? SPDM_UNSUPPORTED_REQUEST
                                : way->version >= SPDM_1_2 ? SPDM_SESSION_REQUIRED
                                                           : SPDM_UNSPECIFIED;
        stage_for(&stage, way);
        EXPECT(error_to(&stage, NULL, finish_of(&stage, SPDM_PSK_FINISH, space)) == outside);
        ask_to_open(&stage, way, &psk);
        EXPECT(speak(&stage) == SPDM_DONE);
        struct spdm_session *const session = stage.requester.opened;
        EXPECT(error_to(&stage, session, finish_of(&stage, SPDM_PSK_FINISH, space)) ==
               (has_context ? SPDM_UNEXPECTED_REQUEST : SPDM_UNSUPPORTED_REQUEST));
        EXPECT(error_to(&stage, session, finish_of(&stage, SPDM_FINISH, space)) ==
               SPDM_UNEXPECTED_REQUEST);
        live(&stage);
        stage_clear(&stage);
    }
}

TEST(psk_finish_without_the_key_ends_the_session)
{
    static struct stage stage;
    uint8_t space[64];
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    ask_to_open(&stage, &ways[5], &psk);
    EXPECT(speak_once(&stage) == SPDM_SEND);
    EXPECT(error_before(&stage, stage.requester.opening,
                        finish_of(&stage, SPDM_PSK_FINISH, space)) == SPDM_DECRYPT_ERROR);
    EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear(&stage);
}

/* P31 */
TEST(more_psk_sessions_than_there_is_room_for_are_refused)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    for (int i = 0; i < SESSIONS; i++) {
        ask_to_open(&stage, &ways[5], &psk);
        EXPECT(speak(&stage) == SPDM_DONE);
    }
    ask_to_open(&stage, &ways[5], &psk);
    EXPECT(speak(&stage) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_SESSION_LIMIT_EXCEEDED);
    for (int i = 0; i < SESSIONS; i++)
        expect_answer(&stage, &stage.requester_sessions[i]);
    stage_clear(&stage);
}

/* What came in the first PSK_EXCHANGE, again: another session, with other keys. */
TEST(a_replayed_psk_exchange_gives_no_keys_that_were)
{
    static struct stage stage;
    uint8_t request[FRAME_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &ways[5]);
    ask_to_open(&stage, &ways[5], &psk);
    const size_t size = stage.out.size;
    memcpy(request, stage.request, size);
    EXPECT(speak(&stage) == SPDM_DONE);
    struct writer out = writer_over(stage.response, sizeof stage.response);
    EXPECT_OK(spdm_responder_receive(&stage.responder, now, request, size, &out));
    EXPECT(stage.responder_sessions[1].phase == SPDM_SESSION_HANDSHAKE);
    EXPECT(stage.responder_sessions[1].form.session_id !=
           stage.responder_sessions[0].form.session_id);
    expect_answer(&stage, stage.requester.opened);
    stage_clear(&stage);
}
