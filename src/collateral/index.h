/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The index of a cache: what is known about each of its files, by name, and in JSON on disk. */

#include "collateral/store.h"

struct entries {
    struct entry *items; /* in the order of their names */
    size_t count, capacity;
};
void entries_clear(struct entries *entries);

struct entry *entries_find(const struct entries *entries, const char *name);
const struct entry *entries_named(const struct entries *entries, const char *name);
status entries_set(struct entries *entries,
                   const struct entry *entry); /* adds, or takes its place */

/* MALFORMED when it is no index of ours: whoever asked then looks at the files. */
status entries_read(slice text, struct entries *out);
status entries_write(const struct entries *entries, struct buffer *out);

/* Cut to fit, and always ended. */
void text_copy(char *out, size_t size, const char *text);
