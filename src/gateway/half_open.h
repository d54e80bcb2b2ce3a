/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Connections that have not proved anything yet, counted by where they come from, so that one
 * source cannot take all the places. Callable from every thread.
 */

#include "net/socket.h"

#include <pthread.h>

enum { HALF_OPEN_MAX = 1024, HALF_OPEN_PER_SOURCE_MAX = 64 };

struct half_open {
    pthread_mutex_t lock;
    size_t source_count, total;
    struct {
        struct address host;
        size_t count;
    } sources[HALF_OPEN_MAX];
};

void half_open_begin(struct half_open *half_open);
void half_open_end(struct half_open *half_open);

/* EXHAUSTED, saying which limit, when there is no place for another. */
status half_open_enter(struct half_open *half_open, const struct address *host);
void half_open_leave(struct half_open *half_open, const struct address *host);
