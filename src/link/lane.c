/* SPDX-License-Identifier: Apache-2.0 */
#include "link/lane.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "link/keepalive.h"
#include "link/streams.h"

#include <assert.h>
#include <stdlib.h>

struct lane {
    struct channel *channel;
    struct stream_table streams;
    struct stream *gone; /* reported as reset; freed at the next call */
    struct stream *first_reset, *last_reset;
    size_t reset_count;
    size_t gathered_size; /* written, not flushed */
    uint64_t pinged, ponged;
    uint32_t next_own_id, next_peer_id; /* 0: no more of them */
    uint32_t peer_parity;               /* of the peer's ids */
    struct keepalive keepalive;
    const char *failure;
    bool is_open, is_closed, peer_drains, has_drained;
    uint32_t parts_id;   /* whose datagram comes in parts; 0: none does */
    struct buffer parts; /* what of it came, until the next event is asked for */
};

const char *stream_reset_name(enum stream_reset reset)
{
    switch (reset) {
    case STREAM_RESET_REFUSED:
        return "refused";
    case STREAM_RESET_UNREACHABLE:
        return "unreachable";
    case STREAM_RESET_ABORTED:
        return "aborted";
    case STREAM_RESET_LIMIT:
        return "limit";
    case STREAM_RESET_ENDED:
        return "ended";
    case STREAM_RESET_IDLE:
        return "idle";
    case STREAM_RESET_NONE:
        break;
    }
    return "none";
}

status lane_new(struct channel *channel, enum role role, struct lane **out)
{
    if (role != ROLE_CLIENT && role != ROLE_SERVER)
        return FAIL(INTERNAL, "a lane needs a role");
    struct lane *const lane = calloc(1, sizeof *lane);
    if (!lane)
        return FAIL(EXHAUSTED, "no memory for a lane");
    lane->channel = channel;
    lane->next_own_id = role == ROLE_CLIENT ? 1 : 2;
    lane->next_peer_id = role == ROLE_CLIENT ? 2 : 1;
    lane->peer_parity = lane->next_peer_id % 2;
    *out = lane;
    return OK;
}

void lane_free(struct lane *lane)
{
    if (!lane)
        return;
    free(lane->gone);
    buffer_clear(&lane->parts);
    stream_table_clear(&lane->streams);
    channel_free(lane->channel);
    free(lane);
}

struct channel *lane_channel(struct lane *lane)
{
    return lane->channel;
}

const char *lane_failure(const struct lane *lane)
{
    return lane->failure;
}

size_t lane_stream_count(const struct lane *lane)
{
    return lane->streams.count - lane->reset_count;
}

void lane_feed(struct lane *lane, slice wire)
{
    keepalive_heard(&lane->keepalive);
    channel_feed(lane->channel, wire);
}

void lane_feed_end(struct lane *lane)
{
    channel_feed_end(lane->channel);
}

int64_t lane_deadline_ms(const struct lane *lane)
{
    const int64_t channel = channel_deadline_ms(lane->channel);
    const int64_t keepalive = keepalive_deadline_ms(&lane->keepalive);
    return channel < keepalive ? channel : keepalive;
}

/* ---- writing ---- */

status lane_flush(struct lane *lane)
{
    if (lane->failure && !lane->is_closed)
        return FAIL(UNAVAILABLE, "the lane has ended, and nobody looked yet");
    if (!lane->gathered_size || lane->is_closed) /* the close took what was gathered along */
        return OK;
    lane->gathered_size = 0;
    return channel_flush(lane->channel);
}

slice lane_output(const struct lane *lane)
{
    return channel_output(lane->channel);
}

void lane_sent(struct lane *lane, size_t size)
{
    channel_sent(lane->channel, size);
}

size_t lane_unsent_size(const struct lane *lane)
{
    return channel_output(lane->channel).size + lane->gathered_size;
}

static void give_up(struct lane *lane, const char *what)
{
    if (lane->failure || lane->is_closed)
        return;
    lane->failure = what;
    channel_close(lane->channel, NULL);
}

