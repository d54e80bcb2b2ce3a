/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A folder whose plain files are each replaced whole or not at all. */

#include "base/bytes.h"

enum { FOLDER_FILES_MAX = 4096 };

struct cache_folder {
    int file;
    int lock; /* of a writer */
    bool is_open, can_write;
};
void cache_folder_clear(struct cache_folder *folder);

/* Where `for_writing`, makes the folder and those above it. */
status folder_open(const char *path, bool for_writing, struct cache_folder *out);

/* Two writers take turns; what a killed one left half written is cleared away. */
status folder_lock(struct cache_folder *folder);
void folder_unlock(struct cache_folder *folder);

status folder_read(const struct cache_folder *folder, const char *name, size_t most,
                   struct buffer *out, int64_t *out_changed_s);

/* Held: the lock. The old file or the new one; UNAVAILABLE, and the old one, on a full disk. */
status folder_replace(const struct cache_folder *folder, const char *name, slice bytes);
status folder_remove(const struct cache_folder *folder, const char *name);

/* Calls for each visible file, until one fails. EXHAUSTED past the limit. */
status folder_each(const struct cache_folder *folder,
                   status (*next)(void *context, const char *name), void *context);
