/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/state.h"

#include <stdlib.h>
#include <string.h>

static const char *const protocols[][3] = {
    [PURPOSE_NONE] = {"cix-link/1", "cix-lane/1", NULL},
    [PURPOSE_CHANNEL] = {"cix-channel/1", NULL},
    [PURPOSE_LINK] = {"cix-link/1", NULL},
    [PURPOSE_LANE] = {"cix-lane/1", NULL},
};

/* ---- opening ---- */

static status may_open(const struct channel_context *context, enum role role, enum purpose purpose)
{
    if (!context->identity)
        return FAIL(INTERNAL, "a channel needs an identity");
    if (purpose > PURPOSE_LANE || (purpose == PURPOSE_NONE && role != ROLE_SERVER))
        return FAIL(INTERNAL, "a channel needs a purpose");
    if (!session_kind_of(context->kind))
        return FAIL(UNSUPPORTED, "there is no such kind of channel");
    if (!context->policy && !context->insecure_skip_appraisal)
        return FAIL(DENIED, "there is no policy for the peer");
    if (context->attest && !platform_named(context->attest))
        return FAIL(UNSUPPORTED, "there is no such platform to attest with");
    return OK;
}

status channel_open(const struct channel_context *context, enum role role, enum purpose purpose,
                    struct moment now, struct channel **out)
{
    TRY(may_open(context, role, purpose));
    const struct session_kind *const kind = session_kind_of(context->kind);
    struct channel *const channel = calloc(1, sizeof *channel);
    if (!channel)
        return FAIL(EXHAUSTED, "no memory for a channel");
    channel->context = context;
    channel->role = role;
    channel->purpose = purpose;
    channel->setup_by_ms = now.monotonic_ms + CHANNEL_HANDSHAKE_MS;
    channel->judging.answer_by_ms = channel->judging.next_ms = INT64_MAX;
    channel->proving.verdict_by_ms = INT64_MAX;
    const status opened =
        kind->open(context->identity, role, protocols[purpose], &channel->session);
    if (opened.fault) {
        channel_free(channel);
        return opened;
    }
    channel->frames.session = &channel->session;
    channel->frames.records_max = CHANNEL_SETUP_RECORDS_MAX;
    *out = channel;
    return OK;
}

void channel_free(struct channel *channel)
{
    if (!channel)
        return;
    frames_clear(&channel->frames);
    session_free(&channel->session);
    buffer_clear(&channel->message);
    nonce_log_clear(&channel->nonces);
    buffer_clear(&channel->proving.side_claims);
    joining_drop(channel);
    free(channel->judging.judgement);
    free(channel);
}

struct proof_session channel_session(const struct channel *channel)
{
    return (struct proof_session){
        .session = &channel->session,
        .role = channel->role,
        .own_spki = tls_identity_spki_digest(channel->context->identity),
        .peer_spki = channel->session.kind->peer_spki_digest(&channel->session),
    };
}

void channel_set_open(struct channel *channel)
{
    channel->phase = PHASE_OPEN;
    channel->open_to_tell = true;
    channel->setup_by_ms = INT64_MAX;
    channel->frames.records_max = 0;
}

/* ---- bytes in ---- */

void channel_feed(struct channel *channel, slice wire)
{
    channel->session.kind->feed(&channel->session, wire);
}

void channel_feed_end(struct channel *channel)
{
    channel->transport_ended = true;
}

static status begin_setup(struct channel *channel, struct moment now)
{
    const char *const protocol = channel->session.kind->purpose(&channel->session);
    channel->phase = PHASE_SETUP;
    if (channel->purpose == PURPOSE_NONE)
        channel->purpose = protocol && strcmp(protocol, protocols[PURPOSE_LANE][0]) == 0
                               ? PURPOSE_LANE
                               : PURPOSE_LINK;
    if (!protocol || strcmp(protocol, protocols[channel->purpose][0]) != 0)
        return FAIL(UNEXPECTED, "the session is for another purpose");
    return channel->purpose == PURPOSE_LANE ? joining_begin(channel) : rounds_begin(channel, now);
}

/* Lent bytes are all taken: nothing more comes, or nothing more yet. */
static void wait_for_more(struct channel *channel)
{
    if (channel->transport_ended)
        end_by_transport(channel, "the connection ended without a close: truncated");
}

