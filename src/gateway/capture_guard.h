/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of gateway/capture.h in the kernel, and the routing that they need. They outlive the
 * process that put them there: with no gateway behind them, what they capture is refused.
 */

#include "gateway/config.h"

/* Puts a configuration's rules in place of whatever were there; nothing without a transparent
 * ingress. The problem says what the machine lacks. */
status capture_guard_on(const struct config *config, struct problem *problem);
status capture_guard_off(struct problem *problem);

struct capture_guard {
    bool is_on;
    uint64_t refused_packets, refused_bytes; /* since it was put there */
};
status capture_guard_show(struct capture_guard *out, struct problem *problem);
