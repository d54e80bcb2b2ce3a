/* SPDX-License-Identifier: Apache-2.0 */
#include "link/control.h"

#include "link/keepalive.h"
#include "link/lane.h"

#include "fake_channel.h"
#include "test.h"

static const struct moment start = {.wall_s = 1, .monotonic_ms = 1000};

static struct control *open_control(struct channel **out_channel)
{
    struct control *control = NULL;
    struct channel_event event;
    *out_channel = fake_channel();
    EXPECT_OK(control_new(*out_channel, &control));
    control_next(control, start, &event);
    EXPECT(event.kind == CHANNEL_OPEN);
    return control;
}

/* Whether the control session lives on after this frame. */
static bool survives(struct control *control, uint8_t kind, slice payload)
{
    struct channel_event event;
    const uint8_t header[] = {0, (uint8_t)payload.size, kind};
    control_feed(control, SLICE(header));
    if (payload.size)
        control_feed(control, payload);
    control_next(control, start, &event);
    return event.kind == CHANNEL_NONE && !control_failure(control);
}

static const uint8_t cookie[8] = {1, 2, 3};

TEST(a_ping_is_answered_with_its_cookie)
{
    struct channel *channel;
    struct control *const control = open_control(&channel);
    EXPECT(survives(control, LANE_FRAME_PING, SLICE(cookie)));
    const uint8_t pong[] = {0, 8, LANE_FRAME_PONG, 1, 2, 3, 0, 0, 0, 0, 0};
    EXPECT(slice_equal(channel_output(channel), SLICE(pong)));
    control_free(control);
}

TEST(other_frames_and_other_sizes_end_the_control_session)
{
    static const uint8_t stream[9] = {0};
    const struct {
        uint8_t kind;
        slice payload;
    } wrong[] = {
        {STREAM_FRAME_OPEN, SLICE(cookie)}, {LANE_FRAME_DRAIN, {0}}, {LANE_FRAME_PING, {cookie, 7}},
        {LANE_FRAME_PONG, SLICE(stream)},   {255, SLICE(cookie)},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct channel *channel;
        struct control *const control = open_control(&channel);
        EXPECT(!survives(control, wrong[i].kind, wrong[i].payload));
        EXPECT(control_failure(control) != NULL);
        control_free(control);
    }
}

/* Evidence waits for a slow network; the peer's ping behind it is no reason to leave. */
TEST(a_ping_while_a_large_message_of_ours_is_unsent_is_answered)
{
    static const uint8_t evidence[EXCHANGE_MESSAGE_SIZE_MAX];
    struct channel *channel;
    struct control *const control = open_control(&channel);
    EXPECT_OK(buffer_append(&channel->out, SLICE(evidence)));
    EXPECT(survives(control, LANE_FRAME_PING, SLICE(cookie)));
    EXPECT(channel_output(channel).size > sizeof evidence);
    control_free(control);
}

TEST(a_peer_that_asks_but_never_reads_loses_the_control_session)
{
    struct channel *channel;
    struct control *const control = open_control(&channel);
    size_t count = 0;
    while (count < EXCHANGE_MESSAGE_SIZE_MAX && survives(control, LANE_FRAME_PING, SLICE(cookie)))
        count++;
    EXPECT(count < EXCHANGE_MESSAGE_SIZE_MAX);
    EXPECT(control_failure(control) != NULL);
    control_free(control);
}

TEST(a_peer_that_vanished_is_noticed)
{
    struct channel *channel;
    struct channel_event event;
    struct control *const control = open_control(&channel);
    struct moment now = start;
    now.monotonic_ms = control_deadline_ms(control);
    EXPECT(now.monotonic_ms == start.monotonic_ms + KEEPALIVE_SILENCE_MS);
    control_next(control, now, &event);
    EXPECT(event.kind == CHANNEL_NONE && channel_output(channel).size > 0);
    now.monotonic_ms += KEEPALIVE_ANSWER_MS;
    control_next(control, now, &event);
    EXPECT(event.kind == CHANNEL_CLOSED && control_failure(control));
    control_free(control);
}
