/* SPDX-License-Identifier: Apache-2.0 */

/* Messages in pieces, between our requester and our responder, and from whoever breaks the rules.
 */

#include "spdm_pair.h"
#include "test.h"

enum {
    SPACE_SIZE = 4 << 10,
    VENDOR_SIZE = 1500,
    HANDLE = 9,
    MEASUREMENTS_RSP_SIZE = 126, /* of one block, unsigned, in 1.3 */
};

static const struct pair_terms terms_1_3 = {
    .transport = &spdm_tcp,
    .version = SPDM_1_3,
    .hash = HASH_SHA256,
    .asym = ASYM_ECDSA_P256,
    .requester_asym = ASYM_ECDSA_P256,
    .group = GROUP_P256,
    .aead = AEAD_AES_256_GCM,
};

struct stage {
    struct pair pair;
    struct pair_party asking, answering;
    uint8_t requester_spaces[2][SPACE_SIZE], responder_spaces[2][SPACE_SIZE];
    size_t data_transfer_size;
    unsigned frames; /* in both directions */

    /* One bit of a frame of this code is wrong. */
    uint8_t spoiled_code;
    unsigned unspoiled; /* frames of it before that one */
    size_t bit;
};

static struct stage stage;

static void party_make(struct pair_party *party, unsigned number)
{
    struct private_key key = {0};
    must(private_key_read_pem(slice_of_text(sim_test_keys[number]), &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void lend(struct spdm_connection *connection, struct spdm_settings *settings,
                 uint8_t spaces[2][SPACE_SIZE], size_t data_transfer_size)
{
    settings->capabilities.flags |= SPDM_CHUNK_CAP;
    settings->capabilities.data_transfer_size = (uint32_t)data_transfer_size;
    settings->capabilities.message_size_max = SPACE_SIZE;
    connection->incoming = (struct spdm_transfer){.space = spaces[0], .capacity = SPACE_SIZE};
    connection->outgoing = (struct spdm_transfer){.space = spaces[1], .capacity = SPACE_SIZE};
}

static void stage_set(const struct pair_terms *terms, size_t data_transfer_size)
{
    memset(&stage, 0, sizeof stage);
    party_make(&stage.asking, 4);
    party_make(&stage.answering, 5);
    pair_begin(&stage.pair, terms, &stage.asking, &stage.answering);
    stage.data_transfer_size = data_transfer_size;
    lend(&stage.pair.requester.connection, &stage.pair.requester_setup.settings,
         stage.requester_spaces, data_transfer_size);
    lend(&stage.pair.responder.connection, &stage.pair.responder_setup.settings,
         stage.responder_spaces, data_transfer_size);
}

static void stage_clear(void)
{
    pair_end(&stage.pair);
    pair_party_clear(&stage.asking);
    pair_party_clear(&stage.answering);
}

/* No frame holds a longer message than the other one takes. */
static void expect_small(slice frame)
{
    const struct spdm_transport *const transport = stage.pair.requester_setup.transport;
    struct spdm_frame read;
    EXPECT_OK(spdm_frame_read(transport, frame, &read));
    const size_t around =
        read.kind == SPDM_FRAME_SECURED ? SPDM_RECORD_OVERHEAD_MAX + SPDM_FRAME_HEADER_SIZE_MAX : 0;
    EXPECT(read.message.size <= stage.data_transfer_size + around + transport->alignment - 1);
    stage.frames++;
}

/* Outside sessions, over TCP. */
enum { TCP_HEADER_SIZE = 4 };

static void spoil(uint8_t *frame)
{
    uint8_t *const message = frame + TCP_HEADER_SIZE;
    if (!stage.spoiled_code || message[1] != stage.spoiled_code || stage.unspoiled--)
        return;
    message[stage.bit / 8] ^= (uint8_t)(1 << stage.bit % 8);
    stage.spoiled_code = 0;
}

static enum spdm_progress speak(void)
{
    struct pair *const pair = &stage.pair;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        expect_small((slice){pair->request, pair->out.size});
        spoil(pair->request);
        EXPECT_OK(spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size,
                                         &answer));
        expect_small((slice){pair->response, answer.size});
        spoil(pair->response);
        pair->out.size = 0;
        progress = spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out);
    }
    return progress;
}

