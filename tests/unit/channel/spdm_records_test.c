/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_pair.h"

#include "test.h"

enum { SPACE_SIZE = 1 << 17 };
static uint8_t space[SPACE_SIZE], forged[SPACE_SIZE];

struct pair {
    struct spdm_end client, server;
};

static void begin(struct pair *pair)
{
    spdm_end_begin(&pair->client, SPDM_REQUESTER);
    spdm_end_begin(&pair->server, SPDM_RESPONDER);
}

static void clear(struct pair *pair)
{
    spdm_end_clear(&pair->client);
    spdm_end_clear(&pair->server);
}

/* Gives all that `from` has to say to `to`. */
static void carry(struct spdm_end *from, struct spdm_end *to)
{
    spdm_records_feed(&to->records, outgoing_view(&from->records.output));
}

static void carried(struct spdm_end *from, struct spdm_end *to)
{
    outgoing_sent(&from->records.output, outgoing_view(&from->records.output).size);
    spdm_records_feed(&to->records, (slice){0});
}

static enum session_progress hear(struct spdm_end *end, slice wire, size_t *out_size)
{
    spdm_records_feed(&end->records, wire);
    return spdm_records_read(&end->records, space, sizeof space, out_size);
}

/* What comes of these bytes as a record's application data, sealed as the peer would. */
static enum session_progress hear_sealed(struct spdm_end *from, struct spdm_end *to, slice data)
{
    size_t size = 0;
    return hear(to, (slice){forged, spdm_end_seal(from, data, forged, sizeof forged)}, &size);
}

static void fill(uint8_t *bytes, size_t size, size_t from)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((from + i) * 2654435761U >> 13);
}

/* docs/link-protocol.md, "Records". */
TEST(what_is_written_is_framed_as_documented_in_both_directions)
{
    static const uint8_t begins[] = {0x21, 0, 1, 6, 0xfe, 0xca, 0xad, 0x0b, 0x19, 0};
    static const uint8_t inner[] = {0x05, 0, 1, 0x7f, 'a', 'b', 'c'};
    struct pair pair;
    begin(&pair);
    struct spdm_end *const ends[] = {&pair.client, &pair.server};
    for (size_t i = 0; i < 2; i++) {
        struct spdm_end *const from = ends[i], *const to = ends[!i];
        slice data;
        EXPECT_OK(spdm_records_write(&from->records, slice_of_text("abc")));
        const slice wire = outgoing_view(&from->records.output);
        EXPECT(wire.size == 4 + 4 + 2 + 2 + 7 + 16);
        EXPECT(memcmp(wire.data, begins, sizeof begins) == 0);
        memcpy(space, wire.data + 4, wire.size - 4);
        EXPECT_OK(spdm_session_open(&to->session, to->settings.side, space, wire.size - 4, &data));
        EXPECT(slice_equal(data, SLICE(inner)));
    }
    clear(&pair);
}

TEST(records_of_every_size_arrive_however_the_wire_is_cut)
{
    static const size_t sizes[] = {1,     2,     3,     1000,  16383, 16384,
                                   16385, 49152, 65504, 65505, 65506, 90000};
    static const size_t cuts[] = {1, 3, 4, 5, 1000, 65537, SPACE_SIZE};
    static uint8_t said[SPACE_SIZE], got[SPACE_SIZE];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
            struct pair pair;
            size_t heard = 0, size = 0;
            begin(&pair);
            fill(said, sizes[i], i);
            EXPECT_OK(spdm_records_write(&pair.client.records, (slice){said, sizes[i]}));
            const slice wire = outgoing_view(&pair.client.records.output);
            for (size_t at = 0; at < wire.size; at += cuts[k]) {
                const size_t piece = wire.size - at < cuts[k] ? wire.size - at : cuts[k];
                spdm_records_feed(&pair.server.records, (slice){wire.data + at, piece});
                while (spdm_records_read(&pair.server.records, got + heard,
                                         SPDM_APPLICATION_SIZE_MAX, &size) == SESSION_READY)
                    heard += size;
                EXPECT(!pair.server.records.failure);
            }
            EXPECT(heard == sizes[i] && memcmp(said, got, heard) == 0);
            EXPECT(!pair.server.records.frames.in); /* nothing is held */
            clear(&pair);
        }
}

