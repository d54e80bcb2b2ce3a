/* SPDX-License-Identifier: Apache-2.0 */
#include "link/control.h"

#include "codec/reader.h"
#include "link/keepalive.h"
#include "link/lane.h"

#include <stdlib.h>

/* A peer that asks and asks but never reads our answers; one message of the exchange may wait too.
 */
enum { UNREAD_ANSWERS_MAX = EXCHANGE_MESSAGE_SIZE_MAX + (64 << 10) };

struct control {
    struct channel *channel;
    struct keepalive keepalive;
    const char *failure;
};

status control_new(struct channel *channel, struct control **out)
{
    struct control *const control = calloc(1, sizeof *control);
    if (!control)
        return FAIL(EXHAUSTED, "no memory for a control session");
    control->channel = channel;
    *out = control;
    return OK;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    channel_free(control->channel);
    free(control);
}

struct channel *control_channel(struct control *control)
{
    return control->channel;
}

struct channel *control_take_channel(struct control *control)
{
    struct channel *const channel = control->channel;
    free(control);
    return channel;
}

const char *control_failure(const struct control *control)
{
    return control->failure;
}

void control_feed(struct control *control, slice wire)
{
    keepalive_heard(&control->keepalive);
    channel_feed(control->channel, wire);
}

void control_feed_end(struct control *control)
{
    channel_feed_end(control->channel);
}

int64_t control_deadline_ms(const struct control *control)
{
    const int64_t channel = channel_deadline_ms(control->channel);
    const int64_t keepalive = keepalive_deadline_ms(&control->keepalive);
    return channel < keepalive ? channel : keepalive;
}

static void give_up(struct control *control, const char *what)
{
    if (control->failure)
        return;
    control->failure = what;
    channel_close(control->channel, NULL);
}

static status send(struct control *control, uint8_t kind, slice payload)
{
    if (channel_output(control->channel).size > UNREAD_ANSWERS_MAX)
        return FAIL(EXHAUSTED, "the peer does not read what it is sent");
    TRY(channel_write(control->channel, kind, &payload, 1));
    return channel_flush(control->channel);
}

static status take_frame(struct control *control, const struct channel_event *event)
{
    struct reader reader = reader_of(event->payload);
    read_be64(&reader);
    TRY(reader_finish(&reader));
    if (event->frame_kind == LANE_FRAME_PING)
        return send(control, LANE_FRAME_PONG, event->payload);
    if (event->frame_kind != LANE_FRAME_PONG)
        return FAIL(UNEXPECTED, "a frame that does not belong on a control session");
    return OK;
}

static void look_after_peer(struct control *control, struct moment now)
{
    static const uint8_t cookie[8];
    const enum keepalive_advice advice = keepalive_look(&control->keepalive, now);
    if (advice == KEEPALIVE_GIVE_UP)
        give_up(control, "the peer vanished: no answer to a ping");
    else if (advice == KEEPALIVE_ASK && send(control, LANE_FRAME_PING, SLICE(cookie)).fault)
        give_up(control, "a ping could not be sent");
}

void control_next(struct control *control, struct moment now, struct channel_event *out)
{
    for (;;) {
        channel_next(control->channel, now, out);
        if (out->kind == CHANNEL_OPEN)
            keepalive_start(&control->keepalive, now);
        if (out->kind != CHANNEL_FRAME)
            break;
        const status taken = take_frame(control, out);
        if (taken.fault)
            give_up(control, taken.fault->what);
    }
    if (out->kind == CHANNEL_NONE && !control->failure) {
        look_after_peer(control, now);
        if (control->failure)
            channel_next(control->channel, now, out);
    }
}
