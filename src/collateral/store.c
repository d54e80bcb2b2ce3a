/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/store.h"

#include "codec/json.h"
#include "collateral/folder.h"
#include "collateral/index.h"
#include "collateral/others.h"
#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

#define INDEX_NAME ".index.json"

struct store {
    struct cache_folder folder;
    const struct endorsements *trusted;
    struct entries entries;
};

static status digest_file(slice bytes, uint8_t out[32])
{
    struct digest digest;
    TRY(digest_of(HASH_SHA256, bytes, &digest));
    memcpy(out, digest.data, digest.size);
    return OK;
}

/* ---- what the files say by themselves ---- */

/* A list that does not say when the next one comes is good for a day after it came. */
static void describe(const struct object *object, struct entry *entry)
{
    memcpy(entry->name, object->name, sizeof entry->name);
    entry->issued_s = object->issued_s;
    entry->next_update_s = object->next_update_s ? object->next_update_s
                                                 : entry->received_s + ANDROID_REVOCATION_FRESH_S;
    entry->edition = object->edition;
    entry->trust = object->trust;
}

/* Leaves the entry untrusted when the file is not the object that its name says. */
static status recognise(const struct store *store, slice bytes, struct entry *entry)
{
    SCOPED(objects) objects = {0};
    struct endorsements *const pool = calloc(1, sizeof *pool);
    if (!pool)
        return FAIL(EXHAUSTED, "no memory for collateral");
    endorsements_extend(store->trusted, pool);
    status done = OK;
    if (!endorsements_add(pool, bytes).fault)
        done = objects_read(pool, &objects);
    const struct object *const found = objects_named(&objects, entry->name);
    if (!done.fault && found)
        describe(found, entry);
    endorsements_clear(pool);
    free(pool);
    return done;
}

/* An entry of the index that fits the file is taken as it is. */
static status examine(struct store *store, const struct entries *indexed, const char *name)
{
    SCOPED(buffer) bytes = {0};
    struct entry entry = {0};
    int64_t changed_s;
    const struct entry *const known = entries_named(indexed, name);
    if (folder_read(&store->folder, name, ENDORSEMENT_SIZE_MAX, &bytes, &changed_s).fault)
        return OK; /* gone meanwhile, or no plain file */
    TRY(digest_file(buffer_view(&bytes), entry.sha256));
    if (known && memcmp(known->sha256, entry.sha256, sizeof entry.sha256) == 0)
        return entries_set(&store->entries, known);
    if (strlen(name) >= sizeof entry.name)
        return OK;
    text_copy(entry.name, sizeof entry.name, name);
    entry.received_s = changed_s;
    TRY(recognise(store, buffer_view(&bytes), &entry));
    return entries_set(&store->entries, &entry);
}

struct examination {
    struct store *store;
    const struct entries *indexed;
};

static status examine_next(void *context, const char *name)
{
    const struct examination *const examination = context;
    return examine(examination->store, examination->indexed, name);
}

static void read_index(const struct store *store, struct entries *out)
{
    SCOPED(buffer) text = {0};
    int64_t changed_s;
    if (folder_read(&store->folder, INDEX_NAME, JSON_SIZE_MAX, &text, &changed_s).fault)
        return;
    if (entries_read(buffer_view(&text), out).fault)
        entries_clear(out); /* it is made again from the files */
}

static status refresh(struct store *store)
{
    SCOPED(entries) indexed = {0};
    struct examination examination = {store, &indexed};
    entries_clear(&store->entries);
    read_index(store, &indexed);
    return folder_each(&store->folder, examine_next, &examination);
}

static status write_index(struct store *store)
{
    SCOPED(buffer) text = {0};
    TRY(entries_write(&store->entries, &text));
    return folder_replace(&store->folder, INDEX_NAME, buffer_view(&text));
}

/* ---- the store ---- */

