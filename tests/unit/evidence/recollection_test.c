/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/recollection.h"

#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 4, THREADS = 4, ROUNDS = 2000 };

struct thing {
    struct recollection recollection;
    uint8_t copy[NAME_SIZE]; /* of its bytes, so that a mistaken one is noticed */
};

static unsigned things;

static void thing_free(struct recollection *recollection)
{
    __atomic_fetch_sub(&things, 1, __ATOMIC_RELAXED);
    free(recollection);
}

static const struct memory_kind kind = RECOLLECTIONS;
static const struct memory_kind other_kind = RECOLLECTIONS;

static void name_of(unsigned number, uint8_t out[NAME_SIZE])
{
    memcpy(out, &number, NAME_SIZE);
}

static struct recollection *make(unsigned number)
{
    struct recollection *const made = recollection_new(sizeof(struct thing), thing_free);
    struct thing *const thing = (struct thing *)made;
    EXPECT(made != NULL);
    __atomic_fetch_add(&things, 1, __ATOMIC_RELAXED);
    name_of(number, thing->copy);
    EXPECT_OK(buffer_append(&made->bytes, SLICE(thing->copy)));
    return made;
}

static void keep(const struct endorsements *endorsements, unsigned number)
{
    struct recollection *const made = make(number);
    recollection_keep(endorsements, &kind, made);
    recollection_release(made);
}

static bool knows(const struct endorsements *endorsements, unsigned number)
{
    uint8_t name[NAME_SIZE];
    name_of(number, name);
    struct recollection *const found = recollection_find(endorsements, &kind, SLICE(name));
    const bool is_right = !found || memcmp(((struct thing *)found)->copy, name, NAME_SIZE) == 0;
    recollection_release(found);
    EXPECT(is_right);
    return found != NULL;
}

TEST(what_was_kept_is_found_by_the_very_same_bytes_and_kind_only)
{
    SCOPED(endorsements) endorsements = {0};
    uint8_t name[NAME_SIZE + 1] = {0};
    name_of(7, name);
    EXPECT(!knows(&endorsements, 7));
    keep(&endorsements, 7);
    EXPECT(knows(&endorsements, 7));
    EXPECT(!recollection_find(&endorsements, &other_kind, (slice){name, NAME_SIZE}));
    EXPECT(!recollection_find(&endorsements, &kind, (slice){name, NAME_SIZE - 1}));
    EXPECT(!recollection_find(&endorsements, &kind, (slice){name, NAME_SIZE + 1}));
    EXPECT(!recollection_find(&endorsements, &kind, (slice){0}));
    for (size_t bit = 0; bit < 8 * NAME_SIZE; bit++) {
        name[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EXPECT(!recollection_find(&endorsements, &kind, (slice){name, NAME_SIZE}));
        name[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(nothing_is_known_once_there_is_another_endorsement_or_anchor)
{
    SCOPED(endorsements) endorsements = {0};
    keep(&endorsements, 1);
    endorsements.count = 1;
    EXPECT(!knows(&endorsements, 1));
    keep(&endorsements, 1);
    endorsements.anchor_count = 1;
    EXPECT(!knows(&endorsements, 1));
    keep(&endorsements, 1);
    EXPECT(knows(&endorsements, 1));
    endorsements.count = endorsements.anchor_count = 0;
    EXPECT(!knows(&endorsements, 1));
    EXPECT(things == 0);
}

TEST(the_oldest_goes_when_all_places_are_taken_and_the_same_bytes_take_one)
{
    SCOPED(endorsements) endorsements = {0};
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < RECOLLECTIONS_MAX; i++)
            keep(&endorsements, i);
    EXPECT(things == RECOLLECTIONS_MAX);
    for (unsigned i = 0; i < RECOLLECTIONS_MAX; i++)
        EXPECT(knows(&endorsements, i));
    for (unsigned i = 0; i < 3 * RECOLLECTIONS_MAX; i++)
        keep(&endorsements, 5); /* whoever comes again pushes nobody out */
    EXPECT(knows(&endorsements, 0));
    keep(&endorsements, RECOLLECTIONS_MAX);
    EXPECT(!knows(&endorsements, 0) && knows(&endorsements, 1));
    EXPECT(knows(&endorsements, RECOLLECTIONS_MAX));
    EXPECT(things == RECOLLECTIONS_MAX);
}

TEST(what_is_in_use_outlives_its_place)
{
    struct recollection *held;
    uint8_t name[NAME_SIZE];
    name_of(3, name);
    {
        SCOPED(endorsements) endorsements = {0};
        keep(&endorsements, 3);
        held = recollection_find(&endorsements, &kind, SLICE(name));
        for (unsigned i = 4; i < 4 + RECOLLECTIONS_MAX; i++)
            keep(&endorsements, i);
        EXPECT(!knows(&endorsements, 3));
    }
    EXPECT(things == 1 && memcmp(((struct thing *)held)->copy, name, NAME_SIZE) == 0);
    recollection_release(held);
    recollection_release(NULL);
    EXPECT(things == 0);
}

static void *use(void *endorsements)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)knows(endorsements, i % (2 * RECOLLECTIONS_MAX));
        keep(endorsements, i * 7 % (2 * RECOLLECTIONS_MAX));
    }
    return NULL;
}

TEST(several_threads_keep_and_find_at_once)
{
    pthread_t threads[THREADS];
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, use, &endorsements) == 0);
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(things <= RECOLLECTIONS_MAX);
}