static status write_frame(struct lane *lane, uint8_t kind, slice head, slice rest)
{
    if (!lane->is_open || lane->is_closed || lane->failure)
        return FAIL(UNEXPECTED, "the lane is not open");
    if (lane_unsent_size(lane) > LANE_OUTPUT_MAX)
        return FAIL(EXHAUSTED, "the peer does not read what it is sent");
    const slice parts[] = {head, rest};
    TRY(channel_write(lane->channel, kind, parts, rest.size ? 2 : 1));
    lane->gathered_size += FRAME_HEADER_SIZE + head.size + rest.size;
    return OK;
}

static status write_stream_frame(const struct stream *stream, uint8_t kind, slice rest)
{
    uint8_t id[4];
    struct writer writer = writer_over(id, sizeof id);
    write_be32(&writer, stream->id);
    return write_frame(stream->lane, kind, SLICE(id), rest);
}

static status write_ping(struct lane *lane)
{
    uint8_t cookie[8];
    struct writer writer = writer_over(cookie, sizeof cookie);
    write_be64(&writer, lane->pinged + 1);
    TRY(write_frame(lane, LANE_FRAME_PING, SLICE(cookie), (slice){0}));
    lane->pinged++;
    return OK;
}

status lane_drain(struct lane *lane)
{
    if (lane->has_drained)
        return OK;
    lane->has_drained = true;
    return write_frame(lane, LANE_FRAME_DRAIN, (slice){0}, (slice){0});
}

/* ---- streams, from our side ---- */

/* Beyond the last id there is none: the lane must be replaced, ids are not used again. */
static uint32_t id_after(uint32_t id)
{
    return id > UINT32_MAX - 2 ? 0 : id + 2;
}

static status add_stream(struct lane *lane, uint32_t id, struct stream **out)
{
    TRY(stream_table_add(&lane->streams, id, out));
    (*out)->lane = lane;
    (*out)->credit = STREAM_WINDOW;
    (*out)->window_left = STREAM_WINDOW;
    return OK;
}

static void remove_stream(struct stream *stream)
{
    stream_table_remove(&stream->lane->streams, stream);
    free(stream);
}

/* spec: docs/link-protocol.md, "Streams": OPEN */
enum { OPEN_WANTS_ANSWER = 1, OPEN_DATAGRAMS = 2, OPEN_HEAD_SIZE = 2 };

static status check_opening(const struct stream_opening *opening)
{
    if (!opening->destination.size || opening->destination.size > STREAM_DESTINATION_MAX)
        return FAIL(MALFORMED, "a stream's destination has 1 to 256 bytes");
    if (opening->source.size > STREAM_SOURCE_MAX)
        return FAIL(MALFORMED, "a stream's source has at most 64 bytes");
    return OK;
}