status store_open(const char *path, bool for_writing, const struct endorsements *trusted,
                  struct store **out)
{
    struct store *const store = calloc(1, sizeof *store);
    if (!store)
        return FAIL(EXHAUSTED, "no memory for collateral");
    store->trusted = trusted;
    status opened = folder_open(path, for_writing, &store->folder);
    if (!opened.fault)
        opened = refresh(store);
    if (opened.fault)
        store_close(store);
    else
        *out = store;
    return opened;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    cache_folder_clear(&store->folder);
    entries_clear(&store->entries);
    free(store);
}

size_t store_count(const struct store *store)
{
    return store->entries.count;
}

const struct entry *store_at(const struct store *store, size_t index)
{
    return &store->entries.items[index];
}

const struct entry *store_named(const struct store *store, const char *name)
{
    return entries_named(&store->entries, name);
}

const struct entry *store_from(const struct store *store, const char *source)
{
    for (size_t i = 0; i < store->entries.count && *source; i++)
        if (strcmp(store->entries.items[i].source, source) == 0)
            return &store->entries.items[i];
    return NULL;
}

status store_load(const struct store *store, const char *name, struct endorsements *pool)
{
    SCOPED(buffer) bytes = {0};
    int64_t changed_s;
    TRY(folder_read(&store->folder, name, ENDORSEMENT_SIZE_MAX, &bytes, &changed_s));
    return endorsements_add(pool, buffer_view(&bytes));
}

static struct object as_object(const struct entry *entry)
{
    return (struct object){.trust = entry->trust,
                           .issued_s = entry->issued_s,
                           .next_update_s = entry->next_update_s,
                           .edition = entry->edition};
}

static status fill_entry(const struct object *object, const char *source, const char *tag,
                         int64_t received_s, struct entry *entry)
{
    entry->received_s = received_s;
    describe(object, entry);
    text_copy(entry->source, sizeof entry->source, source);
    text_copy(entry->tag, sizeof entry->tag, tag);
    return digest_file(buffer_view(&object->bytes), entry->sha256);
}

/* Held: the lock. The object first: an index that is behind is put right from the files, an object
 * that is behind its index would be taken for damaged. */
static status put(struct store *store, const struct object *object, const struct entry *entry,
                  enum put *out)
{
    const struct entry *const stored = store_named(store, entry->name);
    const struct object before = stored ? as_object(stored) : (struct object){0};
    const bool is_same = stored && memcmp(stored->sha256, entry->sha256, sizeof entry->sha256) == 0;
    if (stored && !object_supersedes(object, &before)) {
        *out = PUT_OLDER;
        return OK;
    }
    if (!is_same)
        TRY(folder_replace(&store->folder, object->name, buffer_view(&object->bytes)));
    TRY(entries_set(&store->entries, entry));
    TRY(write_index(store));
    *out = is_same ? PUT_SAME : PUT_NEW;
    return OK;
}

status store_put(struct store *store, const struct object *object, const char *source,
                 const char *tag, int64_t received_s, enum put *out)
{
    struct entry entry = {0};
    TRY(fill_entry(object, source, tag, received_s, &entry));
    TRY(folder_lock(&store->folder));
    status done = refresh(store); /* others may have written meanwhile */
    if (!done.fault)
        done = put(store, object, &entry, out);
    folder_unlock(&store->folder);
    return done;
}

status store_confirm(struct store *store, const char *name, int64_t received_s)
{
    TRY(folder_lock(&store->folder));
    status done = refresh(store);
    struct entry *const entry = done.fault ? NULL : entries_find(&store->entries, name);
    if (entry) {
        entry->received_s = received_s;
        if (strcmp(name, ANDROID_REVOCATION_NAME) == 0)
            entry->next_update_s = received_s + ANDROID_REVOCATION_FRESH_S;
        done = write_index(store);
    }
    folder_unlock(&store->folder);
    return done;
}

status store_remove(struct store *store, const char *name)
{
    TRY(folder_lock(&store->folder));
    status done = folder_remove(&store->folder, name);
    if (!done.fault)
        done = refresh(store);
    if (!done.fault)
        done = write_index(store);
    folder_unlock(&store->folder);
    return done;
}
