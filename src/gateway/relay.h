/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A relay joins one application's connection to one stream. What TCP would have shown if there were
 * no gateways between is what either application sees: its peer's bytes, the end of them when the
 * peer ended, and a reset whenever anything else happened, the gateway's own death included.
 *
 * It reads only what the peer granted, holds only what its application would not take, and has no
 * buffer while both are idle.
 */

#include "gateway/application.h"
#include "gateway/held.h"
#include "gateway/state.h"
#include "proxy/allow.h"

/* Sent bytes that an application's machine does not acknowledge for so long: it vanished. */
enum { APPLICATION_PATIENCE_MS = 60000 };

/* A lane and the relays whose streams it carries. Whoever owns the lane owns this. */
struct carrier {
    struct shard *shard;
    struct lane *lane;
    struct link_counters *counters;
    struct task push; /* the owner's: flush the lane and send what it holds */
    struct relay *first;
    struct flow *first_flow;
    struct relay *first_turn, *last_turn; /* wait until the lane has room, in order */
};

/* For an application that connected to us: opens a stream. Takes it over in any case: when it
 * fails, the application is told so. */
status relay_open(struct carrier *carrier, struct application *application);

/* Where a stream of the peer's goes: to a service, or to an address that is allowed. */
struct serving {
    struct service *service; /* NULL: `to`, where `allowed` lets it be */
    const struct endpoint *to;
    const struct allow_list *allowed;
    slice source; /* as its opener told */
};
/* Connects; until then the stream's bytes are held. */
status relay_serve(struct carrier *carrier, struct stream *stream, const struct serving *serving);

/* STREAM_CONNECTED, _DATA, _WRITABLE, _FINISHED or _RESET. */
void relay_take(struct carrier *carrier, const struct lane_event *event);

/* Writes out what the last events brought: after the last of them. */
void relay_deliver(struct shard *shard);

/* The lane has room again: those that wait are served in turn until it has not. */
void carrier_give_turns(struct carrier *carrier);

/* The lane is over: every application sees a reset. */
void carrier_abort(struct carrier *carrier);