static void connect(void)
{
    EXPECT_OK(spdm_requester_connect(&stage.pair.requester, pair_now, &stage.pair.out));
    EXPECT(speak() == SPDM_DONE);
}

static void learn_chain(struct spdm_session *session)
{
    struct pair *const pair = &stage.pair;
    EXPECT_OK(spdm_requester_digests(&pair->requester, pair_now, session, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(
        spdm_requester_certificate(&pair->requester, pair_now, session, PAIR_SLOT, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT(slice_equal((slice){pair->chain, pair->requester.chain_size},
                       buffer_view(&stage.answering.bytes)));
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &stage.answering.read));
}

static void measure(struct spdm_session *session)
{
    struct pair *const pair = &stage.pair;
    struct spdm_measuring_order order = {.session = session, .operation = SPDM_MEASUREMENTS_ALL};
    for (unsigned i = 0; i < 2; i++) {
        order.asks_signature = i; /* over the ones before, too */
        EXPECT_OK(spdm_requester_measurements(&pair->requester, pair_now, &order, &pair->out));
        EXPECT(speak() == SPDM_DONE);
        EXPECT(pair->requester.measurements.block_count == 1);
    }
}

static status say_vendor(struct spdm_session *session, size_t size)
{
    static uint8_t question[2 * SPACE_SIZE];
    struct pair *const pair = &stage.pair;
    for (size_t i = 0; i < size; i++)
        question[i] = (uint8_t)(i * 7);
    const struct spdm_vendor_defined request = {.body = SPDM_BODY_DMTF,
                                                .payload = {question, size}};
    return spdm_requester_vendor_defined(&pair->requester, pair_now, session, &request, &pair->out);
}

static void ask_vendor(struct spdm_session *session, size_t size)
{
    EXPECT_OK(say_vendor(session, size));
    EXPECT(speak() == SPDM_DONE);
    const slice payload = stage.pair.requester.payload;
    EXPECT(payload.size == 1 + size && payload.data[0] == (session ? 1 : 0));
    for (size_t i = 0; i < size && i + 1 < payload.size; i++)
        EXPECT(payload.data[1 + i] == (uint8_t)(i * 7));
}

static void live(void)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT, .summary = SPDM_SUMMARY_ALL};
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    struct spdm_session *const session = pair->requester.opened;
    learn_chain(session);
    measure(session);
    ask_vendor(session, VENDOR_SIZE);
    EXPECT_OK(spdm_requester_key_update(&pair->requester, pair_now, session, SPDM_UPDATE_ALL_KEYS,
                                        &pair->out));
    EXPECT(speak() == SPDM_DONE);
    ask_vendor(session, VENDOR_SIZE);
    EXPECT_OK(spdm_requester_end_session(&pair->requester, pair_now, session, &pair->out));
    EXPECT(speak() == SPDM_DONE);
}

static void converse(const struct pair_terms *terms, size_t data_transfer_size)
{
    stage_set(terms, data_transfer_size);
    connect();
    learn_chain(NULL);
    EXPECT_OK(spdm_requester_challenge(&stage.pair.requester, pair_now, PAIR_SLOT, SPDM_SUMMARY_ALL,
                                       &stage.pair.out));
    EXPECT(speak() == SPDM_DONE);
    measure(NULL);
    ask_vendor(NULL, VENDOR_SIZE);
    live();
    live();
    EXPECT(stage.frames > 4 * VENDOR_SIZE / data_transfer_size);
    stage_clear();
}

TEST(conversations_go_in_pieces_of_any_size_in_each_version_and_mutual_mode)
{
    static const uint8_t versions[] = {SPDM_1_2, SPDM_1_3, SPDM_1_4};
    static const uint8_t mutuals[] = {SPDM_MUTUAL_NONE, SPDM_MUTUAL_ENCAPSULATED,
                                      SPDM_MUTUAL_IMPLICIT_DIGESTS};
    static const size_t sizes[] = {42, 43, 100, 700};
    for (size_t i = 0; i < 3 * 3 * 4 * 2; i++) {
        struct pair_terms terms = terms_1_3;
        terms.version = versions[i % 3];
        terms.mutual = mutuals[i / 3 % 3];
        terms.is_in_the_clear = i / 36;
        converse(&terms, sizes[i / 9 % 4]);
    }
}

