/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A few threads for what may take long: evidence hardware and name lookups. A job runs off the
 * loops and posts its own answer. One thread means one job at a time, in order.
 */

#include "base/bytes.h"

/* Belongs to the worker from worker_submit() until `run` or `drop` is called. */
struct job {
    void (*run)(struct job *job);
    void (*drop)(struct job *job); /* instead of run, when the worker ends first */
    struct job *next;
};

struct worker;
status worker_new(size_t thread_count, struct worker **out);
void worker_submit(struct worker *worker, struct job *job);

/* Waits for the jobs at hand and drops those that have not begun. */
void worker_free(struct worker *worker);