TEST(a_record_is_read_in_pieces_where_there_is_less_room)
{
    struct pair pair;
    size_t size = 0;
    uint8_t small[4];
    begin(&pair);
    EXPECT_OK(spdm_records_write(&pair.server.records, slice_of_text("hello")));
    carry(&pair.server, &pair.client);
    EXPECT(spdm_records_read(&pair.client.records, small, 4, &size) == SESSION_READY && size == 4);
    EXPECT(memcmp(small, "hell", 4) == 0);
    EXPECT(spdm_records_read(&pair.client.records, small, 4, &size) == SESSION_READY && size == 1);
    EXPECT(small[0] == 'o');
    EXPECT(spdm_records_read(&pair.client.records, small, 4, &size) == SESSION_AGAIN);
    clear(&pair);
}

TEST(any_flipped_bit_ends_the_session_and_nothing_is_read)
{
    struct pair pair;
    begin(&pair);
    EXPECT_OK(spdm_records_write(&pair.client.records, slice_of_text("abc")));
    const slice wire = outgoing_view(&pair.client.records.output);
    for (size_t bit = 0; bit < 8 * wire.size; bit++) {
        struct spdm_end server;
        size_t size = 0;
        spdm_end_begin(&server, SPDM_RESPONDER);
        memcpy(forged, wire.data, wire.size);
        forged[bit / 8] ^= (uint8_t)(1 << bit % 8);
        const enum session_progress progress = hear(&server, (slice){forged, wire.size}, &size);
        /* A longer length waits for the rest. */
        EXPECT(progress == SESSION_FAILED || (bit < 16 && progress == SESSION_AGAIN));
        EXPECT(hear(&server, (slice){0}, &size) == progress);
        spdm_end_clear(&server);
    }
    clear(&pair);
}

/* P31 */
TEST(a_record_comes_once_and_in_its_order)
{
    struct pair pair;
    size_t size = 0;
    begin(&pair);
    EXPECT_OK(spdm_records_write(&pair.client.records, slice_of_text("abc")));
    const slice wire = outgoing_view(&pair.client.records.output);
    EXPECT(hear(&pair.server, wire, &size) == SESSION_READY);
    EXPECT(hear(&pair.server, wire, &size) == SESSION_FAILED);
    EXPECT_FAIL(UNEXPECTED, spdm_records_write(&pair.server.records, slice_of_text("x")));
    /* nor does one that was sent come back */
    EXPECT(hear(&pair.client, wire, &size) == SESSION_FAILED);
    clear(&pair);
}

TEST(an_empty_record_is_the_end_and_the_last_word)
{
    struct pair pair;
    size_t size = 0;
    begin(&pair);
    EXPECT_OK(spdm_records_write(&pair.server.records, slice_of_text("last")));
    spdm_records_close(&pair.server.records);
    spdm_records_close(&pair.server.records);
    EXPECT_FAIL(UNEXPECTED, spdm_records_write(&pair.server.records, slice_of_text("more")));
    carry(&pair.server, &pair.client);
    EXPECT(spdm_records_read(&pair.client.records, space, sizeof space, &size) == SESSION_READY);
    EXPECT(spdm_records_read(&pair.client.records, space, sizeof space, &size) == SESSION_CLOSED);
    EXPECT(spdm_records_read(&pair.client.records, space, sizeof space, &size) == SESSION_CLOSED);
    EXPECT(outgoing_view(&pair.server.records.output).size == 2 * 32 + 4);
    clear(&pair);
}