TEST(conversations_go_in_pieces_over_each_transport)
{
    static const struct spdm_transport *const transports[] = {&spdm_tcp, &spdm_mctp, &spdm_doe};
    for (size_t i = 0; i < 3; i++) {
        struct pair_terms terms = terms_1_3;
        terms.transport = transports[i];
        converse(&terms, 65);
    }
}

/* ---- what breaks the rules ---- */

/* Reserved bits are not looked at: of param1 all but the lowest one, which CHUNK_GET has not
 * either, and two bytes before 1.4. */
static bool is_reserved(uint8_t code, uint8_t version, size_t bit)
{
    const size_t param1 = 2;
    if (bit / 8 == param1)
        return bit % 8 || code == SPDM_CHUNK_GET;
    return version < SPDM_1_4 && (bit / 8 == 6 || bit / 8 == 7);
}

struct spoiling {
    uint8_t code;
    size_t head_size[2]; /* of the first message of this code, and of a later one; in 1.2 */
};

/* P30 */
TEST(a_wrong_bit_in_the_head_of_a_piece_ends_what_was_asked_and_no_more)
{
    static const uint8_t versions[] = {SPDM_1_2, SPDM_1_3, SPDM_1_4};
    static const struct spoiling spoilings[] = {{SPDM_CHUNK_SEND, {16, 12}},
                                                {SPDM_CHUNK_SEND_ACK, {6, 6}},
                                                {SPDM_CHUNK_GET, {6, 6}},
                                                {SPDM_CHUNK_RESPONSE, {16, 12}}};
    for (size_t i = 0; i < 3 * 4 * 2; i++) {
        struct pair_terms terms = terms_1_3;
        terms.version = versions[i % 3];
        const struct spoiling *const spoiling = &spoilings[i / 3 % 4];
        stage_set(&terms, 200);
        const size_t short_size = spoiling->head_size[i / 12];
        const size_t size = short_size < 8 && terms.version >= SPDM_1_4 ? 8 : short_size;
        for (size_t bit = 0; bit < 8 * size; bit++) {
            connect();
            stage.spoiled_code = spoiling->code;
            stage.unspoiled = (unsigned)(i / 12);
            stage.bit = bit;
            EXPECT_OK(say_vendor(NULL, VENDOR_SIZE));
            const bool is_ignored = is_reserved(spoiling->code, terms.version, bit);
            const enum spdm_progress progress = speak();
            EXPECT(progress == (is_ignored ? SPDM_DONE : SPDM_FAILED));
            EXPECT(!stage.spoiled_code);
            EXPECT(!stage.pair.requester.connection.incoming.is_open);
            EXPECT(!stage.pair.requester.connection.outgoing.is_open);
        }
        connect();
        ask_vendor(NULL, VENDOR_SIZE);
        stage_clear();
    }
}

