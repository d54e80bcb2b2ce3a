/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/sim.h"

#include "sim/supervisor.h"
#include "sim/tsm_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The process that serves configfs-tsm in the stage's folder. */
struct server {
    pid_t process;
};

static void server_clear(struct server *server)
{
    /* The supervisor reaps whoever ends, so this number may be free by now. */
    if (server->process > 0 && waitpid(server->process, NULL, WNOHANG) == 0) {
        kill(server->process, SIGTERM);
        while (waitpid(server->process, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    *server = (struct server){0};
}

static int ready_pipe = -1;

static void tell_ready(void)
{
    if (write(ready_pipe, "!", 1) == 1)
        close(ready_pipe);
}

__attribute__((noreturn)) static void
serve(const struct sim_machine *machine, const struct sim_tsm_settings *settings, const char *path)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setsid(); /* a terminal's interrupt is for the command */
    const status served = sim_tsm_serve(machine, settings, path, tell_ready);
    if (served.fault)
        fprintf(stderr, "cix sim: configfs-tsm: %s; --no-tsm does without it\n",
                served.fault->what);
    fflush(NULL);
    _exit(served.fault ? EXIT_REFUSED : EXIT_DONE);
}

static status start_server(const struct sim_machine *machine, const struct sim_stage *stage,
                           const char *path, struct server *out)
{
    int ends[2];
    char byte;
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return FAIL(UNAVAILABLE, "no pipe to the simulated configfs-tsm");
    out->process = fork();
    if (out->process == 0) {
        close(ends[0]);
        ready_pipe = ends[1];
        serve(machine, &stage->settings, path);
    }
    close(ends[1]);
    const bool is_ready = out->process > 0 && read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    return is_ready ? OK : FAIL(UNAVAILABLE, "configfs-tsm cannot be simulated here");
}

/* The folder that the kernel's configfs would be, with the report interface mounted in it. */
static status furnish_tsm(const struct sim_machine *machine, struct sim_stage *stage,
                          struct server *out)
{
    static const char *const folders[] = {"config", "config/tsm", "config/tsm/report"};
    char path[SIM_STAGE_PATH_SIZE];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", stage->folder, folders[i]);
        if (mkdir(path, 0755) != 0)
            return FAIL(UNAVAILABLE, "a folder of the simulated machine cannot be made");
    }
    TRY(start_server(machine, stage, path, out));
    return sim_stage_place(stage, "/sys/kernel/config", "config");
}

static status furnish(const struct sim_arguments *arguments, const struct sim_platform *platform,
                      void *guest, struct sim_stage *stage, struct server *out_server)
{
    if (platform->machine && !sim_given(arguments, "no-tsm"))
        TRY(furnish_tsm(platform->machine(guest), stage, out_server));
    if (platform->furnish)
        TRY(platform->furnish(guest, stage));
    return sim_stage_hide_this_machine(stage);
}

int sim_run(const struct sim_arguments *arguments, const struct sim_platform *platform, void *guest,
            const struct sim_tsm_settings *settings)
{
    SCOPED(sim_stage) stage = {0};
    SCOPED(server) server = {0};
    int result = EXIT_REFUSED;
    status run = sim_stage_open(settings, &stage);
    if (!run.fault)
        run = furnish(arguments, platform, guest, &stage, &server);
    if (!run.fault) {
        const struct sim_scenery scenery = sim_stage_scenery(&stage);
        run = sim_supervise_command(&scenery, arguments->command, &result);
    }
    if (run.fault)
        fprintf(stderr, "cix sim: %s\n", run.fault->what);
    return result;
}
