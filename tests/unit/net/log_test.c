/* SPDX-License-Identifier: Apache-2.0 */
#include "net/log.h"

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

static char line[LOG_LINE_SIZE];

#define FORMAT(form, ...)                                                                          \
    log_format(form, 1768471200, LOG_LEVEL_INFO, "link-open",                                      \
               (const struct log_field[]){__VA_ARGS__},                                            \
               sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field), line)

TEST(a_line_has_time_level_event_and_fields)
{
    const size_t size = FORMAT(LOG_FORM_TEXT, {"link", .text = "cloud"}, {"round", .number = 3},
                               {"why", .text = "two words"}, {"none", .text = ""});
    EXPECT(strcmp(line, "2026-01-15T10:00:00Z info link-open link=cloud round=3 "
                        "why=\"two words\" none=\"\"\n") == 0);
    EXPECT(size == strlen(line));
    FORMAT(LOG_FORM_JSON, {"link", .text = "cloud"}, {"round", .number = 3});
    EXPECT(strcmp(line, "{\"time\":\"2026-01-15T10:00:00Z\",\"level\":\"info\","
                        "\"event\":\"link-open\",\"link\":\"cloud\",\"round\":3}\n") == 0);
}

TEST(O2_control_characters_cannot_end_a_line_or_colour_a_terminal)
{
    const char *const nasty = "a\r\nfake info b\x1b[31m\"\\=\x7f\xff";
    for (int form = LOG_FORM_TEXT; form <= LOG_FORM_JSON; form++) {
        FORMAT((enum log_form)form, {"name", .text = nasty});
        EXPECT(strchr(line, '\n') == line + strlen(line) - 1);
        for (const char *at = line; at[1]; at++)
            EXPECT(*at >= ' ' && *at <= '~');
        EXPECT(strstr(line, "a\\u000d\\u000afake info b\\u001b[31m\\\"\\\\=\\u007f\\u00ff"));
    }
}

TEST(a_field_that_does_not_fit_is_left_out_whole)
{
    char long_text[2 * LOG_LINE_SIZE];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = 0;
    const size_t size = FORMAT(LOG_FORM_JSON, {"long", .text = long_text}, {"last", .number = 1});
    EXPECT(size < LOG_LINE_SIZE && strstr(line, "\"last\":1}\n") && !strstr(line, "long"));
}

TEST(R11_a_blocked_sink_loses_lines_and_is_told_how_many)
{
    int ends[2];
    char text[65536];
    EXPECT(pipe(ends) == 0);
    EXPECT(fcntl(ends[1], F_SETPIPE_SZ, 16384) >= 16384);
    log_set(ends[1], LOG_FORM_TEXT, LOG_LEVEL_INFO);
    for (int i = 0; i < 1000; i++)
        LOG(INFO, "tick", {"number", .number = (uint64_t)i});
    const uint64_t lost = log_lost_count();
    EXPECT(lost > 0 && lost < 1000);
    EXPECT(read(ends[0], text, sizeof text) > 0);
    LOG(DEBUG, "not-written", {"number", .number = 0});
    LOG(INFO, "after", {"number", .number = 0});
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    EXPECT(size > 0);
    text[size > 0 ? size : 0] = 0;
    char expected[64];
    snprintf(expected, sizeof expected, "warning log-lost lines=%llu\n", (unsigned long long)lost);
    EXPECT(strstr(text, expected) && strstr(text, "info after number=0\n"));
    EXPECT(!strstr(text, "not-written"));
    log_set(STDERR_FILENO, LOG_FORM_TEXT, LOG_LEVEL_INFO);
    close(ends[0]);
    close(ends[1]);
}