/* One plain message there, and what comes back. */
static slice ask(slice message)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_transport *const transport = pair->requester_setup.transport;
    struct writer writer = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    struct spdm_frame frame = {0};
    const size_t begin = spdm_frame_begin(transport, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(transport, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(
        spdm_responder_receive(&pair->responder, pair_now, pair->request, writer.size, &answer));
    EXPECT_OK(spdm_frame_read(transport, (slice){pair->response, answer.size}, &frame));
    return frame.message;
}

static void expect_error(slice got, uint8_t code)
{
    EXPECT(got.size >= SPDM_HEADER_SIZE && got.data[1] == SPDM_ERROR && got.data[2] == code);
}

/* In the acknowledgement of a piece, which is the last of its request then. */
static void expect_refusal(slice got, uint8_t code, bool is_early)
{
    enum { ACK_SIZE = 6 };
    EXPECT(got.size >= ACK_SIZE + SPDM_HEADER_SIZE && got.data[1] == SPDM_CHUNK_SEND_ACK);
    EXPECT(got.data[2] == is_early && got.data[3] == HANDLE);
    expect_error((slice){got.data + ACK_SIZE, got.size - ACK_SIZE}, code);
    EXPECT(!stage.pair.responder.connection.incoming.is_open);
}

static slice ask_piece(struct spdm_chunk chunk)
{
    static uint8_t space[SPACE_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    chunk.handle = chunk.handle ? chunk.handle : HANDLE;
    spdm_chunk_send_write(&writer, &stage.pair.responder.connection.shape, &chunk);
    return ask((slice){space, writer.size});
}

static void expect_acknowledged(slice got)
{
    EXPECT(got.size == 6 && got.data[1] == SPDM_CHUNK_SEND_ACK && got.data[2] == 0);
}

/* A whole request, and two pieces of it. */
static uint8_t whole[100] = {SPDM_1_3, SPDM_VENDOR_DEFINED_REQUEST, 0, 0, 0, 0, 0, 91, 0};

static const struct spdm_chunk first = {.message_size = sizeof whole, .piece = {whole, 60}};
static const struct spdm_chunk last = {.is_last = true, .sequence = 1, .piece = {whole + 60, 40}};

static void expect_taken(slice got)
{
    EXPECT(got.size == 6 + 9 + 1 + 91 && got.data[6 + 1] == SPDM_VENDOR_DEFINED_RESPONSE);
}

static const uint8_t get_digests[] = {SPDM_1_3, SPDM_GET_DIGESTS, 0, 0};

static void expect_digests(void)
{
    const slice got = ask(SLICE(get_digests));
    EXPECT(got.size > 4 && got.data[1] == SPDM_DIGESTS);
}

/* P30 */
TEST(pieces_of_a_request_are_refused_early_when_they_are_not_of_one_message)
{
    struct spdm_chunk chunk;
    stage_set(&terms_1_3, 300);
    connect();
    expect_refusal(ask_piece(last), SPDM_INVALID_REQUEST, true);
    chunk = first;
    chunk.is_last = true;
    expect_refusal(ask_piece(chunk), SPDM_INVALID_REQUEST, true);
    chunk = first;
    chunk.piece.size = 25;
    expect_refusal(ask_piece(chunk), SPDM_INVALID_REQUEST, true);
    chunk = first;
    chunk.message_size = SPACE_SIZE + 1;
    expect_refusal(ask_piece(chunk), SPDM_REQUEST_TOO_LARGE, true);
    chunk.message_size = UINT32_MAX;
    expect_refusal(ask_piece(chunk), SPDM_REQUEST_TOO_LARGE, true);

    static const struct spdm_chunk seconds[] = {
        {.is_last = true, .sequence = 0, .message_size = 100, .piece = {whole, 40}},
        {.is_last = true, .sequence = 2, .piece = {whole, 40}},
        {.is_last = true, .sequence = 1, .piece = {whole, 41}},
        {.is_last = true, .sequence = 1, .piece = {whole, 39}},
        {.is_last = false, .sequence = 1, .piece = {whole, 40}},
        {.is_last = false, .sequence = 1, .piece = {whole, 20}},
    };
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        expect_acknowledged(ask_piece(first));
        expect_refusal(ask_piece(seconds[i]), SPDM_INVALID_REQUEST, true);
    }
    expect_acknowledged(ask_piece(first));
    chunk = last;
    chunk.handle = HANDLE + 1;
    EXPECT(ask_piece(chunk).data[2] == 1);
    expect_digests();
    expect_acknowledged(ask_piece(first));
    expect_taken(ask_piece(last));
    stage_clear();
}

/* P27, P30 */
TEST(between_the_pieces_of_a_request_nothing_is_answered_and_nothing_is_lost)
{
    static const uint8_t chunk_get[] = {SPDM_1_3, SPDM_CHUNK_GET, 0, HANDLE, 0, 0};
    static const uint8_t empty[] = {SPDM_1_3, SPDM_CHUNK_SEND, 1, HANDLE, 1, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t ready[] = {SPDM_1_3, SPDM_RESPOND_IF_READY, SPDM_GET_DIGESTS, 0};
    stage_set(&terms_1_3, 300);
    connect();
    expect_acknowledged(ask_piece(first));
    expect_error(ask(SLICE(get_digests)), SPDM_UNEXPECTED_REQUEST);
    expect_error(ask(SLICE(chunk_get)), SPDM_UNEXPECTED_REQUEST);
    expect_error(ask(SLICE(ready)), SPDM_UNEXPECTED_REQUEST);
    expect_error(ask(SLICE(empty)), SPDM_INVALID_REQUEST);
    for (size_t size = SPDM_HEADER_SIZE; size < sizeof empty; size++)
        expect_error(ask((slice){empty, size}), SPDM_INVALID_REQUEST);
    expect_taken(ask_piece(last));

    expect_acknowledged(ask_piece(first));
    connect(); /* which begins anew */
    expect_digests();
    expect_refusal(ask_piece(last), SPDM_INVALID_REQUEST, true);
    stage_clear();
}

/* The error is of the whole, after its last piece: nothing is early. */
TEST(a_request_in_pieces_is_held_to_the_rules_of_all_requests)
{
    stage_set(&terms_1_3, 300);
    connect();
    const struct {
        uint8_t version, code, error;
    } cases[] = {
        {SPDM_1_3, SPDM_CHUNK_SEND, SPDM_INVALID_REQUEST},
        {SPDM_1_3, SPDM_CHUNK_GET, SPDM_INVALID_REQUEST},
        {SPDM_1_3, SPDM_RESPOND_IF_READY, SPDM_INVALID_REQUEST},
        {SPDM_1_0, SPDM_GET_VERSION, SPDM_INVALID_REQUEST},
        {SPDM_1_3, SPDM_NEGOTIATE_ALGORITHMS, SPDM_UNEXPECTED_REQUEST},
        {SPDM_1_3, SPDM_HEARTBEAT, SPDM_SESSION_REQUIRED},
        {SPDM_1_3, SPDM_DIGESTS, SPDM_INVALID_REQUEST},
        {SPDM_1_3, 0xD0, SPDM_UNSUPPORTED_REQUEST},
        {SPDM_1_2, SPDM_GET_DIGESTS, SPDM_VERSION_MISMATCH},
        {SPDM_1_3, SPDM_GET_DIGESTS, SPDM_INVALID_REQUEST}, /* longer than its fields */
    };
    const uint8_t old[2] = {whole[0], whole[1]};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        whole[0] = cases[i].version;
        whole[1] = cases[i].code;
        expect_acknowledged(ask_piece(first));
        expect_refusal(ask_piece(last), cases[i].error, false);
    }
    memcpy(whole, old, sizeof old);

    uint8_t in_pieces[100] = {SPDM_1_3, SPDM_CHUNK_SEND, 0, HANDLE, 0, 0, 0, 0, 84, 0, 0, 0, 200};
    struct spdm_chunk chunk = first;
    chunk.piece.data = in_pieces;
    expect_acknowledged(ask_piece(chunk));
    chunk = last;
    chunk.piece.data = in_pieces + 60;
    expect_refusal(ask_piece(chunk), SPDM_INVALID_REQUEST, false);
    expect_digests();
    stage_clear();
}

/* A transport pads its frames, and not what was taken from several. */
TEST(a_request_in_pieces_has_no_padding)
{
    struct pair_terms terms = terms_1_3;
    terms.transport = &spdm_doe;
    stage_set(&terms, 300);
    connect();
    EXPECT(ask_piece(first).data[2] == 0);
    EXPECT(ask_piece(last).data[6 + 1] == SPDM_VENDOR_DEFINED_RESPONSE);
    whole[7]--; /* one byte more than its payload */
    EXPECT(ask_piece(first).data[2] == 0);
    const slice got = ask_piece(last);
    expect_error((slice){got.data + 6, got.size - 6}, SPDM_INVALID_REQUEST);
    whole[7]++;
    stage_clear();
}

static slice chunk_get(uint8_t handle, uint16_t sequence)
{
    static uint8_t space[SPDM_HEADER_SIZE + 4];
    struct writer writer = writer_over(space, sizeof space);
    spdm_chunk_get_write(&writer, &stage.pair.responder.connection.shape,
                         &(struct spdm_chunk_get){handle, sequence});
    return ask((slice){space, writer.size});
}

/* P27, P30 */
TEST(a_response_is_fetched_piece_after_piece_and_nothing_comes_in_between)
{
    static const uint8_t measure_all[] = {
        SPDM_1_3, SPDM_GET_MEASUREMENTS, 0, SPDM_MEASUREMENTS_ALL, 0, 0, 0, 0, 0, 0, 0, 0};
    struct spdm_chunk small = first;
    small.piece.size = 40;
    stage_set(&terms_1_3, 60);
    connect();
    expect_error(chunk_get(0, 0), SPDM_UNEXPECTED_REQUEST);
    const slice large = ask(SLICE(measure_all));
    expect_error(large, SPDM_LARGE_RESPONSE);
    const uint8_t handle = large.data[4];
    EXPECT(large.size == 5);

    expect_error(chunk_get(handle, 1), SPDM_INVALID_REQUEST);
    expect_error(chunk_get((uint8_t)(handle + 1), 0), SPDM_INVALID_REQUEST);
    expect_error(ask_piece(small), SPDM_UNEXPECTED_REQUEST);
    expect_error(ask(SLICE(get_digests)), SPDM_UNEXPECTED_REQUEST);
    slice got = chunk_get(handle, 0);
    EXPECT(got.size == 60 && got.data[1] == SPDM_CHUNK_RESPONSE && got.data[2] == 0);
    expect_error(chunk_get(handle, 0), SPDM_INVALID_REQUEST);
    expect_error(chunk_get(handle, 2), SPDM_INVALID_REQUEST);
    got = chunk_get(handle, 1);
    EXPECT(got.data[1] == SPDM_CHUNK_RESPONSE && got.data[2] == 1);
    expect_error(chunk_get(handle, 2), SPDM_UNEXPECTED_REQUEST);
    expect_digests();

    const slice again = ask(SLICE(measure_all));
    EXPECT(again.data[4] != handle); /* an old piece is never asked for by a new name */
    connect();
    expect_error(chunk_get(again.data[4], 0), SPDM_UNEXPECTED_REQUEST);
    stage_clear();
}

/* What comes when the first piece is asked for in a session, by hand. */
static void expect_error_in(struct spdm_session *session, uint8_t handle, uint8_t code)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_path path = {&spdm_tcp, &pair->requester.connection};
    struct writer writer = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    struct spdm_arrival arrival;
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &writer);
    spdm_chunk_get_write(&writer, &pair->requester.connection.shape,
                         &(struct spdm_chunk_get){handle, 0});
    EXPECT_OK(spdm_wrap_end(&path, session, &wrapping, &writer));
    EXPECT_OK(
        spdm_responder_receive(&pair->responder, pair_now, pair->request, writer.size, &answer));
    EXPECT_OK(spdm_unwrap(&path, pair->response, answer.size, &arrival));
    expect_error(arrival.message, code);
}

