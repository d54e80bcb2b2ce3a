/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A lane: one protected connection that carries streams. Open, data, credit, half-close and reset
 * reach the application exactly as TCP would show them; a slow reader holds back its own stream
 * and nobody else's. Owns no socket; wraps a PURPOSE_LANE channel.
 *
 * Drive it like this: feed() bytes from the peer, then next() until NONE; flush(); send what
 * output() holds and say so with sent(). `docs/link-protocol.md, "Streams"` has the frames; what a
 * peer may do with a stream is decided by these rules, and any other frame ends the lane:
 *
 * - OPEN carries the opener's next id: odd from the client, even from the server, always two more.
 * - A stream of datagrams knows OPEN, CONNECTED, DATAGRAM, PART and RESET; any other none of the
 * two.
 * - CONNECTED comes once, to an opener that asked for it, and before any DATA of that end.
 * - DATA stays within the credit given; nothing but CREDIT and RESET follows FINISH.
 * - CREDIT never lifts the credit above STREAM_WINDOW.
 * - CREDIT and RESET for a stream that is already over crossed its end and are dropped.
 * - DATA and FINISH for a stream that we reset are dropped, DATA still within the credit, until the
 *   peer answered a PING that was sent after the reset: then nothing of it can be in flight.
 */

#include "channel/channel.h"

enum {
    STREAM_WINDOW = 1 << 20, /* bytes a peer may have in flight on one stream */
    STREAM_DATA_MAX = FRAME_PAYLOAD_MAX - 4,
    STREAM_DESTINATION_MAX = 256, /* "db": a service name of the peer's; "tcp://10.0.0.1:80" */
    STREAM_DATAGRAM_MAX = 65535,
    STREAM_SOURCE_MAX = 64,       /* "10.0.0.2:40000" */
    LANE_STREAMS_MAX = 16384,     /* open at a time; as many again may be on their way out */
    LANE_OUTPUT_HIGH = 256 << 10, /* stop reading applications above this many unsent bytes */
    LANE_OUTPUT_MAX = 8 << 20,    /* a peer that never reads its answers loses the lane */
};

/* Numbers on the wire; never reused for another meaning. spec: docs/link-protocol.md, "Streams" */
enum stream_frame {
    STREAM_FRAME_OPEN = FRAME_APPLICATION, /* u32 stream, u8 flags, u8 size + source, destination */
    STREAM_FRAME_DATA,                     /* u32 stream, bytes */
    STREAM_FRAME_CREDIT,                   /* u32 stream, u32 bytes */
    STREAM_FRAME_FINISH,                   /* u32 stream: no more data this way */
    STREAM_FRAME_RESET,                    /* u32 stream, u8 reason */
    LANE_FRAME_PING,                       /* u64 cookie, rising */
    LANE_FRAME_PONG,                       /* u64 cookie */
    LANE_FRAME_DRAIN,                      /* no new streams, please */
    STREAM_FRAME_CONNECTED,                /* u32 stream: what its opener asked to be told */
    STREAM_FRAME_DATAGRAM,                 /* u32 stream, bytes: a whole one, or its rest */
    STREAM_FRAME_PART,                     /* u32 stream, bytes: the next frame goes on with it */
};

enum stream_reset {
    STREAM_RESET_NONE,
    STREAM_RESET_REFUSED,     /* no such destination, or not allowed */
    STREAM_RESET_UNREACHABLE, /* the service did not answer */
    STREAM_RESET_ABORTED,     /* the application's connection was reset */
    STREAM_RESET_LIMIT,       /* one of our limits */
    STREAM_RESET_ENDED,       /* the link ended */
    STREAM_RESET_IDLE,        /* datagrams: none came or went for a while */
};
const char *stream_reset_name(enum stream_reset reset); /* "refused" */

struct lane;
struct stream;

/*
 * Takes ownership of `channel` when it succeeds. `role` is ours on this connection: ids of streams
 * opened by the client are odd, by the server even.
 */
