/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/backoff.h"

#include <sys/random.h>

int64_t backoff_ms(unsigned failures)
{
    int64_t most_ms = BACKOFF_FIRST_MS;
    for (unsigned i = 0; i < failures && most_ms < BACKOFF_MOST_MS; i++)
        most_ms *= 2;
    if (most_ms > BACKOFF_MOST_MS)
        most_ms = BACKOFF_MOST_MS;
    uint32_t chance = 0;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != sizeof chance)
        chance = 0; /* nothing secret hangs on it */
    return most_ms - chance % (uint32_t)(most_ms / 2);
}