TEST(pieces_belong_to_the_session_that_they_began_in)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    stage_set(&terms_1_3, 300);
    connect();
    learn_chain(NULL);
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    expect_acknowledged(ask_piece(first));
    EXPECT_OK(say_vendor(pair->requester.opened, VENDOR_SIZE));
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_UNEXPECTED_REQUEST);
    EXPECT_OK(say_vendor(pair->requester.opened, 1));
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_UNEXPECTED_REQUEST);
    expect_taken(ask_piece(last));
    ask_vendor(pair->requester.opened, VENDOR_SIZE);

    static uint8_t request[300] = {SPDM_1_3, SPDM_VENDOR_DEFINED_REQUEST, 0, 0, 0, 0, 0, 291 & 0xFF,
                                   291 >> 8};
    const slice large = ask(SLICE(request));
    expect_error(large, SPDM_LARGE_RESPONSE);
    const uint8_t handle = large.data[4];
    expect_error_in(pair->requester.opened, handle, SPDM_UNEXPECTED_REQUEST);
    EXPECT(chunk_get(handle, 0).data[1] == SPDM_CHUNK_RESPONSE);

    /* And end with it. */
    struct spdm_session *const theirs = &pair->responder_sessions[0];
    spdm_transfer_open(&pair->responder.connection.incoming, HANDLE, 0, theirs);
    spdm_connection_end_session(&pair->responder.connection, theirs);
    EXPECT(!pair->responder.connection.incoming.is_open);
    stage_clear();
}

