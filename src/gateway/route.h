/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A shard's way into one link of ours: its lane, opened when the link begins and again when it is
 * lost, and the applications that wait for it. They wait for a bounded time, in bounded number;
 * nothing of theirs is read before the lane is open.
 */

#include "gateway/application.h"
#include "gateway/state.h"

enum { ROUTE_WAITING_MAX = 1024 };

struct waiting;

struct route {
    struct shard *shard;
    size_t index;      /* the link's, in the configuration */
    struct link *link; /* a reference; NULL while it is down */
    struct dial *dial;
    struct wire *wire;
    bool is_open; /* the lane takes streams */
    struct waiting *first, *last;
    size_t waiting_count;
    struct timer patience; /* of the first who waits */
    struct timer again;    /* a lane that was lost is opened again */
    unsigned failures;
};

void route_begin(struct route *route, struct shard *shard, size_t index);
void route_end(struct route *route);

const struct channel_context *route_context(const struct route *route);

/* An application wants to go somewhere. Takes it over. */
void route_take(struct route *route, struct application *application);

/* The lane that takes streams now; NULL: none does. */
struct carrier *route_carrier(struct route *route);

/* Nobody new is taken in; who waits is turned away. */
void route_drain(struct route *route);

/* A struct link_news: the link is up. */
void route_link_begun(struct post *post);
/* And down, for the shard's route if it is of ours. */
void routes_link_ended(struct shard *shard, struct link *link);

/* From the lane. */
void route_lane_open(struct route *route);
void route_lane_drains(struct route *route);
void route_lane_ended(struct route *route);
