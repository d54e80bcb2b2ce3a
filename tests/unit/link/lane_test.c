/* SPDX-License-Identifier: Apache-2.0 */
#include "link/lane.h"

#include "link/keepalive.h"
#include "link/streams.h"

#include "fake_channel.h"
#include "test.h"

/* Two lanes joined in memory. What each reports is gathered in `seen`. */
enum { SEEN_MAX = 64 };

struct end {
    struct lane *lane;
    struct lane_event seen[SEEN_MAX];
    size_t seen_count;
    size_t data_size;
    struct stream *stream;                /* the last one that the peer opened */
    struct stream *first;                 /* and the first one */
    size_t datagram_count, datagram_size; /* the last one's */
    uint8_t datagram[STREAM_DATAGRAM_MAX];
    struct stream_opening opening;
    char destination[64];
};

static const struct stream_opening db = {.destination = {(const uint8_t *)"db", 2}},
                                   other = {.destination = {(const uint8_t *)"other", 5}};

struct pair {
    struct end client, server;
    struct moment now;
};

static void look(struct pair *pair, struct end *end)
{
    struct lane_event event;
    for (lane_next(end->lane, pair->now, &event); event.kind != LANE_NONE;
         lane_next(end->lane, pair->now, &event)) {
        if (event.kind == LANE_STREAM_OPENED) {
            end->stream = event.stream;
            end->first = end->first ? end->first : event.stream;
            end->opening = event.opening;
            memcpy(end->destination, event.opening.destination.data,
                   event.opening.destination.size);
            end->destination[event.opening.destination.size] = 0;
        }
        if (event.kind == LANE_STREAM_DATAGRAM) {
            end->datagram_count++;
            end->datagram_size = event.payload.size;
            memcpy(end->datagram, event.payload.data, event.payload.size);
        }
        if (event.kind == LANE_STREAM_DATA)
            end->data_size += event.payload.size;
        if (end->seen_count < SEEN_MAX)
            end->seen[end->seen_count++] = event;
    }
}

static void move_to(struct end *from, struct end *to)
{
    EXPECT_OK(lane_flush(from->lane));
    const slice output = lane_output(from->lane);
    if (!output.size)
        return;
    lane_feed(to->lane, output);
    lane_sent(from->lane, output.size);
}

static void exchange(struct pair *pair)
{
    for (int i = 0; i < 4; i++) {
        look(pair, &pair->client);
        look(pair, &pair->server);
        move_to(&pair->client, &pair->server);
        move_to(&pair->server, &pair->client);
    }
    look(pair, &pair->client);
    look(pair, &pair->server);
}

static void forget_seen(struct pair *pair)
{
    pair->client.seen_count = pair->server.seen_count = 0;
    pair->client.data_size = pair->server.data_size = 0;
}

static void join(struct pair *pair)
{
    *pair = (struct pair){.now = {.wall_s = 1, .monotonic_ms = 1000}};
    EXPECT_OK(lane_new(fake_channel(), ROLE_CLIENT, &pair->client.lane));
    EXPECT_OK(lane_new(fake_channel(), ROLE_SERVER, &pair->server.lane));
    exchange(pair);
    EXPECT(pair->client.seen_count == 1 && pair->client.seen[0].kind == LANE_OPEN);
    EXPECT(pair->server.seen_count == 1 && pair->server.seen[0].kind == LANE_OPEN);
    forget_seen(pair);
}

static void part(struct pair *pair)
{
    lane_free(pair->client.lane);
    lane_free(pair->server.lane);
}

static bool saw(const struct end *end, enum lane_event_kind kind)
{
    for (size_t i = 0; i < end->seen_count; i++)
        if (end->seen[i].kind == kind)
            return true;
    return false;
}

static struct stream *open_one(struct pair *pair)
{
    struct stream *stream = NULL;
    EXPECT_OK(lane_open_stream(pair->client.lane, &db, &stream));
    exchange(pair);
    EXPECT(pair->server.stream && strcmp(pair->server.destination, "db") == 0);
    return stream;
}