/* ---- how much at a time, and in all ---- */

/* P30 */
TEST(nobody_is_given_more_than_it_takes)
{
    struct pair *const pair = &stage.pair;
    static uint8_t long_request[301] = {SPDM_1_3, SPDM_VENDOR_DEFINED_REQUEST};
    stage_set(&terms_1_3, 300);
    connect();
    expect_error(ask(SLICE(long_request)), SPDM_REQUEST_TOO_LARGE);
    EXPECT_FAIL(EXHAUSTED, say_vendor(NULL, SPACE_SIZE - 9 + 1));
    EXPECT(pair->out.size == 0);
    EXPECT_OK(say_vendor(NULL, SPACE_SIZE - 9)); /* its response has one byte more */
    EXPECT(speak() == SPDM_FAILED && pair->requester.error != 0);
    ask_vendor(NULL, VENDOR_SIZE);

    pair->requester_setup.settings.capabilities.message_size_max = 500;
    connect();
    EXPECT_OK(say_vendor(NULL, 600));
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_RESPONSE_TOO_LARGE);
    ask_vendor(NULL, 490);

    pair->responder_setup.settings.capabilities.message_size_max = 500;
    connect();
    EXPECT_FAIL(EXHAUSTED, say_vendor(NULL, 500 - 9 + 1));
    ask_vendor(NULL, 480);
    stage_clear();
}

