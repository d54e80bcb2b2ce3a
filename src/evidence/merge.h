/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Composite evidence: the facts of one evidence that is part of another. What both have keeps its
 * name in one of them only; every check stays, whatever it is called.
 */

#include "evidence/facts.h"

struct renaming {
    const char *from; /* NULL ends a table */
    const char *to;
    const char *reason; /* of a check: what its failure means here; NULL: the same */
};

/* Adds the claims and checks of `part`, and lets no verdict outlive what it relies on. */
void facts_merge(struct facts *facts, const struct facts *part, const struct renaming *claims,
                 const struct renaming *checks);
