/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a platform remembers about endorsements (chains found good, documents read), so that the
 * next verification under them is cheaper. It is no part of their meaning, so constant endorsements
 * have it too. What is in a memory guards itself: several threads may verify at once.
 */

#include "evidence/endorsements.h"

/* One per platform, a constant; its address is its name. */
struct memory_kind {
    void *(*make)(void); /* NULL when there is no space */
    void (*free)(void *remembered);
};

/* What these endorsements hold for `kind`, made when first asked for; NULL without space. */
void *endorsements_memory(const struct endorsements *endorsements, const struct memory_kind *kind);

/* For endorsements_clear(). */
void memories_free(struct memory *memories);
