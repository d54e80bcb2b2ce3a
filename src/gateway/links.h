/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The links that are up: one control session each, whose verdict all its lanes inherit. Shards find
 * a link by its id when a lane joins, and are told when it is over. Everything here may be called
 * from every thread.
 */

#include "gateway/config.h"
#include "net/loop.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LINKS_MAX = 4096,
    LINKS_PER_SOURCE_MAX = 256, /* of clients at one address (IPv6: of one /64) */
    LINK_LANES_MAX = 256,       /* at a time */
    LANE_NUMBERS_KEPT = 256,
    MEASUREMENT_TEXT_SIZE = 2 * 64 + 1,
    REASONS_TEXT_SIZE = 320,
};

/* Numbers that were used; those too far below the highest count as used. */
struct number_window {
    uint32_t highest;
    uint64_t used[LANE_NUMBERS_KEPT / 64];
};
/* False when the number was used, is too old, or is zero. */
bool number_window_use(struct number_window *window, uint32_t number);

/* What people are told about a link; guarded by the registry's lock. */
struct link_view {
    char name[CONFIG_NAME_SIZE_MAX]; /* of a link of ours; empty for a client's */
    char peer[ADDRESS_TEXT_SIZE];
    char channel[16];  /* its kind */
    char platform[32]; /* "none" when the peer was not appraised */
    char measurement[MEASUREMENT_TEXT_SIZE];
    char verdict[16];
    uint32_t round;
    int64_t since_s;
    int64_t next_round_s; /* Unix time; 0: never */
};

struct link_counters {
    atomic_uint_fast64_t lanes;         /* now */
    atomic_uint_fast64_t streams;       /* now */
    atomic_uint_fast64_t streams_begun; /* ever */
    atomic_uint_fast64_t streams_reset; /* ever */
    atomic_uint_fast64_t bytes_in;      /* from the peer's applications */
    atomic_uint_fast64_t bytes_out;     /* to them */
    atomic_uint_fast64_t datagrams_dropped;
    atomic_size_t held_size; /* now, for slow applications */
};

struct registry;
struct link;
struct shard;

/* What a shard is told about a link; holds a reference to it. Comes with the link, so that telling
 * cannot fail. */
struct link_news {
    struct post post;
    struct link *link;
    struct shard *shard;
};

struct link {
    struct registry *registry;
    struct link *previous, *next;
    atomic_uint references;
    atomic_bool is_over;
    struct link_keys keys;
    struct uplink *uplink;  /* NULL: a client's link */
    struct address address; /* the peer's: lanes go to the same machine */
    struct number_window lanes_used;
    atomic_uint lane_numbers_given;
    struct link_counters counters;
    struct link_view view;
    struct link_news *begun, *ended; /* one for each shard */
};

struct registry {
    pthread_mutex_t lock;
    struct link *first;
    size_t count;
};

void registry_begin(struct registry *registry);
void registry_end(struct registry *registry);

/* Takes the keys when it succeeds. The caller owns one reference. */
status link_new(struct registry *registry, struct link_keys *keys, size_t shard_count,
                struct link **out);
/* From now on lanes find it, and everything but counters and view stays as it is. EXHAUSTED past
 * LINKS_MAX, and for a client's link past LINKS_PER_SOURCE_MAX. */
status link_begin(struct link *link);
struct link *link_hold(struct link *link);
void link_drop(struct link *link);

/* A reference to the live link of this id; NULL when there is none. */
struct link *registry_find(struct registry *registry, const uint8_t id[LINK_ID_SIZE]);

/* Takes it out of the registry: no lane finds it any more. False when that was done before. */
bool link_end(struct link *link);

/* True when the number was free and the link lives: the lane has joined. */
bool link_join(struct link *link, uint32_t lane_number);