TEST(a_requester_without_space_says_what_fits_and_nothing_else)
{
    struct pair *const pair = &stage.pair;
    stage_set(&terms_1_3, 300);
    pair->requester.connection.incoming.capacity = 0;
    pair->requester.connection.outgoing.capacity = 0;
    connect();
    EXPECT_FAIL(EXHAUSTED, say_vendor(NULL, 300 - 9 + 1));
    EXPECT(pair->out.size == 0);
    EXPECT_OK(say_vendor(NULL, 300 - 9)); /* whose response would be in pieces */
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_LARGE_RESPONSE);
    stage_clear();
}

TEST(without_chunks_on_both_sides_what_is_too_large_is_not_said)
{
    struct pair *const pair = &stage.pair;
    for (unsigned i = 0; i < 3; i++) {
        stage_set(&terms_1_3, 300);
        if (i != 1)
            pair->requester_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_CHUNK_CAP;
        if (i != 0)
            pair->responder_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_CHUNK_CAP;
        pair->requester_setup.settings.capabilities.message_size_max = i != 1 ? 300 : SPACE_SIZE;
        pair->responder_setup.settings.capabilities.message_size_max = i != 0 ? 300 : SPACE_SIZE;
        connect();
        learn_chain(NULL);
        expect_error(ask_piece(first), SPDM_UNSUPPORTED_REQUEST);
        expect_error(chunk_get(0, 0), SPDM_UNSUPPORTED_REQUEST);
        EXPECT_FAIL(EXHAUSTED, say_vendor(NULL, 300 - 9 + 1));
        EXPECT_OK(say_vendor(NULL, 300 - 9));
        EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_RESPONSE_TOO_LARGE);
        ask_vendor(NULL, 300 - 9 - 1);
        stage_clear();
    }
}

/* ERROR ResponseTooLarge tells how large. spec: DSP0274 1.4, "Error code and error data table" */
TEST(a_response_that_is_too_large_is_told_with_its_size)
{
    static uint8_t request[300] = {SPDM_1_3, SPDM_VENDOR_DEFINED_REQUEST, 0, 0, 0, 0, 0, 291 & 0xFF,
                                   291 >> 8};
    static const uint8_t error[] = {
        SPDM_1_3, SPDM_ERROR, SPDM_RESPONSE_TOO_LARGE, 0, 301 & 0xFF, 301 >> 8, 0, 0};
    stage_set(&terms_1_3, 300);
    stage.pair.requester_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_CHUNK_CAP;
    stage.pair.requester_setup.settings.capabilities.message_size_max = 300;
    connect();
    EXPECT(slice_equal(ask(SLICE(request)), SLICE(error)));
    stage_clear();
}

