/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/extension.h"

#include "crypto/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct extension {
    const struct endorsements *base; /* NULL: nothing to remember it */
    struct digest files;             /* what it was made of; empty: nothing to look up by */
    struct endorsements all;
    atomic_uint references;
    bool adds_nothing;
};

struct extension_memory {
    pthread_mutex_t lock;
    struct extension *extensions[EXTENSIONS_REMEMBERED_MAX];
    size_t next; /* the place to use next; what lies there is the oldest */
};

static void drop(struct extension *extension)
{
    if (!extension || atomic_fetch_sub(&extension->references, 1) != 1)
        return;
    endorsements_clear(&extension->all);
    free(extension);
}

void extension_memory_free(struct extension_memory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < EXTENSIONS_REMEMBERED_MAX; i++)
        drop(memory->extensions[i]);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* The base's memory, made by whoever needs it first. What is remembered is no part of the base's
 * meaning, so this writes to constant endorsements. */
static struct extension_memory *memory_of(const struct endorsements *base)
{
    struct extension_memory **const place = (struct extension_memory **)&base->extensions;
    struct extension_memory *memory = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (memory)
        return memory;
    struct extension_memory *const fresh = calloc(1, sizeof *fresh);
    if (!fresh || pthread_mutex_init(&fresh->lock, NULL) != 0) {
        free(fresh);
        return NULL;
    }
    if (__atomic_compare_exchange_n(place, &memory, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return fresh;
    extension_memory_free(fresh); /* another thread was first */
    return memory;
}

/* ---- what an extension is known by ---- */

/* SHA-256 over each file's own, so that no two lists of files spell the same bytes. */
static status digest_files(const slice *files, size_t file_count, struct digest *out)
{
    SCOPED(buffer) digests = {0};
    for (size_t i = 0; i < file_count; i++) {
        struct digest digest;
        TRY(digest_of(HASH_SHA256, files[i], &digest));
        TRY(buffer_append(&digests, (slice){digest.data, digest.size}));
    }
    return digest_of(HASH_SHA256, buffer_view(&digests), out);
}

static bool is_of(const struct extension *extension, const struct digest *files)
{
    const struct endorsements *const base = extension->base;
    return extension->all.lent_count == base->count &&
           extension->all.anchor_count == base->anchor_count &&
           slice_equal((slice){extension->files.data, extension->files.size},
                       (slice){files->data, files->size});
}

static struct extension *recall(const struct endorsements *base, const struct digest *files)
{
    struct extension *found = NULL;
    struct extension_memory *const memory = memory_of(base);
    if (!memory)
        return NULL;
    pthread_mutex_lock(&memory->lock);
    for (size_t i = 0; i < EXTENSIONS_REMEMBERED_MAX && memory->extensions[i] && !found; i++)
        if (is_of(memory->extensions[i], files)) {
            found = memory->extensions[i];
            atomic_fetch_add(&found->references, 1);
        }
    pthread_mutex_unlock(&memory->lock);
    return found;
}

void extension_remember(struct extension *extension)
{
    if (!extension->base || extension->adds_nothing)
        return;
    struct extension *const known = recall(extension->base, &extension->files);
    drop(known);
    struct extension_memory *const memory = memory_of(extension->base);
    if (known || !memory)
        return;
    pthread_mutex_lock(&memory->lock);
    drop(memory->extensions[memory->next]);
    memory->extensions[memory->next] = extension;
    atomic_fetch_add(&extension->references, 1);
    memory->next = (memory->next + 1) % EXTENSIONS_REMEMBERED_MAX;
    pthread_mutex_unlock(&memory->lock);
}

/* ---- making one ---- */

static status make(const struct endorsements *base, const slice *files, size_t file_count,
                   struct extension **out)
{
    static const struct endorsements none;
    struct extension *const made = calloc(1, sizeof *made);
    if (!made)
        return FAIL(EXHAUSTED, "no memory for endorsements that came with evidence");
    atomic_init(&made->references, 1);
    made->base = base;
    endorsements_extend(base ? base : &none, &made->all);
    for (size_t i = 0; i < file_count; i++) {
        const status added = endorsements_add(&made->all, files[i]);
        (void)added.fault;
    }
    made->adds_nothing = made->all.count == made->all.lent_count;
    *out = made;
    return OK;
}

status extension_acquire(const struct endorsements *base, const slice *files, size_t file_count,
                         struct extension **out)
{
    struct digest digest = {0};
    if (base && file_count) {
        TRY(digest_files(files, file_count, &digest));
        struct extension *const known = recall(base, &digest);
        if (known) {
            *out = known;
            return OK;
        }
    }
    TRY(make(base, files, file_count, out));
    (*out)->files = digest;
    return OK;
}

const struct endorsements *extension_endorsements(const struct extension *extension)
{
    return extension->base && extension->adds_nothing ? extension->base : &extension->all;
}

void extension_release(struct extension *extension)
{
    drop(extension);
}
