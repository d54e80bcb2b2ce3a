/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Datagrams on their way through a link: a flow is what one application sends to one service, and
 * what comes back, over one stream. Datagrams are kept whole; those that cannot be passed on at
 * once are dropped, as a network would drop them. A flow over which nothing went for a while ends.
 *
 * Applications send to one socket of ours, which belongs to one shard; towards a service each flow
 * has its own.
 */

#include "gateway/listener.h"
#include "gateway/relay.h"

enum { FLOWS_MAX = 8192 /* of a shard */ };

/* ---- from applications ---- */

struct flow_table;

/* Datagrams to `listener` are taken from now on. NULL without memory. */
struct flow_table *flow_table_begin(struct shard *shard, const struct listener *listener);
void flow_table_end(struct flow_table *table);

/* ---- to services ---- */

status flow_serve(struct carrier *carrier, struct stream *stream, const struct serving *serving);

/* ---- of either ---- */

/* STREAM_CONNECTED, _DATAGRAM or _RESET of a stream of datagrams. */
void flow_take(struct carrier *carrier, const struct lane_event *event);

/* The lane is over. */
void flows_abort(struct carrier *carrier);
