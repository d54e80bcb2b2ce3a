/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/memory.h"

#include <stdlib.h>

/* A list that only grows, at its head. */
struct memory {
    const struct memory_kind *kind;
    void *remembered;
    struct memory *next;
};

static void memory_free(struct memory *memory)
{
    memory->kind->free(memory->remembered);
    free(memory);
}

void memories_free(struct memory *memories)
{
    while (memories) {
        struct memory *const memory = memories;
        memories = memory->next;
        memory_free(memory);
    }
}

static void *find(const struct memory *memories, const struct memory_kind *kind)
{
    while (memories && memories->kind != kind)
        memories = memories->next;
    return memories ? memories->remembered : NULL;
}

static struct memory *make(const struct memory_kind *kind)
{
    struct memory *const memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->kind = kind;
    memory->remembered = kind->make();
    if (memory->remembered)
        return memory;
    free(memory);
    return NULL;
}

void *endorsements_memory(const struct endorsements *endorsements, const struct memory_kind *kind)
{
    struct memory **const head = (struct memory **)&endorsements->memories;
    struct memory *first = __atomic_load_n(head, __ATOMIC_ACQUIRE);
    void *found = find(first, kind);
    if (found)
        return found;
    struct memory *const fresh = make(kind);
    if (!fresh)
        return NULL;
    do {
        found = find(first, kind);
        if (found) {
            memory_free(fresh); /* another thread was first */
            return found;
        }
        fresh->next = first;
    } while (!__atomic_compare_exchange_n(head, &first, fresh, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    return fresh->remembered;
}
