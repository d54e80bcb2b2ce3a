/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A channel without protection: frames in the clear, open from the start. The linker takes these
 * functions before the real ones, so a lane is tested by its own rules alone, and a test may write
 * any frame at all into it.
 */

#include "channel/channel.h"

#include <stdlib.h>
#include <string.h>

struct channel {
    struct buffer in, out;
    size_t in_used;
    bool was_opened, is_closing, is_closed, ended;
    uint8_t frame[FRAME_PAYLOAD_MAX];
};

static inline struct channel *fake_channel(void)
{
    return calloc(1, sizeof(struct channel));
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    buffer_clear(&channel->in);
    buffer_clear(&channel->out);
    free(channel);
}

void channel_feed(struct channel *channel, slice wire)
{
    if (buffer_append(&channel->in, wire).fault)
        abort();
}

void channel_feed_end(struct channel *channel)
{
    channel->ended = true;
}

static inline bool fake_frame(struct channel *channel, struct channel_event *out)
{
    const size_t left = channel->in.size - channel->in_used;
    if (left < FRAME_HEADER_SIZE)
        return false;
    const uint8_t *const at = channel->in.data + channel->in_used;
    const size_t size = (size_t)(at[0] << 8 | at[1]);
    if (left < FRAME_HEADER_SIZE + size || size > FRAME_PAYLOAD_MAX)
        return false;
    memcpy(channel->frame, at + FRAME_HEADER_SIZE, size);
    *out = (struct channel_event){
        .kind = CHANNEL_FRAME, .frame_kind = at[2], .payload = {channel->frame, size}};
    channel->in_used += FRAME_HEADER_SIZE + size;
    if (channel->in_used == channel->in.size) {
        channel->in_used = 0;
        channel->in.size = 0;
    }
    return true;
}

void channel_next(struct channel *channel, struct moment now, struct channel_event *out)
{
    (void)now;
    *out = (struct channel_event){.kind = CHANNEL_NONE};
    if (channel->is_closed)
        return;
    if (channel->is_closing || (channel->ended && channel->in.size == channel->in_used)) {
        channel->is_closed = true;
        out->kind = CHANNEL_CLOSED;
    } else if (!channel->was_opened) {
        channel->was_opened = true;
        out->kind = CHANNEL_OPEN;
    } else {
        fake_frame(channel, out);
    }
}

slice channel_output(const struct channel *channel)
{
    return buffer_view(&channel->out);
}

void channel_sent(struct channel *channel, size_t size)
{
    memmove(channel->out.data, channel->out.data + size, channel->out.size - size);
    channel->out.size -= size;
}

int64_t channel_deadline_ms(const struct channel *channel)
{
    (void)channel;
    return INT64_MAX;
}

status channel_write(struct channel *channel, uint8_t frame_kind, const slice *parts,
                     size_t part_count)
{
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++)
        size += parts[i].size;
    const uint8_t header[] = {(uint8_t)(size >> 8), (uint8_t)size, frame_kind};
    TRY(buffer_append(&channel->out, SLICE(header)));
    for (size_t i = 0; i < part_count; i++)
        TRY(buffer_append(&channel->out, parts[i]));
    return OK;
}

status channel_flush(struct channel *channel)
{
    return channel->is_closing ? FAIL(UNEXPECTED, "the channel is not open") : OK;
}

void channel_close(struct channel *channel, const char *reason)
{
    (void)reason;
    channel->is_closing = true;
}
