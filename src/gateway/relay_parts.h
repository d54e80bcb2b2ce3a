/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What relay.c and serve.c share of a relay; nobody else's. */

#include "gateway/relay.h"

struct relay {
    struct carrier *carrier;
    struct relay *previous, *next;
    struct relay *previous_turn, *next_turn;
    struct stream *stream;         /* NULL: it is over */
    struct dial *dial;             /* not connected yet */
    struct service *service;       /* whose backend it is of; NULL: of none */
    uint32_t tried;                /* its backends that were tried, by their bits */
    int backend;                   /* the one that it is of; -1: none yet */
    struct buffer preface;         /* what its service hears before the stream */
    const struct answers *answers; /* owed to the application until it is told; else NULL */
    struct watch watch;
    struct task pump;
    struct held held;
    bool is_readable; /* the socket may have something: its end, perhaps */
    bool is_hung_up;  /* its end is in the socket: a short read is not the last */
    bool has_ended;   /* the application sends no more, and the peer knows */
    bool peer_ended;  /* the peer sends no more */
    bool waits_turn;
};

/* One more of the carrier's, without a socket or a stream. */
status relay_new(struct carrier *carrier, struct relay **out);
/* From now on the socket's events are the relay's. */
status relay_watch(struct relay *relay, int fd);

/* The stream is over, or somebody else's business: the application sees a reset. */
void relay_drop(struct relay *relay);
/* Ends both. */
void relay_abort(struct relay *relay, enum stream_reset reason);

/* Writes what is held. False when that was the end of the relay. */
bool relay_write_held(struct relay *relay);
/* The lane is flushed at the end of this round. */
void relay_push_later(struct relay *relay);
