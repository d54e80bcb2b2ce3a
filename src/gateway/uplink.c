/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/uplink.h"

#include "gateway/backoff.h"
#include "gateway/dial.h"
#include "gateway/report.h"
#include "net/log.h"

#include <stdio.h>

/* A link that held for so long was a good one: its loss is not yet a failure. */
enum { STEADY_MS = 10000 };

const char *uplink_phase_name(enum uplink_phase phase)
{
    static const char *const names[] = {"down", "connecting", "proving", "up"};
    return names[phase];
}

size_t uplink_index(const struct uplink *uplink)
{
    return (size_t)(uplink - uplink->gateway->uplinks);
}

const struct channel_context *uplink_context(const struct uplink *uplink)
{
    return &uplink->gateway->contexts[uplink_index(uplink)];
}

bool uplink_is_denied(const struct uplink *uplink)
{
    return atomic_load(&uplink->is_denied);
}

static void set_trouble(struct uplink *uplink, const char *text)
{
    pthread_mutex_lock(&uplink->gateway->registry.lock);
    snprintf(uplink->trouble, sizeof uplink->trouble, "%s", text);
    pthread_mutex_unlock(&uplink->gateway->registry.lock);
}

static void try_again(struct uplink *uplink)
{
    const struct moment now = loop_now(uplink->shard->loop);
    atomic_store(&uplink->phase, UPLINK_WAITS);
    if (uplink->shard->is_draining)
        return;
    const int64_t wait_ms = backoff_ms(uplink->failures++);
    atomic_store(&uplink->next_try_s, now.wall_s + (wait_ms + 999) / 1000);
    timer_set(&uplink->again, uplink->shard->loop, now.monotonic_ms + wait_ms);
}

static void failed(struct uplink *uplink, status why)
{
    LOG(WARNING, "link-failed", {"link", uplink->config->name, 0}, {"side", "client", 0},
        {"detail", why.fault->what, 0});
    set_trouble(uplink, why.fault->what);
    try_again(uplink);
}

static void dialed(void *owner, status outcome, int fd, const struct address *address)
{
    struct uplink *const uplink = owner;
    uplink->dial = NULL;
    atomic_store(&uplink->phase, UPLINK_PROVES);
    if (!outcome.fault)
        outcome = wire_begin_link(uplink, fd, address, &uplink->wire);
    if (outcome.fault)
        failed(uplink, outcome);
}

static void connect_now(struct timer *timer)
{
    uplink_start(EMBEDDED_IN(timer, struct uplink, again));
}

void uplink_start(struct uplink *uplink)
{
    atomic_store(&uplink->next_try_s, 0);
    atomic_store(&uplink->phase, UPLINK_CONNECTS);
    const status begun =
        dial_start(uplink->shard, &uplink->config->connect, NULL, dialed, uplink, &uplink->dial);
    if (begun.fault)
        failed(uplink, begun);
}

void uplink_opened(struct uplink *uplink)
{
    uplink->up_ms = loop_now(uplink->shard->loop).monotonic_ms;
    atomic_store(&uplink->is_denied, false);
    atomic_store(&uplink->phase, UPLINK_IS_UP);
    set_trouble(uplink, "");
}

void uplink_closed(struct uplink *uplink, bool was_refused)
{
    const struct channel_end *const end = channel_end(wire_channel(uplink->wire));
    char reasons[REASONS_TEXT_SIZE];
    const bool was_up = atomic_load(&uplink->phase) == UPLINK_IS_UP;
    if (was_up && loop_now(uplink->shard->loop).monotonic_ms - uplink->up_ms >= STEADY_MS)
        uplink->failures = 0;
    report_reasons(end, reasons);
    set_trouble(uplink, reasons[0] ? reasons : end->detail[0] ? end->detail : "the link ended");
    atomic_store(&uplink->is_denied, was_refused);
    uplink->wire = NULL;
    try_again(uplink);
}

void uplink_begin(struct uplink *uplink, struct gateway *gateway, size_t index)
{
    uplink->gateway = gateway;
    uplink->config = &gateway->config->links[index];
    uplink->shard = &gateway->shards[index % gateway->shard_count];
    uplink->again.fire = connect_now;
}

void uplink_end(struct uplink *uplink)
{
    timer_clear(&uplink->again);
    dial_cancel(uplink->dial);
    uplink->dial = NULL;
}
