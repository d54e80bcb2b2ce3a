/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Two clocks, always arguments: the wall's for validity, the monotonic one for deadlines. */
struct moment {
    int64_t wall_s;       /* Unix time */
    int64_t monotonic_ms; /* never steps */
};
