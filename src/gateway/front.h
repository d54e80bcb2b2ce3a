/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An application that says where it wants to go, in a proxy's protocol, before its own first byte.
 * Its bytes are looked at where they lie and taken only when they were understood, so that what
 * follows is left in the socket for the stream. It has a bounded time, and so many there are.
 */

#include "gateway/application.h"
#include "gateway/listener.h"
#include "proxy/socks.h"

enum {
    FRONT_PATIENCE_MS = 10000,
    FRONTS_MAX = 4096, /* of a shard */
};

struct front;

struct front_protocol {
    size_t says_max;                    /* bytes of its longest message */
    void (*begin)(struct front *front); /* NULL: nothing to do */
    /*
     * Takes whole messages from `in` and answers to `out`; `out_application` has its destination
     * when all was said. A failure ends the connection, after `out` was sent.
     */
    status (*take)(struct front *front, slice *in, struct writer *out,
                   struct application *out_application);
};

struct front {
    struct shard *shard;
    const struct listener *listener;
    const struct front_protocol *protocol;
    struct front *previous, *next;
    struct watch watch;
    struct timer patience;
    struct address peer;
    union {
        struct socks socks;
    };
};

/* Owns `fd`. */
void front_begin(struct shard *shard, const struct listener *listener,
                 const struct front_protocol *protocol, int fd, const struct address *peer);

/* At the end of the shard. */
void fronts_end(struct shard *shard);
