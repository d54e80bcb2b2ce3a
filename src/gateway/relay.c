/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/relay_parts.h"

#include "gateway/dial.h"
#include "gateway/flows.h"
#include "gateway/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_A_WRITE = 16 };

static void add(uint_fast64_t size, atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, size, memory_order_relaxed);
}

/* What the relay holds is no longer `before`. */
static void count_held(struct relay *relay, size_t before)
{
    const size_t change = relay->held.allocated - before; /* wraps when it is less: so do sums */
    relay->carrier->shard->held_size += change;
    atomic_fetch_add(&relay->carrier->counters->held_size, change);
}

void relay_push_later(struct relay *relay)
{
    task_put_off(&relay->carrier->push, relay->carrier->shard->loop);
}

/* ---- beginning and ending ---- */

static void leave_turn(struct relay *relay)
{
    struct carrier *const carrier = relay->carrier;
    if (!relay->waits_turn)
        return;
    relay->waits_turn = false;
    *(relay->previous_turn ? &relay->previous_turn->next_turn : &carrier->first_turn) =
        relay->next_turn;
    *(relay->next_turn ? &relay->next_turn->previous_turn : &carrier->last_turn) =
        relay->previous_turn;
    relay->previous_turn = relay->next_turn = NULL;
}

static void wait_turn(struct relay *relay)
{
    struct carrier *const carrier = relay->carrier;
    if (relay->waits_turn)
        return;
    relay->waits_turn = true;
    relay->previous_turn = carrier->last_turn;
    *(carrier->last_turn ? &carrier->last_turn->next_turn : &carrier->first_turn) = relay;
    carrier->last_turn = relay;
    relay_push_later(relay); /* it gives turns when the lane has room, which may be now */
}

/* Forgets the relay; its descriptor and stream are the caller's business. */
static void relay_free(struct relay *relay)
{
    struct carrier *const carrier = relay->carrier;
    struct shard *const shard = carrier->shard;
    watch_stop(&relay->watch);
    dial_cancel(relay->dial);
    task_cancel(&relay->pump);
    leave_turn(relay);
    if (shard->delivery.relay == relay)
        shard->delivery.relay = NULL;
    const size_t held_before = relay->held.allocated;
    held_clear(&relay->held);
    buffer_clear(&relay->preface);
    if (relay->service && relay->backend >= 0)
        atomic_fetch_sub(&relay->service->backends[relay->backend].streams, 1);
    count_held(relay, held_before);
    *(relay->previous ? &relay->previous->next : &carrier->first) = relay->next;
    if (relay->next)
        relay->next->previous = relay->previous;
    atomic_fetch_sub(&shard->relay_count, 1);
    atomic_fetch_sub(&carrier->counters->streams, 1);
    free(relay);
}

void relay_drop(struct relay *relay)
{
    const int fd = relay->watch.fd;
    relay_free(relay);
    if (fd >= 0)
        socket_abort(fd);
}

/* The application awaits an answer, and this is it. */
static void refuse_application(struct relay *relay, enum stream_reset reason)
{
    const struct answers *const answers = relay->answers;
    const int fd = relay->watch.fd;
    if (relay->stream)
        stream_reset(relay->stream, STREAM_RESET_ABORTED);
    relay_free(relay);
    answer_refused(fd, answers, reason);
}

void relay_abort(struct relay *relay, enum stream_reset reason)
{
    add(1, &relay->carrier->counters->streams_reset);
    if (relay->stream) {
        stream_reset(relay->stream, reason);
        relay_push_later(relay);
    }
    relay_drop(relay);
}

/* Both sides said that they are done, and everything was handed over. */
static void finish(struct relay *relay)
{
    const int fd = relay->watch.fd;
    stream_release(relay->stream);
    relay_free(relay);
    socket_end(fd);
}

/* ---- from the application to the stream ---- */

static status end_stream(struct relay *relay)
{
    relay->is_readable = false;
    relay->has_ended = true;
    return stream_finish(relay->stream);
}

