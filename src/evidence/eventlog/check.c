/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/check.h"

enum { RTMR0_INDEX = 1, RUNTIME_RTMR = 3 };

static status replay_all(const struct endorsements *endorsements, struct registers *registers,
                         size_t *out_count)
{
    for (size_t i = 0; i < endorsements->count; i++) {
        if (endorsements->items[i].kind != ENDORSEMENT_EVENT_LOG)
            continue;
        TRY(event_log_replay(EVENT_LOG_CC, buffer_view(&endorsements->items[i].bytes), registers));
        ++*out_count;
    }
    return OK;
}

static void check_boot(const struct registers *registers, const slice rtmrs[RTMR_COUNT],
                       const struct event_log_reasons *reasons, struct facts *facts)
{
    for (size_t i = 0; i < RUNTIME_RTMR; i++)
        if (!register_is(registers, RTMR0_INDEX + i, rtmrs[i])) {
            check_fail(facts, "event_log", reasons->mismatch,
                       "the event log does not lead to RTMR%zu", i);
            return;
        }
    check_pass(facts, "event_log");
}

/* Software may extend it without keeping a log: then only the register itself tells of it. */
static void check_runtime(const struct registers *registers, slice rtmr,
                          const struct event_log_reasons *reasons, struct facts *facts)
{
    const size_t index = RTMR0_INDEX + RUNTIME_RTMR;
    if (register_is(registers, index, rtmr))
        check_pass(facts, "runtime_log");
    else if (register_is_extended(registers, index))
        check_fail(facts, "runtime_log", reasons->runtime_mismatch,
                   "the event log does not lead to RTMR3");
    else
        check_skip(facts, "runtime_log", reasons->runtime_missing,
                   "RTMR3 was extended, and no event log says with what");
}

void event_logs_check(const struct endorsements *endorsements, enum hash hash,
                      const slice rtmrs[RTMR_COUNT], const struct event_log_reasons *reasons,
                      struct facts *facts)
{
    struct registers registers;
    size_t count = 0;
    status replayed = registers_begin(hash, &registers);
    if (!replayed.fault)
        replayed = replay_all(endorsements, &registers, &count);
    if (replayed.fault) {
        check_fail(facts, "event_log", reasons->malformed, "%s", replayed.fault->what);
        return;
    }
    if (!count) {
        check_skip(facts, "event_log", reasons->missing, "no event log was given");
        return;
    }
    check_boot(&registers, rtmrs, reasons, facts);
    check_runtime(&registers, rtmrs[RUNTIME_RTMR], reasons, facts);
}
