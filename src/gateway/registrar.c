/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/registrar.h"

#include "net/log.h"
#include "preload/register.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 128, ACCEPTS_A_ROUND = 64, ANNOUNCER_PATIENCE_MS = 2000, ANNOUNCERS_MAX = 1024 };

struct registration {
    struct address source;
    int64_t until_ms;
    char destination[STREAM_DESTINATION_MAX + 1]; /* empty: the place is free */
};

/* A program that has connected and not said yet. */
struct announcer {
    struct registrar *registrar;
    struct announcer *previous, *next;
    struct watch watch;
    struct timer patience;
};

struct registrar {
    struct shard *shard;
    struct watch watch;
    uint16_t port;
    char path[HOST_SIZE_MAX];
    struct announcer *first;
    size_t announcer_count;
    pthread_mutex_t lock; /* of what follows */
    struct registration registrations[REGISTRATIONS_MAX];
};

/* ---- what was announced ---- */

static bool add(struct registrar *registrar, const struct address *source, slice destination,
                int64_t now_ms)
{
    bool added = false;
    pthread_mutex_lock(&registrar->lock);
    for (size_t i = 0; i < REGISTRATIONS_MAX && !added; i++) {
        struct registration *const place = &registrar->registrations[i];
        added = !*place->destination || place->until_ms <= now_ms ||
                address_equal(&place->source, source);
        if (!added)
            continue;
        place->source = *source;
        place->until_ms = now_ms + REGISTRATION_LIFE_MS;
        memcpy(place->destination, destination.data, destination.size);
        place->destination[destination.size] = 0;
    }
    pthread_mutex_unlock(&registrar->lock);
    return added;
}

bool registrar_take(struct registrar *registrar, const struct address *source, int64_t now_ms,
                    char out_destination[STREAM_DESTINATION_MAX + 1])
{
    bool found = false;
    pthread_mutex_lock(&registrar->lock);
    for (size_t i = 0; i < REGISTRATIONS_MAX && !found; i++) {
        struct registration *const place = &registrar->registrations[i];
        if (!*place->destination || !address_equal(&place->source, source))
            continue;
        found = place->until_ms > now_ms;
        memcpy(out_destination, place->destination, sizeof place->destination);
        *place->destination = 0;
    }
    pthread_mutex_unlock(&registrar->lock);
    return found;
}

/* ---- announcers ---- */

static void announcer_free(struct announcer *announcer)
{
    struct registrar *const registrar = announcer->registrar;
    const int fd = announcer->watch.fd;
    watch_stop(&announcer->watch);
    timer_clear(&announcer->patience);
    close(fd);
    *(announcer->previous ? &announcer->previous->next : &registrar->first) = announcer->next;
    if (announcer->next)
        announcer->next->previous = announcer->previous;
    registrar->announcer_count--;
    free(announcer);
}

static bool read_source(slice text, struct address *out)
{
    char source[REGISTER_SOURCE_MAX + 1] = "";
    struct endpoint endpoint;
    memcpy(source, text.data, text.size);
    return !memchr(source, 0, text.size) && !endpoint_read(source, false, &endpoint).fault &&
           !endpoint_number(&endpoint, out).fault;
}

static uint16_t answer_to(struct registrar *registrar, slice question)
{
    slice source_text, destination;
    struct address source;
    const int64_t now_ms = loop_now(registrar->shard->loop).monotonic_ms;
    if (registrar->shard->is_draining ||
        register_question_read(question, &source_text, &destination).fault ||
        memchr(destination.data, 0, destination.size) || !read_source(source_text, &source))
        return 0;
    return add(registrar, &source, destination, now_ms) ? registrar->port : 0;
}

static void said(struct watch *watch, uint32_t events)
{
    struct announcer *const announcer = EMBEDDED_IN(watch, struct announcer, watch);
    uint8_t question[REGISTER_QUESTION_MAX + 1], answer[REGISTER_ANSWER_SIZE];
    struct writer writer = writer_over(answer, sizeof answer);
    const ssize_t size = recv(watch->fd, question, sizeof question, MSG_DONTWAIT);
    (void)events;
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size > 0) {
        register_answer_write(&writer,
                              answer_to(announcer->registrar, (slice){question, (size_t)size}));
        if (send(watch->fd, answer, writer.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            LOG(DEBUG, "announcer-gone", {"path", announcer->registrar->path, 0});
    }
    announcer_free(announcer);
}

static void out_of_patience(struct timer *timer)
{
    announcer_free(EMBEDDED_IN(timer, struct announcer, patience));
}

static void welcome(struct registrar *registrar, int fd)
{
    struct loop *const loop = registrar->shard->loop;
    struct announcer *const announcer =
        registrar->announcer_count < ANNOUNCERS_MAX ? calloc(1, sizeof *announcer) : NULL;
    if (!announcer) {
        close(fd);
        return;
    }
    *announcer = (struct announcer){.registrar = registrar,
                                    .next = registrar->first,
                                    .watch = {.fd = fd, .ready = said},
                                    .patience = {.fire = out_of_patience}};
    if (announcer->next)
        announcer->next->previous = announcer;
    registrar->first = announcer;
    registrar->announcer_count++;
    timer_set(&announcer->patience, loop, loop_now(loop).monotonic_ms + ANNOUNCER_PATIENCE_MS);
    if (watch_start(&announcer->watch, loop, fd, EPOLLIN).fault)
        announcer_free(announcer);
}

static void ready(struct watch *watch, uint32_t events)
{
    struct registrar *const registrar = EMBEDDED_IN(watch, struct registrar, watch);
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        const int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        welcome(registrar, fd);
    }
}

/* ---- from the beginning to the end ---- */

static status listen_at(const struct endpoint *path, int *out_fd)
{
    struct address address;
    TRY(endpoint_number(path, &address));
    return socket_listen_for_packets(&address, out_fd);
}

status registrar_new(const struct endpoint *path, uint16_t port, struct registrar **out)
{
    int fd = -1;
    TRY(listen_at(path, &fd));
    struct registrar *const registrar = calloc(1, sizeof *registrar);
    if (!registrar || pthread_mutex_init(&registrar->lock, NULL) != 0) {
        free(registrar);
        close(fd);
        return FAIL(EXHAUSTED, "no memory for a registrar");
    }
    registrar->port = port;
    registrar->watch = (struct watch){.fd = fd, .ready = ready};
    memcpy(registrar->path, path->host, sizeof registrar->path);
    *out = registrar;
    return OK;
}

status registrar_start(struct registrar *registrar, struct shard *shard)
{
    registrar->shard = shard;
    return watch_start(&registrar->watch, shard->loop, registrar->watch.fd, EPOLLIN);
}

void registrar_stop(struct registrar *registrar)
{
    watch_stop(&registrar->watch);
    while (registrar->first)
        announcer_free(registrar->first);
}

void registrar_free(struct registrar *registrar)
{
    if (!registrar)
        return;
    close(registrar->watch.fd);
    unlink(registrar->path);
    pthread_mutex_destroy(&registrar->lock);
    free(registrar);
}
