/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How each supervised system call is answered from a scenery. */

#include "sim/scenery.h"

#include <seccomp.h>

enum { SIM_OPENED_MAX = 256 }; /* device files that a program has open at once */

/*
 * A device that the child has open. It holds one end of a pair of sockets and we the other: the
 * inode of its end tells which one a descriptor is, however often it was duplicated or inherited,
 * and ours hangs up when the last of them is closed.
 */
struct sim_opened {
    const struct sim_device *device;
    uint64_t inode, offset;
    int ours;
};

struct sim_calls {
    const struct sim_scenery *scenery;
    int listener;
    struct sim_opened opened[SIM_OPENED_MAX];
    size_t opened_count;
};

/* Adds a rule for every call that this scenery needs to see; 0 or a negative errno. */
int sim_calls_filter(const struct sim_scenery *scenery, scmp_filter_ctx filter);

/* Answers one call, or lets the kernel do so. */
void sim_calls_answer(struct sim_calls *calls, const struct seccomp_notif *call);

void sim_calls_forget(struct sim_calls *calls, size_t index);
