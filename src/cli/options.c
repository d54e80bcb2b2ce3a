/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "cli/commands.h"
#include "cli/print.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>

enum {
    HELP = 'h',
    FIRST_ROW = 256
}; /* getopt_long's answers; a row's is its index above letters */

/* getopt_long's own tables, made from ours. */
struct tables {
    struct option longs[OPTIONS_MAX + 2];
    char letters[2 * OPTIONS_MAX + 3];
};

static struct tables tables_of(const struct option_row *rows)
{
    struct tables tables = {.letters = ":h"};
    size_t letter = 2, count = 0;
    for (const struct option_row *row = rows; row->name; row++) {
        assert(count < OPTIONS_MAX);
        const int argument = row->flag ? no_argument : required_argument;
        tables.longs[count] = (struct option){row->name, argument, NULL, FIRST_ROW + (int)count};
        count++;
        if (row->letter)
            tables.letters[letter++] = row->letter;
        if (row->letter && argument == required_argument)
            tables.letters[letter++] = ':';
    }
    tables.longs[count] = (struct option){"help", no_argument, NULL, HELP};
    return tables;
}

static const struct option_row *row_of(const struct option_row *rows, int answer)
{
    for (const struct option_row *row = rows; row->name; row++)
        if (answer == FIRST_ROW + (int)(row - rows) || (row->letter && answer == row->letter))
            return row;
    return NULL;
}

/* Says what is wrong, with the argument in it made harmless. */
static bool complain(const char *command, const char *before, const char *argument,
                     const char *after)
{
    fprintf(stderr, "%s: %s", command, before);
    print_escaped(stderr, slice_of_text(argument));
    fprintf(stderr, "%s; see %s --help\n", after, command);
    return false;
}

static bool take(const char *command, const struct option_row *row, const char *argument)
{
    if (row->list && row->list->count == OPTION_TEXTS_MAX)
        return complain(command, "--", row->name, " is given too often");
    if (row->list) {
        row->list->texts[row->list->count++] = argument;
        return true;
    }
    if (row->flag ? *row->flag : *row->value != NULL)
        return complain(command, "--", row->name, " is given twice");
    if (row->flag)
        *row->flag = true;
    else
        *row->value = argument;
    return true;
}

static bool take_operands(const struct options *options, struct option_texts *operands, int argc,
                          char **argv)
{
    int at = optind;
    while (operands && at < argc && operands->count < OPTION_TEXTS_MAX)
        operands->texts[operands->count++] = argv[at++];
    if (options->operand) {
        if (at == argc)
            return complain(argv[0], "", options->operand_name, " is missing");
        *options->operand = argv[at++];
    }
    if (at < argc)
        return complain(argv[0], "'", argv[at], "' is one argument too many");
    return true;
}

/* False when wrong; `out_wants_help` says whether the rest was read at all. */
static bool read_all(const struct options *options, struct option_texts *operands, int argc,
                     char **argv, bool *out_wants_help)
{
    const struct tables tables = tables_of(options->rows);
    int answer;
    optind = 1;
    opterr = 0;
    while ((answer = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (answer == HELP) {
            *out_wants_help = true;
            return true;
        }
        if (answer == ':')
            return complain(argv[0], "", argv[optind - 1], " wants a value");
        const struct option_row *const row = row_of(options->rows, answer);
        if (!row)
            return complain(argv[0], "'", argv[optind - 1], "' is not understood");
        if (!take(argv[0], row, optarg))
            return false;
    }
    return take_operands(options, operands, argc, argv);
}

bool options_read_many(const struct options *options, struct option_texts *operands, int argc,
                       char **argv, int *out_exit)
{
    bool wants_help = false;
    const bool understood = read_all(options, operands, argc, argv, &wants_help);
    if (wants_help)
        fputs(options->usage, stdout);
    *out_exit = understood ? EXIT_DONE : EXIT_USAGE;
    return understood && !wants_help;
}

bool options_read(const struct options *options, int argc, char **argv, int *out_exit)
{
    return options_read_many(options, NULL, argc, argv, out_exit);
}
