/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/merge.h"

#include <string.h>

static struct renaming renamed(const struct renaming *table, const char *name)
{
    for (; table->from; table++)
        if (strcmp(table->from, name) == 0)
            return *table;
    return (struct renaming){.from = name, .to = name};
}

void facts_merge(struct facts *facts, const struct facts *part, const struct renaming *claims,
                 const struct renaming *checks)
{
    for (size_t i = 0; i < part->claims.count; i++) {
        const struct claim *const claim = &part->claims.entries[i];
        claim_copy(&facts->claims, renamed(claims, claim->name).to, &part->claims, claim);
    }
    for (size_t i = 0; i < part->check_count; i++) {
        const struct renaming name = renamed(checks, part->checks[i].name);
        check_copy(facts, name.to, name.reason, &part->checks[i]);
    }
    facts->overflowed |= part->overflowed;
    facts->claims.overflowed |= part->claims.overflowed;
    if (part->valid_until_s)
        facts_rely_until(facts, part->valid_until_s);
}
