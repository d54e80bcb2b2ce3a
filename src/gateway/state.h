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
#include "net/worker.h"

enum {
    SCRATCH_SIZE = 256 << 10,      /* one read from a socket */
    HELD_SIZE_MAX = 512 << 20,     /* a shard's bytes for slow applications, all together */
    CLOSING_MS = 1000,             /* for the last words to arrive */
    BACKOFF_FIRST_MS = 1000,       /* then twice as long each time */
    BACKOFF_MOST_MS = 30000,
    DIAL_MS = 10000,               /* to connect, all addresses together */
    SOCKET_PATIENCE_MS = 60000,    /* sent bytes that nobody acknowledges */
};

struct gateway;

/* The bytes of one stream between two events, so that they are written to its socket at once. */
struct delivery {
    struct relay *relay; /* NULL: empty */
    size_t size;
    uint8_t data[SCRATCH_SIZE];
};

struct shard {
    struct gateway *gateway;
    struct loop *loop;
    size_t index;
    pthread_t thread;
    struct wire *wires;
    struct route *routes; /* one for each link of the configuration */
    uint8_t *scratch;
    struct delivery *delivery;
    size_t held_size;
    atomic_size_t relay_count; /* applications' connections */
    bool is_ending;
    struct post orders; /* what gateway.c wants of it */
    struct timer ending;
};

struct gateway {
    const struct config *config;
    struct tls_identity *identity;
    const char *attest;           /* platform name; NULL: no evidence to give */
    struct guard *guards;         /* one for each link, and the clients' */
    struct channel_context *contexts;
    struct worker *collector;     /* one thread: one collection at a time */
    struct worker *resolver;
    struct registry registry;
    struct half_open half_open;
    struct shard *shards;
    size_t shard_count;
    struct uplink *uplinks; /* one for each link of the configuration */
    struct moment started;
    atomic_bool is_draining;
    atomic_uint_fast64_t denied_count; /* peers that either side refused */
    atomic_uint_fast64_t shed_count;   /* connections that a limit refused */
};

/* The context with which clients' connections are judged. */
static inline const struct channel_context *clients_context(const struct gateway *gateway)
{
    return &gateway->contexts[gateway->config->link_count];
}
