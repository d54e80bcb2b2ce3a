/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/route.h"

#include "gateway/backoff.h"
#include "gateway/dial.h"
#include "gateway/uplink.h"
#include "gateway/wire.h"
#include "net/log.h"

#include <stdlib.h>

struct waiting {
    struct waiting *next;
    struct application application;
    int64_t until_ms;
};

const struct channel_context *route_context(const struct route *route)
{
    return &route->shard->gateway->contexts[route->index];
}

static const char *name(const struct route *route)
{
    return route->shard->gateway->config->links[route->index].name;
}

static int64_t now_ms(const struct route *route)
{
    return loop_now(route->shard->loop).monotonic_ms;
}

/* ---- those who wait ---- */

static void refuse(struct route *route, struct application *application, const char *why)
{
    atomic_fetch_add(&route->shard->gateway->shed_count, 1);
    LOG(DEBUG, "application-refused", {"link", name(route), 0}, {"detail", why, 0});
    application_refuse(application, STREAM_RESET_ENDED);
}

static struct waiting *take_first(struct route *route)
{
    struct waiting *const first = route->first;
    route->first = first->next;
    if (!route->first)
        route->last = NULL;
    route->waiting_count--;
    return first;
}

static void refuse_waiting(struct route *route, int64_t until_ms, const char *why)
{
    while (route->first && route->first->until_ms <= until_ms) {
        struct waiting *const waiting = take_first(route);
        refuse(route, &waiting->application, why);
        free(waiting);
    }
    timer_set(&route->patience, route->shard->loop,
              route->first ? route->first->until_ms : INT64_MAX);
}

static void out_of_patience(struct timer *timer)
{
    struct route *const route = EMBEDDED_IN(timer, struct route, patience);
    refuse_waiting(route, now_ms(route), "the link did not come up in time");
}

static void wait(struct route *route, struct application *application)
{
    const struct gateway *const gateway = route->shard->gateway;
    struct waiting *const waiting =
        route->waiting_count < ROUTE_WAITING_MAX ? calloc(1, sizeof *waiting) : NULL;
    if (!waiting) {
        refuse(route, application, "too many wait for the link");
        return;
    }
    *waiting = (struct waiting){.application = *application,
                                .until_ms = now_ms(route) +
                                            (int64_t)gateway->config->connect_timeout_s * 1000};
    *(route->last ? &route->last->next : &route->first) = waiting;
    route->last = waiting;
    route->waiting_count++;
    timer_set(&route->patience, route->shard->loop, route->first->until_ms);
}

static void open_lane(struct route *route);

/* The lane has no ids left: it stays for the streams that it has, and ends with the link. */
static void replace_lane(struct route *route)
{
    route->wire->route = NULL;
    route->wire = NULL;
    route->is_open = false;
    open_lane(route);
}

static void enter(struct route *route, struct application *application)
{
    if (lane_is_used_up(route->wire->carrier.lane)) {
        replace_lane(route);
        wait(route, application);
        return;
    }
    const status opened = relay_open(&route->wire->carrier, application);
    if (!opened.fault)
        return;
    atomic_fetch_add(&route->shard->gateway->shed_count, 1);
    LOG(DEBUG, "application-refused", {"link", name(route), 0}, {"detail", opened.fault->what, 0});
}

void route_take(struct route *route, struct application *application)
{
    if (route->shard->is_draining)
        refuse(route, application, "the gateway drains");
    else if (route->is_open)
        enter(route, application);
    else if (uplink_is_denied(&route->shard->gateway->uplinks[route->index]))
        refuse(route, application, "the link was refused");
    else
        wait(route, application);
}

struct carrier *route_carrier(struct route *route)
{
    if (!route->is_open || route->shard->is_draining)
        return NULL;
    if (!lane_is_used_up(route->wire->carrier.lane))
        return &route->wire->carrier;
    replace_lane(route);
    return NULL;
}

void route_drain(struct route *route)
{
    refuse_waiting(route, INT64_MAX, "the gateway drains");
    if (route->is_open && lane_drain(route->wire->carrier.lane).fault)
        wire_close(route->wire, NULL);
}

/* ---- the lane ---- */

static void try_again(struct route *route)
{
    if (route->link && !route->shard->is_draining)
        timer_set(&route->again, route->shard->loop, now_ms(route) + backoff_ms(route->failures++));
}

static void lane_failed(struct route *route, status why)
{
    LOG(WARNING, "lane-failed", {"link", name(route), 0}, {"detail", why.fault->what, 0});
    try_again(route);
}

static void dialed(void *owner, status outcome, int fd, const struct address *address)
{
    struct route *const route = owner;
    (void)address;
    route->dial = NULL;
    if (!outcome.fault)
        outcome = wire_begin_lane(route, route->link, fd, &route->wire);
    if (outcome.fault)
        lane_failed(route, outcome);
}

static void open_lane(struct route *route)
{
    const status begun =
        dial_start_address(route->shard, &route->link->address, dialed, route, &route->dial);
    if (begun.fault)
        lane_failed(route, begun);
}

static void again(struct timer *timer)
{
    open_lane(EMBEDDED_IN(timer, struct route, again));
}

void route_lane_open(struct route *route)
{
    route->is_open = true;
    route->failures = 0;
    while (route->first && route->is_open) {
        struct waiting *const waiting = take_first(route);
        enter(route, &waiting->application);
        free(waiting);
    }
    if (!route->first)
        timer_clear(&route->patience);
}

/* The peer is about to leave: new applications wait for the next link. */
void route_lane_drains(struct route *route)
{
    route->is_open = false;
}

void route_lane_ended(struct route *route)
{
    route->is_open = false;
    route->wire = NULL;
    try_again(route);
}

/* ---- the link ---- */

static void leave_link(struct route *route)
{
    timer_clear(&route->again);
    dial_cancel(route->dial);
    route->dial = NULL;
    if (route->wire)
        route->wire->route = NULL;
    route->wire = NULL;
    route->is_open = false;
    link_drop(route->link);
    route->link = NULL;
}

void route_link_begun(struct post *post)
{
    struct link_news *const news = EMBEDDED_IN(post, struct link_news, post);
    struct link *const link = news->link;
    struct shard *const shard = news->shard;
    struct route *const route = &shard->routes[uplink_index(link->uplink)];
    if (!shard->is_draining && !shard->is_ending && !atomic_load(&link->is_over)) {
        leave_link(route);
        route->link = link_hold(link);
        route->failures = 0;
        open_lane(route);
    }
    link_drop(link);
}

void routes_link_ended(struct shard *shard, struct link *link)
{
    for (size_t i = 0; i < shard->gateway->config->link_count; i++)
        if (shard->routes[i].link == link)
            leave_link(&shard->routes[i]);
}

void route_begin(struct route *route, struct shard *shard, size_t index)
{
    *route = (struct route){.shard = shard,
                            .index = index,
                            .patience = {.fire = out_of_patience},
                            .again = {.fire = again}};
}

void route_end(struct route *route)
{
    refuse_waiting(route, INT64_MAX, "the gateway ends");
    leave_link(route);
}
