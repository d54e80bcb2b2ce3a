/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line for each event, made for people and for machines:
 *     2026-01-15T10:00:00Z info link-open link=cloud platform=snp round=1
 * Values are escaped, so that no peer's name can end a line or colour a terminal. A sink that does
 * not take a line loses it, is told how many it lost, and never stops the data path.
 */

#include "base/bytes.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_form { LOG_FORM_TEXT, LOG_FORM_JSON };

enum { LOG_LINE_SIZE = 2048 }; /* below PIPE_BUF: a line is written whole or not at all */

struct log_field {
    const char *key;
    const char *text; /* NULL: `number` */
    uint64_t number;
};

/* Before the first thread starts. Lines above `most` are not written. */
void log_set(int fd, enum log_form form, enum log_level most);

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t field_count);
uint64_t log_lost_count(void);

#define LOG(level, event, ...)                                                                     \
    log_event(LOG_LEVEL_##level, (event), (const struct log_field[]){__VA_ARGS__},                 \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* The line without writing it, NUL-terminated: for tests. */
size_t log_format(enum log_form form, int64_t wall_s, enum log_level level, const char *event,
                  const struct log_field *fields, size_t field_count, char out[LOG_LINE_SIZE]);
