/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A simulated configfs-tsm mounted for one test, served by a process of its own. */

#include "sim/tsm_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tsm_mount {
    char path[64];
    pid_t server;
};

static int tsm_mount_ready_pipe;

static void tsm_mount_ready(void)
{
    if (write(tsm_mount_ready_pipe, "!", 1) != 1)
        _exit(1);
}

__attribute__((unused)) static void tsm_mount_clear(struct tsm_mount *mount)
{
    if (mount->server > 0) {
        kill(mount->server, SIGTERM);
        waitpid(mount->server, NULL, 0);
    }
    if (*mount->path)
        rmdir(mount->path);
    *mount = (struct tsm_mount){0};
}

/* False, having said so, where FUSE cannot be used: the test then proves nothing. */
__attribute__((unused)) static bool tsm_mount_start(const struct sim_machine *machine,
                                                    const struct sim_tsm_settings *settings,
                                                    struct tsm_mount *out)
{
    int ends[2];
    char byte;
    strcpy(out->path, "/tmp/cix-tsm-test-XXXXXX");
    if (access("/dev/fuse", R_OK | W_OK) != 0 || !mkdtemp(out->path) || pipe(ends) != 0) {
        printf("  skipped: no FUSE here\n");
        return false;
    }
    fflush(stdout);
    out->server = fork();
    if (out->server == 0) {
        close(ends[0]);
        tsm_mount_ready_pipe = ends[1];
        const status served = sim_tsm_serve(machine, settings, out->path, tsm_mount_ready);
        _exit(served.fault != NULL);
    }
    close(ends[1]);
    const bool ready = read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    if (!ready) {
        printf("  skipped: FUSE cannot mount here\n");
        tsm_mount_clear(out);
    }
    return ready;
}
