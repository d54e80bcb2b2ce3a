/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this machine is and offers, for `cix doctor`: only looked at, never changed. */

#include "cli/findings.h"

enum { DOCTOR_ANSWERS_MAX = 16 };

/* Kernel, libraries, clock. */
void doctor_look_at_system(struct findings *findings);

/* What the processor says of itself in /proc/cpuinfo. */
void doctor_look_at_processor(struct findings *findings);

/* Device nodes, sockets, logs and files that lead to evidence. `tsm_root` NULL: the kernel's. */
void doctor_look_at_interfaces(struct findings *findings, const char *tsm_root);

/* Who answers `cix attest`; when nobody does, the most likely reason. Names in order. */
size_t doctor_look_at_tees(struct findings *findings, const char *tsm_root,
                           const char *out_answers[DOCTOR_ANSWERS_MAX]);

/* What `cix sim` needs. */
void doctor_look_at_simulator(struct findings *findings);
