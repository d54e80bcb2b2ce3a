/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The simulated configfs-tsm as a mounted file system (FUSE): what a real guest's programs open. */

#include "sim/tsm.h"

/*
 * Serves `machine` at the folder `path` until SIGTERM, SIGINT or SIGHUP, or until it is unmounted,
 * and leaves nothing mounted. `ready` is called once programs can use it. Call it from a process
 * with one thread. UNAVAILABLE when FUSE cannot mount there, or something is mounted already.
 */
status sim_tsm_serve(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                     const char *path, void (*ready)(void));
