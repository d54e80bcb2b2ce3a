/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/options.h"
#include "gateway/gateway.h"

#include <stdio.h>

static const char usage[] =
    "usage: cix run [-c FILE]\n"
    "\n"
    "Runs the gateway until SIGTERM, which lets its streams end first; a second one ends it at\n"
    "once. `cix check` says what a configuration does.\n"
    "\n"
    "  -c, --config FILE     default: " CONFIG_FILE "\n"
    "\n"
    "Ends with 0 after SIGTERM; 1 when the machine does not allow it; 2, before listening, when\n"
    "the configuration is wrong.\n"
    "\n"
    "example:\n"
    "  cix run -c gateway.yaml\n";

int command_run(int argc, char **argv)
{
    const char *path = NULL;
    const struct option_row rows[] = {{.name = "config", .letter = 'c', .value = &path}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    path = path ? path : CONFIG_FILE;
    const status ran = gateway_run(path, &problem);
    if (!ran.fault)
        return EXIT_DONE;
    config_complain(argv[0], path, &problem);
    return ran.fault->failure == FAILURE_MALFORMED ? EXIT_BAD_CONFIG : EXIT_REFUSED;
}
