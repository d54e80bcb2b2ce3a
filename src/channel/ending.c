/* SPDX-License-Identifier: Apache-2.0 */

/* How channels end, and who is told what. */

#include "channel/state.h"

#include <stdio.h>
#include <string.h>

static void set_detail(struct channel *channel, const char *detail)
{
    snprintf(channel->end.detail, sizeof channel->end.detail, "%s", detail);
}

static void add_reason(struct channel *channel, slice reason)
{
    struct channel_end *const end = &channel->end;
    if (end->reason_count == EXCHANGE_REASONS_MAX || !exchange_is_reason(reason))
        return;
    char *const place = end->reasons[end->reason_count++];
    memcpy(place, reason.data, reason.size);
    place[reason.size] = 0;
}

/* Whoever closes may still hold the payload of the last frame: channel_next() drops the frames. */
static void close_session(struct channel *channel)
{
    channel->session.kind->close(&channel->session);
    buffer_clear(&channel->message);
    joining_drop(channel);
    channel->phase = PHASE_OVER;
    channel->closed_to_tell = true;
}

/* The last words, so that the other end can say why too. Best effort: we are leaving anyway. */
static void tell_refusal(struct channel *channel)
{
    struct exchange_message message = {.kind = EXCHANGE_VERDICT};
    if (channel->phase == PHASE_HANDSHAKE || channel->purpose == PURPOSE_LANE)
        return;
    message.verdict.round = channel->judging.round ? channel->judging.round : 1;
    message.verdict.reason_count = channel->end.reason_count;
    for (size_t i = 0; i < channel->end.reason_count; i++)
        message.verdict.reasons[i] = slice_of_text(channel->end.reasons[i]);
    const status sent = rounds_send(channel, &message);
    (void)sent.fault;
}

void end_for(struct channel *channel, const char *reason, const char *detail)
{
    add_reason(channel, slice_of_text(reason));
    set_detail(channel, detail);
    tell_refusal(channel);
    close_session(channel);
}

/* What a failure in here is called where people and the peer read it. */
static const char *reason_of(enum failure failure)
{
    switch (failure) {
    case FAILURE_TRUNCATED:
    case FAILURE_MALFORMED:
    case FAILURE_UNSUPPORTED:
    case FAILURE_UNEXPECTED:
        return "PROTOCOL_VIOLATION";
    case FAILURE_UNAUTHENTIC:
        return "LANE_PROOF_INVALID";
    case FAILURE_DENIED:
        return "DENIED";
    case FAILURE_EXHAUSTED:
        return "LIMIT_REACHED";
    case FAILURE_UNAVAILABLE:
    case FAILURE_INTERNAL:
        break;
    }
    return "INTERNAL_ERROR";
}

void end_by_fault(struct channel *channel, const struct fault *fault)
{
    end_for(channel, reason_of(fault->failure), fault->what);
}

void end_by_appraisal(struct channel *channel, const struct appraisal *appraisal)
{
    for (size_t i = 0; i < appraisal->reason_count; i++)
        add_reason(channel, slice_of_text(appraisal->reasons[i]));
    if (!channel->end.reason_count)
        add_reason(channel, slice_of_text("DENIED"));
    set_detail(channel, "the peer's evidence was refused");
    tell_refusal(channel);
    close_session(channel);
}

void end_by_peer(struct channel *channel, const struct exchange_verdict *verdict)
{
    channel->end.by_peer = true;
    for (size_t i = 0; i < verdict->reason_count; i++)
        add_reason(channel, verdict->reasons[i]);
    set_detail(channel, "the peer refused us");
    close_session(channel);
}

void end_by_transport(struct channel *channel, const char *detail)
{
    set_detail(channel, detail);
    close_session(channel);
}

void end_orderly(struct channel *channel, const char *detail)
{
    channel->end.orderly = true;
    end_by_transport(channel, detail);
}

void channel_close(struct channel *channel, const char *reason)
{
    if (channel->phase == PHASE_OVER)
        return;
    if (reason) {
        end_for(channel, reason, "closed by this end");
        return;
    }
    const status flushed = frames_flush(&channel->frames);
    (void)flushed.fault; /* nobody is left to be told */
    if (channel->phase == PHASE_OPEN)
        end_orderly(channel, "closed by this end");
    else
        end_by_transport(channel, "closed by this end before it opened");
}
