/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/options.h"

#include "crypto/library.h"
#include "evidence/platform.h"

#include <jansson.h>
#include <stdio.h>

static const char usage[] = "usage: cix version\n"
                            "\n"
                            "Says which version this is, which platforms it knows, and with which\n"
                            "libraries it runs.\n"
                            "\n"
                            "example:\n"
                            "  cix version\n";

int command_version(int argc, char **argv)
{
    const struct option_row rows[] = {{0}};
    const struct options options = {usage, rows, NULL, NULL};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    printf("cix %s\n", CIX_VERSION);
    for (size_t i = 0; platform_at(i); i++)
        printf("platform %-8s verify%s\n", platform_at(i)->name,
               platform_at(i)->collect ? ", attest" : "");
    printf("%s\njansson %s\n", crypto_library_version(), jansson_version_str());
    return EXIT_DONE;
}
