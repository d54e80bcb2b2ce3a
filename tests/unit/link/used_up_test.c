/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Lanes whose ids run out. Two thousand million streams take too long for a test, so it reaches
 * into the lane: its source is part of this program.
 */

#include "link/lane.c"

#include "fake_channel.h"
#include "test.h"

static const struct moment now = {.wall_s = 1, .monotonic_ms = 1000};

static struct lane *lane_as(enum role role)
{
    struct lane *lane = NULL;
    struct lane_event event;
    EXPECT_OK(lane_new(fake_channel(), role, &lane));
    lane_next(lane, now, &event);
    EXPECT(event.kind == LANE_OPEN);
    return lane;
}

/* Brings what `from` wrote to `to`, and says what the first event there is. */
static enum lane_event_kind pass(struct lane *from, struct lane *to, struct lane_event *out)
{
    EXPECT_OK(lane_flush(from));
    const slice output = lane_output(from);
    lane_feed(to, output);
    lane_sent(from, output.size);
    lane_next(to, now, out);
    return out->kind;
}

TEST(the_last_stream_of_a_lane_works_and_after_it_there_is_none)
{
    struct lane *const client = lane_as(ROLE_CLIENT), *const server = lane_as(ROLE_SERVER);
    struct stream *stream = NULL, *another = NULL;
    struct lane_event event;
    client->next_own_id = server->next_peer_id = UINT32_MAX;
    EXPECT(!lane_is_used_up(client));
    const struct stream_opening db = {.destination = slice_of_text("db")};
    EXPECT_OK(lane_open_stream(client, &db, &stream));
    EXPECT(stream->id == UINT32_MAX && lane_is_used_up(client) && !lane_is_used_up(server));
    EXPECT(pass(client, server, &event) == LANE_STREAM_OPENED);
    EXPECT_FAIL(EXHAUSTED, lane_open_stream(client, &db, &another));
    EXPECT_OK(stream_send(stream, slice_of_text("still")));
    EXPECT(pass(client, server, &event) == LANE_STREAM_DATA);
    struct stream *const received = event.kind == LANE_STREAM_DATA ? event.stream : stream;
    EXPECT_OK(stream_send(received, slice_of_text("answer")));
    EXPECT(pass(server, client, &event) == LANE_STREAM_DATA);
    EXPECT_OK(stream_finish(stream));
    EXPECT(pass(client, server, &event) == LANE_STREAM_FINISHED);
    EXPECT(!lane_failure(client) && !lane_failure(server));
    lane_free(client);
    lane_free(server);
}
