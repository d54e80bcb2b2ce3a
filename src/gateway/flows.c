/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/flows.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "gateway/dial.h"
#include "gateway/route.h"
#include "gateway/wire.h"
#include "net/datagrams.h"
#include "net/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BUCKETS = 4096,
    DATAGRAMS_A_ROUND = 64,
    EARLY_SIZE_MAX = 128 << 10,
    MS_PER_S = 1000,
};

struct flow {
    struct carrier *carrier;
    struct flow *previous, *next; /* of the carrier */
    struct stream *stream;        /* NULL: it is over */
    int64_t used_ms;
    struct timer idle;

    /* From an application. */
    struct flow_table *table; /* NULL: to a service */
    struct flow *next_in_bucket;
    struct address from;
    struct local_address at; /* where it sends to */

    /* To a service. */
    struct service *service; /* NULL: of none */
    int backend;
    struct dial *dial;   /* not there yet */
    struct buffer early; /* what came meanwhile, each after its size */
    struct watch watch;
};

struct flow_table {
    struct shard *shard;
    const struct listener *listener;
    struct watch watch;
    struct task more;
    struct flow *buckets[BUCKETS];
};

static int64_t now_ms(const struct shard *shard)
{
    return loop_now(shard->loop).monotonic_ms;
}

static int64_t idle_ms(const struct flow *flow)
{
    const uint32_t idle_s = flow->table     ? flow->table->listener->ingress->idle_s
                            : flow->service ? flow->service->config->idle_s
                                            : FLOW_IDLE_DEFAULT_S;
    return (int64_t)idle_s * MS_PER_S;
}

/* ---- beginning and ending ---- */