/* One read of at most `room` bytes. False when it was the end of the relay. */
static bool read_some(struct relay *relay, size_t room)
{
    uint8_t *const scratch = relay->carrier->shard->scratch;
    const size_t most = room < SCRATCH_SIZE ? room : SCRATCH_SIZE;
    const ssize_t size = recv(relay->watch.fd, scratch, most, 0);
    if (size < 0 && errno == EINTR)
        return true;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        relay->is_readable = false;
        return true;
    }
    if (size < 0) {
        relay_abort(relay, STREAM_RESET_ABORTED);
        return false;
    }
    const status sent =
        size ? stream_send(relay->stream, (slice){scratch, (size_t)size}) : end_stream(relay);
    if (sent.fault) {
        relay_abort(relay, STREAM_RESET_LIMIT);
        return false;
    }
    relay_push_later(relay);
    if (!size && relay->peer_ended && !relay->held.size) {
        finish(relay);
        return false;
    }
    if ((size_t)size < most && !relay->is_hung_up)
        relay->is_readable = false;
    add((uint_fast64_t)size, &relay->carrier->counters->bytes_out);
    return true;
}

/*
 * Reads what the stream and the lane have room for; others get their turn between two reads. False
 * when it was the end of the relay.
 */
static bool pump(struct relay *relay)
{
    leave_turn(relay);
    while (relay->is_readable) {
        const size_t room = stream_writable(relay->stream);
        if (!room) {
            if (stream_credit(relay->stream))
                wait_turn(relay);
            return true;
        }
        if (!read_some(relay, room))
            return false;
        if (relay->is_readable && !relay->is_hung_up) {
            task_put_off(&relay->pump, relay->carrier->shard->loop);
            return true;
        }
    }
    return true;
}

static void pump_in_order(struct relay *relay)
{
    if (relay->is_readable && relay->carrier->first_turn)
        wait_turn(relay);
    else
        pump(relay);
}

static void pump_task(struct task *task)
{
    pump_in_order(EMBEDDED_IN(task, struct relay, pump));
}

void carrier_give_turns(struct carrier *carrier)
{
    while (carrier->first_turn && lane_unsent_size(carrier->lane) < LANE_OUTPUT_HIGH)
        pump(carrier->first_turn);
}

/* ---- from the stream to the application ---- */

/* The application took `size` bytes. False when telling the peer failed. */
static bool give_credit(struct relay *relay, size_t size)
{
    add(size, &relay->carrier->counters->bytes_in);
    if (!relay->stream)
        return true;
    if (stream_consumed(relay->stream, size).fault) {
        relay_abort(relay, STREAM_RESET_LIMIT);
        return false;
    }
    relay_push_later(relay);
    return true;
}

static struct relay *holds_most(struct carrier *carrier)
{
    struct relay *most = carrier->first;
    for (struct relay *relay = carrier->first; relay; relay = relay->next)
        if (relay->held.allocated > most->held.allocated)
            most = relay;
    return most && most->held.allocated ? most : NULL;
}

/* Of the link that holds most, whatever the number of its lanes: nobody makes others give way. */
static struct relay *find_greediest(struct shard *shard)
{
    struct relay *greediest = NULL;
    size_t most = 0;
    for (struct wire *wire = shard->wires; wire; wire = wire->next) {
        struct carrier *const carrier = &wire->carrier;
        const size_t of_link = carrier->counters ? atomic_load(&carrier->counters->held_size) : 0;
        struct relay *const relay = of_link > most ? holds_most(carrier) : NULL;
        if (relay) {
            greediest = relay;
            most = of_link;
        }
    }
    return greediest;
}

