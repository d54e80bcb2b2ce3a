/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The attestation exchange, each direction by itself: a request, evidence, a verdict; again when it
 * is due. Whatever comes out of turn ends the channel.
 * spec: docs/link-protocol.md, "Rounds"
 */

#include "channel/state.h"

#include "atls/cmw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unsent bytes above which no more evidence is made: a peer that asks must read the answers. */
enum { UNREAD_ANSWERS_MAX = 1 << 20 };

status rounds_send(struct channel *channel, const struct exchange_message *message)
{
    SCOPED(buffer) bytes = {0};
    TRY(exchange_write(message, &bytes));
    slice rest = buffer_view(&bytes);
    while (rest.size > FRAME_PAYLOAD_MAX) {
        const slice part = {rest.data, FRAME_PAYLOAD_MAX};
        TRY(frames_write(&channel->frames, FRAME_EXCHANGE_PART, &part, 1));
        rest = (slice){rest.data + part.size, rest.size - part.size};
    }
    TRY(frames_write(&channel->frames, FRAME_EXCHANGE_END, &rest, 1));
    return frames_flush(&channel->frames);
}

static void open_when_both_accepted(struct channel *channel)
{
    if (channel->phase == PHASE_SETUP && channel->judging.accepted_round &&
        channel->proving.accepted_round)
        channel_set_open(channel);
}

/* ---- judging the peer ---- */

static bool wants_evidence(const struct channel *channel)
{
    return channel->context->policy != NULL;
}

/* What our policy has entries for: a peer of another platform need not show what it is. */
static void list_platforms(const struct policy *policy, struct exchange_request *request)
{
    const char *name;
    while ((name = policy_platform(policy, request->platform_count))) {
        if (request->platform_count == EXCHANGE_PLATFORMS_MAX) {
            request->platform_count = 0; /* more than a request lists: any */
            return;
        }
        request->platforms[request->platform_count++] = slice_of_text(name);
    }
}

static status ask(struct channel *channel, struct moment now)
{
    struct judging *const judging = &channel->judging;
    struct exchange_message message = {.kind = EXCHANGE_REQUEST};
    if (judging->round == CHANNEL_ROUNDS_MAX)
        return FAIL(EXHAUSTED, "more rounds than a channel has");
    TRY(random_bytes(judging->nonce, NONCE_SIZE));
    TRY(nonce_log_add(&channel->nonces, judging->nonce));
    judging->round++;
    judging->is_waiting = wants_evidence(channel);
    judging->next_ms = INT64_MAX;
    if (channel->phase == PHASE_OPEN)
        judging->answer_by_ms = now.monotonic_ms + CHANNEL_ROUND_MS;
    message.request.round = judging->round;
    message.request.wants_evidence = judging->is_waiting;
    memcpy(message.request.nonce, judging->nonce, NONCE_SIZE);
    if (judging->is_waiting)
        list_platforms(channel->context->policy, &message.request);
    return rounds_send(channel, &message);
}

/* Seconds until the peer must prove itself again: our interval, or the end of what we relied on. */
static uint32_t next_round_s(const struct channel *channel, struct moment now)
{
    const struct judgement *const judgement = channel->judging.judgement;
    const int64_t valid_until_s = judgement ? judgement->appraisal.valid_until_s : 0;
    const uint32_t interval_s = judgement ? channel->context->reattest_s : 0;
    if (valid_until_s <= 0 || now.wall_s < 0 || now.wall_s > valid_until_s)
        return interval_s;
    const int64_t rest_s = valid_until_s - now.wall_s;
    if (rest_s >= INT32_MAX || (interval_s && interval_s <= rest_s))
        return interval_s;
    return (uint32_t)rest_s + 1; /* the first second in which it no longer holds */
}

static status accept(struct channel *channel, struct moment now)
{
    struct judging *const judging = &channel->judging;
    struct exchange_message message = {.kind = EXCHANGE_VERDICT};
    const uint32_t next_s = next_round_s(channel, now);
    judging->accepted_round = judging->round;
    judging->answer_by_ms = INT64_MAX;
    judging->next_ms = next_s ? now.monotonic_ms + (int64_t)next_s * 1000 : INT64_MAX;
    channel->round_to_tell = channel->phase == PHASE_OPEN;
    message.verdict.round = judging->round;
    message.verdict.accepted = true;
    message.verdict.next_round_s = next_s;
    TRY(rounds_send(channel, &message));
    open_when_both_accepted(channel);
    return OK;
}

/* Takes `judgement`; a refusal stays too, for the log. */
static status conclude(struct channel *channel, struct judgement *judgement, struct moment now)
{
    free(channel->judging.judgement);
    channel->judging.judgement = judgement;
    if (judgement->appraisal.verdict == VERDICT_ACCEPTED)
        return accept(channel, now);
    end_by_appraisal(channel, &judgement->appraisal);
    return OK;
}