TEST(what_no_record_may_hold_ends_the_session)
{
    static const struct {
        uint8_t data[12];
        size_t size;
    } wrong[] = {
        {{0}, 0},                               /* no header */
        {{2, 0, 1}, 3},                         /* cut */
        {{4, 0, 1, 0x7f, 'a'}, 5},              /* says more than there is */
        {{2, 0, 1, 0x7f, 'a'}, 5},              /* says less */
        {{3, 0, 2, 0x7f, 'a'}, 5},              /* another version */
        {{3, 0, 1, 0x7e, 'a'}, 5},              /* another type */
        {{3, 0, 1, 0x06, 'a'}, 5},              /* a session in a session */
        {{6, 0, 1, 5, 0x13, 0xe8, 0, 0}, 8},    /* HEARTBEAT */
        {{6, 0, 1, 5, 0x13, 0xec, 0, 0}, 8},    /* END_SESSION */
        {{6, 0, 1, 5, 0x13, 0x69, 2, 0}, 8},    /* an acknowledgement of nothing */
        {{6, 0, 1, 5, 0x12, 0xe9, 2, 1}, 8},    /* another version of SPDM */
        {{6, 0, 1, 5, 0x13, 0xe9, 1, 1}, 8},    /* of one direction only */
        {{6, 0, 1, 5, 0x13, 0xe9, 3, 1}, 8},    /* VerifyNewKey of no update */
        {{6, 0, 1, 5, 0x13, 0xe9, 4, 1}, 8},    /* no operation */
        {{7, 0, 1, 5, 0x13, 0xe9, 2, 1, 0}, 9}, /* a byte too much */
        {{5, 0, 1, 5, 0x13, 0xe9, 2}, 7},       /* a byte too few */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pair pair;
        begin(&pair);
        EXPECT(hear_sealed(&pair.client, &pair.server, (slice){wrong[i].data, wrong[i].size}) ==
               SESSION_FAILED);
        EXPECT(pair.server.records.failure && !outgoing_view(&pair.server.records.output).size);
        clear(&pair);
        begin(&pair);
        EXPECT(hear_sealed(&pair.server, &pair.client, (slice){wrong[i].data, wrong[i].size}) ==
               SESSION_FAILED);
        clear(&pair);
    }
}

/* P33 */
TEST(frames_that_are_no_records_end_the_session)
{
    static const uint8_t wrong[][8] = {
        {6, 0, 1, 5, 0x10, 0x84, 0, 0}, /* GET_VERSION */
        {0, 0, 1, 0xbf},                /* a role inquiry */
        {6, 0, 2, 6, 0, 0, 0, 0},       /* another version of the binding */
        {1, 0, 1, 6},                   /* a length that cannot be */
        {2, 0, 1, 6},                   /* nothing in it */
        {6, 0, 1, 6, 0, 0, 0, 0},       /* less than a record */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct spdm_end server;
        size_t size = 0;
        spdm_end_begin(&server, SPDM_RESPONDER);
        EXPECT(hear(&server, (slice){wrong[i], 8}, &size) == SESSION_FAILED);
        spdm_end_clear(&server);
    }

    /* A good record that is said to be none. */
    struct pair pair;
    size_t size = 0;
    begin(&pair);
    EXPECT_OK(spdm_records_write(&pair.client.records, slice_of_text("abc")));
    const slice wire = outgoing_view(&pair.client.records.output);
    memcpy(forged, wire.data, wire.size);
    forged[3] = 5;
    EXPECT(hear(&pair.server, (slice){forged, wire.size}, &size) == SESSION_FAILED);
    clear(&pair);
}

/* ---- new keys ---- */

struct flow {
    size_t said, heard;
};

/* Reads all that there is, and compares it. */
static void listen(struct spdm_end *end, struct flow *flow)
{
    static uint8_t expected[SPDM_APPLICATION_SIZE_MAX];
    size_t size = 0;
    while (spdm_records_read(&end->records, space, SPDM_APPLICATION_SIZE_MAX, &size) ==
           SESSION_READY) {
        fill(expected, size, flow->heard);
        EXPECT(memcmp(expected, space, size) == 0);
        flow->heard += size;
    }
    EXPECT(!end->records.failure);
}

static void talk(struct spdm_end *end, struct flow *flow, size_t size)
{
    static uint8_t bytes[SPDM_APPLICATION_SIZE_MAX];
    fill(bytes, size, flow->said);
    EXPECT_OK(spdm_records_write(&end->records, (slice){bytes, size}));
    flow->said += size;
}

static bool same_keys(const struct pair *pair)
{
    for (int i = 0; i < SPDM_DIRECTIONS; i++) {
        const struct spdm_half *const a = &pair->client.session.halves[i];
        const struct spdm_half *const b = &pair->server.session.halves[i];
        if (a->is_updating || b->is_updating ||
            !slice_equal(secret_view(&a->secret), secret_view(&b->secret)))
            return false;
    }
    return true;
}