static uint8_t bytes[STREAM_WINDOW];

/* Feeds one hand-made frame to the server's lane and says whether the lane survived it. */
static bool survives(struct pair *pair, uint8_t kind, const uint8_t *payload, size_t size)
{
    const uint8_t header[] = {(uint8_t)(size >> 8), (uint8_t)size, kind};
    lane_feed(pair->server.lane, SLICE(header));
    if (size)
        lane_feed(pair->server.lane, (slice){payload, size});
    look(pair, &pair->server);
    return !lane_failure(pair->server.lane) && !saw(&pair->server, LANE_CLOSED);
}

static bool survives_stream_frame(struct pair *pair, uint8_t kind, uint32_t id, slice rest)
{
    uint8_t payload[FRAME_PAYLOAD_MAX] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16),
                                          (uint8_t)(id >> 8), (uint8_t)id};
    if (rest.size)
        memcpy(payload + 4, rest.data, rest.size);
    return survives(pair, kind, payload, 4 + rest.size);
}

TEST(first_data_follows_the_open_without_a_round_trip)
{
    struct pair pair;
    struct stream *stream = NULL;
    join(&pair);
    EXPECT_OK(lane_open_stream(pair.client.lane, &db, &stream));
    EXPECT_OK(stream_send(stream, slice_of_text("hello")));
    EXPECT_OK(stream_finish(stream));
    move_to(&pair.client, &pair.server);
    look(&pair, &pair.server);
    EXPECT(pair.server.seen_count == 3);
    EXPECT(pair.server.seen[0].kind == LANE_STREAM_OPENED);
    EXPECT(pair.server.seen[1].kind == LANE_STREAM_DATA && pair.server.data_size == 5);
    EXPECT(pair.server.seen[2].kind == LANE_STREAM_FINISHED);
    part(&pair);
}

TEST(N8_half_close_leaves_the_other_direction_open)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_finish(stream));
    exchange(&pair);
    EXPECT(saw(&pair.server, LANE_STREAM_FINISHED));
    EXPECT(stream_writable(stream) == 0);
    EXPECT_OK(stream_send(pair.server.stream, slice_of_text("answer")));
    EXPECT_OK(stream_finish(pair.server.stream));
    exchange(&pair);
    EXPECT(pair.client.data_size == 6 && saw(&pair.client, LANE_STREAM_FINISHED));
    stream_release(stream);
    stream_release(pair.server.stream);
    EXPECT(lane_stream_count(pair.client.lane) == 0 && lane_stream_count(pair.server.lane) == 0);
    part(&pair);
}

TEST(N9_a_sender_stops_at_the_window_and_goes_on_when_half_of_it_was_consumed)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    size_t sent = 0;
    for (size_t size; (size = stream_writable(stream)); sent += size) {
        size = size < 65536 ? size : 65536;
        EXPECT_OK(stream_send(stream, (slice){bytes, size}));
        exchange(&pair);
    }
    EXPECT(sent == STREAM_WINDOW && pair.server.data_size == sent);
    EXPECT_FAIL(INTERNAL, stream_send(stream, (slice){bytes, 1}));

    struct stream *neighbour = NULL;
    EXPECT_OK(lane_open_stream(pair.client.lane, &other, &neighbour));
    EXPECT(stream_writable(neighbour) == STREAM_WINDOW);

    EXPECT_OK(stream_consumed(pair.server.stream, STREAM_WINDOW / 2 - 1));
    exchange(&pair);
    EXPECT(!saw(&pair.client, LANE_STREAM_WRITABLE));
    part(&pair);
}

TEST(credit_comes_back_in_one_frame_at_half_a_window)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_send(stream, (slice){bytes, STREAM_WINDOW}));
    exchange(&pair);
    struct stream *const received = pair.server.stream;
    EXPECT_OK(stream_consumed(received, STREAM_WINDOW / 2));
    EXPECT_OK(stream_consumed(received, 1000));
    exchange(&pair);
    EXPECT(saw(&pair.client, LANE_STREAM_WRITABLE));
    EXPECT(stream_writable(stream) == STREAM_WINDOW / 2);
    part(&pair);
}

