/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm.h"

#include "cli/commands.h"

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

static const struct subcommand commands[] = {
    {"dump", "cix spdm dump", spdm_dump},
};

int command_spdm(int argc, char **argv)
{
    return run_subcommand(commands, sizeof commands / sizeof commands[0], usage, argc, argv);
}