TEST(what_does_not_fit_in_a_handshake_ends_it)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    stage_set(&terms_1_3, 150); /* KEY_EXCHANGE fits, its response does not */
    stage.pair.requester_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_CHUNK_CAP;
    stage.pair.requester_setup.settings.capabilities.message_size_max = 150;
    connect();
    learn_chain(NULL);
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(speak() == SPDM_FAILED && pair->requester.error == SPDM_RESPONSE_TOO_LARGE);
    EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT(pair->requester_sessions[0].phase == SPDM_SESSION_NONE);
    stage_clear();
}

static enum spdm_progress answer_by_hand(slice message)
{
    struct pair *const pair = &stage.pair;
    struct writer writer = writer_over(pair->response, sizeof pair->response);
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    pair->out.size = 0;
    return spdm_requester_receive(&pair->requester, pair_now, pair->response, writer.size,
                                  &pair->out);
}

/* What is sent again when the responder has time is the same, also of several pieces. */
TEST(a_responder_that_is_busy_between_pieces_gets_the_same_piece_later)
{
    static const uint8_t busy[] = {SPDM_1_3, SPDM_ERROR, SPDM_BUSY, 0};
    struct pair *const pair = &stage.pair;
    stage_set(&terms_1_3, 300);
    connect();
    for (unsigned piece = 0; piece < 9; piece++) { /* of the request, then of the response */
        uint8_t sent[512];
        struct moment later = pair_now;
        EXPECT_OK(say_vendor(NULL, 1200));
        for (unsigned i = 0; i < piece; i++) {
            struct writer answer = writer_over(pair->response, sizeof pair->response);
            EXPECT_OK(spdm_responder_receive(&pair->responder, pair_now, pair->request,
                                             pair->out.size, &answer));
            pair->out.size = 0;
            EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out) == SPDM_SEND);
        }
        const size_t size = pair->out.size;
        memcpy(sent, pair->request, size);
        EXPECT(answer_by_hand(SLICE(busy)) == SPDM_WAIT);
        later.monotonic_ms = spdm_requester_deadline_ms(&pair->requester);
        EXPECT(spdm_requester_look(&pair->requester, later, &pair->out) == SPDM_SEND);
        EXPECT(slice_equal((slice){pair->request, pair->out.size}, (slice){sent, size}));
        EXPECT(speak() == SPDM_DONE);
    }
    stage_clear();
}

TEST(a_request_is_not_answered_before_it_is_whole)
{
    struct pair *const pair = &stage.pair;
    stage_set(&terms_1_3, 300);
    connect();
    for (unsigned i = 0; i < 2; i++) {
        const bool is_answered = i == 0;
        EXPECT_OK(say_vendor(NULL, VENDOR_SIZE));
        const uint8_t ack[] = {SPDM_1_3, SPDM_CHUNK_SEND_ACK,
                               0,        pair->requester.connection.outgoing.handle,
                               0,        0,
                               SPDM_1_3, SPDM_VENDOR_DEFINED_RESPONSE,
                               0,        0};
        EXPECT(answer_by_hand((slice){ack, is_answered ? sizeof ack : 6}) ==
               (is_answered ? SPDM_FAILED : SPDM_SEND));
    }
    stage_clear();
}

/* An answer that is nothing but another ERROR LargeResponse would never end. */
TEST(a_response_in_pieces_is_a_response)
{
    struct pair *const pair = &stage.pair;
    static uint8_t error[60] = {SPDM_1_3, SPDM_ERROR, SPDM_LARGE_RESPONSE, 0, 1};
    stage_set(&terms_1_3, 300);
    connect();
    EXPECT_OK(say_vendor(NULL, 280));
    pair->requester.connection.incoming.is_open = true;
    pair->requester.connection.incoming.handle = HANDLE;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t space[64];
        struct writer writer = writer_over(space, sizeof space);
        const struct spdm_chunk chunk = {.is_last = i,
                                         .handle = HANDLE,
                                         .sequence = i,
                                         .message_size = i ? 0 : sizeof error,
                                         .piece = {error + 30 * i, 30}};
        spdm_chunk_response_write(&writer, &pair->requester.connection.shape, &chunk);
        EXPECT(answer_by_hand((slice){space, writer.size}) == (i ? SPDM_FAILED : SPDM_SEND));
    }
    EXPECT(pair->requester.error == SPDM_LARGE_RESPONSE);
    stage_clear();
}
