/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/turns.h"

void turns_begin(struct turns *turns)
{
    *turns = (struct turns){0};
    pthread_mutex_init(&turns->lock, NULL);
}

void turns_end(struct turns *turns)
{
    worker_free(turns->worker);
    turns->worker = NULL;
    pthread_mutex_destroy(&turns->lock);
}

/* ---- under the lock ---- */

static void append(struct turns *turns, struct turn *turn)
{
    turn->previous = turns->last;
    turn->next = NULL;
    *(turns->last ? &turns->last->next : &turns->first) = turn;
    turns->last = turn;
}

static void take_out(struct turns *turns, struct turn *turn)
{
    *(turn->previous ? &turn->previous->next : &turns->first) = turn->next;
    *(turn->next ? &turn->next->previous : &turns->last) = turn->previous;
}

/* The source's one in the queue, or the first of those that wait. */
static struct turn *find(const struct turns *turns, const struct address *source, bool is_queued)
{
    struct turn *turn = turns->first;
    while (turn && (turn->is_queued != is_queued || !address_same_host(&turn->source, source)))
        turn = turn->next;
    return turn;
}

static void queue(struct turns *turns, struct turn *turn)
{
    turn->is_queued = true;
    worker_submit(turns->worker, &turn->job);
}

/* ---- jobs ---- */

static void run(struct job *job)
{
    struct turn *const turn = EMBEDDED_IN(job, struct turn, job);
    struct turns *const turns = turn->turns;
    pthread_mutex_lock(&turns->lock);
    take_out(turns, turn);
    struct turn *const next = find(turns, &turn->source, false);
    if (next)
        queue(turns, next); /* behind every other source's */
    pthread_mutex_unlock(&turns->lock);
    turn->run(turn);
}

/* The worker ends: nobody else will call those that waited for this one. */
static void drop(struct job *job)
{
    struct turn *const turn = EMBEDDED_IN(job, struct turn, job);
    struct turns *const turns = turn->turns;
    struct turn *waits = NULL;
    do {
        pthread_mutex_lock(&turns->lock);
        waits = find(turns, &turn->source, false);
        if (waits)
            take_out(turns, waits);
        pthread_mutex_unlock(&turns->lock);
        if (waits)
            waits->drop(waits);
    } while (waits);
    pthread_mutex_lock(&turns->lock);
    take_out(turns, turn);
    pthread_mutex_unlock(&turns->lock);
    turn->drop(turn);
}

void turns_submit(struct turns *turns, struct turn *turn)
{
    if (!turns->worker) { /* ended, while the job before this one was still being told of */
        turn->drop(turn);
        return;
    }
    turn->turns = turns;
    turn->job = (struct job){run, drop, NULL};
    turn->is_queued = false;
    pthread_mutex_lock(&turns->lock);
    append(turns, turn);
    if (!find(turns, &turn->source, true))
        queue(turns, turn);
    pthread_mutex_unlock(&turns->lock);
}
