/* SPDX-License-Identifier: Apache-2.0 */
#include "net/worker.h"

#include <pthread.h>
#include <stdlib.h>

enum { WORKER_THREADS_MAX = 8 };

struct worker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *first, *last;
    bool stopping;
    size_t thread_count;
    pthread_t threads[WORKER_THREADS_MAX];
};

static struct job *next_job(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    while (!worker->first && !worker->stopping)
        pthread_cond_wait(&worker->changed, &worker->lock);
    struct job *const job = worker->stopping ? NULL : worker->first;
    if (job) {
        worker->first = job->next;
        if (!worker->first)
            worker->last = NULL;
    }
    pthread_mutex_unlock(&worker->lock);
    return job;
}

static void *work(void *argument)
{
    for (struct job *job; (job = next_job(argument));)
        job->run(job);
    return NULL;
}

status worker_new(size_t thread_count, struct worker **out)
{
    struct worker *const worker = calloc(1, sizeof *worker);
    if (!worker)
        return FAIL(EXHAUSTED, "no memory for worker threads");
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->changed, NULL);
    while (worker->thread_count < thread_count && worker->thread_count < WORKER_THREADS_MAX) {
        if (pthread_create(&worker->threads[worker->thread_count], NULL, work, worker) != 0) {
            worker_free(worker);
            return FAIL(UNAVAILABLE, "a thread cannot be started");
        }
        worker->thread_count++;
    }
    *out = worker;
    return OK;
}

void worker_submit(struct worker *worker, struct job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&worker->lock);
    *(worker->last ? &worker->last->next : &worker->first) = job;
    worker->last = job;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    for (size_t i = 0; i < worker->thread_count; i++)
        pthread_join(worker->threads[i], NULL);
    for (struct job *job = worker->first, *next; job; job = next) {
        next = job->next;
        job->drop(job);
    }
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
