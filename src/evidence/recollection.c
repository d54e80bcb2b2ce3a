/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/recollection.h"

#include <pthread.h>
#include <stdlib.h>

struct recollections {
    pthread_mutex_t lock;
    size_t endorsement_count; /* what the endorsements were when the rest was kept */
    size_t anchor_count;
    struct recollection *kept[RECOLLECTIONS_MAX];
    size_t next; /* the place to use next; what lies there is the oldest */
};

struct recollection *recollection_new(size_t size, void (*free)(struct recollection *))
{
    struct recollection *const fresh = calloc(1, size);
    if (!fresh)
        return NULL;
    fresh->free = free;
    fresh->references = 1;
    return fresh;
}

void recollection_release(struct recollection *recollection)
{
    if (!recollection || __atomic_sub_fetch(&recollection->references, 1, __ATOMIC_ACQ_REL))
        return;
    buffer_clear(&recollection->bytes);
    recollection->free(recollection);
}

static struct recollection *borrow(struct recollection *recollection)
{
    __atomic_fetch_add(&recollection->references, 1, __ATOMIC_RELAXED);
    return recollection;
}

static void forget(struct recollections *recollections)
{
    for (size_t i = 0; i < RECOLLECTIONS_MAX; i++) {
        recollection_release(recollections->kept[i]);
        recollections->kept[i] = NULL;
    }
    recollections->next = 0;
}

void *recollections_make(void)
{
    struct recollections *const recollections = calloc(1, sizeof *recollections);
    if (!recollections || pthread_mutex_init(&recollections->lock, NULL) == 0)
        return recollections;
    free(recollections);
    return NULL;
}

void recollections_free(void *remembered)
{
    struct recollections *const recollections = remembered;
    forget(recollections);
    pthread_mutex_destroy(&recollections->lock);
    free(recollections);
}

/* Held: the lock. Another issuer, list or anchor may change whatever was found. */
static void forget_if_changed(struct recollections *recollections,
                              const struct endorsements *endorsements)
{
    if (recollections->endorsement_count == endorsements->count &&
        recollections->anchor_count == endorsements->anchor_count)
        return;
    forget(recollections);
    recollections->endorsement_count = endorsements->count;
    recollections->anchor_count = endorsements->anchor_count;
}

/* Held: the lock. Where it is, or past the last. */
static size_t place_of(const struct recollections *recollections, slice bytes)
{
    size_t i = 0;
    while (i < RECOLLECTIONS_MAX &&
           !(recollections->kept[i] &&
             slice_equal(buffer_view(&recollections->kept[i]->bytes), bytes)))
        i++;
    return i;
}

struct recollection *recollection_find(const struct endorsements *endorsements,
                                       const struct memory_kind *kind, slice bytes)
{
    struct recollections *const recollections = endorsements_memory(endorsements, kind);
    if (!recollections)
        return NULL;
    pthread_mutex_lock(&recollections->lock);
    forget_if_changed(recollections, endorsements);
    const size_t place = place_of(recollections, bytes);
    struct recollection *const found =
        place < RECOLLECTIONS_MAX ? borrow(recollections->kept[place]) : NULL;
    pthread_mutex_unlock(&recollections->lock);
    return found;
}

void recollection_keep(const struct endorsements *endorsements, const struct memory_kind *kind,
                       struct recollection *recollection)
{
    struct recollections *const recollections = endorsements_memory(endorsements, kind);
    if (!recollections)
        return;
    pthread_mutex_lock(&recollections->lock);
    forget_if_changed(recollections, endorsements);
    size_t place = place_of(recollections, buffer_view(&recollection->bytes));
    if (place == RECOLLECTIONS_MAX) {
        place = recollections->next;
        recollections->next = (recollections->next + 1) % RECOLLECTIONS_MAX;
    }
    struct recollection *const before = recollections->kept[place];
    recollections->kept[place] = borrow(recollection); /* which may be what lies there */
    pthread_mutex_unlock(&recollections->lock);
    recollection_release(before);
}
