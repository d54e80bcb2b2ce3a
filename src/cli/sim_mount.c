/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/sim.h"

#include "sim/tsm_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The background process tells the one that started it; -1 in the foreground. */
static int ready_pipe = -1;

static void tell_ready(void)
{
    if (ready_pipe < 0)
        return;
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    setsid();
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
        dup2(nothing, file);
    if (nothing > STDERR_FILENO)
        close(nothing);
    if (write(ready_pipe, "!", 1) == 1)
        close(ready_pipe);
}

static int serve(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                 const char *mount)
{
    const status served = sim_tsm_serve(machine, settings, mount, tell_ready);
    if (served.fault)
        fprintf(stderr, "cix sim: %s: %s\n", mount, served.fault->what);
    return served.fault ? EXIT_REFUSED : EXIT_DONE;
}

/* In the parent: says who serves, or passes on why nobody does. */
static int await(pid_t child, int pipe, const char *provider, const char *mount)
{
    char byte;
    int how = 0;
    ssize_t size;
    while ((size = read(pipe, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (size == 1) {
        printf("%s at %s, process %ld\n", provider, mount, (long)child);
        return EXIT_DONE;
    }
    while (waitpid(child, &how, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(how) ? WEXITSTATUS(how) : EXIT_REFUSED;
}

static int serve_in_background(const struct sim_machine *machine,
                               const struct sim_tsm_settings *settings, const char *mount)
{
    int ends[2];
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return EXIT_REFUSED;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        ready_pipe = ends[1];
        return serve(machine, settings, mount);
    }
    close(ends[1]);
    const int result = child < 0 ? EXIT_REFUSED : await(child, ends[0], machine->provider, mount);
    close(ends[0]);
    return result;
}

int sim_mount(const struct sim_arguments *arguments, const struct sim_machine *machine,
              const struct sim_tsm_settings *settings)
{
    char mount[PATH_MAX];
    if (!realpath(sim_text(arguments, "mount"), mount)) {
        fprintf(stderr, "cix sim: %s: %s\n", sim_text(arguments, "mount"), strerror(errno));
        return EXIT_REFUSED;
    }
    return sim_given(arguments, "foreground") ? serve(machine, settings, mount)
                                              : serve_in_background(machine, settings, mount);
}
