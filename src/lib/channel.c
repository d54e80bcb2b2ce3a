/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lib.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* The one kind of frame on a channel of libcix: bytes of the application's stream. */
    FRAME_BYTES = FRAME_APPLICATION,
    OUTPUT_HIGH = 1 << 20,
};

struct cix_channel {
    struct cix_context *context;
    struct channel *channel;
    struct cix_verdict peer;
    bool has_wire; /* lent, and not yet taken whole */
    bool is_closed;
};

enum cix_result cix_channel_open(struct cix_context *context, enum cix_role role,
                                 struct cix_moment now, struct cix_channel **out)
{
    if (!context || !out || (role != CIX_ROLE_CLIENT && role != CIX_ROLE_SERVER))
        return CIX_INVALID;
    if (context->use != CIX_USE_CHANNELS)
        return CIX_INVALID;
    struct cix_channel *const opened = calloc(1, sizeof *opened);
    if (!opened)
        return CIX_EXHAUSTED;
    const struct moment moment = {now.wall_s, now.monotonic_ms};
    const status result =
        channel_open(&context->channels, role == CIX_ROLE_CLIENT ? ROLE_CLIENT : ROLE_SERVER,
                     PURPOSE_CHANNEL, moment, &opened->channel);
    if (result.fault) {
        free(opened);
        return result_of(result);
    }
    opened->context = context_hold(context);
    *out = opened;
    return CIX_OK;
}

void cix_channel_free(struct cix_channel *channel)
{
    if (!channel)
        return;
    channel_free(channel->channel);
    cix_context_free(channel->context);
    free(channel);
}

/* ---- advancing ---- */

static struct channel_event next_event(struct cix_channel *channel, struct moment now)
{
    struct channel_event event;
    channel_next(channel->channel, now, &event);
    if (event.kind == CHANNEL_FRAME && event.frame_kind != FRAME_BYTES) {
        channel_close(channel->channel, "PROTOCOL_VIOLATION");
        channel_next(channel->channel, now, &event);
    }
    return event;
}

static enum cix_step_kind kind_of(enum channel_event_kind kind)
{
    switch (kind) {
    case CHANNEL_WANT_EVIDENCE:
        return CIX_STEP_WANT_EVIDENCE;
    case CHANNEL_OPEN:
        return CIX_STEP_OPEN;
    case CHANNEL_FRAME:
        return CIX_STEP_DATA;
    case CHANNEL_ROUND:
        return CIX_STEP_ROUND;
    case CHANNEL_CLOSED:
        return CIX_STEP_CLOSED;
    case CHANNEL_WANT_LINK: /* of lanes only */
    case CHANNEL_NONE:
        break;
    }
    return CIX_STEP_NONE;
}

static void look_at_peer(struct cix_channel *channel)
{
    channel->peer = (struct cix_verdict){
        .binding = CIX_BINDING_CHANNEL,
        .is_fresh = true,
        .round = channel_peer_round(channel->channel),
        .facts = channel_peer_facts(channel->channel),
        .appraisal = channel_peer_appraisal(channel->channel),
    };
}

/* Bytes that a closed channel is still lent are not waited for. */
static void release_wire(struct cix_channel *channel)
{
    channel_feed(channel->channel, (slice){0});
    channel->has_wire = false;
}

enum cix_result cix_channel_advance(struct cix_channel *channel, struct cix_slice wire,
                                    struct cix_moment now, struct cix_step *out)
{
    if (!channel || !out || !slice_is_sound(wire) || (wire.size && channel->has_wire))
        return CIX_INVALID;
    if (wire.size) {
        channel_feed(channel->channel, slice_of(wire));
        channel->has_wire = true;
    }
    const struct moment moment = {now.wall_s, now.monotonic_ms};
    const struct channel_event event = next_event(channel, moment);
    *out = (struct cix_step){.kind = kind_of(event.kind), .data = slice_to(event.payload)};
    memcpy(out->binding, event.binding, sizeof out->binding);
    channel->is_closed |= event.kind == CHANNEL_CLOSED;
    if (event.kind == CHANNEL_NONE || channel->is_closed)
        release_wire(channel);
    look_at_peer(channel);
    out->output = slice_to(channel_output(channel->channel));
    out->deadline_ms = channel_deadline_ms(channel->channel);
    return CIX_OK;
}

