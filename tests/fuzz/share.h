/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signatures take a thousand times as long as reading what is signed. So a fuzzer, most of whose
 * inputs are signed by nobody, verifies a share of them only, and an input's own bytes say whether
 * it is of them. What a run begins with is all verified: the corpus, which shows the way to the
 * rest, and a find that is to be seen again. So is all that replay.c runs.
 */

#include "base/bytes.h"

#include <stdbool.h>
#include <string.h>

#ifdef FUZZ_BY_SHARES

/* Spreads inputs evenly; it need withstand nobody. Not instrumented: no reader is to be found here.
 */
__attribute__((no_sanitize("address", "undefined", "coverage"))) static inline uint64_t
spread(slice input)
{
    const uint64_t odd = 0x9e3779b97f4a7c15; /* 2^64 by the golden ratio */
    uint64_t sum = input.size, word = 0;
    for (; input.size >= sizeof word; input.size -= sizeof word, input.data += sizeof word) {
        memcpy(&word, input.data, sizeof word);
        sum = (sum ^ word) * odd;
        sum ^= sum >> 32;
    }
    for (size_t i = 0; i < input.size; i++)
        sum = (sum ^ input.data[i]) * odd;
    return sum >> 32;
}

enum { SHARES_BEGIN_AFTER = 4096 /* questions */ };

static inline bool is_in_share(slice input, unsigned one_of)
{
    static unsigned asked;
    if (asked < SHARES_BEGIN_AFTER) {
        asked++;
        return true;
    }
    return spread(input) % one_of == 0;
}

#else

static inline bool is_in_share(slice input, unsigned one_of)
{
    (void)input;
    (void)one_of;
    return true;
}

#endif
