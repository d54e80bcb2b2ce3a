/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/half_open.h"

void half_open_begin(struct half_open *half_open)
{
    *half_open = (struct half_open){0};
    pthread_mutex_init(&half_open->lock, NULL);
}

void half_open_end(struct half_open *half_open)
{
    pthread_mutex_destroy(&half_open->lock);
}

static size_t find(const struct half_open *half_open, const struct address *host)
{
    size_t i = 0;
    while (i < half_open->source_count && !address_same_host(&half_open->sources[i].host, host))
        i++;
    return i;
}

static status enter(struct half_open *half_open, const struct address *host)
{
    if (half_open->total >= HALF_OPEN_MAX)
        return FAIL(EXHAUSTED, "too many connections have proved nothing yet");
    const size_t place = find(half_open, host);
    if (place == half_open->source_count) {
        half_open->sources[place].host = *host;
        half_open->sources[place].count = 0;
        half_open->source_count++;
    }
    if (half_open->sources[place].count >= HALF_OPEN_PER_SOURCE_MAX)
        return FAIL(EXHAUSTED, "too many connections of this source have proved nothing yet");
    half_open->sources[place].count++;
    half_open->total++;
    return OK;
}

status half_open_enter(struct half_open *half_open, const struct address *host)
{
    pthread_mutex_lock(&half_open->lock);
    const status entered = enter(half_open, host);
    pthread_mutex_unlock(&half_open->lock);
    return entered;
}

void half_open_leave(struct half_open *half_open, const struct address *host)
{
    pthread_mutex_lock(&half_open->lock);
    const size_t place = find(half_open, host);
    if (place < half_open->source_count) {
        half_open->total--;
        if (--half_open->sources[place].count == 0)
            half_open->sources[place] = half_open->sources[--half_open->source_count];
    }
    pthread_mutex_unlock(&half_open->lock);
}
