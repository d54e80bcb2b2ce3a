/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Frames over a session's byte stream. A writer fills whole records with whole frames; a reader
 * takes them however they were cut. Neither holds a buffer while there is nothing in it.
 * spec: docs/link-protocol.md, "Frames"
 */

#include "channel/session.h"

struct frame {
    uint8_t kind;
    slice payload; /* borrowed until the next call */
};

struct frames {
    struct session *session;
    uint8_t *in; /* plaintext that was read, from `in_used` on not yet taken */
    size_t in_size, in_used;
    uint8_t *out; /* frames that wait for frames_flush() */
    size_t out_size;
    size_t record_count;
    size_t records_max; /* 0: no limit */
};
void frames_clear(struct frames *frames);

enum frames_progress {
    FRAMES_FAILED, /* the session is dead; its failure() says why */
    FRAMES_AGAIN,
    FRAMES_READY,
    FRAMES_CLOSED,  /* an orderly end between two frames */
    FRAMES_CUT,     /* an end inside a frame */
    FRAMES_INVALID, /* not a frame, or more records than the limit */
    FRAMES_NO_MEMORY,
};
enum frames_progress frames_next(struct frames *frames, struct frame *out);

/* `parts` are joined. EXHAUSTED when they are more than FRAME_PAYLOAD_MAX. */
status frames_write(struct frames *frames, uint8_t kind, const slice *parts, size_t part_count);
status frames_flush(struct frames *frames);