static status write_open(const struct stream *stream, const struct stream_opening *opening)
{
    uint8_t space[OPEN_HEAD_SIZE + STREAM_SOURCE_MAX + STREAM_DESTINATION_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice whole;
    write_u8(&writer, (uint8_t)((opening->wants_answer ? OPEN_WANTS_ANSWER : 0) |
                                (opening->is_datagrams ? OPEN_DATAGRAMS : 0)));
    write_u8(&writer, (uint8_t)opening->source.size);
    write_bytes(&writer, opening->source);
    write_bytes(&writer, opening->destination);
    TRY(writer_finish(&writer, &whole));
    return write_stream_frame(stream, STREAM_FRAME_OPEN, whole);
}

status lane_open_stream(struct lane *lane, const struct stream_opening *opening,
                        struct stream **out)
{
    TRY(check_opening(opening));
    if (lane->peer_drains)
        return FAIL(UNEXPECTED, "the peer takes no new streams on this lane");
    if (lane->streams.count >= LANE_STREAMS_MAX || !lane->next_own_id)
        return FAIL(EXHAUSTED, "the lane holds no more streams");
    struct stream *stream = NULL;
    TRY(add_stream(lane, lane->next_own_id, &stream));
    const status written = write_open(stream, opening);
    if (written.fault) {
        remove_stream(stream);
        return written;
    }
    stream->awaits_answer = opening->wants_answer;
    stream->is_datagrams = opening->is_datagrams;
    lane->next_own_id = id_after(lane->next_own_id);
    *out = stream;
    return OK;
}

bool lane_is_used_up(const struct lane *lane)
{
    return !lane->next_own_id;
}

size_t stream_credit(const struct stream *stream)
{
    return stream->finish_sent ? 0 : stream->credit;
}

size_t stream_writable(const struct stream *stream)
{
    const size_t unsent = lane_unsent_size(stream->lane);
    if (unsent >= LANE_OUTPUT_HIGH)
        return 0;
    return stream_credit(stream);
}

status stream_send(struct stream *stream, slice bytes)
{
    if (bytes.size > stream_credit(stream))
        return FAIL(INTERNAL, "more bytes than the stream has credit for");
    while (bytes.size) {
        const size_t size = bytes.size < STREAM_DATA_MAX ? bytes.size : STREAM_DATA_MAX;
        TRY(write_stream_frame(stream, STREAM_FRAME_DATA, (slice){bytes.data, size}));
        stream->credit -= (uint32_t)size;
        bytes = (slice){bytes.data + size, bytes.size - size};
    }
    return OK;
}

bool stream_is_datagrams(const struct stream *stream)
{
    return stream->is_datagrams;
}

status stream_send_datagram(struct stream *stream, slice datagram)
{
    if (!stream->is_datagrams || datagram.size > STREAM_DATAGRAM_MAX)
        return FAIL(INTERNAL, "no stream of datagrams, or one that is too long");
    if (lane_unsent_size(stream->lane) >= LANE_OUTPUT_HIGH)
        return FAIL(EXHAUSTED, "the lane has too much to send already");
    for (; datagram.size > STREAM_DATA_MAX; datagram.size -= STREAM_DATA_MAX) {
        TRY(write_stream_frame(stream, STREAM_FRAME_PART, (slice){datagram.data, STREAM_DATA_MAX}));
        datagram.data += STREAM_DATA_MAX;
    }
    return write_stream_frame(stream, STREAM_FRAME_DATAGRAM, datagram);
}

status stream_connected(struct stream *stream)
{
    if (!stream->owes_answer)
        return OK;
    stream->owes_answer = false;
    return write_stream_frame(stream, STREAM_FRAME_CONNECTED, (slice){0});
}

status stream_finish(struct stream *stream)
{
    if (stream->finish_sent)
        return OK;
    TRY(write_stream_frame(stream, STREAM_FRAME_FINISH, (slice){0}));
    stream->finish_sent = true;
    return OK;
}

status stream_consumed(struct stream *stream, size_t size)
{
    assert(size <= STREAM_WINDOW - stream->consumed - stream->window_left);
    stream->consumed += (uint32_t)size;
    /* In halves of a window: few frames, and never a sender that waits for the last byte. */
    if (stream->consumed < STREAM_WINDOW / 2 || stream->finish_received)
        return OK;
    uint8_t credit[4];
    struct writer writer = writer_over(credit, sizeof credit);
    write_be32(&writer, stream->consumed);
    TRY(write_stream_frame(stream, STREAM_FRAME_CREDIT, SLICE(credit)));
    stream->window_left += stream->consumed;
    stream->consumed = 0;
    return OK;
}

void stream_release(struct stream *stream)
{
    assert(stream->lane->is_closed || (stream->finish_sent && stream->finish_received));
    remove_stream(stream);
}

void stream_set_owner(struct stream *stream, void *owner)
{
    stream->owner = owner;
}

void *stream_owner(const struct stream *stream)
{
    return stream->owner;
}

/* ---- resets ---- */

/* One PING at a time, covering every reset before it. */
static status ask_to_forget_resets(struct lane *lane)
{
    if (!lane->first_reset || lane->ponged != lane->pinged)
        return OK;
    TRY(write_ping(lane));
    for (struct stream *stream = lane->first_reset; stream; stream = stream->next_reset)
        stream->forgotten_after = lane->pinged;
    return OK;
}

static void forget_resets(struct lane *lane)
{
    while (lane->first_reset && lane->first_reset->forgotten_after &&
           lane->first_reset->forgotten_after <= lane->ponged) {
        struct stream *const stream = lane->first_reset;
        lane->first_reset = stream->next_reset;
        lane->reset_count--;
        remove_stream(stream);
    }
    if (!lane->first_reset)
        lane->last_reset = NULL;
}

void stream_reset(struct stream *stream, enum stream_reset reason)
{
    struct lane *const lane = stream->lane;
    const uint8_t code[] = {(uint8_t)reason};
    assert(!stream->was_reset);
    stream->owner = NULL;
    stream->was_reset = true;
    lane->reset_count++;
    *(lane->last_reset ? &lane->last_reset->next_reset : &lane->first_reset) = stream;
    lane->last_reset = stream;
    if (!lane->is_open || lane->is_closed || lane->failure)
        return;
    status written = write_stream_frame(stream, STREAM_FRAME_RESET, SLICE(code));
    if (!written.fault)
        written = ask_to_forget_resets(lane);
    if (written.fault)
        give_up(lane, written.fault->what);
}

/* ---- frames from the peer ---- */

static bool was_opened(const struct lane *lane, uint32_t id)
{
    const uint32_t next = id % 2 == lane->peer_parity ? lane->next_peer_id : lane->next_own_id;
    return id && (!next || id < next);
}

static status read_open(slice payload, struct stream_opening *out)
{
    struct reader reader = reader_of(payload);
    const uint8_t flags = read_u8(&reader);
    const slice source = read_bytes(&reader, read_u8(&reader));
    const struct stream_opening opening = {
        .destination = reader.left,
        .source = source,
        .is_datagrams = flags & OPEN_DATAGRAMS,
        .wants_answer = flags & OPEN_WANTS_ANSWER,
    };
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "a stream was opened without saying where to");
    if (flags & ~(OPEN_WANTS_ANSWER | OPEN_DATAGRAMS))
        return FAIL(MALFORMED, "a stream was opened with an unknown wish");
    TRY(check_opening(&opening));
    *out = opening;
    return OK;
}

