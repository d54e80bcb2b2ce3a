/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any frames at all from a peer. Whatever survives must keep the rules: never more data on a stream
 * than its credit, never more streams than the limit. The first byte of each step decides what this
 * end does meanwhile, so that resets, credit and ends cross the peer's frames.
 */

#include "link/lane.h"

#include "../unit/link/fake_channel.h"

#include <assert.h>

enum { KEPT_STREAMS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
    struct lane *lane;
    struct stream *kept[KEPT_STREAMS];
    size_t held[KEPT_STREAMS]; /* received and not consumed */
};

static size_t place_of(const struct session *session, const struct stream *stream)
{
    size_t i = 0;
    while (i < KEPT_STREAMS && session->kept[i] != stream)
        i++;
    return i;
}

static void take_event(struct session *session, const struct lane_event *event)
{
    if (event->kind == LANE_STREAM_OPENED) {
        const size_t free_place = place_of(session, NULL);
        assert(event->opening.destination.size &&
               event->opening.destination.size <= STREAM_DESTINATION_MAX);
        if (free_place == KEPT_STREAMS) {
            stream_reset(event->stream, STREAM_RESET_REFUSED);
            return;
        }
        session->kept[free_place] = event->stream;
        session->held[free_place] = 0;
        return;
    }
    const size_t place = event->stream ? place_of(session, event->stream) : KEPT_STREAMS;
    if (event->stream)
        assert(place < KEPT_STREAMS); /* nothing is told about a stream that we reset */
    if (event->kind == LANE_STREAM_DATA) {
        session->held[place] += event->payload.size;
        assert(session->held[place] <= STREAM_WINDOW);
    }
    if (event->kind == LANE_STREAM_RESET)
        session->kept[place] = NULL;
}

static void act(struct session *session, uint8_t what)
{
    const size_t place = what & (KEPT_STREAMS - 1);
    struct stream *const stream = session->kept[place];
    if (!stream)
        return;
    if (what & 0x80) {
        stream_reset(stream, STREAM_RESET_ABORTED);
        session->kept[place] = NULL;
    } else if (what & 0x40) {
        const status consumed = stream_consumed(stream, session->held[place]);
        (void)consumed.fault;
        session->held[place] = 0;
    } else if (what & 0x20) {
        const status finished = stream_finish(stream);
        (void)finished.fault;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session session = {0};
    const struct moment now = {.wall_s = 1, .monotonic_ms = 1};
    struct lane_event event = {.kind = LANE_NONE};
    if (lane_new(fake_channel(), ROLE_SERVER, &session.lane).fault)
        return 0;
    while (size && event.kind != LANE_CLOSED) {
        act(&session, data[0]);
        const size_t step = size < 24 ? size : 24;
        lane_feed(session.lane, (slice){data + 1, step - 1});
        data += step;
        size -= step;
        for (lane_next(session.lane, now, &event);
             event.kind != LANE_NONE && event.kind != LANE_CLOSED;
             lane_next(session.lane, now, &event))
            take_event(&session, &event);
        assert(lane_stream_count(session.lane) <= LANE_STREAMS_MAX);
    }
    lane_free(session.lane);
    return 0;
}
