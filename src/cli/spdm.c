/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm.h"

#include "cli/commands.h"

static const char usage[] =
    "usage: cix spdm dump CAPTURE [option]...\n"
    "       cix spdm requester ADDRESS [option]...\n"
    "       cix spdm responder ADDRESS [option]...\n"
    "\n"
    "SPDM, the protocol in which devices and machines attest to each other.\n"
    "\n"
    "  dump        decode a captured conversation, and verify what can be\n"
    "  requester   talk to a responder, and show what is said\n"
    "  responder   answer requesters with given certificates and measurements\n"
    "\n"
    "`cix spdm COMMAND --help` says more.\n"
    "\n"
    "example:\n"
    "  cix spdm dump conversation.pcap --keys secrets.json\n";

static const struct subcommand commands[] = {
    {"dump", "cix spdm dump", spdm_dump},
    {"requester", "cix spdm requester", spdm_requester},
    {"responder", "cix spdm responder", spdm_responder},
};

int command_spdm(int argc, char **argv)
{
    return run_subcommand(commands, sizeof commands / sizeof commands[0], usage, argc, argv);
}
