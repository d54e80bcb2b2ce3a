/* SPDX-License-Identifier: Apache-2.0 */
#include "net/clock.h"

#include <time.h>

struct moment clock_now(void)
{
    struct timespec wall, monotonic;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (struct moment){.wall_s = wall.tv_sec,
                           .monotonic_ms =
                               (int64_t)monotonic.tv_sec * 1000 + monotonic.tv_nsec / 1000000};
}
