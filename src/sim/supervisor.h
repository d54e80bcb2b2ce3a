/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs a program, and all that it starts, on a simulated machine: its system calls on the paths,
 * devices and ports of a scenery are answered here, before the kernel sees them (seccomp user
 * notification). Everything else is this machine's. What is simulated fools programs that want to
 * be fooled, it does not lock anybody in.
 */

#include "sim/scenery.h"

/* What runs in the child; its result is the child's exit code. */
struct sim_program {
    int (*run)(void *context);
    void *context;
};

/*
 * Returns when the program and everything it started have ended; a signal to end is passed on to
 * it. `out_exit` is its exit code, or 128 and the signal that ended it. Reaps every child of this
 * process that ends meanwhile. UNAVAILABLE where the kernel does not let programs be supervised.
 */
status sim_supervise(const struct sim_scenery *scenery, const struct sim_program *program,
                     int *out_exit);

/* The same with a command, found on the PATH; 127 when there is none. `argv` ends with NULL. */
status sim_supervise_command(const struct sim_scenery *scenery, char **argv, int *out_exit);
