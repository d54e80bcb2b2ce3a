/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "cli/commands.h"

#include "test.h"

/* One command's options, read. */
struct line {
    bool understood;
    int exit;
    bool flag;
    const char *value, *operand;
    struct option_texts list;
};

static struct line read_words(char **argv)
{
    struct line line = {0};
    int argc = 0;
    while (argv[argc])
        argc++;
    const struct option_row rows[] = {{.name = "flag", .flag = &line.flag},
                                      {.name = "config", .letter = 'c', .value = &line.value},
                                      {.name = "list", .list = &line.list},
                                      {0}};
    const struct options options = {"usage: cix test\n", rows, &line.operand, "EVIDENCE"};
    line.understood = options_read(&options, argc, argv, &line.exit);
    return line;
}

#define READ(...) read_words((char *[]){"cix test", __VA_ARGS__, NULL})

static bool is_text(const char *got, const char *wanted)
{
    return got && strcmp(got, wanted) == 0;
}

static bool is_usage_error(struct line line)
{
    return !line.understood && line.exit == EXIT_USAGE;
}

TEST(options_and_the_operand_come_in_any_order)
{
    const struct line line = READ("--list", "a", "file", "--flag", "-c", "x", "--list=b");
    EXPECT(line.understood && line.exit == EXIT_DONE && line.flag);
    EXPECT(is_text(line.operand, "file") && is_text(line.value, "x"));
    EXPECT(line.list.count == 2);
    EXPECT(is_text(line.list.texts[0], "a") && is_text(line.list.texts[1], "b"));
}

TEST(after_two_dashes_everything_is_an_operand)
{
    const struct line line = READ("--", "--flag");
    EXPECT(line.understood && !line.flag && is_text(line.operand, "--flag"));
}

TEST(help_ends_the_command_whatever_else_is_wrong)
{
    const struct line line = READ("--help", "--what");
    EXPECT(!line.understood && line.exit == EXIT_DONE);
}

TEST(what_is_not_understood_is_a_usage_error)
{
    EXPECT(is_usage_error(READ("file", "--what")));
    EXPECT(is_usage_error(READ("file", "-x")));
    EXPECT(is_usage_error(READ("file", "--flag=1")));
    EXPECT(is_usage_error(READ("file", "--config")));
    EXPECT(is_usage_error(READ("file", "other")));
    EXPECT(is_usage_error(READ("--flag")));
}

TEST(only_a_list_may_be_given_twice)
{
    EXPECT(is_usage_error(READ("file", "--flag", "--flag")));
    EXPECT(is_usage_error(READ("file", "-c", "a", "--config", "b")));
}

TEST(a_list_has_a_limit)
{
    char *words[OPTION_TEXTS_MAX + 4] = {"cix test", "file"};
    for (size_t i = 0; i < OPTION_TEXTS_MAX; i++)
        words[2 + i] = "--list=x";
    struct line line = read_words(words);
    EXPECT(line.understood && line.list.count == OPTION_TEXTS_MAX);
    words[2 + OPTION_TEXTS_MAX] = "--list=x";
    EXPECT(is_usage_error(read_words(words)));
}
