/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where applications enter: a row for each kind. A kind binds its own socket, learns from a new
 * connection where it wants to go, and hands it to route_take().
 */

#include "gateway/state.h"

struct ingress_kind {
    const char *scheme; /* of `listen:`, "tcp" */

    /* Binds; UNAVAILABLE says why not. */
    status (*bind)(const struct config_ingress *ingress, int *out_fd);

    /* A connection came in. Owns `fd`. */
    void (*begin)(struct shard *shard, const struct config_ingress *ingress, int fd);
};

/* By the scheme of "tcp://...": NULL when there is no such kind. */
const struct ingress_kind *ingress_kind_of(const char *url);