/* False when that was the end of the relay. */
static bool hold(struct relay *relay, slice bytes)
{
    struct shard *const shard = relay->carrier->shard;
    const size_t before = relay->held.allocated;
    const status held = held_append(&relay->held, bytes);
    count_held(relay, before);
    if (held.fault) {
        relay_abort(relay, STREAM_RESET_LIMIT);
        return false;
    }
    bool is_alive = true;
    while (is_alive && shard->held_size > shard->gateway->held_size_max) {
        struct relay *const greediest = find_greediest(shard);
        struct relay *const victim = greediest ? greediest : relay;
        is_alive = victim != relay;
        relay_abort(victim, STREAM_RESET_LIMIT);
    }
    return is_alive;
}

/* Passes the peer's end on, after its last byte. False when both have ended. */
static bool end_output(struct relay *relay)
{
    if (!relay->peer_ended || relay->held.size || relay->dial)
        return true;
    if (relay->has_ended) {
        finish(relay);
        return false;
    }
    if (shutdown(relay->watch.fd, SHUT_WR) < 0) {
        relay_abort(relay, STREAM_RESET_ABORTED);
        return false;
    }
    return true;
}

/* How many bytes the socket took; -1 when it is broken. */
static ssize_t write_parts(int fd, struct iovec *parts, size_t count)
{
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t size;
    do
        size = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return size;
}

/* False when that was the end of the relay. */
bool relay_write_held(struct relay *relay)
{
    while (relay->held.size) {
        struct iovec parts[PARTS_A_WRITE];
        const size_t count = held_view(&relay->held, parts, PARTS_A_WRITE);
        const ssize_t size = write_parts(relay->watch.fd, parts, count);
        if (size < 0) {
            relay_abort(relay, STREAM_RESET_ABORTED);
            return false;
        }
        if (size == 0)
            return true;
        const size_t before = relay->held.allocated;
        held_taken(&relay->held, (size_t)size);
        count_held(relay, before);
        if (!give_credit(relay, (size_t)size))
            return false;
    }
    return end_output(relay);
}

/* False when that was the end of the relay whose bytes they were. */
static bool deliver(struct shard *shard)
{
    struct relay *const relay = shard->delivery.relay;
    struct iovec bytes = {shard->delivery.data, shard->delivery.size};
    if (!relay)
        return true;
    shard->delivery.relay = NULL;
    const ssize_t size = write_parts(relay->watch.fd, &bytes, 1);
    if (size < 0) {
        relay_abort(relay, STREAM_RESET_ABORTED);
        return false;
    }
    const size_t taken = (size_t)size;
    if (taken && !give_credit(relay, taken))
        return false;
    return taken == bytes.iov_len ||
           hold(relay, (slice){shard->delivery.data + taken, bytes.iov_len - taken});
}

void relay_deliver(struct shard *shard)
{
    deliver(shard);
}

static void take_data(struct shard *shard, struct stream *stream, slice bytes)
{
    struct delivery *const delivery = &shard->delivery;
    struct relay *const relay = stream_owner(stream);
    const bool goes_along = delivery->relay == relay && bytes.size <= SCRATCH_SIZE - delivery->size;
    if (!goes_along)
        deliver(shard);
    if (!stream_owner(stream)) /* that was the end of it */
        return;
    if (relay->held.size || relay->dial) {
        hold(relay, bytes);
        return;
    }
    if (!goes_along) {
        delivery->relay = relay;
        delivery->size = 0;
    }
    memcpy(delivery->data + delivery->size, bytes.data, bytes.size);
    delivery->size += bytes.size;
}

static void take_finish(struct shard *shard, struct relay *relay)
{
    if (shard->delivery.relay == relay && !deliver(shard))
        return;
    relay->peer_ended = true;
    end_output(relay);
}

static void take_reset(struct shard *shard, struct relay *relay, enum stream_reset reason)
{
    relay->stream = NULL;
    if (relay->answers) {
        add(1, &relay->carrier->counters->streams_reset);
        refuse_application(relay, reason);
    } else if (shard->delivery.relay != relay || deliver(shard)) {
        relay_abort(relay, STREAM_RESET_NONE);
    }
}