void cix_channel_wire_ended(struct cix_channel *channel)
{
    if (channel)
        channel_feed_end(channel->channel);
}

/* ---- sending ---- */

struct cix_slice cix_channel_output(const struct cix_channel *channel)
{
    return channel ? slice_to(channel_output(channel->channel)) : (struct cix_slice){0};
}

void cix_channel_sent(struct cix_channel *channel, size_t size)
{
    if (channel)
        channel_sent(channel->channel, size);
}

static status write_frames(struct cix_channel *channel, slice data, size_t *out_taken)
{
    size_t taken = 0;
    while (taken < data.size && channel_output(channel->channel).size < OUTPUT_HIGH) {
        const size_t left = data.size - taken;
        const slice part = {data.data + taken, left < FRAME_PAYLOAD_MAX ? left : FRAME_PAYLOAD_MAX};
        TRY(channel_write(channel->channel, FRAME_BYTES, &part, 1));
        TRY(channel_flush(channel->channel));
        taken += part.size;
    }
    *out_taken = taken;
    return OK;
}

enum cix_result cix_channel_write(struct cix_channel *channel, struct cix_slice data,
                                  size_t *out_taken)
{
    if (!channel || !out_taken || !slice_is_sound(data))
        return CIX_INVALID;
    if (!channel_peer_spki_digest(channel->channel))
        return CIX_UNEXPECTED; /* even for no bytes at all */
    return result_of(write_frames(channel, slice_of(data), out_taken));
}

enum cix_result cix_channel_give_evidence(struct cix_channel *channel, struct cix_slice evidence,
                                          struct cix_slice endorsements, struct cix_moment now)
{
    if (!channel || !slice_is_sound(evidence) || !slice_is_sound(endorsements))
        return CIX_INVALID;
    const struct moment moment = {now.wall_s, now.monotonic_ms};
    return result_of(channel_give_evidence(channel->channel, slice_of(evidence),
                                           slice_of(endorsements), moment));
}

enum cix_result cix_channel_reattest(struct cix_channel *channel, struct cix_moment now)
{
    if (!channel)
        return CIX_INVALID;
    const struct moment moment = {now.wall_s, now.monotonic_ms};
    return result_of(channel_reattest(channel->channel, moment));
}

void cix_channel_close(struct cix_channel *channel)
{
    if (channel)
        channel_close(channel->channel, NULL);
}

/* ---- what is known ---- */

const struct cix_verdict *cix_channel_peer(const struct cix_channel *channel)
{
    if (!channel || !channel_peer_appraisal(channel->channel))
        return NULL;
    return &channel->peer;
}

enum cix_result cix_channel_peer_key(const struct cix_channel *channel, uint8_t out[48])
{
    if (!channel || !out)
        return CIX_INVALID;
    const struct digest *const key = channel_peer_spki_digest(channel->channel);
    if (!key)
        return CIX_UNEXPECTED;
    memcpy(out, key->data, SPKI_DIGEST_SIZE);
    return CIX_OK;
}

enum cix_result cix_channel_end(const struct cix_channel *channel, struct cix_end *out)
{
    if (!channel || !out)
        return CIX_INVALID;
    if (!channel->is_closed)
        return CIX_UNEXPECTED;
    const struct channel_end *const end = channel_end(channel->channel);
    *out =
        (struct cix_end){.orderly = end->orderly, .by_peer = end->by_peer, .detail = end->detail};
    return CIX_OK;
}

const char *cix_channel_end_reason(const struct cix_channel *channel, size_t index)
{
    if (!channel || !channel->is_closed)
        return NULL;
    const struct channel_end *const end = channel_end(channel->channel);
    return index < end->reason_count ? end->reasons[index] : NULL;
}
