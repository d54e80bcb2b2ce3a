/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cache on disk: one folder, one file for each object, and a hidden index that says where each
 * came from and until when it holds. Every file is the old one or the new one, whatever happens in
 * between: a kill, a power cut, a full disk, another writer. The index is a convenience: what is
 * missing in it, or does not fit its file, is read again from the file.
 * docs/collateral.md describes the folder.
 */

#include "collateral/object.h"

enum { STORE_SOURCE_SIZE = 2048, STORE_TAG_SIZE = 128, STORE_ENTRIES_MAX = 4096 };

struct entry {
    char name[OBJECT_NAME_SIZE];
    char source[STORE_SOURCE_SIZE]; /* empty: imported, or the index was lost */
    char tag[STORE_TAG_SIZE];       /* the vendor's name for this state of it; empty: none */
    uint8_t sha256[32];
    int64_t received_s;
    int64_t issued_s;
    int64_t next_update_s;
    uint64_t edition;
    enum root_trust trust; /* UNTRUSTED: the file is nothing that verifies */
};

struct store;

/*
 * Opens the folder, which is made where `for_writing`. `trusted` lends its trust anchors, and must
 * outlive the store. UNAVAILABLE when there is none or it cannot be written.
 */
status store_open(const char *path, bool for_writing, const struct endorsements *trusted,
                  struct store **out);
void store_close(struct store *store);

size_t store_count(const struct store *store);
const struct entry *store_at(const struct store *store, size_t index);
const struct entry *store_named(const struct store *store, const char *name);
const struct entry *store_from(const struct store *store, const char *source);

/* Adds the object's certificates and what else it holds to `pool`. */
status store_load(const struct store *store, const char *name, struct endorsements *pool);

/* What putting it came to. */
enum put { PUT_NEW, PUT_SAME, PUT_OLDER /* than what is stored, which stays */ };

/* `source` and `tag` may be empty. On failure what was there before is there still. */
status store_put(struct store *store, const struct object *object, const char *source,
                 const char *tag, int64_t received_s, enum put *out);

/* The vendor says that it is unchanged. */
status store_confirm(struct store *store, const char *name, int64_t received_s);

status store_remove(struct store *store, const char *name);
