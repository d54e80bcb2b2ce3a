/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was written after a command's name (getopt_long, with the same rules for every command). */

#include <stdbool.h>
#include <stddef.h>

enum { OPTIONS_MAX = 32, OPTION_TEXTS_MAX = 64 };

struct option_texts {
    const char *texts[OPTION_TEXTS_MAX];
    size_t count;
};

/* Exactly one of the three places is set; only a list may be given more than once. */
struct option_row {
    const char *name; /* without its dashes */
    char letter;      /* 0: none */
    bool *flag;
    const char **value;
    struct option_texts *list;
};

struct options {
    const char *usage;             /* what --help prints */
    const struct option_row *rows; /* the last one has no name; --help is everybody's */
    const char **operand;          /* NULL: the command takes none; else exactly one */
    const char *operand_name;
};

/*
 * Fills the places. False when the command is over, with its exit code in `out_exit`: help was
 * printed, or what is wrong was said on standard error.
 */
bool options_read(const struct options *options, int argc, char **argv, int *out_exit);

/* As options_read, for a command that takes any number of operands. */
bool options_read_many(const struct options *options, struct option_texts *operands, int argc,
                       char **argv, int *out_exit);
