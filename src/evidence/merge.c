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

static void rely_until(struct facts *facts, int64_t end_s)
{
    if (end_s && (facts->valid_until_s == 0 || end_s < facts->valid_until_s))
        facts->valid_until_s = end_s;
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
    rely_until(facts, part->valid_until_s);
}
