/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/index.h"

#include "codec/json.h"
#include "codec/text.h"

#include <stdlib.h>
#include <string.h>

enum { INDEX_VERSION = 1, FIRST_CAPACITY = 16 };

void entries_clear(struct entries *entries)
{
    free(entries->items);
    *entries = (struct entries){0};
}

void text_copy(char *out, size_t size, const char *text)
{
    const size_t length = strnlen(text, size - 1);
    memcpy(out, text, length);
    out[length] = 0;
}

struct entry *entries_find(const struct entries *entries, const char *name)
{
    for (size_t i = 0; i < entries->count; i++)
        if (strcmp(entries->items[i].name, name) == 0)
            return &entries->items[i];
    return NULL;
}

const struct entry *entries_named(const struct entries *entries, const char *name)
{
    return entries_find(entries, name);
}

static status make_room(struct entries *entries)
{
    if (entries->count < entries->capacity)
        return OK;
    const size_t capacity = entries->capacity ? 2 * entries->capacity : FIRST_CAPACITY;
    struct entry *const items = reallocarray(entries->items, capacity, sizeof *items);
    if (!items)
        return FAIL(EXHAUSTED, "no memory for the cache's index");
    entries->items = items;
    entries->capacity = capacity;
    return OK;
}

status entries_set(struct entries *entries, const struct entry *entry)
{
    struct entry *const known = entries_find(entries, entry->name);
    if (known) {
        *known = *entry;
        return OK;
    }
    if (entries->count == STORE_ENTRIES_MAX)
        return FAIL(EXHAUSTED, "the cache holds more objects than we keep");
    TRY(make_room(entries));
    size_t at = entries->count++;
    for (; at > 0 && strcmp(entries->items[at - 1].name, entry->name) > 0; at--)
        entries->items[at] = entries->items[at - 1];
    entries->items[at] = *entry;
    return OK;
}

/* ---- reading ---- */

static status read_text(const json_t *object, const char *key, char *out, size_t size)
{
    slice text;
    TRY(json_text(object, key, &text));
    if (text.size >= size)
        return FAIL(MALFORMED, "a text of the cache's index is too long");
    memcpy(out, text.data, text.size);
    out[text.size] = 0;
    return OK;
}

static status read_moment(const json_t *object, const char *key, int64_t *out_s)
{
    slice text;
    TRY(json_text(object, key, &text));
    return time_read(text, out_s);
}

static status read_trust(const json_t *object, enum root_trust *out)
{
    slice root;
    TRY(json_text(object, "root", &root));
    *out = slice_equal(root, slice_of_text("vendor"))    ? ROOT_PINNED
           : slice_equal(root, slice_of_text("trusted")) ? ROOT_BY_CALLER
                                                         : ROOT_UNTRUSTED;
    return OK;
}

static status read_entry(const char *name, const json_t *object, struct entries *out)
{
    struct entry entry = {0};
    slice digest;
    if (strlen(name) >= sizeof entry.name)
        return FAIL(MALFORMED, "a name in the cache's index is too long");
    text_copy(entry.name, sizeof entry.name, name);
    TRY(json_text(object, "sha256", &digest));
    TRY(hex_read_exactly(digest, entry.sha256, sizeof entry.sha256));
    TRY(read_text(object, "source", entry.source, sizeof entry.source));
    TRY(read_text(object, "tag", entry.tag, sizeof entry.tag));
    TRY(read_moment(object, "received_at", &entry.received_s));
    TRY(read_moment(object, "issued_at", &entry.issued_s));
    TRY(read_moment(object, "next_update", &entry.next_update_s));
    TRY(json_number(object, "edition", INT64_MAX, &entry.edition));
    TRY(read_trust(object, &entry.trust));
    return entries_set(out, &entry);
}

status entries_read(slice text, struct entries *out)
{
    SCOPED(json) json = {0};
    uint64_t version;
    json_t *objects;
    const char *name;
    json_t *object;
    TRY(json_read(text, &json));
    TRY(json_number(json.root, "version", INDEX_VERSION, &version));
    if (version != INDEX_VERSION)
        return FAIL(MALFORMED, "the cache's index is of another version");
    TRY(json_object_member(json.root, "objects", &objects));
    json_object_foreach(objects, name, object) TRY(read_entry(name, object, out));
    return OK;
}

/* ---- writing ---- */

static const char *word_of(enum root_trust trust)
{
    return trust == ROOT_PINNED ? "vendor" : trust == ROOT_BY_CALLER ? "trusted" : "none";
}

static json_t *json_of(const struct entry *entry)
{
    char sha256[2 * sizeof entry->sha256 + 1];
    char received[TIME_TEXT_SIZE], issued[TIME_TEXT_SIZE], next_update[TIME_TEXT_SIZE];
    hex_write(SLICE(entry->sha256), sha256);
    time_write(entry->received_s, received);
    time_write(entry->issued_s, issued);
    time_write(entry->next_update_s, next_update);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "sha256", sha256, "source",
                     entry->source, "tag", entry->tag, "received_at", received, "issued_at", issued,
                     "next_update", next_update, "edition", (json_int_t)entry->edition, "root",
                     word_of(entry->trust));
}

static json_t *json_of_all(const struct entries *entries)
{
    json_t *const objects = json_object();
    bool whole = objects != NULL;
    for (size_t i = 0; i < entries->count && whole; i++)
        whole =
            entries->items[i].trust == ROOT_UNTRUSTED ||
            json_object_set_new(objects, entries->items[i].name, json_of(&entries->items[i])) == 0;
    if (whole)
        return json_pack("{s:i, s:o}", "version", INDEX_VERSION, "objects", objects);
    json_decref(objects);
    return NULL;
}

status entries_write(const struct entries *entries, struct buffer *out)
{
    json_t *const index = json_of_all(entries);
    char *const text = index ? json_dumps(index, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(index);
    if (!text)
        return FAIL(EXHAUSTED, "no memory for the cache's index");
    const status written = buffer_append(out, slice_of_text(text));
    free(text);
    return written;
}
