/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/options.h"
#include "cli/print.h"

#include "gateway/capture_guard.h"
#include "gateway/load.h"

#include <inttypes.h>
#include <stdlib.h>

static const char usage[] =
    "usage: cix guard on|off|show [-c FILE] [--json]\n"
    "\n"
    "The packet filter's rules of a configuration's transparent ingresses. A gateway puts them\n"
    "there before it serves anybody, and nobody but `cix guard off` takes them away: what they\n"
    "capture is refused and counted while no gateway runs.\n"
    "\n"
    "  on                    puts them there, as the start of a machine should\n"
    "  off                   takes them away: traffic goes its old way, in plaintext\n"
    "  show                  whether they are there, and what they refused\n"
    "  -c, --config FILE     of `on`; default: " CONFIG_FILE "\n"
    "  --json                of `show`: one object, for programs\n"
    "\n"
    "Ends with 0; 1 when the machine does not allow it, and of `show` when they are not there;\n"
    "2 when the configuration is wrong.\n"
    "\n"
    "example:\n"
    "  cix guard on -c gateway.yaml\n";

static int complain(const char *command, const struct problem *problem)
{
    fprintf(stderr, "%s: %s\n", command, problem->text);
    return EXIT_REFUSED;
}

static int run_on(int argc, char **argv)
{
    const char *path = NULL;
    const struct option_row rows[] = {{.name = "config", .letter = 'c', .value = &path}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    path = path ? path : CONFIG_FILE;
    struct config *const config = calloc(1, sizeof *config);
    status done = config ? config_load(path, config, &problem)
                         : problem_at(&problem, 0, "there is no memory to read it");
    if (!done.fault && !config->captured.count)
        done = problem_at(&problem, 0, "no ingress is transparent: there is nothing to guard");
    if (done.fault) {
        config_complain(argv[0], path, &problem);
        result = EXIT_BAD_CONFIG;
    } else {
        done = capture_guard_on(config, &problem);
        result = done.fault ? complain(argv[0], &problem) : EXIT_DONE;
    }
    free(config);
    return result;
}

static int run_off(int argc, char **argv)
{
    const struct option_row rows[] = {{0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    return capture_guard_off(&problem).fault ? complain(argv[0], &problem) : EXIT_DONE;
}

static int run_show(int argc, char **argv)
{
    bool as_json = false;
    const struct option_row rows[] = {{.name = "json", .flag = &as_json}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct capture_guard guard = {0};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (capture_guard_show(&guard, &problem).fault)
        return complain(argv[0], &problem);
    result = guard.is_on ? EXIT_DONE : EXIT_REFUSED;
    if (as_json)
        return print_json(json_pack("{s:b, s:I, s:I}", "on", guard.is_on, "refused_packets",
                                    (json_int_t)guard.refused_packets, "refused_bytes",
                                    (json_int_t)guard.refused_bytes))
                   ? result
                   : EXIT_REFUSED;
    if (guard.is_on)
        printf("the guard is on, and refused %" PRIu64 " packets (%" PRIu64 " bytes)\n",
               guard.refused_packets, guard.refused_bytes);
    else
        puts("the guard is off: nothing is captured, and nothing refused");
    return result;
}

int command_guard(int argc, char **argv)
{
    static const struct subcommand rows[] = {{"on", "cix guard on", run_on},
                                             {"off", "cix guard off", run_off},
                                             {"show", "cix guard show", run_show}};
    return run_subcommand(rows, sizeof rows / sizeof *rows, usage, argc, argv);
}