static status shake_hands(struct channel *channel, struct moment now)
{
    switch (channel->session.kind->handshake(&channel->session, now.wall_s)) {
    case SESSION_READY:
        return begin_setup(channel, now);
    case SESSION_AGAIN:
        wait_for_more(channel);
        return OK;
    case SESSION_CLOSED:
    case SESSION_FAILED:
        break;
    }
    end_by_transport(channel, channel->session.kind->failure(&channel->session));
    return OK;
}

/* Pieces are full but for the last, so that a peer cannot make thousands of them. */
static status take_exchange_frame(struct channel *channel, const struct frame *frame,
                                  struct moment now)
{
    const bool is_last = frame->kind == FRAME_EXCHANGE_END;
    if (!is_last && frame->payload.size != FRAME_PAYLOAD_MAX)
        return FAIL(MALFORMED, "a piece of a message that is neither full nor last");
    if (frame->payload.size > EXCHANGE_MESSAGE_SIZE_MAX - channel->message.size)
        return FAIL(EXHAUSTED, "a message larger than we read");
    if (is_last && !channel->message.size)
        return rounds_take(channel, frame->payload, now);
    TRY(buffer_append(&channel->message, frame->payload));
    if (!is_last)
        return OK;
    SCOPED(buffer) message = buffer_take(&channel->message);
    return rounds_take(channel, buffer_view(&message), now);
}

static status take_frame(struct channel *channel, const struct frame *frame, struct moment now,
                         struct channel_event *out)
{
    if (frame->kind >= FRAME_APPLICATION) {
        if (channel->phase != PHASE_OPEN)
            return FAIL(UNEXPECTED, "data before both verdicts");
        out->kind = CHANNEL_FRAME;
        out->frame_kind = frame->kind;
        out->payload = frame->payload;
        return OK;
    }
    const bool is_exchange =
        frame->kind == FRAME_EXCHANGE_PART || frame->kind == FRAME_EXCHANGE_END;
    if (is_exchange && channel->purpose != PURPOSE_LANE)
        return take_exchange_frame(channel, frame, now);
    if (frame->kind == FRAME_LANE && channel->purpose == PURPOSE_LANE)
        return joining_take(channel, frame->payload);
    return FAIL(UNEXPECTED, "a frame that does not belong on this channel");
}

static void take_close(struct channel *channel, enum frames_progress progress)
{
    if (channel->phase != PHASE_OPEN)
        end_by_transport(channel, "the peer closed the session before it opened");
    else if (progress == FRAMES_CUT || channel->message.size)
        end_by_transport(channel, "the peer closed the session inside a message");
    else
        end_orderly(channel, "closed by the peer");
}

static status read_frame(struct channel *channel, struct moment now, bool *out_is_dry,
                         struct channel_event *out)
{
    struct frame frame;
    const enum frames_progress progress = frames_next(&channel->frames, &frame);
    switch (progress) {
    case FRAMES_READY:
        return take_frame(channel, &frame, now, out);
    case FRAMES_AGAIN:
        *out_is_dry = true;
        wait_for_more(channel);
        return OK;
    case FRAMES_CLOSED:
    case FRAMES_CUT:
        take_close(channel, progress);
        return OK;
    case FRAMES_INVALID:
        return FAIL(MALFORMED, "bytes that are no frame, or too many records for a setup");
    case FRAMES_NO_MEMORY:
        return FAIL(EXHAUSTED, "no memory for a record");
    case FRAMES_FAILED:
        break;
    }
    end_by_transport(channel, channel->session.kind->failure(&channel->session));
    return OK;
}

/* ---- the machine ---- */

static status tell(struct channel *channel, struct channel_event *out)
{
    if (channel->open_to_tell) {
        channel->open_to_tell = false;
        out->kind = CHANNEL_OPEN;
        return OK;
    }
    joining_tell(channel, out);
    return out->kind == CHANNEL_NONE ? rounds_tell(channel, out) : OK;
}

/* One step; `out_is_dry` when there is nothing to do before more bytes or more time. */
static status step(struct channel *channel, struct moment now, bool *out_is_dry,
                   struct channel_event *out)
{
    if (channel->phase == PHASE_HANDSHAKE) {
        TRY(shake_hands(channel, now));
        *out_is_dry = channel->phase == PHASE_HANDSHAKE;
        return OK;
    }
    TRY(tell(channel, out));
    return out->kind == CHANNEL_NONE ? read_frame(channel, now, out_is_dry, out) : OK;
}

