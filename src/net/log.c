/* SPDX-License-Identifier: Apache-2.0 */
#include "net/log.h"

#include "net/clock.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    int fd;
    enum log_form form;
    enum log_level most;
    atomic_uint_fast64_t lost;
    atomic_uint_fast64_t lost_told;
} sink = {.fd = STDERR_FILENO, .most = LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warning", "info", "debug"};

void log_set(int fd, enum log_form form, enum log_level most)
{
    sink.fd = fd;
    sink.form = form;
    sink.most = most;
}

uint64_t log_lost_count(void)
{
    return atomic_load(&sink.lost);
}

/* A line that is full keeps room for its end. */
struct line {
    char *text;
    size_t size;
};
enum { LINE_END_SIZE = 8 };

static void put(struct line *line, const char *text)
{
    for (; *text && line->size < LOG_LINE_SIZE - LINE_END_SIZE; text++)
        line->text[line->size++] = *text;
}

static bool is_plain(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || strchr("\"\\=", *text))
            return false;
    return true;
}

/* JSON's escapes serve both forms; bytes above ASCII are shown as what they are: bytes. */
static void put_quoted(struct line *line, const char *text)
{
    put(line, "\"");
    for (; *text && line->size < LOG_LINE_SIZE - LINE_END_SIZE - 8; text++) {
        const char c[2] = {*text, 0};
        char escaped[8];
        if (*text == '"' || *text == '\\') {
            put(line, "\\");
            put(line, c);
        } else if (*text >= ' ' && *text <= '~') {
            put(line, c);
        } else {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned char)*text);
            put(line, escaped);
        }
    }
    put(line, "\"");
}

static void put_field(struct line *line, enum log_form form, const struct log_field *field)
{
    put(line, form == LOG_FORM_JSON ? ",\"" : " ");
    put(line, field->key);
    put(line, form == LOG_FORM_JSON ? "\":" : "=");
    if (!field->text) {
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)field->number);
        put(line, number);
    } else if (form == LOG_FORM_TEXT && is_plain(field->text)) {
        put(line, field->text);
    } else {
        put_quoted(line, field->text);
    }
}

size_t log_format(enum log_form form, int64_t wall_s, enum log_level level, const char *event,
                  const struct log_field *fields, size_t field_count, char out[LOG_LINE_SIZE])
{
    struct line line = {.text = out};
    char time[32] = "-";
    struct tm utc;
    const time_t seconds = (time_t)wall_s;
    if (gmtime_r(&seconds, &utc))
        strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const bool json = form == LOG_FORM_JSON;
    put(&line, json ? "{\"time\":\"" : "");
    put(&line, time);
    put(&line, json ? "\",\"level\":\"" : " ");
    put(&line, level_names[level]);
    put(&line, json ? "\",\"event\":\"" : " ");
    put(&line, event);
    put(&line, json ? "\"" : "");
    for (size_t i = 0; i < field_count; i++) {
        /* A field that may not fit is left out whole, so that the line stays well formed. */
        const size_t most = 6 * strlen(fields[i].text ? fields[i].text : "") + 64;
        if (strlen(fields[i].key) + most > LOG_LINE_SIZE - LINE_END_SIZE - line.size)
            continue;
        put_field(&line, form, &fields[i]);
    }
    memcpy(out + line.size, json ? "}\n" : "\n", json ? 3 : 2);
    return line.size + (json ? 2 : 1);
}

static bool takes_a_line(int fd)
{
    struct pollfd sink_fd = {.fd = fd, .events = POLLOUT};
    return poll(&sink_fd, 1, 0) == 1 && sink_fd.revents & POLLOUT;
}

static bool write_line(const char *line, size_t size)
{
    return takes_a_line(sink.fd) && write(sink.fd, line, size) == (ssize_t)size;
}

static void tell_lost(int64_t wall_s)
{
    const uint64_t lost = atomic_load(&sink.lost);
    if (lost == atomic_load(&sink.lost_told))
        return;
    char line[LOG_LINE_SIZE];
    const struct log_field field = {.key = "lines", .number = lost};
    const size_t size =
        log_format(sink.form, wall_s, LOG_LEVEL_WARNING, "log-lost", &field, 1, line);
    if (write_line(line, size))
        atomic_store(&sink.lost_told, lost);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t field_count)
{
    if (level > sink.most)
        return;
    char line[LOG_LINE_SIZE];
    const int64_t wall_s = clock_now().wall_s;
    const size_t size = log_format(sink.form, wall_s, level, event, fields, field_count, line);
    tell_lost(wall_s);
    if (!write_line(line, size))
        atomic_fetch_add(&sink.lost, 1);
}