TEST(an_application_is_not_read_while_the_lanes_output_is_high)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_send(stream, (slice){bytes, LANE_OUTPUT_HIGH}));
    EXPECT(stream_writable(stream) == 0 && stream_credit(stream) > 0);
    exchange(&pair);
    EXPECT(stream_writable(stream) == STREAM_WINDOW - LANE_OUTPUT_HIGH);
    part(&pair);
}

TEST(a_reset_reaches_the_peer_with_its_reason_and_both_ends_forget_the_stream)
{
    struct pair pair;
    join(&pair);
    open_one(&pair);
    stream_reset(pair.server.stream, STREAM_RESET_UNREACHABLE);
    EXPECT(lane_stream_count(pair.server.lane) == 0);
    exchange(&pair);
    EXPECT(pair.client.seen_count == 1 && pair.client.seen[0].kind == LANE_STREAM_RESET);
    EXPECT(pair.client.seen[0].reset == STREAM_RESET_UNREACHABLE);
    EXPECT(lane_stream_count(pair.client.lane) == 0);
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));
    part(&pair);
}

TEST(frames_that_crossed_a_reset_are_dropped_until_the_peer_answers_a_ping)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    const uint8_t data[] = {'x'};
    /* Crosses: sent before the reset arrives. */
    EXPECT_OK(stream_send(stream, (slice){bytes, 5000}));
    EXPECT_OK(stream_finish(stream));
    stream_reset(pair.server.stream, STREAM_RESET_REFUSED);
    EXPECT_OK(lane_flush(pair.client.lane));
    exchange(&pair);
    EXPECT(pair.server.data_size == 0 && !lane_failure(pair.server.lane));
    EXPECT(saw(&pair.client, LANE_STREAM_RESET));
    /* After the peer's PONG nothing can be in flight any more. */
    EXPECT(!survives_stream_frame(&pair, STREAM_FRAME_DATA, 1, SLICE(data)));
    part(&pair);
}

TEST(data_for_a_stream_that_was_reset_is_still_held_to_its_credit)
{
    struct pair pair;
    join(&pair);
    open_one(&pair);
    stream_reset(pair.server.stream, STREAM_RESET_REFUSED);
    size_t left = STREAM_WINDOW;
    for (; left >= STREAM_DATA_MAX; left -= STREAM_DATA_MAX)
        EXPECT(survives_stream_frame(&pair, STREAM_FRAME_DATA, 1, (slice){bytes, STREAM_DATA_MAX}));
    EXPECT(!survives_stream_frame(&pair, STREAM_FRAME_DATA, 1, (slice){bytes, left + 1}));
    part(&pair);
}

TEST(resets_from_both_ends_at_once_are_no_error)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    stream_reset(stream, STREAM_RESET_ABORTED);
    stream_reset(pair.server.stream, STREAM_RESET_ABORTED);
    exchange(&pair);
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));
    EXPECT(!saw(&pair.client, LANE_STREAM_RESET) && !saw(&pair.server, LANE_STREAM_RESET));
    part(&pair);
}

TEST(credit_and_reset_that_crossed_a_streams_end_are_dropped)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_finish(stream));
    EXPECT_OK(stream_finish(pair.server.stream));
    exchange(&pair);
    stream_release(pair.server.stream);
    const uint8_t credit[] = {0, 0, 1, 0}, reason[] = {STREAM_RESET_ABORTED};
    EXPECT(survives_stream_frame(&pair, STREAM_FRAME_CREDIT, 1, SLICE(credit)));
    EXPECT(survives_stream_frame(&pair, STREAM_FRAME_RESET, 1, SLICE(reason)));
    EXPECT(!survives_stream_frame(&pair, STREAM_FRAME_FINISH, 1, (slice){0}));
    part(&pair);
}