static status take_open(struct lane *lane, uint32_t id, slice payload, struct lane_event *out)
{
    struct stream_opening opening;
    if (!id || id != lane->next_peer_id)
        return FAIL(MALFORMED, "a stream was not opened with the next id");
    TRY(read_open(payload, &opening));
    if (lane->streams.count >= 2 * LANE_STREAMS_MAX)
        return FAIL(EXHAUSTED, "the peer opens streams faster than it lets go of them");
    struct stream *stream = NULL;
    TRY(add_stream(lane, id, &stream));
    stream->owes_answer = opening.wants_answer;
    stream->is_datagrams = opening.is_datagrams;
    lane->next_peer_id = id_after(id);
    if (lane->streams.count > LANE_STREAMS_MAX)
        stream_reset(stream, STREAM_RESET_LIMIT);
    else
        *out =
            (struct lane_event){.kind = LANE_STREAM_OPENED, .stream = stream, .opening = opening};
    return OK;
}

static status take_connected(struct stream *stream, struct lane_event *out)
{
    if (!stream->awaits_answer)
        return FAIL(UNEXPECTED, "an answer that nobody awaits");
    stream->awaits_answer = false;
    if (!stream->was_reset)
        *out = (struct lane_event){.kind = LANE_STREAM_CONNECTED, .stream = stream};
    return OK;
}

static status take_data(struct stream *stream, slice bytes, struct lane_event *out)
{
    if (!bytes.size)
        return FAIL(MALFORMED, "a data frame without data");
    if (stream->finish_received)
        return FAIL(UNEXPECTED, "data after the end of a stream");
    if (stream->awaits_answer)
        return FAIL(UNEXPECTED, "data before the answer that was asked for");
    if (bytes.size > stream->window_left)
        return FAIL(EXHAUSTED, "the peer sent more than its credit");
    stream->window_left -= (uint32_t)bytes.size;
    if (!stream->was_reset)
        *out = (struct lane_event){.kind = LANE_STREAM_DATA, .stream = stream, .payload = bytes};
    return OK;
}

static status take_part(struct stream *stream, slice bytes)
{
    struct lane *const lane = stream->lane;
    if (!bytes.size || bytes.size > STREAM_DATAGRAM_MAX - lane->parts.size)
        return FAIL(MALFORMED, "a datagram's part is empty, or the whole too long");
    lane->parts_id = stream->id;
    return buffer_append(&lane->parts, bytes);
}