static status take_evidence(struct channel *channel, const struct exchange_evidence *evidence,
                            struct moment now)
{
    struct judging *const judging = &channel->judging;
    if (!judging->is_waiting || evidence->round != judging->round)
        return FAIL(UNEXPECTED, "evidence that nobody asked for");
    judging->is_waiting = false;
    struct judgement *const judgement = calloc(1, sizeof *judgement);
    if (!judgement)
        return FAIL(EXHAUSTED, "no memory for a judgement");
    const struct proof_session session = channel_session(channel);
    const status judged = proof_judge(&session, channel->context, evidence, judging->nonce,
                                      now.wall_s, judging->judgement, judgement);
    if (!judged.fault)
        return conclude(channel, judgement, now);
    free(judgement);
    return judged;
}

status channel_reattest(struct channel *channel, struct moment now)
{
    if (channel->phase != PHASE_OPEN || !wants_evidence(channel) ||
        channel->purpose == PURPOSE_LANE)
        return FAIL(UNEXPECTED, "there is nobody to ask for evidence");
    if (channel->judging.is_waiting)
        return OK; /* what comes will be fresh enough */
    const status asked = ask(channel, now);
    if (asked.fault)
        end_by_fault(channel, asked.fault);
    return asked;
}

/* ---- proving to the peer ---- */

static status may_ask(const struct channel *channel, const struct exchange_request *request)
{
    const struct proving *const proving = &channel->proving;
    if (proving->step != PROVING_IDLE)
        return FAIL(UNEXPECTED, "a request while another is open");
    if (request->round != proving->round + 1 || request->round > CHANNEL_ROUNDS_MAX)
        return FAIL(UNEXPECTED, "a request for another round than the next");
    if (proving->round && !(proving->wants_evidence && request->wants_evidence))
        return FAIL(UNEXPECTED, "a later round without evidence");
    if (proving->round && channel->phase != PHASE_OPEN)
        return FAIL(UNEXPECTED, "a second round before the first verdicts");
    return OK;
}

static bool accepts_platform(const struct exchange_request *request, const char *platform)
{
    for (size_t i = 0; i < request->platform_count; i++)
        if (slice_equal(request->platforms[i], slice_of_text(platform)))
            return true;
    return request->platform_count == 0;
}

static status answer_without_evidence(struct channel *channel)
{
    struct exchange_message message = {.kind = EXCHANGE_EVIDENCE};
    message.evidence.round = channel->proving.round;
    channel->proving.step = PROVING_SENT;
    return rounds_send(channel, &message);
}

/* How soon a request is answered; neither hardware nor memory is for a peer to keep busy. */
static enum proving_step step_for(struct channel *channel, struct moment now)
{
    struct proving *const proving = &channel->proving;
    if (now.monotonic_ms < proving->not_before_ms)
        return PROVING_HELD;
    proving->not_before_ms = now.monotonic_ms + CHANNEL_SPACING_MS;
    return channel_output(channel).size > UNREAD_ANSWERS_MAX ? PROVING_HELD : PROVING_ASKED;
}

static status take_request(struct channel *channel, const struct exchange_request *request,
                           struct moment now)
{
    struct proving *const proving = &channel->proving;
    const char *const attest = channel->context->attest;
    TRY(may_ask(channel, request));
    TRY(nonce_log_add(&channel->nonces, request->nonce));
    proving->round = request->round;
    proving->wants_evidence = request->wants_evidence;
    memcpy(proving->nonce, request->nonce, NONCE_SIZE);
    if (channel->phase == PHASE_OPEN)
        proving->verdict_by_ms = now.monotonic_ms + CHANNEL_VERDICT_MS;
    proving->has_evidence = attest && accepts_platform(request, attest);
    /* Where none is wanted, a verdict by our key alone comes next. */
    proving->step = request->wants_evidence ? step_for(channel, now) : PROVING_SENT;
    return OK;
}

static status send_evidence(struct channel *channel, slice evidence, slice endorsements)
{
    char type[CMW_TYPE_SIZE_MAX + 1];
    const char *const platform = channel->context->attest;
    snprintf(type, sizeof type, "%s%s", CMW_EVIDENCE_TYPE, platform);
    const struct cmw cmw = {.type = slice_of_text(type), .value = evidence};
    struct exchange_message message = {.kind = EXCHANGE_EVIDENCE};
    SCOPED(buffer) record = {0};
    TRY(cmw_write(&cmw, &record));
    message.evidence.round = channel->proving.round;
    message.evidence.platform = slice_of_text(platform);
    message.evidence.cmw = buffer_view(&record);
    message.evidence.side_claims = buffer_view(&channel->proving.side_claims);
    message.evidence.endorsements[0] = endorsements;
    message.evidence.endorsement_count = endorsements.size ? 1 : 0;
    return rounds_send(channel, &message);
}