TEST(who_asks_is_told_when_its_destination_was_reached)
{
    struct pair pair;
    struct stream *stream = NULL;
    const struct stream_opening asking = {.destination = slice_of_text("tcp://[::1]:80"),
                                          .source = slice_of_text("192.0.2.1:40000"),
                                          .wants_answer = true};
    join(&pair);
    EXPECT_OK(lane_open_stream(pair.client.lane, &asking, &stream));
    EXPECT_OK(stream_send(stream, (slice){bytes, 100})); /* need not wait */
    exchange(&pair);
    EXPECT(strcmp(pair.server.destination, "tcp://[::1]:80") == 0);
    EXPECT(pair.server.data_size == 100 && !saw(&pair.client, LANE_STREAM_CONNECTED));
    EXPECT_OK(stream_connected(pair.server.stream));
    EXPECT_OK(stream_connected(pair.server.stream)); /* told once */
    exchange(&pair);
    EXPECT(saw(&pair.client, LANE_STREAM_CONNECTED));
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));

    struct stream *const unasked = open_one(&pair);
    EXPECT(unasked && !stream_connected(pair.server.stream).fault);
    exchange(&pair);
    EXPECT(!lane_failure(pair.client.lane)); /* was not told what it did not ask */
    part(&pair);
}

TEST(data_before_the_answer_that_was_asked_for_ends_the_lane)
{
    struct pair pair;
    struct stream *stream = NULL;
    const struct stream_opening asking = {.destination = slice_of_text("db"), .wants_answer = true};
    join(&pair);
    EXPECT_OK(lane_open_stream(pair.client.lane, &asking, &stream));
    exchange(&pair);
    EXPECT_OK(stream_send(pair.server.stream, (slice){bytes, 1}));
    exchange(&pair);
    EXPECT(lane_failure(pair.client.lane) != NULL);
    part(&pair);
}

/* A stream of datagrams from the client; the server has seen it. */
static struct stream *open_datagrams(struct pair *pair)
{
    const struct stream_opening opening = {.destination = slice_of_text("dns"),
                                           .is_datagrams = true};
    struct stream *stream = NULL;
    EXPECT_OK(lane_open_stream(pair->client.lane, &opening, &stream));
    exchange(pair);
    EXPECT(pair->server.opening.is_datagrams && stream_is_datagrams(pair->server.stream));
    return stream;
}

TEST(datagrams_come_whole_and_in_their_bounds)
{
    static uint8_t large[STREAM_DATAGRAM_MAX + 1];
    static const size_t sizes[] = {
        0, 1, 1400, STREAM_DATA_MAX, STREAM_DATA_MAX + 1, 2 * STREAM_DATA_MAX, STREAM_DATAGRAM_MAX};
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_datagrams(&pair);
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pair.server.datagram_count = 0;
        EXPECT_OK(stream_send_datagram(stream, (slice){large, sizes[i]}));
        exchange(&pair);
        EXPECT(pair.server.datagram_count == 1 && pair.server.datagram_size == sizes[i]);
        EXPECT(memcmp(pair.server.datagram, large, sizes[i]) == 0);
    }
    EXPECT_FAIL(INTERNAL, stream_send_datagram(stream, (slice){large, sizeof large}));
    EXPECT_OK(stream_send_datagram(pair.server.stream, (slice){large, 100})); /* and back */
    exchange(&pair);
    EXPECT(pair.client.datagram_count == 1 && pair.client.datagram_size == 100);
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));
    part(&pair);
}

TEST(datagrams_that_cannot_be_sent_are_dropped)
{
    static uint8_t datagram[STREAM_DATAGRAM_MAX];
    struct pair pair;
    size_t sent = 0;
    join(&pair);
    struct stream *const stream = open_datagrams(&pair);
    while (sent < 100 && !stream_send_datagram(stream, SLICE(datagram)).fault)
        sent++;
    EXPECT(sent > 0 && sent < 10);
    exchange(&pair);
    EXPECT(pair.server.datagram_count == sent);
    EXPECT_OK(stream_send_datagram(stream, SLICE(datagram)));
    part(&pair);
}

