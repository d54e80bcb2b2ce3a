/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One event loop, one thread. Descriptors first, then what other threads posted, then timers, then
 * the tasks that were put off to the end of the round. Callers embed the small structs below in
 * their own objects, so that nothing here allocates; only loop_post() and loop_stop() may be called
 * from other threads.
 */

#include "base/bytes.h"
#include "base/moment.h"

#include <sys/epoll.h>

struct loop;

/* A descriptor that is watched, level-triggered unless `interest` says EPOLLET. Whoever stops it
 * closes the descriptor. */
struct watch {
    void (*ready)(struct watch *watch, uint32_t events);
    struct loop *loop; /* NULL while not started */
    int fd;
    uint32_t interest;
};

struct timer {
    void (*fire)(struct timer *timer);
    struct loop *loop; /* NULL while not set */
    struct timer *earlier, *later;
    int64_t due_ms;
};

/* Runs once at the end of the round in which it was put off. */
struct task {
    void (*run)(struct task *task);
    struct task *next;
    struct loop *loop; /* NULL while not waiting */
};

/* Runs on the loop's thread; belongs to the loop from loop_post() until `run` is called. */
struct post {
    void (*run)(struct post *post);
    struct post *next;
};

status loop_new(struct loop **out);
void loop_free(struct loop *loop);

/* Until loop_stop(). */
status loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* Runs what was posted after the loop stopped, so that whoever owns it can free it. */
void loop_finish(struct loop *loop);

/* The moment at which this round began. */
struct moment loop_now(const struct loop *loop);

status watch_start(struct watch *watch, struct loop *loop, int fd, uint32_t interest);
void watch_change(struct watch *watch, uint32_t interest);
void watch_stop(struct watch *watch);

/* Sets or moves; INT64_MAX clears. Timers fire in the order of their times. */
void timer_set(struct timer *timer, struct loop *loop, int64_t due_ms);
void timer_clear(struct timer *timer);

void task_put_off(struct task *task, struct loop *loop);
void task_cancel(struct task *task);

void loop_post(struct loop *loop, struct post *post);

/* The object that embeds `member`. */
#define EMBEDDED_IN(pointer, type, member)                                                         \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))