static void look_at_time(struct channel *channel, struct moment now)
{
    if (now.monotonic_ms >= channel->setup_by_ms)
        end_for(channel, "SETUP_TIMEOUT", "the channel did not open in time");
    if (channel->phase == PHASE_OVER)
        return;
    const status looked = rounds_look(channel, now);
    if (looked.fault)
        end_by_fault(channel, looked.fault);
}

void channel_next(struct channel *channel, struct moment now, struct channel_event *out)
{
    bool is_dry = false;
    *out = (struct channel_event){.kind = CHANNEL_NONE};
    if (channel->phase != PHASE_OVER)
        look_at_time(channel, now);
    while (channel->phase != PHASE_OVER && out->kind == CHANNEL_NONE && !is_dry) {
        const status stepped = step(channel, now, &is_dry, out);
        if (stepped.fault)
            end_by_fault(channel, stepped.fault);
    }
    if (out->kind == CHANNEL_NONE && channel->closed_to_tell) {
        channel->closed_to_tell = false;
        frames_clear(&channel->frames);
        out->kind = CHANNEL_CLOSED;
    }
}

int64_t channel_deadline_ms(const struct channel *channel)
{
    if (channel->closed_to_tell)
        return 0;
    if (channel->phase == PHASE_OVER)
        return INT64_MAX;
    if (channel->open_to_tell)
        return 0;
    const int64_t rounds = rounds_deadline_ms(channel);
    return rounds < channel->setup_by_ms ? rounds : channel->setup_by_ms;
}

/* ---- bytes out ---- */

slice channel_output(const struct channel *channel)
{
    return channel->session.kind->output(&channel->session);
}

void channel_sent(struct channel *channel, size_t size)
{
    channel->session.kind->sent(&channel->session, size);
}

status channel_write(struct channel *channel, uint8_t frame_kind, const slice *parts,
                     size_t part_count)
{
    if (channel->phase != PHASE_OPEN)
        return FAIL(UNEXPECTED, "the channel is not open");
    if (frame_kind < FRAME_APPLICATION)
        return FAIL(INTERNAL, "a kind of frame that belongs to the channel");
    return frames_write(&channel->frames, frame_kind, parts, part_count);
}

status channel_flush(struct channel *channel)
{
    if (channel->phase != PHASE_OPEN)
        return FAIL(UNEXPECTED, "the channel is not open");
    return frames_flush(&channel->frames);
}

/* ---- what is known ---- */

const struct channel_end *channel_end(const struct channel *channel)
{
    return &channel->end;
}

static const struct judgement *judgement_of(const struct channel *channel)
{
    return channel->phase == PHASE_OPEN ? channel->judging.judgement : NULL;
}

const struct appraisal *channel_peer_appraisal(const struct channel *channel)
{
    const struct judgement *const judgement = judgement_of(channel);
    return judgement ? &judgement->appraisal : NULL;
}

const struct facts *channel_peer_facts(const struct channel *channel)
{
    const struct judgement *const judgement = judgement_of(channel);
    return judgement ? &judgement->facts : NULL;
}

const struct facts *channel_judged_facts(const struct channel *channel)
{
    const struct judgement *const judgement = channel->judging.judgement;
    return judgement ? &judgement->facts : NULL;
}

const struct appraisal *channel_judgement(const struct channel *channel)
{
    const struct judgement *const judgement = channel->judging.judgement;
    return judgement ? &judgement->appraisal : NULL;
}

uint32_t channel_peer_round(const struct channel *channel)
{
    return channel->judging.accepted_round;
}

int64_t channel_next_round_ms(const struct channel *channel)
{
    return channel->judging.next_ms;
}

const struct digest *channel_peer_spki_digest(const struct channel *channel)
{
    return channel->phase == PHASE_OPEN ? channel->session.kind->peer_spki_digest(&channel->session)
                                        : NULL;
}

enum purpose channel_purpose(const struct channel *channel)
{
    return channel->purpose;
}

enum channel_kind channel_kind_of(const struct channel *channel)
{
    return channel->context->kind;
}