status lane_new(struct channel *channel, enum role role, struct lane **out);
void lane_free(struct lane *lane);
struct channel *lane_channel(struct lane *lane);

enum lane_event_kind {
    LANE_NONE,
    LANE_OPEN,             /* joined: streams may be opened */
    LANE_WANT_LINK,        /* see channel_give_link() */
    LANE_STREAM_OPENED,    /* by the peer: `opening` */
    LANE_STREAM_CONNECTED, /* as we asked to be told: the application may be, too */
    LANE_STREAM_DATA,      /* `payload` */
    LANE_STREAM_DATAGRAM,  /* `payload`, a whole one */
    LANE_STREAM_WRITABLE,  /* credit came back */
    LANE_STREAM_FINISHED,  /* the peer sends no more on it */
    LANE_STREAM_RESET,     /* by the peer; the stream is gone at the next call */
    LANE_DRAIN,
    LANE_CLOSED, /* every stream is dead with it; lane_free() frees them */
};

/* What a stream is for. */
struct stream_opening {
    slice destination;
    slice source;      /* who connected, as text; empty: nobody whom the other end would know */
    bool is_datagrams; /* carries datagrams, each whole or not at all, and no bytes */
    bool wants_answer; /* CONNECTED, when it is: costs no round trip, as the stream does not wait */
};

struct lane_event {
    enum lane_event_kind kind;
    struct stream *stream;
    slice payload;                 /* data; borrowed until the next lane_next() */
    struct stream_opening opening; /* borrowed as long */
    enum stream_reset reset;
    struct channel_event channel; /* WANT_LINK */
};

void lane_feed(struct lane *lane, slice wire);
void lane_feed_end(struct lane *lane);
void lane_next(struct lane *lane, struct moment now, struct lane_event *out);
int64_t lane_deadline_ms(const struct lane *lane);

/*
 * Frames wait for flush(), so that many small ones share a record. Fails when the lane must be
 * driven on to its end, and never after it.
 */
status lane_flush(struct lane *lane);
slice lane_output(const struct lane *lane);
void lane_sent(struct lane *lane, size_t size);
size_t lane_unsent_size(const struct lane *lane); /* flushed or not */

/* Asks the peer to open no more streams here; those that are open go on. */
status lane_drain(struct lane *lane);

/* Every id was used once: streams that are open go on, and new ones need another lane. */
bool lane_is_used_up(const struct lane *lane);

/* Why this end gave up on the peer; NULL when it did not, and channel_end() says what happened. */
const char *lane_failure(const struct lane *lane);

/*
 * Opening costs no round trip: data may be sent at once. EXHAUSTED past the limits, UNEXPECTED
 * before OPEN and after DRAIN.
 */
status lane_open_stream(struct lane *lane, const struct stream_opening *opening,
                        struct stream **out);

/* The destination was reached: tells the opener, if it asked. */
status stream_connected(struct stream *stream);

/* How many bytes may be sent on the stream now: its credit, and 0 while the lane's output is high.
 */
size_t stream_writable(const struct stream *stream);
/* What the peer granted: when this is not 0 but writable is, the lane's output is to blame. */
size_t stream_credit(const struct stream *stream);
bool stream_is_datagrams(const struct stream *stream);
/* At most STREAM_DATAGRAM_MAX bytes. EXHAUSTED while the lane's output is high: drop it, as a
 * network would. */
status stream_send_datagram(struct stream *stream, slice datagram);
/* `bytes` at most stream_credit(). */
status stream_send(struct stream *stream, slice bytes);
status stream_finish(struct stream *stream);
void stream_reset(struct stream *stream, enum stream_reset reason); /* the stream is gone */
/* The application took `size` bytes: gives credit back in batches. */
status stream_consumed(struct stream *stream, size_t size);
/* Both directions finished: frees it. */
void stream_release(struct stream *stream);

void stream_set_owner(struct stream *stream, void *owner);
void *stream_owner(const struct stream *stream);
size_t lane_stream_count(const struct lane *lane);