/* The whole lies in the lane until the next event. */
static status take_datagram(struct stream *stream, slice bytes, struct lane_event *out)
{
    struct lane *const lane = stream->lane;
    if (lane->parts.size && bytes.size)
        TRY(take_part(stream, bytes));
    lane->parts_id = 0;
    if (stream->was_reset)
        buffer_clear(&lane->parts);
    else
        *out = (struct lane_event){.kind = LANE_STREAM_DATAGRAM,
                                   .stream = stream,
                                   .payload = lane->parts.size ? buffer_view(&lane->parts) : bytes};
    return OK;
}

/* Frames that have no place on a stream of this kind, or now. */
static status check_place(const struct stream *stream, uint8_t kind)
{
    const bool is_of_datagrams = kind == STREAM_FRAME_DATAGRAM || kind == STREAM_FRAME_PART;
    const bool is_of_bytes =
        kind == STREAM_FRAME_DATA || kind == STREAM_FRAME_CREDIT || kind == STREAM_FRAME_FINISH;
    if (stream->is_datagrams ? is_of_bytes : is_of_datagrams)
        return FAIL(UNEXPECTED, "bytes on a stream of datagrams, or the reverse");
    if (is_of_datagrams && stream->awaits_answer)
        return FAIL(UNEXPECTED, "a datagram before the answer that was asked for");
    return OK;
}

static status take_finish(struct stream *stream, struct lane_event *out)
{
    if (stream->finish_received || stream->awaits_answer)
        return FAIL(UNEXPECTED, "a second end of a stream, or one before its answer");
    stream->finish_received = true;
    if (!stream->was_reset)
        *out = (struct lane_event){.kind = LANE_STREAM_FINISHED, .stream = stream};
    return OK;
}

static status take_credit(struct stream *stream, uint32_t size, struct lane_event *out)
{
    if (!size || size > STREAM_WINDOW - stream->credit)
        return FAIL(MALFORMED, "credit beyond the window");
    stream->credit += size;
    if (!stream->was_reset && !stream->finish_sent)
        *out = (struct lane_event){.kind = LANE_STREAM_WRITABLE, .stream = stream};
    return OK;
}

static void take_reset(struct stream *stream, uint8_t reason, struct lane_event *out)
{
    if (stream->was_reset)
        return; /* both ends at once: it stays until our PING is answered */
    stream_table_remove(&stream->lane->streams, stream);
    stream->lane->gone = stream;
    *out = (struct lane_event){
        .kind = LANE_STREAM_RESET, .stream = stream, .reset = (enum stream_reset)reason};
}

static status take_stream_frame(struct lane *lane, uint8_t kind, slice payload,
                                struct lane_event *out)
{
    struct reader reader = reader_of(payload);
    const uint32_t id = read_be32(&reader);
    uint32_t credit = 0;
    uint8_t reason = 0;
    slice bytes = {0};
    if (kind == STREAM_FRAME_CREDIT)
        credit = read_be32(&reader);
    else if (kind == STREAM_FRAME_RESET)
        reason = read_u8(&reader);
    else if (kind != STREAM_FRAME_FINISH && kind != STREAM_FRAME_CONNECTED)
        bytes = read_bytes(&reader, reader.left.size);
    TRY(reader_finish(&reader));
    if (kind == STREAM_FRAME_RESET && (!reason || reason > STREAM_RESET_IDLE))
        return FAIL(MALFORMED, "a reset for no known reason");

    if (kind == STREAM_FRAME_OPEN)
        return take_open(lane, id, bytes, out);
    if (lane->parts_id && lane->parts_id != id)
        return FAIL(UNEXPECTED, "a datagram inside another");
    if (!was_opened(lane, id))
        return FAIL(UNEXPECTED, "a frame for a stream that was never opened");
    struct stream *const stream = stream_table_find(&lane->streams, id);
    if (!stream) {
        if (kind == STREAM_FRAME_CREDIT || kind == STREAM_FRAME_RESET)
            return OK;
        return FAIL(UNEXPECTED, "a frame for a stream that is over");
    }
    TRY(check_place(stream, kind));
    if (kind == STREAM_FRAME_PART)
        return take_part(stream, bytes);
    if (kind == STREAM_FRAME_DATAGRAM)
        return take_datagram(stream, bytes, out);
    if (kind == STREAM_FRAME_DATA)
        return take_data(stream, bytes, out);
    if (kind == STREAM_FRAME_FINISH)
        return take_finish(stream, out);
    if (kind == STREAM_FRAME_CREDIT)
        return take_credit(stream, credit, out);
    if (kind == STREAM_FRAME_CONNECTED)
        return take_connected(stream, out);
    take_reset(stream, reason, out);
    return OK;
}

