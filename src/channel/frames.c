/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/frames.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_SIZE_MAX = FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX };

/* One record's plaintext behind what is left of a frame that began in the record before. */
static size_t in_capacity(const struct frames *frames)
{
    return frames->session->kind->record_size_max + FRAME_SIZE_MAX;
}

static size_t out_capacity(const struct frames *frames)
{
    return frames->session->kind->record_size_max;
}

static void drop_in(struct frames *frames)
{
    wipe(frames->in, frames->in ? in_capacity(frames) : 0);
    free(frames->in);
    frames->in = NULL;
    frames->in_size = frames->in_used = 0;
}

static void drop_out(struct frames *frames)
{
    wipe(frames->out, frames->out ? out_capacity(frames) : 0);
    free(frames->out);
    frames->out = NULL;
    frames->out_size = 0;
}

void frames_clear(struct frames *frames)
{
    drop_in(frames);
    drop_out(frames);
}

/* ---- reading ---- */

/* True when `out` is a frame, or when there can be none: then its kind is FRAME_NONE. */
static bool take_frame(struct frames *frames, struct frame *out)
{
    const size_t left = frames->in_size - frames->in_used;
    *out = (struct frame){.kind = FRAME_NONE};
    if (left < FRAME_HEADER_SIZE)
        return false;
    const uint8_t *const at = frames->in + frames->in_used;
    const size_t size = (size_t)(at[0] << 8 | at[1]);
    if (size > FRAME_PAYLOAD_MAX || at[2] == FRAME_NONE)
        return true;
    if (left - FRAME_HEADER_SIZE < size)
        return false;
    *out = (struct frame){.kind = at[2], .payload = {at + FRAME_HEADER_SIZE, size}};
    frames->in_used += FRAME_HEADER_SIZE + size;
    return true;
}

/* Moves the beginning of a frame, if there is one, to where the next record will continue it. */
static bool make_room(struct frames *frames)
{
    if (!frames->in)
        frames->in = malloc(in_capacity(frames));
    if (!frames->in)
        return false;
    const size_t left = frames->in_size - frames->in_used;
    if (left && frames->in_used)
        memmove(frames->in, frames->in + frames->in_used, left);
    frames->in_size = left;
    frames->in_used = 0;
    return true;
}

static enum frames_progress read_record(struct frames *frames)
{
    struct session *const session = frames->session;
    size_t size;
    if (!make_room(frames))
        return FRAMES_NO_MEMORY;
    switch (session->kind->read(session, frames->in + frames->in_size,
                                in_capacity(frames) - frames->in_size, &size)) {
    case SESSION_READY:
        frames->in_size += size;
        frames->record_count++;
        return frames->records_max && frames->record_count > frames->records_max ? FRAMES_INVALID
                                                                                 : FRAMES_READY;
    case SESSION_AGAIN:
        return FRAMES_AGAIN;
    case SESSION_CLOSED:
        return frames->in_size ? FRAMES_CUT : FRAMES_CLOSED;
    case SESSION_FAILED:
        break;
    }
    return FRAMES_FAILED;
}

enum frames_progress frames_next(struct frames *frames, struct frame *out)
{
    while (!take_frame(frames, out)) {
        const enum frames_progress progress = read_record(frames);
        if (progress == FRAMES_READY)
            continue;
        if (!frames->in_size)
            drop_in(frames);
        return progress;
    }
    return out->kind == FRAME_NONE ? FRAMES_INVALID : FRAMES_READY;
}

/* ---- writing ---- */

static status seal(struct frames *frames)
{
    const size_t size = frames->out_size;
    frames->out_size = 0;
    return frames->session->kind->write(frames->session, (slice){frames->out, size});
}

static void append(struct frames *frames, slice bytes)
{
    if (bytes.size)
        memcpy(frames->out + frames->out_size, bytes.data, bytes.size);
    frames->out_size += bytes.size;
}

status frames_write(struct frames *frames, uint8_t kind, const slice *parts, size_t part_count)
{
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > FRAME_PAYLOAD_MAX - size)
            return FAIL(EXHAUSTED, "more than a frame holds");
        size += parts[i].size;
    }
    if (FRAME_HEADER_SIZE + size > out_capacity(frames) - frames->out_size)
        TRY(seal(frames));
    if (!frames->out)
        frames->out = malloc(out_capacity(frames));
    if (!frames->out)
        return FAIL(EXHAUSTED, "no memory for frames");
    const uint8_t header[FRAME_HEADER_SIZE] = {(uint8_t)(size >> 8), (uint8_t)size, kind};
    append(frames, SLICE(header));
    for (size_t i = 0; i < part_count; i++)
        append(frames, parts[i]);
    return OK;
}

status frames_flush(struct frames *frames)
{
    const status sealed = frames->out_size ? seal(frames) : OK;
    drop_out(frames);
    return sealed;
}
