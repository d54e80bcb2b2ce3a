/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The control socket, for its owner only (mode 0600): who connects is told how the gateway is.
 * gateway/gateway.h has the form. */

#include "gateway/state.h"

enum { ADMIN_CLIENTS_MAX = 8, ADMIN_PATIENCE_MS = 10000, ADMIN_PAUSE_MS = 100 };

struct admin;
/* `out` stays NULL when the configuration wants no socket. */
status admin_begin(struct gateway *gateway, struct shard *shard, struct admin **out,
                   struct problem *problem);
void admin_end(struct admin *admin);

/* A knob that lets in what should not be: which, and where it is turned. */
struct insecure_knob {
    const char *where; /* a link's name, or "clients" */
    const char *name;
};
/* A link's name, or "clients". */
const char *admin_guard_name(const struct gateway *gateway, size_t guard);
bool admin_insecure_knob(const struct gateway *gateway, size_t index, struct insecure_knob *out);

/* Appends what a client of the socket is told. */
status admin_status(struct gateway *gateway, struct buffer *out);
