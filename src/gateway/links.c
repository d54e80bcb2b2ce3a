/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/links.h"

#include <stdlib.h>
#include <string.h>

bool number_window_use(struct number_window *window, uint32_t number)
{
    if (!number || (number <= window->highest && window->highest - number >= LANE_NUMBERS_KEPT))
        return false;
    while (window->highest < number) {
        if (number - window->highest > LANE_NUMBERS_KEPT) {
            memset(window->used, 0, sizeof window->used);
            window->highest = number;
            break;
        }
        window->highest++;
        const uint32_t place = window->highest % LANE_NUMBERS_KEPT;
        window->used[place / 64] &= ~(UINT64_C(1) << place % 64);
    }
    const uint32_t place = number % LANE_NUMBERS_KEPT;
    const uint64_t bit = UINT64_C(1) << place % 64;
    const bool was_free = !(window->used[place / 64] & bit);
    window->used[place / 64] |= bit;
    return was_free;
}

void registry_begin(struct registry *registry)
{
    pthread_mutex_init(&registry->lock, NULL);
}

void registry_end(struct registry *registry)
{
    pthread_mutex_destroy(&registry->lock);
}

static void link_free(struct link *link)
{
    link_keys_clear(&link->keys);
    free(link->begun);
    free(link->ended);
    free(link);
}

status link_new(struct registry *registry, struct link_keys *keys, size_t shard_count,
                struct link **out)
{
    struct link *const link = calloc(1, sizeof *link);
    if (!link)
        return FAIL(EXHAUSTED, "no memory for a link");
    link->registry = registry;
    atomic_store(&link->references, 1);
    link->begun = calloc(shard_count, sizeof *link->begun);
    link->ended = calloc(shard_count, sizeof *link->ended);
    if (!link->begun || !link->ended) {
        link_free(link);
        return FAIL(EXHAUSTED, "no memory for a link");
    }
    link->keys = *keys;
    link_keys_clear(keys);
    *out = link;
    return OK;
}

/* Clients' links of one source, so that it cannot take all the places. */
static size_t count_of_source(const struct registry *registry, const struct address *source)
{
    size_t count = 0;
    for (const struct link *link = registry->first; link; link = link->next)
        count += !link->uplink && address_same_host(&link->address, source);
    return count;
}

static status may_begin(const struct registry *registry, const struct link *link)
{
    if (registry->count >= LINKS_MAX)
        return FAIL(EXHAUSTED, "too many links");
    if (!link->uplink && count_of_source(registry, &link->address) >= LINKS_PER_SOURCE_MAX)
        return FAIL(EXHAUSTED, "too many links of this source");
    return OK;
}

status link_begin(struct link *link)
{
    struct registry *const registry = link->registry;
    pthread_mutex_lock(&registry->lock);
    const status fits = may_begin(registry, link);
    if (!fits.fault) {
        link->next = registry->first;
        if (link->next)
            link->next->previous = link;
        registry->first = link;
        registry->count++;
    }
    pthread_mutex_unlock(&registry->lock);
    return fits;
}

struct link *link_hold(struct link *link)
{
    atomic_fetch_add(&link->references, 1);
    return link;
}

void link_drop(struct link *link)
{
    if (link && atomic_fetch_sub(&link->references, 1) == 1)
        link_free(link);
}

struct link *registry_find(struct registry *registry, const uint8_t id[LINK_ID_SIZE])
{
    pthread_mutex_lock(&registry->lock);
    struct link *link = registry->first;
    while (link && !equal_in_constant_time(SLICE(link->keys.id), (slice){id, LINK_ID_SIZE}))
        link = link->next;
    if (link)
        link_hold(link);
    pthread_mutex_unlock(&registry->lock);
    return link;
}

bool link_end(struct link *link)
{
    struct registry *const registry = link->registry;
    pthread_mutex_lock(&registry->lock);
    const bool was_up = !atomic_exchange(&link->is_over, true);
    if (was_up) {
        *(link->previous ? &link->previous->next : &registry->first) = link->next;
        if (link->next)
            link->next->previous = link->previous;
        registry->count--;
    }
    pthread_mutex_unlock(&registry->lock);
    return was_up;
}

bool link_join(struct link *link, uint32_t lane_number)
{
    pthread_mutex_lock(&link->registry->lock);
    const bool joined = !atomic_load(&link->is_over) &&
                        atomic_load(&link->counters.lanes) < LINK_LANES_MAX &&
                        number_window_use(&link->lanes_used, lane_number);
    if (joined)
        atomic_fetch_add(&link->counters.lanes, 1);
    pthread_mutex_unlock(&link->registry->lock);
    return joined;
}
