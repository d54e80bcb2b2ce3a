/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Listening sockets. Every shard watches every one of them, the idle ones accept, and what one
 * accepts goes to the shard that has the least. When descriptors run out, newcomers are turned away
 * and those that are in stay.
 */

#include "gateway/state.h"
#include "proxy/socks.h"

struct registrar;

struct listener {
    int fd;
    size_t index;                         /* in the gateway */
    const struct config_ingress *ingress; /* NULL: peers come here */
    enum channel_kind kind;               /* that peers speak */
    struct registrar *registrar;          /* of captured programs; NULL: none come here */
    struct buffer password;               /* NUL-terminated, of `login` */
    struct socks_login login;             /* without a user: anybody may come */
};

struct flow_table;

struct acceptor {
    struct shard *shard;
    const struct listener *listener;
    struct flow_table *flows; /* of a listener for datagrams, on the one shard that has it */
    struct watch watch;
    struct timer again;
};

/* UNAVAILABLE says why not. */
status listener_bind(const struct endpoint *endpoint, int *out_fd);
void listener_clear(struct listener *listener);

status acceptor_begin(struct acceptor *acceptor, struct shard *shard,
                      const struct listener *listener);
/* Nobody is accepted here any more, and the port refuses newcomers: on any shard, for all. */
void acceptor_end(struct acceptor *acceptor);