/* Talkers who speak at the same time, so that data of both is on its way at every step. */
static void converse(struct pair *pair, size_t client_size, size_t server_size)
{
    struct flow to_server = {0}, to_client = {0};
    struct secret first[SPDM_DIRECTIONS];
    for (int i = 0; i < SPDM_DIRECTIONS; i++)
        first[i] = pair->client.session.halves[i].secret;
    pair->client.records.units_max = 40;
    pair->server.records.units_max = 40;
    for (size_t i = 0; i < 200; i++) {
        if (client_size)
            talk(&pair->client, &to_server, 1 + i % client_size);
        if (server_size)
            talk(&pair->server, &to_client, 1 + i % server_size);
        carry(&pair->client, &pair->server);
        listen(&pair->server, &to_server);
        carried(&pair->client, &pair->server);
        if (client_size)
            talk(&pair->client, &to_server, 100);
        carry(&pair->server, &pair->client);
        listen(&pair->client, &to_client);
        carried(&pair->server, &pair->client);
    }
    for (int i = 0; i < 3; i++) {
        carry(&pair->client, &pair->server);
        listen(&pair->server, &to_server);
        carried(&pair->client, &pair->server);
        carry(&pair->server, &pair->client);
        listen(&pair->client, &to_client);
        carried(&pair->server, &pair->client);
    }
    EXPECT(to_server.heard == to_server.said && to_client.heard == to_client.said);
    EXPECT(same_keys(pair));
    for (int i = 0; i < SPDM_DIRECTIONS; i++)
        EXPECT(!slice_equal(secret_view(&first[i]),
                            secret_view(&pair->client.session.halves[i].secret)));
    EXPECT(pair->client.records.tag >= 6 && pair->client.records.tag == pair->server.records.tag);
}

TEST(keys_are_renewed_by_volume_while_both_ends_go_on_talking)
{
    static const size_t sizes[][2] = {{100, 100}, {20000, 50}, {50, 20000}, {60000, 0},
                                      {0, 60000}, {300, 0},    {0, 300}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct pair pair;
        begin(&pair);
        converse(&pair, sizes[i][0], sizes[i][1]);
        clear(&pair);
    }
}

/* P31 */
TEST(a_client_that_never_renews_is_cut_off_at_twice_the_volume)
{
    struct pair pair;
    struct flow flow = {0};
    begin(&pair);
    pair.server.records.units_max = 10;
    size_t size = 0, count = 0;
    enum session_progress progress = SESSION_READY;
    for (; progress == SESSION_READY && count < 100; count++) {
        talk(&pair.client, &flow, 10);
        carry(&pair.client, &pair.server);
        progress = spdm_records_read(&pair.server.records, space, sizeof space, &size);
        carried(&pair.client, &pair.server);
    }
    EXPECT(progress == SESSION_FAILED && count == 20);
    clear(&pair);

    begin(&pair); /* nor does a server seal more with a key than that */
    pair.server.records.units_max = 10;
    for (count = 0; count < 19; count++)
        EXPECT_OK(spdm_records_write(&pair.server.records, slice_of_text("x")));
    EXPECT_FAIL(EXHAUSTED, spdm_records_write(&pair.server.records, slice_of_text("x")));
    clear(&pair);
}

/* Brings a server to where it awaits VerifyNewKey of tag 8, and a client's keys with it. */
static void half_way(struct pair *pair)
{
    static const uint8_t ask[] = {6, 0, 1, 5, 0x13, 0xe9, 2, 7};
    begin(pair);
    EXPECT(hear_sealed(&pair->client, &pair->server, SLICE(ask)) == SESSION_AGAIN);
    EXPECT(pair->server.records.renewal == SPDM_RENEWAL_BEGUN);
    for (int i = 0; i < SPDM_DIRECTIONS; i++)
        EXPECT_OK(spdm_session_prepare_update(
            &pair->client.session, &pair->client.connection.schedule, (enum spdm_direction)i));
}

