/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether the logs among the endorsements lead to the registers that a TEE's hardware signed. */

#include "evidence/endorsements.h"
#include "evidence/eventlog/registers.h"
#include "evidence/facts.h"

enum { RTMR_COUNT = 4 };

/* Stable codes, each with its platform's prefix: "TDX_EVENT_LOG_MISMATCH". */
struct event_log_reasons {
    const char *missing, *malformed, *mismatch;
    const char *runtime_missing, *runtime_mismatch;
};

/*
 * Checks "event_log", of the registers that are extended while the guest boots (RTMR0 to RTMR2),
 * and "runtime_log", of the one that is there for software to extend later (RTMR3). Several logs
 * continue each other in their order. Logs make no claims: what they explain is in the registers.
 */
void event_logs_check(const struct endorsements *endorsements, enum hash hash,
                      const slice rtmrs[RTMR_COUNT], const struct event_log_reasons *reasons,
                      struct facts *facts);
