/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/shard.h"

#include "gateway/front.h"
#include "gateway/listener.h"
#include "gateway/route.h"
#include "gateway/uplink.h"
#include "gateway/wire.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_MS = 50, LAST_WORDS_MS = 1500 };

static void obey(struct post *post);
static void look(struct timer *timer);

static int64_t now_ms(const struct shard *shard)
{
    return loop_now(shard->loop).monotonic_ms;
}

status shard_begin(struct shard *shard, struct gateway *gateway, size_t index)
{
    const struct config *const config = gateway->config;
    shard->gateway = gateway;
    shard->index = index;
    shard->orders.run = obey;
    shard->ending.fire = look;
    shard->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    shard->routes = calloc(config->link_count + 1, sizeof *shard->routes);
    shard->acceptors = calloc(gateway->listener_count + 1, sizeof *shard->acceptors);
    shard->scratch = malloc(SCRATCH_SIZE);
    shard->wire_scratch = malloc(SCRATCH_SIZE);
    shard->delivery.data = malloc(SCRATCH_SIZE);
    if (!shard->routes || !shard->acceptors || !shard->scratch || !shard->wire_scratch ||
        !shard->delivery.data)
        return FAIL(EXHAUSTED, "no memory for a shard");
    TRY(loop_new(&shard->loop));
    for (size_t i = 0; i < config->link_count; i++)
        route_begin(&shard->routes[i], shard, i);
    return OK;
}

static status start(struct shard *shard)
{
    struct gateway *const gateway = shard->gateway;
    for (size_t i = 0; i < gateway->listener_count; i++)
        TRY(acceptor_begin(&shard->acceptors[i], shard, &gateway->listeners[i]));
    for (size_t i = 0; i < gateway->config->link_count; i++)
        if (gateway->uplinks[i].shard == shard)
            uplink_start(&gateway->uplinks[i]);
    for (size_t i = 0; i < gateway->config->egress_count; i++)
        if (gateway->services[i].shard == shard)
            service_start_checks(&gateway->services[i]);
    return OK;
}

void shard_run(struct shard *shard)
{
    shard->outcome = start(shard);
    if (!shard->outcome.fault)
        shard->outcome = loop_run(shard->loop);
}

/* ---- the end ---- */

static void end_checks(struct shard *shard)
{
    struct gateway *const gateway = shard->gateway;
    for (size_t i = 0; i < gateway->config->egress_count; i++)
        if (gateway->services[i].shard == shard)
            service_end_checks(&gateway->services[i]);
}

static void end(struct shard *shard)
{
    struct gateway *const gateway = shard->gateway;
    if (shard->is_ending)
        return;
    shard->is_ending = true;
    fronts_end(shard);
    end_checks(shard);
    for (size_t i = 0; i < gateway->config->link_count; i++) {
        if (gateway->uplinks[i].shard == shard)
            uplink_end(&gateway->uplinks[i]);
        route_end(&shard->routes[i]);
    }
    shard_close_wires(shard);
    shard->ends_ms = now_ms(shard) + LAST_WORDS_MS;
    timer_set(&shard->ending, shard->loop, now_ms(shard) + LOOK_MS);
}

static void drain(struct shard *shard)
{
    struct gateway *const gateway = shard->gateway;
    if (shard->is_draining)
        return;
    shard->is_draining = true;
    for (size_t i = 0; i < gateway->listener_count; i++)
        acceptor_end(&shard->acceptors[i]);
    for (size_t i = 0; i < gateway->config->link_count; i++)
        route_drain(&shard->routes[i]);
    for (struct wire *wire = shard->wires; wire; wire = wire->next)
        if (wire->role == ROLE_SERVER && wire->carrier.lane && wire->is_open && !wire->is_over &&
            !lane_drain(wire->carrier.lane).fault)
            task_put_off(&wire->carrier.push, shard->loop);
    shard->ends_ms = now_ms(shard) + (int64_t)gateway->config->drain_s * 1000;
    timer_set(&shard->ending, shard->loop, now_ms(shard) + LOOK_MS);
}

static bool serves_nobody(const struct gateway *gateway)
{
    for (size_t i = 0; i < gateway->shard_count; i++)
        if (atomic_load(&gateway->shards[i].relay_count))
            return false;
    return true;
}

static void look(struct timer *timer)
{
    struct shard *const shard = EMBEDDED_IN(timer, struct shard, ending);
    const bool is_time = now_ms(shard) >= shard->ends_ms;
    if (shard->is_ending && (is_time || !shard->wires)) {
        loop_stop(shard->loop);
        return;
    }
    timer_set(timer, shard->loop, now_ms(shard) + LOOK_MS);
    if (!shard->is_ending && (is_time || serves_nobody(shard->gateway)))
        end(shard);
}

static void obey(struct post *post)
{
    struct shard *const shard = EMBEDDED_IN(post, struct shard, orders);
    atomic_store(&shard->has_orders, false);
    const unsigned asked = atomic_load(&shard->gateway->stops_asked);
    if (asked)
        drain(shard);
    if (asked > 1)
        end(shard);
}

void shard_order(struct shard *shard)
{
    if (!atomic_exchange(&shard->has_orders, true))
        loop_post(shard->loop, &shard->orders);
}

void shard_close_wires(struct shard *shard)
{
    for (struct wire *wire = shard->wires, *next; wire; wire = next) {
        next = wire->next;
        wire_close(wire, NULL);
    }
}

void shard_end(struct shard *shard)
{
    if (shard->loop) {
        fronts_end(shard);
        end_checks(shard);
        for (size_t i = 0; i < shard->gateway->config->link_count; i++)
            route_end(&shard->routes[i]);
        while (shard->wires)
            wire_free(shard->wires);
    }
    loop_free(shard->loop);
    free(shard->routes);
    free(shard->acceptors);
    free(shard->scratch);
    free(shard->wire_scratch);
    free(shard->delivery.data);
    if (shard->spare_fd >= 0)
        close(shard->spare_fd);
}
