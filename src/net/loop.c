/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include "net/clock.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_A_ROUND = 128 };

struct loop {
    int epoll_fd, event_fd;
    struct moment now;
    struct watch wake_up;
    struct timer *first_timer, *last_timer;
    struct task *first_task, *last_task;
    struct epoll_event events[EVENTS_A_ROUND];
    int event_count, event_at;
    atomic_bool stopping;
    pthread_mutex_t lock; /* guards the posts */
    struct post *first_post, *last_post;
};

static bool take_posts(struct loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct post *post = loop->first_post;
    loop->first_post = loop->last_post = NULL;
    pthread_mutex_unlock(&loop->lock);
    const bool had_some = post;
    for (struct post *next; post; post = next) {
        next = post->next;
        post->run(post);
    }
    return had_some;
}

static void woken_up(struct watch *watch, uint32_t events)
{
    uint64_t count;
    (void)events;
    if (read(watch->fd, &count, sizeof count) < 0 && errno != EAGAIN)
        return; /* level-triggered: tried again in the next round */
    take_posts(watch->loop);
}

void loop_finish(struct loop *loop)
{
    while (take_posts(loop))
        continue;
}

status loop_new(struct loop **out)
{
    struct loop *const loop = calloc(1, sizeof *loop);
    if (!loop)
        return FAIL(EXHAUSTED, "no memory for an event loop");
    pthread_mutex_init(&loop->lock, NULL);
    loop->now = clock_now();
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->wake_up.ready = woken_up;
    status started = FAIL(UNAVAILABLE, "no descriptors for an event loop");
    if (loop->epoll_fd >= 0 && loop->event_fd >= 0)
        started = watch_start(&loop->wake_up, loop, loop->event_fd, EPOLLIN);
    if (started.fault) {
        loop_free(loop);
        return started;
    }
    *out = loop;
    return OK;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->event_fd >= 0)
        close(loop->event_fd);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
}

struct moment loop_now(const struct loop *loop)
{
    return loop->now;
}

static void wake_up(struct loop *loop)
{
    const uint64_t one = 1;
    /* Full means that it is awake already. */
    if (write(loop->event_fd, &one, sizeof one) < 0)
        return;
}

void loop_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    wake_up(loop);
}

void loop_post(struct loop *loop, struct post *post)
{
    post->next = NULL;
    pthread_mutex_lock(&loop->lock);
    const bool was_empty = !loop->first_post;
    *(loop->last_post ? &loop->last_post->next : &loop->first_post) = post;
    loop->last_post = post;
    pthread_mutex_unlock(&loop->lock);
    if (was_empty)
        wake_up(loop);
}

/* ---- descriptors ---- */

status watch_start(struct watch *watch, struct loop *loop, int fd, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return FAIL(UNAVAILABLE, "a descriptor cannot be watched");
    watch->loop = loop;
    watch->fd = fd;
    watch->interest = interest;
    return OK;
}

void watch_change(struct watch *watch, uint32_t interest)
{
    if (!watch->loop || watch->interest == interest)
        return;
    struct epoll_event event = {.events = interest, .data.ptr = watch};
    /* Cannot fail for a descriptor that is being watched, except without memory: then it stays. */
    if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) == 0)
        watch->interest = interest;
}

void watch_stop(struct watch *watch)
{
    struct loop *const loop = watch->loop;
    if (!loop)
        return;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = loop->event_at; i < loop->event_count; i++) /* it may be freed before its turn */
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    watch->loop = NULL;
}

/* ---- timers: a list in order of time; nearly all are set far ahead, so it is searched from there
 */

void timer_clear(struct timer *timer)
{
    struct loop *const loop = timer->loop;
    if (!loop)
        return;
    *(timer->earlier ? &timer->earlier->later : &loop->first_timer) = timer->later;
    *(timer->later ? &timer->later->earlier : &loop->last_timer) = timer->earlier;
    timer->earlier = timer->later = NULL;
    timer->loop = NULL;
}

void timer_set(struct timer *timer, struct loop *loop, int64_t due_ms)
{
    if (timer->loop && timer->due_ms == due_ms)
        return;
    timer_clear(timer);
    if (due_ms == INT64_MAX)
        return;
    struct timer *earlier = loop->last_timer;
    while (earlier && earlier->due_ms > due_ms)
        earlier = earlier->earlier;
    timer->loop = loop;
    timer->due_ms = due_ms;
    timer->earlier = earlier;
    timer->later = earlier ? earlier->later : loop->first_timer;
    *(timer->earlier ? &timer->earlier->later : &loop->first_timer) = timer;
    *(timer->later ? &timer->later->earlier : &loop->last_timer) = timer;
}

static void fire_timers(struct loop *loop)
{
    while (loop->first_timer && loop->first_timer->due_ms <= loop->now.monotonic_ms) {
        struct timer *const timer = loop->first_timer;
        timer_clear(timer);
        timer->fire(timer);
    }
}

static int wait_ms(const struct loop *loop)
{
    if (loop->first_task)
        return 0;
    if (!loop->first_timer)
        return -1;
    const int64_t left_ms = loop->first_timer->due_ms - clock_now().monotonic_ms;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* ---- tasks ---- */

void task_put_off(struct task *task, struct loop *loop)
{
    if (task->loop)
        return;
    task->loop = loop;
    task->next = NULL;
    *(loop->last_task ? &loop->last_task->next : &loop->first_task) = task;
    loop->last_task = task;
}

void task_cancel(struct task *task)
{
    struct loop *const loop = task->loop;
    if (!loop)
        return;
    struct task *before = NULL, *at = loop->first_task;
    while (at != task) {
        before = at;
        at = at->next;
    }
    *(before ? &before->next : &loop->first_task) = task->next;
    if (loop->last_task == task)
        loop->last_task = before;
    task->loop = NULL;
}

/* Those that are put off meanwhile wait for the next round, so that descriptors get their turn. */
static void run_tasks(struct loop *loop)
{
    struct task *const last = loop->last_task;
    for (bool was_last = !last; !was_last && loop->first_task;) {
        struct task *const task = loop->first_task;
        was_last = task == last;
        task_cancel(task);
        task->run(task);
    }
}

status loop_run(struct loop *loop)
{
    while (!atomic_load(&loop->stopping)) {
        const int count = epoll_wait(loop->epoll_fd, loop->events, EVENTS_A_ROUND, wait_ms(loop));
        if (count < 0 && errno != EINTR)
            return FAIL(INTERNAL, "waiting for descriptors failed");
        loop->now = clock_now();
        loop->event_count = count > 0 ? count : 0;
        for (loop->event_at = 0; loop->event_at < loop->event_count;) {
            const struct epoll_event event = loop->events[loop->event_at++];
            struct watch *const watch = event.data.ptr;
            if (watch)
                watch->ready(watch, event.events);
        }
        loop->event_count = 0;
        fire_timers(loop);
        run_tasks(loop);
    }
    return OK;
}
