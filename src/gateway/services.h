/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The services that clients reach by name, and the machines behind each. A stream goes to the one
 * with the fewest; one that did not answer is left alone for a while, and tried when no other is
 * left. With `health:` each is also connected to now and then, so that it is known beforehand.
 */

#include "gateway/config.h"
#include "net/loop.h"

#include <stdatomic.h>

enum { BACKEND_REST_MS = 10000 /* after it did not answer */ };

struct shard;

struct backend {
    const struct endpoint *to;
    atomic_uint_fast64_t streams;       /* now */
    atomic_int_fast64_t rests_until_ms; /* INT64_MAX: until it answers a check */
};

struct service;

struct health_check {
    struct service *service;
    struct dial *dial; /* NULL: none is under way */
};

struct service {
    const struct config_egress *config;
    struct backend backends[EGRESS_BACKENDS_MAX];
    struct shard *shard; /* checks them */
    struct timer next_check;
    struct health_check checks[EGRESS_BACKENDS_MAX];
};

/* NULL when no service has exactly this name. */
struct service *service_find(struct service *services, size_t count, slice name);

/* The one to try next, of those whose bits are not in `tried`; -1: none is left. */
int service_pick(const struct service *service, uint32_t tried, int64_t now_ms);

/* What became of a try, or of a check. */
void backend_answered(struct service *service, size_t index);
void backend_failed(struct service *service, size_t index, int64_t now_ms, const char *why);
bool backend_is_resting(const struct backend *backend, int64_t now_ms);

void service_begin(struct service *service, const struct config_egress *config,
                   struct shard *shard);
/* On its shard: from now on, and until. */
void service_start_checks(struct service *service);
void service_end_checks(struct service *service);
