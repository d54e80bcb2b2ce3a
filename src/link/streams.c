/* SPDX-License-Identifier: Apache-2.0 */
#include "link/streams.h"

#include <stdlib.h>

enum { FIRST_BUCKETS = 16 };

/* Fibonacci hashing: neighbours in number are not neighbours in place. */
static size_t place(uint32_t id, size_t bucket_count)
{
    return (size_t)((uint64_t)(id * UINT32_C(2654435769)) * bucket_count >> 32);
}

void stream_table_clear(struct stream_table *table)
{
    for (size_t i = 0; i < table->bucket_count; i++)
        for (struct stream *stream = table->buckets[i], *next; stream; stream = next) {
            next = stream->next;
            free(stream);
        }
    free(table->buckets);
    *table = (struct stream_table){0};
}

struct stream *stream_table_find(const struct stream_table *table, uint32_t id)
{
    if (!table->bucket_count)
        return NULL;
    struct stream *stream = table->buckets[place(id, table->bucket_count)];
    while (stream && stream->id != id)
        stream = stream->next;
    return stream;
}

static void insert(struct stream **buckets, size_t bucket_count, struct stream *stream)
{
    struct stream **const bucket = &buckets[place(stream->id, bucket_count)];
    stream->next = *bucket;
    *bucket = stream;
}

static status grow(struct stream_table *table)
{
    const size_t bucket_count = table->bucket_count ? table->bucket_count * 2 : FIRST_BUCKETS;
    struct stream **const buckets = calloc(bucket_count, sizeof *buckets);
    if (!buckets)
        return FAIL(EXHAUSTED, "no memory for the stream table");
    for (size_t i = 0; i < table->bucket_count; i++)
        for (struct stream *stream = table->buckets[i], *next; stream; stream = next) {
            next = stream->next;
            insert(buckets, bucket_count, stream);
        }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = bucket_count;
    return OK;
}

status stream_table_add(struct stream_table *table, uint32_t id, struct stream **out)
{
    if (table->count >= table->bucket_count)
        TRY(grow(table));
    struct stream *const stream = calloc(1, sizeof *stream);
    if (!stream)
        return FAIL(EXHAUSTED, "no memory for a stream");
    stream->id = id;
    insert(table->buckets, table->bucket_count, stream);
    table->count++;
    *out = stream;
    return OK;
}

void stream_table_remove(struct stream_table *table, struct stream *stream)
{
    struct stream **at = &table->buckets[place(stream->id, table->bucket_count)];
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    table->count--;
}
