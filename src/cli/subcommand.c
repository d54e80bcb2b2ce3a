/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

int run_subcommand(const struct subcommand *rows, size_t count, const char *usage, int argc,
                   char **argv)
{
    static char title[32]; /* argv's strings may be written to */
    for (size_t i = 0; argc > 1 && i < count; i++) {
        if (strcmp(argv[1], rows[i].name) != 0)
            continue;
        snprintf(title, sizeof title, "%s", rows[i].title);
        argv[1] = title;
        return rows[i].run(argc - 1, argv + 1);
    }
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return EXIT_DONE;
    }
    fputs(usage, stderr);
    return EXIT_USAGE;
}