static void take_connected(struct relay *relay)
{
    const struct answers *const answers = relay->answers;
    relay->answers = NULL;
    if (answers && !answer_reached(relay->watch.fd, answers))
        relay_abort(relay, STREAM_RESET_ABORTED);
}

void relay_take(struct carrier *carrier, const struct lane_event *event)
{
    struct relay *const relay = stream_owner(event->stream);
    if (!relay)
        return;
    switch (event->kind) {
    case LANE_STREAM_DATA:
        take_data(carrier->shard, event->stream, event->payload);
        break;
    case LANE_STREAM_WRITABLE:
        if (relay->is_readable)
            task_put_off(&relay->pump, carrier->shard->loop);
        break;
    case LANE_STREAM_FINISHED:
        take_finish(carrier->shard, relay);
        break;
    case LANE_STREAM_RESET:
        take_reset(carrier->shard, relay, event->reset);
        break;
    case LANE_STREAM_CONNECTED:
        take_connected(relay);
        break;
    default:
        break;
    }
}

void carrier_abort(struct carrier *carrier)
{
    flows_abort(carrier);
    deliver(carrier->shard);
    while (carrier->first) {
        struct relay *const relay = carrier->first;
        relay->stream = NULL; /* dead with its lane */
        if (relay->answers)
            refuse_application(relay, STREAM_RESET_ENDED);
        else
            relay_abort(relay, STREAM_RESET_NONE);
    }
}

/* ---- the application's socket ---- */

static void ready(struct watch *watch, uint32_t events)
{
    struct relay *const relay = EMBEDDED_IN(watch, struct relay, watch);
    if (events & EPOLLOUT && relay->held.size && !relay_write_held(relay))
        return;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        relay->is_hung_up = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        relay->is_readable = !relay->has_ended;
    if (events & EPOLLERR) {
        if (pump(relay)) /* what it sent before still counts */
            relay_abort(relay, STREAM_RESET_ABORTED);
        return;
    }
    pump_in_order(relay);
}

status relay_watch(struct relay *relay, int fd)
{
    relay->watch.ready = ready;
    return watch_start(&relay->watch, relay->carrier->shard->loop, fd,
                       EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

status relay_new(struct carrier *carrier, struct relay **out)
{
    struct relay *const relay = calloc(1, sizeof *relay);
    if (!relay)
        return FAIL(EXHAUSTED, "no memory for a connection");
    relay->carrier = carrier;
    relay->watch.fd = -1;
    relay->backend = -1;
    relay->pump.run = pump_task;
    relay->next = carrier->first;
    if (relay->next)
        relay->next->previous = relay;
    carrier->first = relay;
    atomic_fetch_add(&carrier->shard->relay_count, 1);
    add(1, &carrier->counters->streams);
    add(1, &carrier->counters->streams_begun);
    *out = relay;
    return OK;
}

/* The stream is new: its credit is more than any application says early. */
static status send_early(struct relay *relay, slice early)
{
    stream_set_owner(relay->stream, relay);
    add(early.size, &relay->carrier->counters->bytes_out);
    return stream_send(relay->stream, early);
}

status relay_open(struct carrier *carrier, struct application *application)
{
    struct relay *relay = NULL;
    const struct stream_opening opening = {
        .destination = slice_of_text(application->destination),
        .source = slice_of_text(application->source),
        .wants_answer = application->answers != NULL,
    };
    status done = relay_new(carrier, &relay);
    if (done.fault) {
        application_refuse(application, STREAM_RESET_LIMIT);
        return done;
    }
    done = relay_watch(relay, application->fd);
    relay->watch.fd = application->fd;
    relay->answers = application->answers;
    if (!done.fault)
        done = lane_open_stream(carrier->lane, &opening, &relay->stream);
    if (!done.fault)
        done = send_early(relay, buffer_view(&application->early));
    application_clear(application);
    if (done.fault) {
        refuse_application(relay, STREAM_RESET_LIMIT);
        return done;
    }
    relay_push_later(relay);
    return OK;
}
