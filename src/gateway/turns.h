/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Jobs of many sources for one worker, source by source: each has one job in the worker's queue,
 * and its others wait here. Whoever asks a thousand times so delays others no more than whoever
 * asks once. Callable from every thread.
 */

#include "net/loop.h"
#include "net/socket.h"
#include "net/worker.h"

#include <pthread.h>

struct turns;

/* Belongs to the turns from turns_submit() until `run` or `drop` is called, as a job does. */
struct turn {
    struct address source; /* told apart as address_same_host() does */
    void (*run)(struct turn *turn);
    void (*drop)(struct turn *turn);
    struct job job;
    struct turns *turns;
    struct turn *previous, *next;
    bool is_queued; /* with the worker */
};

struct turns {
    pthread_mutex_t lock;
    struct worker *worker;
    struct turn *first, *last; /* all that have not begun, in the order in which they came */
};

/* The worker may be set later, before the first is submitted, and is owned. */
void turns_begin(struct turns *turns);
void turns_submit(struct turns *turns, struct turn *turn);
/* Waits for the job at hand and drops the others, and whatever is submitted later. */
void turns_end(struct turns *turns);
