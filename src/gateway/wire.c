/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/wire.h"

#include "gateway/lanes.h"
#include "gateway/route.h"
#include "gateway/session.h"
#include "gateway/uplink.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct channel *wire_channel(const struct wire *wire)
{
    return wire->control ? control_channel(wire->control) : lane_channel(wire->carrier.lane);
}

/* ---- on and off a shard ---- */

static status join_shard(struct wire *wire, int fd)
{
    struct shard *const shard = wire->shard;
    wire->previous = NULL;
    wire->next = shard->wires;
    if (wire->next)
        wire->next->previous = wire;
    shard->wires = wire;
    atomic_fetch_add(&shard->wire_count, 1);
    wire->watch.fd = fd;
    return watch_start(&wire->watch, shard->loop, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

static void leave_shard(struct wire *wire)
{
    struct shard *const shard = wire->shard;
    watch_stop(&wire->watch);
    timer_clear(&wire->timer);
    task_cancel(&wire->more);
    task_cancel(&wire->carrier.push);
    *(wire->previous ? &wire->previous->next : &shard->wires) = wire->next;
    if (wire->next)
        wire->next->previous = wire->previous;
    atomic_fetch_sub(&shard->wire_count, 1);
}

void wire_free(struct wire *wire)
{
    if (!wire->is_over)
        carrier_abort(&wire->carrier);
    leave_shard(wire);
    if (wire->collecting)
        collect_forget(wire->collecting);
    if (wire->is_half_open)
        half_open_leave(&wire->shard->gateway->half_open, &wire->peer);
    if (wire->is_joined)
        lanes_leave(wire);
    link_drop(wire->link);
    control_free(wire->control);
    lane_free(wire->carrier.lane);
    close(wire->watch.fd);
    free(wire);
}

/* A lane that joined goes to the shard that has the fewest, before its first stream. */
static void arrive(struct post *post)
{
    struct wire *const wire = EMBEDDED_IN(post, struct wire, arrival);
    const bool joined = !join_shard(wire, wire->watch.fd).fault;
    if (!joined || wire->shard->is_ending)
        wire_free(wire);
    else if (atomic_load(&wire->link->is_over)) /* its end was told before we arrived */
        wire_close(wire, NULL);
    else
        wire_drive(wire);
}

static void move(struct wire *wire)
{
    struct shard *const to = wire->moves_to;
    leave_shard(wire);
    atomic_fetch_sub(&wire->shard->lane_count, 1);
    atomic_fetch_add(&to->lane_count, 1);
    wire->moves_to = NULL;
    wire->shard = to;
    wire->carrier.shard = to;
    wire->arrival.run = arrive;
    loop_post(to->loop, &wire->arrival);
}

/* ---- sending ---- */

static void send_output(struct wire *wire)
{
    struct channel *const channel = wire_channel(wire);
    for (;;) {
        const slice output = channel_output(channel);
        if (!output.size || wire->is_blocked)
            return;
        const ssize_t size = send(wire->watch.fd, output.data, output.size, MSG_NOSIGNAL);
        if (size >= 0) {
            channel_sent(channel, (size_t)size);
            continue;
        }
        if (errno == EINTR)
            continue;
        /* What broke shows when it is read. */
        wire->is_broken = errno != EAGAIN && errno != EWOULDBLOCK;
        wire->is_blocked = true;
    }
}

static void push(struct wire *wire)
{
    struct carrier *const carrier = &wire->carrier;
    for (;;) {
        if (carrier->lane && lane_flush(carrier->lane).fault) {
            wire_close(wire, NULL);
            return;
        }
        send_output(wire);
        if (!carrier->lane || wire->is_over || !carrier->first_turn ||
            lane_unsent_size(carrier->lane) >= LANE_OUTPUT_HIGH)
            break;
        carrier_give_turns(carrier);
    }
    if (wire->is_over && !wire->said_end && !channel_output(wire_channel(wire)).size) {
        wire->said_end = true;
        shutdown(wire->watch.fd, SHUT_WR); /* fails only when it is broken anyway */
    }
}

static void push_task(struct task *task)
{
    push(EMBEDDED_IN(task, struct wire, carrier.push));
}

/* ---- deadlines ---- */

/* A timer that fires too early looks again: that costs less than moving it with every byte. */
static void arm(struct wire *wire)
{
    const int64_t due_ms =
        wire->control ? control_deadline_ms(wire->control) : lane_deadline_ms(wire->carrier.lane);
    if (!wire->timer.loop || wire->timer.due_ms > due_ms)
        timer_set(&wire->timer, wire->shard->loop, due_ms);
}

static void deadline(struct timer *timer)
{
    struct wire *const wire = EMBEDDED_IN(timer, struct wire, timer);
    if (wire->is_over)
        wire_free(wire);
    else
        wire_drive(wire);
}

/* ---- events ---- */

/* The channel said its last: so do we to everybody who counted on it. */
static void end(struct wire *wire)
{
    wire->is_over = true;
    if (wire->collecting)
        collect_forget(wire->collecting);
    wire->collecting = NULL;
    if (wire->is_half_open)
        half_open_leave(&wire->shard->gateway->half_open, &wire->peer);
    wire->is_half_open = false;
    carrier_abort(&wire->carrier);
    if (wire->control)
        session_ended(wire);
    else
        lanes_ended(wire);
    timer_set(&wire->timer, wire->shard->loop,
              loop_now(wire->shard->loop).monotonic_ms + CLOSING_MS);
    task_put_off(&wire->carrier.push, wire->shard->loop);
}

void wire_drive(struct wire *wire)
{
    if (wire->is_over)
        return;
    const bool goes_on =
        (!wire->control || session_drive(wire)) && (!wire->carrier.lane || lanes_drive(wire));
    relay_deliver(wire->shard);
    if (!goes_on) {
        end(wire);
        return;
    }
    if (wire->moves_to && !wire->carrier.first && !wire->carrier.first_flow) {
        move(wire);
        return;
    }
    wire->moves_to = NULL;
    arm(wire);
    task_put_off(&wire->carrier.push, wire->shard->loop);
}

void wire_close(struct wire *wire, const char *reason)
{
    if (wire->is_over)
        return;
    channel_close(wire_channel(wire), reason);
    wire_drive(wire);
}

static void feed(struct wire *wire, slice bytes)
{
    if (wire->control)
        control_feed(wire->control, bytes);
    else
        lane_feed(wire->carrier.lane, bytes);
    wire_drive(wire);
}

static void feed_end(struct wire *wire)
{
    if (wire->control)
        control_feed_end(wire->control);
    else
        lane_feed_end(wire->carrier.lane);
    wire_drive(wire);
}

/* One read a round, so that other wires and applications get theirs. */
static void read_wire(struct wire *wire)
{
    uint8_t *const scratch = wire->shard->wire_scratch;
    const ssize_t size = recv(wire->watch.fd, scratch, SCRATCH_SIZE, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
    if (size < 0 && errno == EINTR) {
        task_put_off(&wire->more, wire->shard->loop);
        return;
    }
    if (size <= 0) {
        if (wire->is_over)
            wire_free(wire);
        else
            feed_end(wire); /* a reset is as little of an orderly end as a bare FIN */
        return;
    }
    if (size == SCRATCH_SIZE || wire->is_hung_up)
        task_put_off(&wire->more, wire->shard->loop);
    if (!wire->is_over)
        feed(wire, (slice){scratch, (size_t)size});
}

static void read_more(struct task *task)
{
    read_wire(EMBEDDED_IN(task, struct wire, more));
}

static void ready(struct watch *watch, uint32_t events)
{
    struct wire *const wire = EMBEDDED_IN(watch, struct wire, watch);
    if (events & EPOLLOUT && wire->is_blocked && !wire->is_broken) {
        wire->is_blocked = false;
        task_put_off(&wire->carrier.push, wire->shard->loop);
    }
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        wire->is_hung_up = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        read_wire(wire);
}

/* ---- beginning ---- */

static status wire_new(struct shard *shard, enum role role, int fd, const struct address *peer,
                       struct wire **out)
{
    struct wire *const wire = calloc(1, sizeof *wire);
    if (!wire)
        return FAIL(EXHAUSTED, "no memory for a connection");
    *wire = (struct wire){.shard = shard,
                          .role = role,
                          .peer = *peer,
                          .watch = {.ready = ready, .fd = fd},
                          .timer = {.fire = deadline},
                          .more = {.run = read_more},
                          .carrier = {.shard = shard, .push = {.run = push_task}}};
    *out = wire;
    return OK;
}

/* The wire is on its shard from here on, or gone with its descriptor. */
static status start(struct wire *wire)
{
    const int fd = wire->watch.fd;
    socket_set_patience(fd, PEER_PATIENCE_MS);
    const status joined = join_shard(wire, fd);
    if (joined.fault) {
        wire->is_over = true;
        wire_free(wire);
        return joined;
    }
    /* A client speaks first; in a moment, when whoever made the wire knows it. */
    timer_set(&wire->timer, wire->shard->loop, loop_now(wire->shard->loop).monotonic_ms);
    return OK;
}

static status open_control(struct wire *wire, const struct channel_context *context,
                           enum purpose purpose)
{
    struct channel *channel = NULL;
    TRY(channel_open(context, wire->role, purpose, loop_now(wire->shard->loop), &channel));
    const status made = control_new(channel, &wire->control);
    if (made.fault)
        channel_free(channel);
    return made;
}

static status open_lane(struct wire *wire, const struct channel_context *context)
{
    struct channel *channel = NULL;
    TRY(channel_open(context, ROLE_CLIENT, PURPOSE_LANE, loop_now(wire->shard->loop), &channel));
    const uint32_t number = atomic_fetch_add(&wire->link->lane_numbers_given, 1) + 1;
    status made = channel_give_link(channel, &wire->link->keys, number);
    if (!made.fault)
        made = lane_new(channel, ROLE_CLIENT, &wire->carrier.lane);
    if (made.fault)
        channel_free(channel);
    return made;
}

static void forget(struct wire *wire)
{
    if (wire->is_half_open)
        half_open_leave(&wire->shard->gateway->half_open, &wire->peer);
    link_drop(wire->link);
    close(wire->watch.fd);
    free(wire);
}

void wire_accept(struct shard *shard, enum channel_kind kind, int fd, const struct address *peer)
{
    struct gateway *const gateway = shard->gateway;
    struct wire *wire = NULL;
    status begun = wire_new(shard, ROLE_SERVER, fd, peer, &wire);
    if (begun.fault) {
        half_open_leave(&gateway->half_open, peer);
        close(fd);
        return;
    }
    wire->is_half_open = true;
    begun = open_control(wire, clients_context(gateway, kind), PURPOSE_NONE);
    if (begun.fault)
        forget(wire);
    else
        begun = start(wire);
    if (begun.fault)
        session_log_failed(peer, begun);
}

status wire_begin_link(struct uplink *uplink, int fd, const struct address *peer, struct wire **out)
{
    struct wire *wire = NULL;
    status begun = wire_new(uplink->shard, ROLE_CLIENT, fd, peer, &wire);
    if (begun.fault) {
        close(fd);
        return begun;
    }
    wire->uplink = uplink;
    begun = open_control(wire, uplink_context(uplink), PURPOSE_LINK);
    if (begun.fault) {
        forget(wire);
        return begun;
    }
    TRY(start(wire));
    *out = wire;
    return OK;
}

status wire_begin_lane(struct route *route, struct link *link, int fd, struct wire **out)
{
    struct wire *wire = NULL;
    status begun = wire_new(route->shard, ROLE_CLIENT, fd, &link->address, &wire);
    if (begun.fault) {
        close(fd);
        return begun;
    }
    wire->route = route;
    wire->link = link_hold(link);
    wire->carrier.counters = &link->counters;
    begun = open_lane(wire, route_context(route));
    if (begun.fault) {
        forget(wire);
        return begun;
    }
    TRY(start(wire));
    *out = wire;
    return OK;
}
