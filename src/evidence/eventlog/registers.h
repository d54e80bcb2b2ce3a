/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a log says the registers must hold by now: each event extends one, H(register || digest). */

#include "evidence/eventlog/log.h"

enum { REGISTERS_MAX = 24 };

struct registers {
    enum hash hash;
    struct digest values[REGISTERS_MAX];
    uint32_t extended; /* bit n: register n was extended, or began at another value than zero */
};

/* All zero, as after a reset. UNSUPPORTED when there is no such hash. */
status registers_begin(enum hash hash, struct registers *out);
status register_extend(struct registers *registers, size_t index, slice digest);

bool register_is_extended(const struct registers *registers, size_t index);
bool register_is(const struct registers *registers, size_t index, slice value);

/*
 * Continues `registers` with every event of `log`, to its end. Events that extend nothing
 * (EV_NO_ACTION) do not, but for the one that says at which locality a TPM was started: PCR 0 then
 * begins with it. A runtime log continues what the boot's log began. UNSUPPORTED when the log has
 * no digests of this hash; `registers` is then, as on any failure, as it was.
 */
status event_log_replay(enum event_log_kind kind, slice log, struct registers *registers);