TEST(bytes_and_datagrams_do_not_mix)
{
    static const uint8_t bytes_of_one[] = {0, 0, 0, 1}, reset[] = {1};
    const struct {
        bool on_datagrams;
        uint8_t kind;
        slice rest;
    } wrong[] = {{true, STREAM_FRAME_DATA, {reset, 1}},
                 {true, STREAM_FRAME_CREDIT, SLICE(bytes_of_one)},
                 {true, STREAM_FRAME_FINISH, {0}},
                 {true, STREAM_FRAME_PART, {0}},
                 {false, STREAM_FRAME_DATAGRAM, {reset, 1}},
                 {false, STREAM_FRAME_PART, {reset, 1}}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pair pair;
        join(&pair);
        if (wrong[i].on_datagrams)
            open_datagrams(&pair);
        else
            open_one(&pair);
        EXPECT(!survives_stream_frame(&pair, wrong[i].kind, 1, wrong[i].rest));
        part(&pair);
    }
}

TEST(nothing_comes_inside_a_datagram)
{
    static const uint8_t some[] = {'x'}, cookie[] = {0, 0, 0, 0};
    const struct {
        uint8_t kind;
        uint32_t id;
        slice rest;
    } wrong[] = {{STREAM_FRAME_PART, 3, SLICE(some)},
                 {STREAM_FRAME_DATAGRAM, 3, SLICE(some)},
                 {STREAM_FRAME_RESET, 1, SLICE(some)},
                 {LANE_FRAME_PING, 0, SLICE(cookie)}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pair pair;
        join(&pair);
        open_datagrams(&pair);
        open_datagrams(&pair);
        EXPECT(survives_stream_frame(&pair, STREAM_FRAME_PART, 1, SLICE(some)));
        EXPECT(!survives_stream_frame(&pair, wrong[i].kind, wrong[i].id, wrong[i].rest));
        part(&pair);
    }
}

TEST(a_datagram_in_parts_is_no_longer_than_any)
{
    struct pair pair;
    join(&pair);
    open_datagrams(&pair);
    for (size_t i = 0; i < STREAM_DATAGRAM_MAX / STREAM_DATA_MAX; i++)
        EXPECT(survives_stream_frame(&pair, STREAM_FRAME_PART, 1, (slice){bytes, STREAM_DATA_MAX}));
    EXPECT(
        !survives_stream_frame(&pair, STREAM_FRAME_DATAGRAM, 1, (slice){bytes, STREAM_DATA_MAX}));
    part(&pair);
}

TEST(datagrams_that_cross_a_reset_are_dropped)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_datagrams(&pair);
    struct stream *const other_stream = open_datagrams(&pair);
    EXPECT_OK(stream_send_datagram(stream, (slice){bytes, STREAM_DATA_MAX + 1}));
    EXPECT_OK(stream_send_datagram(other_stream, (slice){bytes, STREAM_DATA_MAX + 2}));
    stream_reset(pair.server.first, STREAM_RESET_IDLE);
    exchange(&pair);
    EXPECT(pair.server.datagram_count == 1 && pair.server.datagram_size == STREAM_DATA_MAX + 2);
    EXPECT(saw(&pair.client, LANE_STREAM_RESET));
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));
    part(&pair);
}

