/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was found out about certificates that come with evidence again and again, and holds whenever
 * it is looked at: they were read, who issued whom, who is trusted. It is found by the very same
 * bytes and under the same endorsements only. Dates are judged anew each time, and so is who is on
 * a list. Keep only what leads to a trusted root, and by bytes of which who is certified has not
 * many: then nobody can push others out.
 */

#include "evidence/memory.h"

enum { RECOLLECTIONS_MAX = 64 };

/* The first member of what a platform remembers, which does not change once kept. */
struct recollection {
    struct buffer bytes; /* what it is found by */
    void (*free)(struct recollection *recollection);
    unsigned references;
};

/* `size` is of the whole, which is zero but for this part. NULL without space. */
struct recollection *recollection_new(size_t size, void (*free)(struct recollection *));
void recollection_release(struct recollection *recollection); /* may be NULL */

/* A memory_kind of these. */
#define RECOLLECTIONS                                                                              \
    {                                                                                              \
        recollections_make, recollections_free                                                     \
    }
void *recollections_make(void);
void recollections_free(void *recollections);

/* To be released; NULL when nothing is known of these bytes under these endorsements. */
struct recollection *recollection_find(const struct endorsements *endorsements,
                                       const struct memory_kind *kind, slice bytes);

/* Instead of one of the same bytes, or else of the oldest. Without space it is not kept. */
void recollection_keep(const struct endorsements *endorsements, const struct memory_kind *kind,
                       struct recollection *recollection);
