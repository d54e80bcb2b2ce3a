/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/dial.h"

#include "gateway/capture.h"

#include <stdlib.h>
#include <unistd.h>

/* Outlives a dial that is cancelled while the resolver thinks. */
struct lookup {
    struct job job;
    struct post post;
    struct shard *shard;
    struct dial *dial; /* NULL: nobody waits any more */
    struct endpoint endpoint;
    status outcome;
    struct address addresses[ADDRESSES_MAX];
    size_t count;
};

struct dial {
    struct shard *shard;
    dial_done *done;
    void *owner;
    struct lookup *lookup;
    struct task begin; /* never calls back before dial_start() returned */
    struct watch watch;
    struct timer timer;
    int64_t until_ms;
    const struct allow_list *allowed; /* NULL: every address is */
    status failure;                   /* of the last address */
    struct address addresses[ADDRESSES_MAX];
    size_t count, at;
};

static void stop_trying(struct dial *dial)
{
    if (!dial->watch.loop)
        return;
    watch_stop(&dial->watch);
    close(dial->watch.fd);
}

void dial_cancel(struct dial *dial)
{
    if (!dial)
        return;
    stop_trying(dial);
    timer_clear(&dial->timer);
    task_cancel(&dial->begin);
    if (dial->lookup)
        dial->lookup->dial = NULL;
    free(dial);
}

static void finish(struct dial *dial, status outcome, int fd)
{
    dial_done *const done = dial->done;
    void *const owner = dial->owner;
    const struct address address = dial->addresses[dial->at < dial->count ? dial->at : 0];
    dial_cancel(dial);
    done(owner, outcome, fd, &address);
}

/* Leaves the rest of the time to the addresses that follow, in equal parts. */
static void try_next(struct dial *dial)
{
    const int64_t now_ms = loop_now(dial->shard->loop).monotonic_ms;
    for (; dial->at < dial->count && now_ms < dial->until_ms; dial->at++) {
        int fd = -1;
        /* What we open ourselves is never captured. */
        dial->addresses[dial->at].mark =
            dial->shard->gateway->config->captured.count ? CAPTURE_MARK_OWN : 0;
        dial->failure = socket_connect(&dial->addresses[dial->at], &fd);
        if (dial->failure.fault)
            continue;
        dial->failure = watch_start(&dial->watch, dial->shard->loop, fd, EPOLLOUT);
        if (dial->failure.fault) {
            close(fd);
            continue;
        }
        const int64_t left = (int64_t)(dial->count - dial->at);
        timer_set(&dial->timer, dial->shard->loop, now_ms + (dial->until_ms - now_ms) / left);
        return;
    }
    finish(dial, dial->failure, -1);
}

static void tried(struct watch *watch, uint32_t events)
{
    struct dial *const dial = EMBEDDED_IN(watch, struct dial, watch);
    const int fd = watch->fd;
    (void)events;
    dial->failure = socket_outcome(fd);
    if (dial->failure.fault) {
        stop_trying(dial);
        dial->at++;
        try_next(dial);
        return;
    }
    watch_stop(watch);
    finish(dial, OK, fd);
}

static void out_of_time(struct timer *timer)
{
    struct dial *const dial = EMBEDDED_IN(timer, struct dial, timer);
    dial->failure = FAIL(UNAVAILABLE, "no answer in time");
    stop_trying(dial);
    if (dial->lookup) {
        finish(dial, dial->failure, -1);
        return;
    }
    dial->at++;
    try_next(dial);
}

/* Whatever the name says: only where the list lets it go. */
static void keep_allowed(struct dial *dial, const struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        if (!dial->allowed ||
            allow_address(dial->allowed, &lookup->endpoint, &lookup->addresses[i]))
            dial->addresses[dial->count++] = lookup->addresses[i];
    if (lookup->count && !dial->count)
        dial->failure = FAIL(DENIED, "the name has only addresses that are not allowed");
}

static void looked_up(struct post *post)
{
    struct lookup *const lookup = EMBEDDED_IN(post, struct lookup, post);
    struct dial *const dial = lookup->dial;
    if (dial) {
        dial->lookup = NULL;
        /* Addresses that come too late are not tried. */
        dial->failure =
            lookup->outcome.fault ? lookup->outcome : FAIL(UNAVAILABLE, "no answer in time");
        keep_allowed(dial, lookup);
        timer_clear(&dial->timer);
        try_next(dial);
    }
    free(lookup);
}

static void look_up(struct job *job)
{
    struct lookup *const lookup = EMBEDDED_IN(job, struct lookup, job);
    lookup->outcome = endpoint_resolve(&lookup->endpoint, lookup->addresses, &lookup->count);
    loop_post(lookup->shard->loop, &lookup->post);
}

static void drop_lookup(struct job *job)
{
    struct lookup *const lookup = EMBEDDED_IN(job, struct lookup, job);
    loop_post(lookup->shard->loop, &lookup->post);
}

static void begin(struct task *task)
{
    try_next(EMBEDDED_IN(task, struct dial, begin));
}

static struct dial *dial_new(struct shard *shard, dial_done *done, void *owner)
{
    struct dial *const dial = calloc(1, sizeof *dial);
    if (!dial)
        return NULL;
    dial->shard = shard;
    dial->done = done;
    dial->owner = owner;
    dial->begin.run = begin;
    dial->watch.ready = tried;
    dial->timer.fire = out_of_time;
    dial->until_ms = loop_now(shard->loop).monotonic_ms +
                     (int64_t)shard->gateway->config->connect_timeout_s * 1000;
    dial->failure = FAIL(UNAVAILABLE, "no address to connect to");
    return dial;
}

status dial_start_address(struct shard *shard, const struct address *address, dial_done *done,
                          void *owner, struct dial **out)
{
    struct dial *const dial = dial_new(shard, done, owner);
    if (!dial)
        return FAIL(EXHAUSTED, "no memory to connect");
    dial->addresses[0] = *address;
    dial->count = 1;
    task_put_off(&dial->begin, shard->loop);
    *out = dial;
    return OK;
}

status dial_start(struct shard *shard, const struct endpoint *endpoint,
                  const struct allow_list *allowed, dial_done *done, void *owner, struct dial **out)
{
    struct address address;
    if (!endpoint_number(endpoint, &address).fault)
        return allowed && !allow_address(allowed, endpoint, &address)
                   ? FAIL(DENIED, "the address is not allowed")
                   : dial_start_address(shard, &address, done, owner, out);

    struct dial *const dial = dial_new(shard, done, owner);
    struct lookup *const lookup = calloc(1, sizeof *lookup);
    if (!dial || !lookup) {
        free(dial);
        free(lookup);
        return FAIL(EXHAUSTED, "no memory to connect");
    }
    *lookup = (struct lookup){.job = {look_up, drop_lookup, NULL},
                              .post = {.run = looked_up},
                              .shard = shard,
                              .dial = dial,
                              .endpoint = *endpoint,
                              .outcome = FAIL(UNAVAILABLE, "the gateway ends")};
    dial->lookup = lookup;
    dial->allowed = allowed;
    timer_set(&dial->timer, shard->loop, dial->until_ms);
    worker_submit(shard->gateway->resolver, &lookup->job);
    *out = dial;
    return OK;
}
