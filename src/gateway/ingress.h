/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where applications enter: a row for each kind. A kind binds its own socket, learns from a new
 * connection where it wants to go, and hands it to route_take().
 */

#include "gateway/listener.h"

struct ingress_kind {
    const char *key;    /* in the configuration, "socks5" */
    const char *scheme; /* of its value, "tcp"; NULL: host:port alone */
    bool picks_service; /* `to:` is LINK/SERVICE; else LINK, and the application says where */
    bool is_path;       /* its value is a path, of a Unix socket */
    bool is_datagrams;  /* `begin` is not called: gateway/flows.h */
    bool captures;      /* `capture:` is there: gateway/capture.h */
    bool knows_login;   /* `user:` and `password_file:` may be there */

    /* Binds what `listener->ingress` says; the problem says why not. */
    status (*bind)(struct listener *listener, struct problem *problem);

    /* A connection came in. Owns `fd`. */
    void (*begin)(struct shard *shard, const struct listener *listener, int fd,
                  const struct address *peer);
};

/* The kinds, one after the other; NULL after the last. */
const struct ingress_kind *ingress_kind_at(size_t index);