TEST(every_frame_that_breaks_a_rule_ends_the_lane)
{
    static const uint8_t ab[] = {'a', 'b'}, zero[] = {0, 0, 0, 0}, one[] = {0, 0, 0, 1},
                         none[] = {0}, beyond[] = {STREAM_RESET_IDLE + 1},
                         to_db[] = {0, 0, 'd', 'b'}, wish[] = {4, 0, 'd', 'b'},
                         short_source[] = {0, 3, 'd', 'b'};
    static uint8_t long_name[2 + STREAM_DESTINATION_MAX + 1],
        long_source[2 + STREAM_SOURCE_MAX + 1 + 1] = {0, STREAM_SOURCE_MAX + 1};
    const struct {
        uint8_t kind;
        uint32_t id;
        slice rest;
    } wrong[] = {
        {STREAM_FRAME_OPEN, 0, SLICE(to_db)},        /* no stream has this id */
        {STREAM_FRAME_OPEN, 1, SLICE(to_db)},        /* used already */
        {STREAM_FRAME_OPEN, 2, SLICE(to_db)},        /* ours to give */
        {STREAM_FRAME_OPEN, 5, SLICE(to_db)},        /* skips one */
        {STREAM_FRAME_OPEN, 3, {to_db, 2}},          /* to nowhere */
        {STREAM_FRAME_OPEN, 3, SLICE(wish)},         /* with a flag that nobody knows */
        {STREAM_FRAME_OPEN, 3, SLICE(short_source)}, /* half a source */
        {STREAM_FRAME_OPEN, 3, SLICE(long_source)},  /* too long */
        {STREAM_FRAME_CONNECTED, 1, {0}},            /* it was ours to say */
        {STREAM_FRAME_CONNECTED, 3, {0}},            /* never opened */
        {STREAM_FRAME_OPEN, 3, SLICE(long_name)},    /* too long */
        {STREAM_FRAME_DATA, 0, SLICE(ab)},           /* never opened */
        {STREAM_FRAME_DATA, 2, SLICE(ab)},           /* never opened by us */
        {STREAM_FRAME_DATA, 3, SLICE(ab)},           /* never opened */
        {STREAM_FRAME_DATA, 1, {0}},                 /* empty */
        {STREAM_FRAME_CREDIT, 1, SLICE(zero)},       /* nothing */
        {STREAM_FRAME_CREDIT, 1, SLICE(one)},        /* above the window */
        {STREAM_FRAME_CREDIT, 1, SLICE(ab)},         /* short */
        {STREAM_FRAME_CREDIT, 3, SLICE(one)},        /* never opened */
        {STREAM_FRAME_RESET, 1, SLICE(none)},        /* no reason */
        {STREAM_FRAME_RESET, 1, SLICE(beyond)},      /* unknown reason */
        {STREAM_FRAME_RESET, 1, SLICE(ab)},          /* left over */
        {STREAM_FRAME_FINISH, 1, SLICE(ab)},         /* left over */
        {STREAM_FRAME_FINISH, 3, {0}},               /* never opened */
        {LANE_FRAME_PING, 0, {0}},                   /* short */
        {LANE_FRAME_PONG, 0, SLICE(one)},            /* not asked */
        {LANE_FRAME_DRAIN, 0, {0}},                  /* left over */
        {STREAM_FRAME_PART + 1, 0, {0}},             /* unknown */
        {255, 0, {0}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct pair pair;
        join(&pair);
        open_one(&pair);
        const bool survived =
            survives_stream_frame(&pair, wrong[i].kind, wrong[i].id, wrong[i].rest);
        if (survived)
            printf("  row %zu was accepted\n", i);
        EXPECT(!survived && lane_failure(pair.server.lane));
        EXPECT(saw(&pair.server, LANE_CLOSED));
        part(&pair);
    }
}

TEST(stream_frames_cut_anywhere_end_the_lane)
{
    static const uint8_t open[] = {0, 0, 0, 3, 0, 2, 'a', 'b', 'd'}, data[] = {0, 0, 0, 3, 'd'},
                         credit[] = {0, 0, 0, 1, 0, 0, 0, 1}, reset[] = {0, 0, 0, 1, 1},
                         finish[] = {0, 0, 0, 1};
    const struct {
        uint8_t kind;
        slice whole;
    } frames[] = {{STREAM_FRAME_OPEN, SLICE(open)},
                  {STREAM_FRAME_CREDIT, SLICE(credit)},
                  {STREAM_FRAME_RESET, SLICE(reset)},
                  {STREAM_FRAME_FINISH, SLICE(finish)},
                  {STREAM_FRAME_DATA, SLICE(data)}};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        for (size_t size = 0; size < frames[i].whole.size; size++) {
            struct pair pair;
            join(&pair);
            open_one(&pair);
            EXPECT(!survives(&pair, frames[i].kind, frames[i].whole.data, size));
            part(&pair);
        }
}

TEST(data_beyond_the_window_ends_the_lane)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_send(stream, (slice){bytes, STREAM_WINDOW}));
    exchange(&pair);
    EXPECT(!lane_failure(pair.server.lane));
    EXPECT(!survives_stream_frame(&pair, STREAM_FRAME_DATA, 1, (slice){bytes, 1}));
    part(&pair);
}

