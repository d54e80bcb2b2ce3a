/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A wire: a socket to a peer with the channel that runs over it, which is a link's control session
 * (gateway/session.h) or a lane (gateway/lanes.h). It moves bytes and keeps deadlines; what they
 * mean is decided there. A wire frees itself when it is over and its last words are sent.
 */

#include "gateway/collect.h"
#include "gateway/relay.h"
#include "link/control.h"

enum {
    CLOSING_MS = 1000,        /* for the last words to arrive */
    PEER_PATIENCE_MS = 60000, /* sent bytes that nobody acknowledges */
};

struct wire {
    struct shard *shard;
    struct wire *previous, *next;
    struct watch watch;
    struct timer timer;
    struct task more;        /* read on in the next round */
    struct carrier carrier;  /* .lane is NULL on a control session */
    struct control *control; /* NULL on a lane */
    enum role role;
    struct address peer;
    struct link *link;     /* a reference; NULL until it is known */
    struct uplink *uplink; /* our control session's; NULL on other wires */
    struct route *route;   /* our lane's; NULL on other wires */
    struct collecting *collecting;
    struct shard *moves_to; /* NULL: stays */
    struct post arrival;
    bool is_half_open; /* counted as such */
    bool is_open;
    bool is_over;    /* the channel closed */
    bool is_joined;  /* counted as a lane */
    bool is_blocked; /* the socket takes no more for now */
    bool is_broken;  /* nor ever */
    bool is_hung_up;
    bool said_end;
};

/* A client came. Owns `fd` in any case; `peer` was entered in half_open. */
void wire_accept(struct shard *shard, enum channel_kind kind, int fd, const struct address *peer);

/* Our end of a new link, over a connected socket. Owns `fd` in any case. */
status wire_begin_link(struct uplink *uplink, int fd, const struct address *peer,
                       struct wire **out);
/* Our end of a further lane of `link`. */
status wire_begin_lane(struct route *route, struct link *link, int fd, struct wire **out);

struct channel *wire_channel(const struct wire *wire);

/* After the channel was told something: takes its events, sends its bytes. */
void wire_drive(struct wire *wire);

/* Begins an orderly end; what is left of it happens by itself. */
void wire_close(struct wire *wire, const char *reason);

/* At once, without another word: at the end of the shard. */
void wire_free(struct wire *wire);
