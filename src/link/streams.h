/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The streams of one lane by id: a hash table that grows with need and holds no buffers. */

#include "link/lane.h"

struct stream {
    struct lane *lane;
    void *owner;
    struct stream *next;       /* in its bucket */
    struct stream *next_reset; /* in the order in which we reset them */
    uint64_t forgotten_after;  /* the PING whose answer ends a reset; 0: not asked yet */
    uint32_t id;
    uint32_t credit;      /* bytes we may send */
    uint32_t window_left; /* bytes the peer may send */
    uint32_t consumed;    /* taken by the application, not yet given back */
    bool finish_sent;
    bool finish_received;
    bool is_datagrams;
    bool owes_answer;   /* we owe CONNECTED to the peer that opened it */
    bool awaits_answer; /* the peer owes it to us */
    bool was_reset;     /* by us: the owner has forgotten it */
};

struct stream_table {
    struct stream **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
};

/* Frees the streams too. */
void stream_table_clear(struct stream_table *table);
struct stream *stream_table_find(const struct stream_table *table, uint32_t id);
status stream_table_add(struct stream_table *table, uint32_t id, struct stream **out);
/* Takes it out without freeing it. */
void stream_table_remove(struct stream_table *table, struct stream *stream);
