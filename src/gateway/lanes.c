/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/lanes.h"

#include "gateway/egress.h"
#include "gateway/flows.h"
#include "gateway/report.h"
#include "gateway/route.h"
#include "net/log.h"

#define LANE_REFUSED "LANE_REFUSED"

static void join(struct wire *wire)
{
    wire->is_joined = true;
    atomic_fetch_add(&wire->shard->lane_count, 1);
}

void lanes_leave(struct wire *wire)
{
    wire->is_joined = false;
    atomic_fetch_sub(&wire->shard->lane_count, 1);
    atomic_fetch_sub(&wire->link->counters.lanes, 1);
}

/* ---- a client's lane ---- */

/* The shard with the fewest lanes, this one counted in already. */
static struct shard *least_busy(const struct wire *wire)
{
    struct gateway *const gateway = wire->shard->gateway;
    struct shard *best = wire->shard;
    size_t best_count = atomic_load(&best->lane_count);
    for (size_t i = 0; i < gateway->shard_count; i++) {
        struct shard *const shard = &gateway->shards[i];
        const size_t count = atomic_load(&shard->lane_count) + 1;
        if (shard != wire->shard && count < best_count) {
            best = shard;
            best_count = count;
        }
    }
    return best;
}

/* The link must live, be this client's, and the number fresh; the channel checks the proof. */
static status give_link(struct wire *wire, const struct channel_event *event)
{
    struct link *const link = registry_find(&wire->shard->gateway->registry, event->link_id);
    if (!link)
        return FAIL(DENIED, "no such link");
    if (link->uplink || !link_join(link, event->lane_number)) {
        link_drop(link);
        return FAIL(DENIED, "the link takes no such lane");
    }
    wire->link = link;
    wire->carrier.counters = &link->counters;
    join(wire);
    struct shard *const shard = least_busy(wire);
    if (shard != wire->shard)
        wire->moves_to = shard;
    return channel_give_link(wire_channel(wire), &link->keys, event->lane_number);
}

bool lanes_become(struct wire *wire, const struct channel_event *event)
{
    struct channel *const channel = control_channel(wire->control);
    if (lane_new(channel, wire->role, &wire->carrier.lane).fault)
        return false;
    control_take_channel(wire->control);
    wire->control = NULL;
    const status given = give_link(wire, event);
    if (given.fault) {
        char peer[ADDRESS_TEXT_SIZE];
        address_text(&wire->peer, peer);
        LOG(WARNING, "lane-refused", {"peer", peer, 0}, {"detail", given.fault->what, 0});
        channel_close(channel, LANE_REFUSED);
    }
    return true;
}

/* ---- events ---- */

static void open(struct wire *wire)
{
    if (wire->is_half_open)
        half_open_leave(&wire->shard->gateway->half_open, &wire->peer);
    wire->is_half_open = false;
    wire->is_open = true;
    if (!wire->route)
        return;
    atomic_fetch_add(&wire->link->counters.lanes, 1);
    join(wire);
    route_lane_open(wire->route);
}

/* Streams go from clients to servers: a server cannot reach into a client's network. */
static void stream_opened(struct wire *wire, const struct lane_event *event)
{
    struct shard *const shard = wire->shard;
    if (wire->role != ROLE_SERVER || shard->is_draining)
        stream_reset(event->stream, STREAM_RESET_REFUSED);
    else
        egress_take(&wire->carrier, event->stream, &event->opening);
}

bool lanes_drive(struct wire *wire)
{
    for (;;) {
        struct lane_event event;
        lane_next(wire->carrier.lane, loop_now(wire->shard->loop), &event);
        switch (event.kind) {
        case LANE_NONE:
            return true;
        case LANE_OPEN:
            open(wire);
            break;
        case LANE_STREAM_OPENED:
            stream_opened(wire, &event);
            break;
        case LANE_STREAM_DATAGRAM:
            flow_take(&wire->carrier, &event);
            break;
        case LANE_STREAM_CONNECTED:
        case LANE_STREAM_DATA:
        case LANE_STREAM_WRITABLE:
        case LANE_STREAM_FINISHED:
        case LANE_STREAM_RESET:
            if (stream_is_datagrams(event.stream))
                flow_take(&wire->carrier, &event);
            else
                relay_take(&wire->carrier, &event);
            break;
        case LANE_DRAIN:
            if (wire->route)
                route_lane_drains(wire->route);
            break;
        case LANE_WANT_LINK: /* a second time */
            channel_close(wire_channel(wire), LANE_REFUSED);
            break;
        case LANE_CLOSED:
            return false;
        }
    }
}

static void log_end(const struct wire *wire)
{
    const struct channel_end *const end = channel_end(wire_channel(wire));
    const char *const failure = lane_failure(wire->carrier.lane);
    char peer[ADDRESS_TEXT_SIZE], reasons[REASONS_TEXT_SIZE];
    address_text(&wire->peer, peer);
    report_reasons(end, reasons);
    log_event(wire->is_open ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "lane-closed",
              (const struct log_field[]){{"peer", peer, 0},
                                         {"by", end->by_peer ? "peer" : "us", 0},
                                         {"reasons", reasons[0] ? reasons : "-", 0},
                                         {"detail",
                                          failure          ? failure
                                          : end->detail[0] ? end->detail
                                                           : "-",
                                          0}},
              4);
}

void lanes_ended(struct wire *wire)
{
    log_end(wire);
    if (wire->is_joined)
        lanes_leave(wire);
    if (wire->route)
        route_lane_ended(wire->route);
    wire->route = NULL;
}
