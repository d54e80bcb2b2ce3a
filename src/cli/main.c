/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/print.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
    const char *name, *title, *summary;
    int (*run)(int argc, char **argv);
};

#define COMMAND_ROW(name, summary) {#name, "cix " #name, summary, command_##name},
static const struct command commands[] = {COMMANDS(COMMAND_ROW)};
#undef COMMAND_ROW

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_usage(FILE *out)
{
    fputs("usage: cix COMMAND [argument]...\n\n"
          "cix lets programs talk to each other so that only attested code sees the data.\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`cix COMMAND --help` says more, with an example.\n", out);
}

/* So that no file or socket of ours is taken for a standard stream that our parent closed. */
static void open_standard_streams(void)
{
    int file;
    do
        file = open("/dev/null", O_RDWR);
    while (file >= 0 && file <= STDERR_FILENO);
    if (file >= 0)
        close(file);
}

/* What could not be written was not said. */
static int finish(int result)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return result;
    fputs("cix: standard output could not be written\n", stderr);
    return result == EXIT_DONE ? EXIT_REFUSED : result;
}

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    char title[32];
    open_standard_streams();
    setenv("TSS2_LOG", "all+none", 0); /* tpm2-tss prints what we say better */
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return finish(EXIT_DONE);
    }
    const struct command *const command =
        command_named(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    if (!command) {
        fputs("cix: '", stderr);
        print_escaped(stderr, slice_of_text(argv[1]));
        fputs("' is not a command; see cix --help\n", stderr);
        return EXIT_USAGE;
    }
    snprintf(title, sizeof title, "%s", command->title);
    argv[1] = title;
    return finish(command->run(argc - 1, argv + 1));
}