static size_t bucket_of(const struct address *from)
{
    uint64_t sum = from->any.sa_family == AF_INET ? from->v4.sin_addr.s_addr : 0;
    uint64_t word;
    for (size_t i = 0; from->any.sa_family == AF_INET6 && i < sizeof from->v6.sin6_addr;
         i += sizeof word) {
        memcpy(&word, from->v6.sin6_addr.s6_addr + i, sizeof word);
        sum ^= word;
    }
    sum = (sum ^ (uint64_t)from->v4.sin_port << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(sum >> 52) % BUCKETS;
}

static void leave_table(struct flow *flow)
{
    struct flow **at = &flow->table->buckets[bucket_of(&flow->from)];
    while (*at != flow)
        at = &(*at)->next_in_bucket;
    *at = flow->next_in_bucket;
}

static void flow_free(struct flow *flow)
{
    struct carrier *const carrier = flow->carrier;
    if (flow->table)
        leave_table(flow);
    if (flow->service && flow->backend >= 0)
        atomic_fetch_sub(&flow->service->backends[flow->backend].streams, 1);
    dial_cancel(flow->dial);
    buffer_clear(&flow->early);
    timer_clear(&flow->idle);
    watch_stop(&flow->watch);
    if (flow->watch.fd >= 0)
        close(flow->watch.fd);
    *(flow->previous ? &flow->previous->next : &carrier->first_flow) = flow->next;
    if (flow->next)
        flow->next->previous = flow->previous;
    carrier->shard->flow_count--;
    atomic_fetch_sub(&carrier->counters->streams, 1);
    free(flow);
}

static void end_flow(struct flow *flow, enum stream_reset reason)
{
    struct carrier *const carrier = flow->carrier;
    if (flow->stream)
        stream_reset(flow->stream, reason);
    flow_free(flow);
    task_put_off(&carrier->push, carrier->shard->loop);
}

/* Set when it begins, and looked at only when it fires: datagrams do not touch it. */
static void look(struct timer *timer)
{
    struct flow *const flow = EMBEDDED_IN(timer, struct flow, idle);
    struct shard *const shard = flow->carrier->shard;
    const int64_t ends_ms = flow->used_ms + idle_ms(flow);
    if (now_ms(shard) >= ends_ms)
        end_flow(flow, STREAM_RESET_IDLE);
    else
        timer_set(timer, shard->loop, ends_ms);
}

static status flow_new(struct carrier *carrier, struct flow **out)
{
    struct shard *const shard = carrier->shard;
    struct flow *const flow = shard->flow_count < FLOWS_MAX ? calloc(1, sizeof *flow) : NULL;
    if (!flow)
        return FAIL(EXHAUSTED, "no more flows of datagrams");
    *flow = (struct flow){.carrier = carrier,
                          .next = carrier->first_flow,
                          .used_ms = now_ms(shard),
                          .idle = {.fire = look},
                          .backend = -1,
                          .watch = {.fd = -1}};
    if (flow->next)
        flow->next->previous = flow;
    carrier->first_flow = flow;
    shard->flow_count++;
    atomic_fetch_add(&carrier->counters->streams, 1);
    atomic_fetch_add(&carrier->counters->streams_begun, 1);
    *out = flow;
    return OK;
}

static void begin_to_idle(struct flow *flow)
{
    timer_set(&flow->idle, flow->carrier->shard->loop, flow->used_ms + idle_ms(flow));
}

void flows_abort(struct carrier *carrier)
{
    while (carrier->first_flow) {
        carrier->first_flow->stream = NULL; /* dead with its lane */
        flow_free(carrier->first_flow);
    }
}

/* ---- from the socket to the stream ---- */

static void send_on(struct flow *flow, slice datagram)
{
    struct carrier *const carrier = flow->carrier;
    flow->used_ms = now_ms(carrier->shard);
    const status sent = stream_send_datagram(flow->stream, datagram);
    atomic_uint_fast64_t *const counter =
        sent.fault ? &carrier->counters->datagrams_dropped : &carrier->counters->bytes_out;
    atomic_fetch_add_explicit(counter, sent.fault ? 1 : datagram.size, memory_order_relaxed);
    task_put_off(&carrier->push, carrier->shard->loop);
}

/* ---- from the stream to the socket ---- */

static status hold(struct flow *flow, slice datagram)
{
    uint8_t size[2];
    struct writer writer = writer_over(size, sizeof size);
    write_be16(&writer, (uint16_t)datagram.size);
    if (datagram.size + sizeof size > EARLY_SIZE_MAX - flow->early.size)
        return FAIL(EXHAUSTED, "too much came before the service was reached");
    TRY(buffer_append(&flow->early, SLICE(size)));
    return buffer_append(&flow->early, datagram);
}

static status send_away(struct flow *flow, slice datagram)
{
    if (flow->table)
        return datagram_send(flow->table->watch.fd, datagram, &flow->from, &flow->at);
    if (flow->dial)
        return hold(flow, datagram);
    return send(flow->watch.fd, datagram.data, datagram.size, MSG_NOSIGNAL) < 0
               ? FAIL(UNAVAILABLE, "the datagram was not taken")
               : OK;
}

static void deliver(struct flow *flow, slice datagram)
{
    struct carrier *const carrier = flow->carrier;
    const status sent = send_away(flow, datagram);
    atomic_uint_fast64_t *const counter =
        sent.fault ? &carrier->counters->datagrams_dropped : &carrier->counters->bytes_in;
    atomic_fetch_add_explicit(counter, sent.fault ? 1 : datagram.size, memory_order_relaxed);
    flow->used_ms = now_ms(carrier->shard);
}

void flow_take(struct carrier *carrier, const struct lane_event *event)
{
    struct flow *const flow = stream_owner(event->stream);
    (void)carrier;
    if (!flow)
        return;
    if (event->kind == LANE_STREAM_DATAGRAM) {
        deliver(flow, event->payload);
    } else if (event->kind == LANE_STREAM_RESET) {
        flow->stream = NULL;
        flow_free(flow);
    }
}

/* ---- applications ---- */

static struct flow *find_flow(struct flow_table *table, const struct address *from)
{
    struct flow *flow = table->buckets[bucket_of(from)];
    while (flow && !address_equal(&flow->from, from))
        flow = flow->next_in_bucket;
    return flow;
}

static status open_flow(struct flow_table *table, const struct address *from,
                        const struct local_address *at, struct flow **out)
{
    const struct config_ingress *const ingress = table->listener->ingress;
    struct carrier *const carrier = route_carrier(&table->shard->routes[ingress->link]);
    char source[ADDRESS_TEXT_SIZE];
    struct flow *flow = NULL;
    address_text(from, source);
    const struct stream_opening opening = {
        .destination = slice_of_text(ingress->destination),
        .source = slice_of_text(source),
        .is_datagrams = true,
    };
    if (!carrier)
        return FAIL(UNAVAILABLE, "the link is down");
    TRY(flow_new(carrier, &flow));
    flow->table = table;
    flow->from = *from;
    flow->at = *at;
    flow->next_in_bucket = table->buckets[bucket_of(from)];
    table->buckets[bucket_of(from)] = flow;
    const status opened = lane_open_stream(carrier->lane, &opening, &flow->stream);
    if (opened.fault) {
        flow_free(flow);
        return opened;
    }
    stream_set_owner(flow->stream, flow);
    begin_to_idle(flow);
    *out = flow;
    return OK;
}

/* False when none waits any more. */
static bool take_one(struct flow_table *table)
{
    struct shard *const shard = table->shard;
    struct address from;
    struct local_address at;
    size_t size;
    const status received =
        datagram_receive(table->watch.fd, shard->scratch, DATAGRAM_SIZE_MAX, &size, &from, &at);
    if (received.fault)
        return received.fault->failure != FAILURE_UNEXPECTED;
    struct flow *flow = find_flow(table, &from);
    if (!flow && open_flow(table, &from, &at, &flow).fault) {
        atomic_fetch_add(&shard->gateway->shed_count, 1);
        return true;
    }
    flow->at = at;
    send_on(flow, (slice){shard->scratch, size});
    return true;
}

static void take_some(struct flow_table *table)
{
    for (int i = 0; i < DATAGRAMS_A_ROUND; i++)
        if (!take_one(table))
            return;
    task_put_off(&table->more, table->shard->loop);
}

static void more(struct task *task)
{
    take_some(EMBEDDED_IN(task, struct flow_table, more));
}

static void sent_to_us(struct watch *watch, uint32_t events)
{
    (void)events;
    take_some(EMBEDDED_IN(watch, struct flow_table, watch));
}

struct flow_table *flow_table_begin(struct shard *shard, const struct listener *listener)
{
    struct flow_table *const table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->shard = shard;
    table->listener = listener;
    table->watch.ready = sent_to_us;
    table->more.run = more;
    if (!watch_start(&table->watch, shard->loop, listener->fd, EPOLLIN | EPOLLET).fault)
        return table;
    free(table);
    return NULL;
}

void flow_table_end(struct flow_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (table->buckets[i])
            end_flow(table->buckets[i], STREAM_RESET_ENDED);
    watch_stop(&table->watch);
    task_cancel(&table->more);
    free(table);
}

/* ---- services ---- */

static void answered(struct watch *watch, uint32_t events)
{
    struct flow *const flow = EMBEDDED_IN(watch, struct flow, watch);
    uint8_t *const scratch = flow->carrier->shard->scratch;
    (void)events;
    for (int i = 0; i < DATAGRAMS_A_ROUND; i++) {
        const ssize_t size = recv(watch->fd, scratch, DATAGRAM_SIZE_MAX, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (size < 0) { /* what the network told of one that we sent */
            end_flow(flow, STREAM_RESET_UNREACHABLE);
            return;
        }
        send_on(flow, (slice){scratch, (size_t)size});
    }
}

static void send_early(struct flow *flow)
{
    struct reader reader = reader_of(buffer_view(&flow->early));
    while (reader.left.size) {
        const slice datagram = read_bytes(&reader, read_be16(&reader));
        const status sent = send_away(flow, datagram);
        if (sent.fault)
            atomic_fetch_add(&flow->carrier->counters->datagrams_dropped, 1);
    }
    buffer_clear(&flow->early);
}

static void connected(void *owner, status outcome, int fd, const struct address *address)
{
    struct flow *const flow = owner;
    (void)address;
    flow->dial = NULL;
    if (outcome.fault) {
        end_flow(flow, outcome.fault->failure == FAILURE_DENIED ? STREAM_RESET_REFUSED
                                                                : STREAM_RESET_UNREACHABLE);
        return;
    }
    flow->watch.ready = answered;
    const status watched = watch_start(&flow->watch, flow->carrier->shard->loop, fd, EPOLLIN);
    flow->watch.fd = fd;
    if (watched.fault || stream_connected(flow->stream).fault) {
        end_flow(flow, STREAM_RESET_LIMIT);
        return;
    }
    task_put_off(&flow->carrier->push, flow->carrier->shard->loop);
    send_early(flow);
}

static status begin_dial(struct flow *flow, const struct serving *serving)
{
    struct shard *const shard = flow->carrier->shard;
    const struct endpoint *to = serving->to;
    if (serving->service) {
        flow->service = serving->service;
        flow->backend = service_pick(serving->service, 0, now_ms(shard));
        atomic_fetch_add(&serving->service->backends[flow->backend].streams, 1);
        to = serving->service->backends[flow->backend].to;
    }
    return dial_start(shard, to, serving->allowed, connected, flow, &flow->dial);
}

status flow_serve(struct carrier *carrier, struct stream *stream, const struct serving *serving)
{
    struct flow *flow = NULL;
    TRY(flow_new(carrier, &flow));
    const status begun = begin_dial(flow, serving);
    if (begun.fault) {
        flow_free(flow);
        return begun;
    }
    flow->stream = stream;
    stream_set_owner(stream, flow);
    begin_to_idle(flow);
    return OK;
}