TEST(data_after_finish_ends_the_lane)
{
    struct pair pair;
    join(&pair);
    EXPECT_OK(stream_finish(open_one(&pair)));
    exchange(&pair);
    EXPECT(!survives_stream_frame(&pair, STREAM_FRAME_DATA, 1, (slice){bytes, 1}));
    part(&pair);
}

TEST(streams_past_the_limit_are_refused_on_both_ends)
{
    struct pair pair;
    struct stream *stream = NULL;
    join(&pair);
    for (size_t i = 0; i < LANE_STREAMS_MAX; i++)
        EXPECT_OK(lane_open_stream(pair.client.lane, &db, &stream));
    EXPECT_FAIL(EXHAUSTED, lane_open_stream(pair.client.lane, &db, &stream));
    exchange(&pair);
    EXPECT(lane_stream_count(pair.server.lane) == LANE_STREAMS_MAX);
    /* A peer that does not keep the limit is told so, stream by stream, and in the end cut off. */
    const uint8_t to_db[] = {0, 0, 'd', 'b'};
    uint32_t id = 2 * LANE_STREAMS_MAX + 1;
    EXPECT(survives_stream_frame(&pair, STREAM_FRAME_OPEN, id, SLICE(to_db)));
    EXPECT(lane_stream_count(pair.server.lane) == LANE_STREAMS_MAX);
    bool survived = true;
    for (size_t i = 0; i < LANE_STREAMS_MAX && survived; i++) {
        id += 2;
        survived = survives_stream_frame(&pair, STREAM_FRAME_OPEN, id, SLICE(to_db));
    }
    EXPECT(!survived);
    part(&pair);
}

TEST(ids_are_not_used_again_and_rise_by_two)
{
    struct pair pair;
    join(&pair);
    for (uint32_t id = 1; id < 2000; id += 2) {
        struct stream *const stream = open_one(&pair);
        EXPECT(stream->id == id);
        stream_reset(stream, STREAM_RESET_ABORTED);
        exchange(&pair);
    }
    struct stream *back = NULL;
    EXPECT_OK(lane_open_stream(pair.server.lane, &db, &back));
    EXPECT(back->id == 2);
    EXPECT(!lane_failure(pair.client.lane) && !lane_failure(pair.server.lane));
    part(&pair);
}

TEST(after_drain_open_streams_go_on_and_new_ones_are_not_begun)
{
    struct pair pair;
    struct stream *late = NULL;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(lane_drain(pair.server.lane));
    exchange(&pair);
    EXPECT(saw(&pair.client, LANE_DRAIN));
    EXPECT_FAIL(UNEXPECTED, lane_open_stream(pair.client.lane, &db, &late));
    EXPECT_OK(stream_send(stream, slice_of_text("on")));
    exchange(&pair);
    EXPECT(pair.server.data_size == 2);
    part(&pair);
}

TEST(N7_a_peer_that_vanished_is_noticed_and_one_that_answers_is_not)
{
    struct pair pair;
    join(&pair);
    pair.now.monotonic_ms = lane_deadline_ms(pair.client.lane);
    exchange(&pair);
    EXPECT(!lane_failure(pair.client.lane));
    pair.now.monotonic_ms = lane_deadline_ms(pair.client.lane);
    look(&pair, &pair.client);
    EXPECT(!lane_failure(pair.client.lane));
    EXPECT_OK(lane_flush(pair.client.lane));
    EXPECT(lane_unsent_size(pair.client.lane) == FRAME_HEADER_SIZE + 8);
    pair.now.monotonic_ms = lane_deadline_ms(pair.client.lane) - 1;
    look(&pair, &pair.client);
    EXPECT(!saw(&pair.client, LANE_CLOSED));
    pair.now.monotonic_ms++;
    look(&pair, &pair.client);
    EXPECT(saw(&pair.client, LANE_CLOSED) && lane_failure(pair.client.lane));
    part(&pair);
}

