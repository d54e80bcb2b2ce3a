/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The commands of `cix`, one row each: command_<name>() is in the file of that name. A command is
 * given its own arguments, with "cix <name>" in argv[0], and answers with an exit code.
 */

#include <stddef.h>

#define COMMANDS(ROW)                                                                              \
    ROW(run, "run the gateway")                                                                    \
    ROW(check, "validate a configuration and say, in words, what it will do")                      \
    ROW(attest, "collect this machine's evidence")                                                 \
    ROW(verify, "judge evidence")                                                                  \
    ROW(measure, "the launch digest of a guest from its files")                                    \
    ROW(inspect, "decode evidence without judging")                                                \
    ROW(collateral, "fetch, import and list what vendors publish about their hardware")            \
    ROW(spdm, "talk SPDM, and decode and verify conversations")                                    \
    ROW(sim, "a simulated TEE, for machines that have none")                                       \
    ROW(exec, "run a program whose connections go through the gateway")                            \
    ROW(status, "ask a running gateway how it is")                                                 \
    ROW(guard, "what is captured, and refused while no gateway runs")                              \
    ROW(doctor, "what this machine offers, and what is missing")                                   \
    ROW(version, "version, platforms and libraries")

#define COMMAND_DECLARATION(name, summary) int command_##name(int argc, char **argv);
COMMANDS(COMMAND_DECLARATION)
#undef COMMAND_DECLARATION

enum exit_code {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,     /* could not do it; of `verify`: denied by policy */
    EXIT_BAD_CONFIG = 2,  /* of `run` and `check` */
    EXIT_UNAUTHENTIC = 2, /* of `verify` */
    EXIT_STALE = 2,       /* of `collateral`: all is there, and some of it past its time */
    EXIT_MALFORMED = 3,   /* of `verify` and `inspect`: no evidence that we can read */
    EXIT_USAGE = 64,
};

/* The commands of a command: `title` is what stands in the row's own usage, "cix spdm dump". */
struct subcommand {
    const char *name, *title;
    int (*run)(int argc, char **argv);
};

/* Runs the row that argv[1] names; `usage` is for --help, and for whoever names none. */
int run_subcommand(const struct subcommand *rows, size_t count, const char *usage, int argc,
                   char **argv);