static status take_pong(struct lane *lane, uint64_t cookie)
{
    if (cookie <= lane->ponged || cookie > lane->pinged)
        return FAIL(UNEXPECTED, "an answer to a ping that was not sent");
    lane->ponged = cookie;
    forget_resets(lane);
    return ask_to_forget_resets(lane);
}

static status take_lane_frame(struct lane *lane, uint8_t kind, slice payload,
                              struct lane_event *out)
{
    struct reader reader = reader_of(payload);
    const uint64_t cookie = kind == LANE_FRAME_DRAIN ? 0 : read_be64(&reader);
    TRY(reader_finish(&reader));
    if (kind == LANE_FRAME_PING)
        return write_frame(lane, LANE_FRAME_PONG, payload, (slice){0});
    if (kind == LANE_FRAME_PONG)
        return take_pong(lane, cookie);
    if (!lane->peer_drains)
        *out = (struct lane_event){.kind = LANE_DRAIN};
    lane->peer_drains = true;
    return OK;
}

static status take_frame(struct lane *lane, const struct channel_event *event,
                         struct lane_event *out)
{
    const uint8_t kind = event->frame_kind;
    if (lane->parts_id && kind != STREAM_FRAME_PART && kind != STREAM_FRAME_DATAGRAM)
        return FAIL(UNEXPECTED, "a frame inside a datagram");
    if ((kind >= STREAM_FRAME_OPEN && kind <= STREAM_FRAME_RESET) ||
        (kind >= STREAM_FRAME_CONNECTED && kind <= STREAM_FRAME_PART))
        return take_stream_frame(lane, event->frame_kind, event->payload, out);
    if (event->frame_kind >= LANE_FRAME_PING && event->frame_kind <= LANE_FRAME_DRAIN)
        return take_lane_frame(lane, event->frame_kind, event->payload, out);
    return FAIL(UNSUPPORTED, "an unknown kind of frame");
}

static void look_after_peer(struct lane *lane, struct moment now)
{
    const enum keepalive_advice advice = keepalive_look(&lane->keepalive, now);
    if (advice == KEEPALIVE_GIVE_UP)
        give_up(lane, "the peer vanished: no answer to a ping");
    else if (advice == KEEPALIVE_ASK && write_ping(lane).fault)
        give_up(lane, "a ping could not be sent");
}

static void take_channel_event(struct lane *lane, const struct channel_event *event,
                               struct moment now, struct lane_event *out)
{
    switch (event->kind) {
    case CHANNEL_OPEN:
        lane->is_open = true;
        keepalive_start(&lane->keepalive, now);
        *out = (struct lane_event){.kind = LANE_OPEN};
        break;
    case CHANNEL_WANT_LINK:
        *out = (struct lane_event){.kind = LANE_WANT_LINK, .channel = *event};
        break;
    case CHANNEL_FRAME: {
        if (lane->failure)
            break;
        const status taken = take_frame(lane, event, out);
        if (taken.fault)
            give_up(lane, taken.fault->what);
        break;
    }
    case CHANNEL_CLOSED:
        if (!lane->is_closed)
            *out = (struct lane_event){.kind = LANE_CLOSED};
        lane->is_closed = true;
        break;
    case CHANNEL_WANT_EVIDENCE:
    case CHANNEL_ROUND:
        give_up(lane, "a lane is not attested by itself");
        break;
    case CHANNEL_NONE:
        break;
    }
}

void lane_next(struct lane *lane, struct moment now, struct lane_event *out)
{
    free(lane->gone);
    lane->gone = NULL;
    if (!lane->parts_id)
        buffer_clear(&lane->parts);
    *out = (struct lane_event){.kind = LANE_NONE};
    while (!lane->is_closed && out->kind == LANE_NONE) {
        struct channel_event event;
        channel_next(lane->channel, now, &event);
        if (event.kind == CHANNEL_NONE) {
            const bool was_failing = lane->failure;
            look_after_peer(lane, now);
            if (was_failing || !lane->failure)
                break;
        }
        take_channel_event(lane, &event, now, out);
    }
}
