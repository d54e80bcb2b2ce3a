/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_file.h"

#include "cli/print.h"

#include <string.h>

void config_complain(const char *command, const char *path, const struct problem *problem)
{
    const bool is_named = strncmp(problem->text, path, strlen(path)) == 0;
    fprintf(stderr, "%s: ", command);
    if (!is_named) {
        print_escaped(stderr, slice_of_text(path));
        fputs(": ", stderr);
    }
    if (problem->line)
        fprintf(stderr, "line %d: ", problem->line);
    fprintf(stderr, "%s\n", problem->text);
}
