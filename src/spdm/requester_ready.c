/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Responses that come later. The peer says how long it wants to be left alone; how long we wait in
 * all is our own affair.
 * spec: DSP0274 1.4, "RESPOND_IF_READY request message format", "ResponseNotReady extended error
 * data", "Timing requirements"
 */

#include "spdm/message/respond_if_ready.h"
#include "spdm/requester_parts.h"

enum { BUSY_PAUSE_MS = 100, PAUSE_MS_MIN = 10, US_PER_MS = 1000 };

/* A pause of its own, the first time also the end of all patience. */
static status wait_for(struct spdm_taking *taking, const struct spdm_step *step, int64_t pause_ms,
                       int64_t patience_ms)
{
    struct spdm_requester *const requester = taking->requester;
    const int64_t now_ms = taking->now.monotonic_ms;
    const int64_t pause = pause_ms > PAUSE_MS_MIN ? pause_ms : PAUSE_MS_MIN;
    const int64_t most = patience_ms < SPDM_PATIENCE_MS ? patience_ms : SPDM_PATIENCE_MS;
    if (!requester->give_up_ms)
        requester->give_up_ms = now_ms + (most > pause ? most : pause);
    if (pause > SPDM_PATIENCE_MS || now_ms + pause > requester->give_up_ms)
        return FAIL(EXHAUSTED, "the responder puts its response off for longer than we wait");
    requester->ask_again_ms = now_ms + pause;
    requester->step = step;
    return OK;
}

status spdm_wait_until_ready(struct spdm_taking *taking, const struct spdm_step *step,
                             const struct spdm_not_ready *told)
{
    struct spdm_requester *const requester = taking->requester;
    const int64_t pause_ms = (INT64_C(1) << told->retry_exponent) / US_PER_MS + 1;
    const slice request = spdm_request_of(taking);
    if (request.size && told->request_code != request.data[1])
        return FAIL(UNEXPECTED, "the response to another request is put off");
    requester->put_off = *told;
    requester->is_busy = false;
    return wait_for(taking, step, pause_ms, pause_ms * told->retry_multiplier);
}

status spdm_wait_while_busy(struct spdm_taking *taking, const struct spdm_step *step)
{
    if (!spdm_request_of(taking).size)
        return FAIL(UNAVAILABLE, "the responder is busy, and the request was not kept");
    taking->requester->is_busy = true;
    return wait_for(taking, step, BUSY_PAUSE_MS, SPDM_PATIENCE_MS);
}

static status ask_again(struct spdm_requester *requester, struct moment now, struct writer *out)
{
    const struct spdm_respond_if_ready request = {requester->put_off.request_code,
                                                  requester->put_off.token};
    requester->ask_again_ms = 0;
    if (requester->is_busy)
        return spdm_repeat(requester, now, out);
    struct spdm_saying saying = spdm_say_directly(requester, requester->session, out);
    spdm_respond_if_ready_write(&saying.draft, &requester->connection.shape, &request);
    return spdm_send(requester, now, &saying);
}

/* ---- the clock ---- */

int64_t spdm_requester_deadline_ms(const struct spdm_requester *requester)
{
    const struct spdm_connection *const connection = &requester->connection;
    int64_t first = requester->ask_again_ms ? requester->ask_again_ms : INT64_MAX;
    for (size_t i = 0; i < connection->session_count; i++) {
        const int64_t next = spdm_session_deadline_ms(&connection->sessions[i], SPDM_REQUESTER);
        first = next < first ? next : first;
    }
    return first;
}

enum spdm_progress spdm_requester_look(struct spdm_requester *requester, struct moment now,
                                       struct writer *out)
{
    struct spdm_connection *const connection = &requester->connection;
    for (size_t i = 0; i < connection->session_count; i++) {
        struct spdm_session *const session = &connection->sessions[i];
        if (!spdm_session_is_lost(session, now.monotonic_ms))
            continue;
        if (requester->step && (session == requester->session || session == requester->opening))
            return spdm_fail(requester, FAIL(UNAUTHENTIC, "a session that nothing was heard in"));
        spdm_connection_end_session(connection, session);
    }
    if (!requester->ask_again_ms || now.monotonic_ms < requester->ask_again_ms)
        return SPDM_WAIT;
    const status asked = now.monotonic_ms > requester->give_up_ms
                             ? FAIL(EXHAUSTED, "the responder was asked for as long as we wait")
                             : ask_again(requester, now, out);
    return asked.fault ? spdm_fail(requester, asked) : SPDM_SEND;
}

void spdm_requester_give_up(struct spdm_requester *requester)
{
    if (requester->ask_again_ms)
        spdm_fail(requester, FAIL(EXHAUSTED, "nobody wants to wait for the responder"));
}