status channel_give_side_claims(struct channel *channel, slice side_claims,
                                uint8_t out_binding[BINDING_SIZE])
{
    struct proving *const proving = &channel->proving;
    const struct proof_session session = channel_session(channel);
    if (channel->phase == PHASE_OVER || proving->step != PROVING_COLLECTING)
        return FAIL(UNEXPECTED, "nobody waits for evidence");
    buffer_clear(&proving->side_claims);
    TRY(buffer_append(&proving->side_claims, side_claims));
    return proof_binding(&session, channel->role, proving->round, proving->nonce,
                         channel->context->attest, side_claims, out_binding);
}

status channel_give_evidence(struct channel *channel, slice evidence, slice endorsements,
                             struct moment now)
{
    (void)now;
    if (channel->phase == PHASE_OVER || channel->proving.step != PROVING_COLLECTING)
        return FAIL(UNEXPECTED, "nobody waits for evidence");
    channel->proving.step = PROVING_SENT;
    const status sent = evidence.size ? send_evidence(channel, evidence, endorsements)
                                      : answer_without_evidence(channel);
    buffer_clear(&channel->proving.side_claims); /* no memory for it until the next round */
    if (sent.fault)
        end_by_fault(channel, sent.fault);
    return sent;
}

void channel_give_no_evidence(struct channel *channel, struct moment now)
{
    (void)now;
    if (channel->phase == PHASE_OVER || channel->proving.step != PROVING_COLLECTING)
        return;
    const status answered = answer_without_evidence(channel);
    if (answered.fault)
        end_by_fault(channel, answered.fault);
}

static status take_verdict(struct channel *channel, const struct exchange_verdict *verdict)
{
    struct proving *const proving = &channel->proving;
    if (!verdict->accepted) {
        end_by_peer(channel, verdict); /* at any time */
        return OK;
    }
    if (proving->step != PROVING_SENT || verdict->round != proving->round)
        return FAIL(UNEXPECTED, "a verdict about nothing");
    proving->step = PROVING_IDLE;
    proving->accepted_round = verdict->round;
    proving->verdict_by_ms = INT64_MAX;
    open_when_both_accepted(channel);
    return OK;
}

/* ---- the machine ---- */

status rounds_begin(struct channel *channel, struct moment now)
{
    TRY(ask(channel, now));
    return wants_evidence(channel) ? OK : accept(channel, now);
}

status rounds_take(struct channel *channel, slice bytes, struct moment now)
{
    struct exchange_message message;
    TRY(exchange_read(bytes, &message));
    switch (message.kind) {
    case EXCHANGE_REQUEST:
        return take_request(channel, &message.request, now);
    case EXCHANGE_EVIDENCE:
        return take_evidence(channel, &message.evidence, now);
    case EXCHANGE_VERDICT:
        return take_verdict(channel, &message.verdict);
    case EXCHANGE_NONE:
        break;
    }
    return FAIL(INTERNAL, "a message of no kind was read");
}

status rounds_look(struct channel *channel, struct moment now)
{
    struct proving *const proving = &channel->proving;
    if (now.monotonic_ms >= channel->judging.answer_by_ms)
        end_for(channel, "EVIDENCE_TIMEOUT", "the peer's evidence did not come in time");
    else if (now.monotonic_ms >= proving->verdict_by_ms)
        end_for(channel, "VERDICT_TIMEOUT", "the peer's verdict did not come in time");
    if (channel->phase == PHASE_OVER)
        return OK;
    if (proving->step == PROVING_HELD)
        proving->step = step_for(channel, now);
    return now.monotonic_ms >= channel->judging.next_ms ? ask(channel, now) : OK;
}

int64_t rounds_deadline_ms(const struct channel *channel)
{
    const struct proving *const proving = &channel->proving;
    const int64_t moments[] = {
        channel->judging.answer_by_ms,
        channel->judging.next_ms,
        proving->verdict_by_ms,
        proving->step == PROVING_HELD ? proving->not_before_ms : INT64_MAX,
    };
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        first = moments[i] < first ? moments[i] : first;
    return first;
}

static status begin_answer(struct channel *channel, struct channel_event *out)
{
    struct proving *const proving = &channel->proving;
    const struct proof_session session = channel_session(channel);
    buffer_clear(&proving->side_claims);
    if (!proving->has_evidence)
        return answer_without_evidence(channel);
    TRY(proof_binding(&session, channel->role, proving->round, proving->nonce,
                      channel->context->attest, (slice){0}, out->binding));
    out->kind = CHANNEL_WANT_EVIDENCE;
    proving->step = PROVING_COLLECTING;
    return OK;
}

status rounds_tell(struct channel *channel, struct channel_event *out)
{
    if (channel->round_to_tell) {
        channel->round_to_tell = false;
        out->kind = CHANNEL_ROUND;
        return OK;
    }
    return channel->proving.step == PROVING_ASKED ? begin_answer(channel, out) : OK;
}
