/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A lane joins its link: the client proves first, the server looks the link up, checks, and proves
 * in turn. Nothing else may be said before.
 */

#include "channel/state.h"

#include <stdlib.h>

void link_keys_clear(struct link_keys *keys)
{
    wipe(keys, sizeof *keys);
}

status channel_link_keys(const struct channel *channel, struct link_keys *out)
{
    struct link_keys keys = {.lane_key.size = LANE_PROOF_SIZE};
    const struct proof_session session = channel_session(channel);
    const struct session_kind *const kind = channel->session.kind;
    if (channel->phase != PHASE_OPEN || channel->purpose != PURPOSE_LINK)
        return FAIL(UNEXPECTED, "only an open link has lanes");
    TRY(kind->export(&channel->session, EXPORTER_LABEL_LINK_ID, (slice){0}, keys.id,
                     sizeof keys.id));
    TRY(kind->export(&channel->session, EXPORTER_LABEL_LANE_KEY, (slice){0}, keys.lane_key.data,
                     keys.lane_key.size));
    keys.own_spki = *session.own_spki;
    keys.peer_spki = *session.peer_spki;
    *out = keys;
    wipe(&keys, sizeof keys);
    return OK;
}

void joining_drop(struct channel *channel)
{
    if (channel->joining)
        link_keys_clear(&channel->joining->keys);
    free(channel->joining);
    channel->joining = NULL;
}

static struct joining *joining_of(struct channel *channel)
{
    if (!channel->joining)
        channel->joining = calloc(1, sizeof *channel->joining);
    return channel->joining;
}

static status send_proof(struct channel *channel)
{
    struct joining *const joining = channel->joining;
    const struct proof_session session = channel_session(channel);
    struct lane_message message;
    uint8_t bytes[LANE_MESSAGE_SIZE];
    TRY(lane_proof_make(&session, channel->role, &joining->keys, joining->lane_number, &message));
    lane_message_write(&message, bytes);
    const slice payload = SLICE(bytes);
    TRY(frames_write(&channel->frames, FRAME_LANE, &payload, 1));
    joining->step = JOINING_SENT;
    return frames_flush(&channel->frames);
}

static status check_proof(const struct channel *channel, const struct lane_message *message)
{
    const struct proof_session session = channel_session(channel);
    return lane_proof_check(&session, &channel->joining->keys, channel->joining->lane_number,
                            message);
}

static void joined(struct channel *channel)
{
    joining_drop(channel);
    channel_set_open(channel);
}

status joining_begin(struct channel *channel)
{
    if (!joining_of(channel))
        return FAIL(EXHAUSTED, "no memory for a lane");
    if (channel->role == ROLE_SERVER)
        return OK;
    if (!channel->joining->has_keys)
        return FAIL(INTERNAL, "a lane was opened without its link");
    return send_proof(channel);
}

status joining_take(struct channel *channel, slice payload)
{
    struct joining *const joining = channel->joining;
    struct lane_message message;
    if (!joining)
        return FAIL(UNEXPECTED, "a lane that has joined already");
    TRY(lane_message_read(payload, &message));
    if (channel->role == ROLE_CLIENT) {
        TRY(check_proof(channel, &message));
        joined(channel);
        return OK;
    }
    if (joining->step != JOINING_BEGUN)
        return FAIL(UNEXPECTED, "a lane that joins twice");
    joining->message = message;
    joining->step = JOINING_TO_TELL;
    return OK;
}

void joining_tell(struct channel *channel, struct channel_event *out)
{
    struct joining *const joining = channel->joining;
    if (!joining || joining->step != JOINING_TO_TELL)
        return;
    joining->step = JOINING_TOLD;
    out->kind = CHANNEL_WANT_LINK;
    out->lane_number = joining->message.lane_number;
    for (size_t i = 0; i < LINK_ID_SIZE; i++)
        out->link_id[i] = joining->message.link_id[i];
}

static status answer_lane(struct channel *channel)
{
    TRY(check_proof(channel, &channel->joining->message));
    TRY(send_proof(channel));
    joined(channel);
    return OK;
}

status channel_give_link(struct channel *channel, const struct link_keys *keys,
                         uint32_t lane_number)
{
    if (channel->phase == PHASE_OVER || channel->phase == PHASE_OPEN || !lane_number)
        return FAIL(UNEXPECTED, "no lane wants a link");
    const bool is_client = channel->role == ROLE_CLIENT;
    if (is_client ? channel->purpose != PURPOSE_LANE || channel->phase != PHASE_HANDSHAKE
                  : !channel->joining || channel->joining->step != JOINING_TOLD)
        return FAIL(UNEXPECTED, "no lane wants a link");
    struct joining *const joining = joining_of(channel);
    if (!joining)
        return FAIL(EXHAUSTED, "no memory for a lane");
    joining->keys = *keys;
    joining->has_keys = true;
    joining->lane_number = lane_number;
    if (is_client)
        return OK;
    const status answered = answer_lane(channel);
    if (answered.fault)
        end_by_fault(channel, answered.fault);
    return answered;
}
