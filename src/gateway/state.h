/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of a running gateway share. A shard is one thread with one loop, and everything on
 * it belongs to it alone; shards meet only in the registry of links and in counters, and tell each
 * other the rest by posts.
 */

#include "gateway/half_open.h"
#include "gateway/links.h"
#include "gateway/load.h"
#include "gateway/services.h"
#include "gateway/turns.h"

enum {
    SCRATCH_SIZE = 256 << 10,  /* one read from a socket */
    HELD_SIZE_MAX = 512 << 20, /* a shard's bytes for slow applications; links share them */
};

struct gateway;

/* The bytes of one stream between two events, so that they are written to its socket at once. */
struct delivery {
    struct relay *relay; /* NULL: empty */
    size_t size;
    uint8_t *data; /* SCRATCH_SIZE */
};

struct shard {
    struct gateway *gateway;
    struct loop *loop;
    size_t index;
    struct wire *wires;
    struct route *routes;       /* one for each link of the configuration */
    struct acceptor *acceptors; /* one for each listener */
    uint8_t *scratch;           /* SCRATCH_SIZE: valid within one call */
    uint8_t *wire_scratch;      /* the same, for what peers send */
    struct delivery delivery;
    struct front *fronts; /* applications that have not said yet where to */
    size_t front_count;
    size_t flow_count;
    size_t held_size;
    int spare_fd; /* given up to turn somebody away when descriptors ran out */
    int64_t shed_told_ms;
    atomic_size_t relay_count; /* applications' connections */
    atomic_size_t wire_count;  /* peers' connections */
    atomic_size_t lane_count;  /* those of them that carry streams */
    bool is_draining;
    bool is_ending;
    atomic_bool has_orders; /* `orders` is on its way */
    struct post orders;
    struct timer ending;
    int64_t ends_ms; /* at the latest: draining, then ending */
    pthread_t thread;
    bool has_thread;
    status outcome;
};

struct gateway {
    const struct config *config;
    struct tls_identity *identity;
    const char *attest;               /* platform name; NULL: no evidence to give */
    struct guard *guards;             /* one for each link, and the clients' */
    struct channel_context *contexts; /* one for each link, and the clients' of each kind */
    struct turns collector;           /* one thread: one collection at a time */
    struct worker *resolver;
    struct registry registry;
    struct half_open half_open;
    struct shard *shards;
    size_t shard_count;
    struct uplink *uplinks;   /* one for each link of the configuration */
    struct service *services; /* one for each egress of the configuration */
    struct listener *listeners;
    size_t listener_count;
    struct admin *admin;
    struct signals *signals;
    struct moment started;
    size_t held_size_max; /* HELD_SIZE_MAX, but in tests */
    atomic_uint stops_asked;
    atomic_uint_fast64_t denied_count; /* peers that either side refused */
    atomic_uint_fast64_t shed_count;   /* connections that a limit refused */
};

/* The context with which clients' connections are judged. */
static inline const struct channel_context *clients_context(const struct gateway *gateway,
                                                            enum channel_kind kind)
{
    return &gateway->contexts[gateway->config->link_count + kind];
}

static inline const struct config_guard *guard_config(const struct config *config, size_t index)
{
    return index < config->link_count ? &config->links[index].verify : &config->clients;
}
