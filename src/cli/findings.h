/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `cix doctor` found, as lines for people and as one object for programs. */

#include <stdbool.h>
#include <stddef.h>

enum { FINDINGS_MAX = 96, FINDING_TEXT_SIZE = 200 };

enum finding_state {
    FINDING_MISSING, /* not there; only an advice makes it something to do */
    FINDING_WRONG,   /* there, and does not work */
    FINDING_GOOD,
};

struct finding {
    enum finding_state state;
    const char *topic; /* a path or a word, stable for programs */
    char text[FINDING_TEXT_SIZE];
    const char *advice; /* what to do about it; NULL: nothing */
};

struct findings {
    struct finding rows[FINDINGS_MAX];
    size_t count;
};

/* Past the limit a finding is lost. `topic` and `advice` outlive the findings. */
__attribute__((format(printf, 5, 6))) void found(struct findings *findings,
                                                 enum finding_state state, const char *topic,
                                                 const char *advice, const char *format, ...);

void findings_print(const struct findings *findings);

/* One object with `answers`, the names of the platforms that answer; false when not written. */
bool findings_print_json(const struct findings *findings, const char *const *answers, size_t count);