TEST(R8_a_process_that_was_stopped_asks_before_it_blames_its_peer)
{
    struct keepalive keepalive = {0};
    struct moment now = {.monotonic_ms = 5000};
    EXPECT(keepalive_look(&keepalive, now) == KEEPALIVE_WAIT);
    keepalive_start(&keepalive, now);
    now.monotonic_ms += 10 * KEEPALIVE_SILENCE_MS;
    EXPECT(keepalive_look(&keepalive, now) == KEEPALIVE_ASK);
    EXPECT(keepalive_deadline_ms(&keepalive) == now.monotonic_ms + KEEPALIVE_ANSWER_MS);
    keepalive_heard(&keepalive);
    now.monotonic_ms += 10 * KEEPALIVE_ANSWER_MS;
    EXPECT(keepalive_look(&keepalive, now) == KEEPALIVE_WAIT);
}

TEST(P11_an_end_without_close_ends_the_lane_and_nothing_can_be_sent)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    lane_feed_end(pair.client.lane);
    look(&pair, &pair.client);
    EXPECT(saw(&pair.client, LANE_CLOSED) && !saw(&pair.client, LANE_STREAM_FINISHED));
    EXPECT_FAIL(UNEXPECTED, stream_send(stream, slice_of_text("x")));
    EXPECT_FAIL(UNEXPECTED, stream_finish(stream));
    stream_reset(stream, STREAM_RESET_ENDED);
    part(&pair);
}

TEST(P13_a_peer_that_asks_but_never_reads_loses_the_lane)
{
    struct pair pair;
    join(&pair);
    static const uint8_t ping[8] = {1};
    size_t count = 0;
    while (count < 2 * LANE_OUTPUT_MAX / 11 &&
           survives(&pair, LANE_FRAME_PING, ping, sizeof ping)) {
        EXPECT_OK(lane_flush(pair.server.lane));
        count++;
    }
    EXPECT(count >= LANE_OUTPUT_MAX / 11 && count <= LANE_OUTPUT_MAX / 11 + 2);
    part(&pair);
}

TEST(what_was_gathered_before_the_end_is_sent_and_a_flush_after_it_is_no_failure)
{
    struct pair pair;
    join(&pair);
    struct stream *const stream = open_one(&pair);
    EXPECT_OK(stream_send(stream, slice_of_text("last words")));
    channel_close(lane_channel(pair.client.lane), NULL);
    look(&pair, &pair.client);
    EXPECT(saw(&pair.client, LANE_CLOSED));
    move_to(&pair.client, &pair.server);
    look(&pair, &pair.server);
    EXPECT(pair.server.data_size == 10);
    part(&pair);
}

/* An application's reset is the last frame that fits: whoever flushes finds that the lane is over.
 */
TEST(a_lane_that_gave_up_between_two_events_fails_to_flush_until_it_was_looked_at)
{
    struct pair pair;
    join(&pair);
    static const uint8_t ping[8] = {1};
    struct stream *const stream = open_one(&pair);
    while (lane_unsent_size(pair.client.lane) <= LANE_OUTPUT_MAX) {
        const uint8_t header[] = {0, sizeof ping, LANE_FRAME_PING};
        lane_feed(pair.client.lane, SLICE(header));
        lane_feed(pair.client.lane, SLICE(ping));
        look(&pair, &pair.client);
        EXPECT_OK(lane_flush(pair.client.lane));
    }
    stream_reset(stream, STREAM_RESET_ABORTED);
    EXPECT_FAIL(UNAVAILABLE, lane_flush(pair.client.lane));
    look(&pair, &pair.client);
    EXPECT(saw(&pair.client, LANE_CLOSED));
    EXPECT_OK(lane_flush(pair.client.lane));
    part(&pair);
}

TEST(an_idle_stream_holds_no_buffer)
{
    EXPECT(sizeof(struct stream) <= 96);
}
