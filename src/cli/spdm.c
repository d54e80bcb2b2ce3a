/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm.h"

#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: cix spdm dump CAPTURE [option]...\n"
    "\n"
    "SPDM, the protocol in which devices and machines attest to each other.\n"
    "\n"
    "  dump   decode a captured conversation, and verify what can be\n"
    "\n"
    "`cix spdm COMMAND --help` says more.\n"
    "\n"
    "example:\n"
    "  cix spdm dump conversation.pcap --keys secrets.json\n";

static const struct {
    const char *name, *title;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"dump", "cix spdm dump", spdm_dump},
};

int command_spdm(int argc, char **argv)
{
    static char title[32];
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        snprintf(title, sizeof title, "%s", commands[i].title);
        argv[1] = title;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    fputs(usage, stderr);
    return EXIT_USAGE;
}