TEST(a_server_takes_the_first_record_under_a_new_key_only_if_it_verifies_that_key)
{
    static const uint8_t verify[] = {6, 0, 1, 5, 0x13, 0xe9, 3, 8};
    static const uint8_t another_tag[] = {6, 0, 1, 5, 0x13, 0xe9, 3, 9};
    static const uint8_t again[] = {6, 0, 1, 5, 0x13, 0xe9, 2, 8};
    static const uint8_t data[] = {3, 0, 1, 0x7f, 'a'};
    const struct {
        slice data;
        bool under_new;
        enum session_progress then;
    } seconds[] = {
        {SLICE(verify), true, SESSION_AGAIN},       {SLICE(verify), false, SESSION_FAILED},
        {SLICE(another_tag), true, SESSION_FAILED}, {SLICE(again), true, SESSION_FAILED},
        {SLICE(again), false, SESSION_FAILED},      {SLICE(data), true, SESSION_FAILED},
        {SLICE(data), false, SESSION_READY},
    };
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        struct pair pair;
        half_way(&pair);
        if (seconds[i].under_new)
            spdm_session_commit_update(&pair.client.session, SPDM_REQUESTS);
        EXPECT(hear_sealed(&pair.client, &pair.server, seconds[i].data) == seconds[i].then);
        clear(&pair);
    }
}

TEST(a_client_takes_the_first_record_under_a_new_key_only_if_it_acknowledges_the_update)
{
    static const uint8_t acknowledged[] = {6, 0, 1, 5, 0x13, 0x69, 2, 1};
    static const uint8_t another_tag[] = {6, 0, 1, 5, 0x13, 0x69, 2, 2};
    static const uint8_t another_operation[] = {6, 0, 1, 5, 0x13, 0x69, 3, 1};
    static const uint8_t data[] = {3, 0, 1, 0x7f, 'a'};
    const struct {
        slice data;
        bool under_new;
        enum session_progress then;
    } firsts[] = {
        {SLICE(acknowledged), true, SESSION_AGAIN},
        {SLICE(acknowledged), false, SESSION_FAILED},
        {SLICE(another_tag), true, SESSION_FAILED},
        {SLICE(another_operation), true, SESSION_FAILED},
        {SLICE(data), true, SESSION_FAILED},
        {SLICE(data), false, SESSION_READY},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct pair pair;
        begin(&pair);
        pair.client.records.units_max = 1;
        EXPECT_OK(spdm_records_write(&pair.client.records, (slice){0}));
        EXPECT(hear_sealed(&pair.server, &pair.client, SLICE(data)) == SESSION_READY);
        EXPECT(pair.client.records.renewal == SPDM_RENEWAL_BEGUN && pair.client.records.tag == 1);
        EXPECT_OK(spdm_session_prepare_update(&pair.server.session,
                                              &pair.server.connection.schedule, SPDM_RESPONSES));
        if (firsts[i].under_new)
            spdm_session_commit_update(&pair.server.session, SPDM_RESPONSES);
        pair.client.records.units_max = 100;
        EXPECT(hear_sealed(&pair.server, &pair.client, firsts[i].data) == firsts[i].then);
        clear(&pair);
    }
}

TEST(updates_without_data_are_followed_only_for_so_long)
{
    struct pair pair;
    size_t updates = 0;
    enum session_progress progress = SESSION_AGAIN;
    begin(&pair);
    for (; progress == SESSION_AGAIN && updates < 10000; updates++) {
        const uint8_t tag = (uint8_t)(2 * updates);
        const uint8_t ask[] = {6, 0, 1, 5, 0x13, 0xe9, 2, tag};
        const uint8_t verify[] = {6, 0, 1, 5, 0x13, 0xe9, 3, (uint8_t)(tag + 1)};
        progress = hear_sealed(&pair.client, &pair.server, SLICE(ask));
        if (progress != SESSION_AGAIN)
            break;
        EXPECT_OK(spdm_session_prepare_update(&pair.client.session,
                                              &pair.client.connection.schedule, SPDM_REQUESTS));
        spdm_session_commit_update(&pair.client.session, SPDM_REQUESTS);
        progress = hear_sealed(&pair.client, &pair.server, SLICE(verify));
    }
    EXPECT(progress == SESSION_FAILED && updates == (64 << 10) / (2 * 36));
    clear(&pair);
}
