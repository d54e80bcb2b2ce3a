/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/services.h"

#include "gateway/dial.h"
#include "net/log.h"

#include <unistd.h>

enum { MS_PER_S = 1000 };

struct service *service_find(struct service *services, size_t count, slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(slice_of_text(services[i].config->service), name))
            return &services[i];
    return NULL;
}

/* ---- choosing ---- */

bool backend_is_resting(const struct backend *backend, int64_t now_ms)
{
    return now_ms < atomic_load_explicit(&backend->rests_until_ms, memory_order_relaxed);
}

int service_pick(const struct service *service, uint32_t tried, int64_t now_ms)
{
    int best = -1;
    bool best_rests = false;
    uint_fast64_t best_streams = 0;
    for (size_t i = 0; i < service->config->to_count; i++) {
        const struct backend *const backend = &service->backends[i];
        const bool rests = backend_is_resting(backend, now_ms);
        const uint_fast64_t streams = atomic_load_explicit(&backend->streams, memory_order_relaxed);
        if (tried >> i & 1)
            continue;
        if (best >= 0 && (rests > best_rests || (rests == best_rests && streams >= best_streams)))
            continue;
        best = (int)i;
        best_rests = rests;
        best_streams = streams;
    }
    return best;
}

/* ---- what is known of them ---- */

static void say(enum log_level level, const char *event, const struct service *service,
                size_t index, const char *detail)
{
    char to[ENDPOINT_TEXT_SIZE];
    endpoint_text(service->backends[index].to, to);
    log_event(level, event,
              (const struct log_field[]){
                  {"service", service->config->service, 0}, {"to", to, 0}, {"detail", detail, 0}},
              3);
}

void backend_answered(struct service *service, size_t index)
{
    if (atomic_exchange(&service->backends[index].rests_until_ms, 0))
        say(LOG_LEVEL_INFO, "backend-up", service, index, "it answers again");
}

/* Where nobody checks it has its next chance by itself. */
void backend_failed(struct service *service, size_t index, int64_t now_ms, const char *why)
{
    const int64_t until_ms = service->config->health_s ? INT64_MAX : now_ms + BACKEND_REST_MS;
    if (!atomic_exchange(&service->backends[index].rests_until_ms, until_ms))
        say(LOG_LEVEL_WARNING, "backend-down", service, index, why);
}

/* ---- checks ---- */

static void checked(void *owner, status outcome, int fd, const struct address *address)
{
    struct health_check *const check = owner;
    struct service *const service = check->service;
    const size_t index = (size_t)(check - service->checks);
    (void)address;
    check->dial = NULL;
    if (outcome.fault) {
        backend_failed(service, index, loop_now(service->shard->loop).monotonic_ms,
                       outcome.fault->what);
        return;
    }
    backend_answered(service, index);
    close(fd);
}

static void check_all(struct timer *timer)
{
    struct service *const service = EMBEDDED_IN(timer, struct service, next_check);
    struct shard *const shard = service->shard;
    const int64_t now_ms = loop_now(shard->loop).monotonic_ms;
    for (size_t i = 0; i < service->config->to_count; i++) {
        struct health_check *const check = &service->checks[i];
        if (check->dial) /* the last one waits still */
            continue;
        const status begun =
            dial_start(shard, service->backends[i].to, NULL, checked, check, &check->dial);
        if (begun.fault)
            backend_failed(service, i, now_ms, begun.fault->what);
    }
    timer_set(timer, shard->loop, now_ms + (int64_t)service->config->health_s * MS_PER_S);
}

void service_begin(struct service *service, const struct config_egress *config, struct shard *shard)
{
    service->config = config;
    service->shard = shard;
    service->next_check.fire = check_all;
    for (size_t i = 0; i < config->to_count; i++) {
        service->backends[i].to = &config->to[i];
        service->checks[i].service = service;
    }
}

void service_start_checks(struct service *service)
{
    if (service->config->health_s)
        check_all(&service->next_check);
}

void service_end_checks(struct service *service)
{
    timer_clear(&service->next_check);
    for (size_t i = 0; i < service->config->to_count; i++) {
        dial_cancel(service->checks[i].dial);
        service->checks[i].dial = NULL;
    }
}
