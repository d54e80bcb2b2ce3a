/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/front.h"

#include "gateway/route.h"
#include "net/log.h"

#include <errno.h>
#include <stdlib.h>

/* Its descriptor is the caller's from now on. */
static int front_free(struct front *front)
{
    struct shard *const shard = front->shard;
    const int fd = front->watch.fd;
    watch_stop(&front->watch);
    timer_clear(&front->patience);
    *(front->previous ? &front->previous->next : &shard->fronts) = front->next;
    if (front->next)
        front->next->previous = front->previous;
    shard->front_count--;
    atomic_fetch_sub(&shard->relay_count, 1);
    free(front);
    return fd;
}

/* The kernel forgets what was understood. */
static bool drop_bytes(int fd, uint8_t *scratch, size_t size)
{
    return !size || recv(fd, scratch, size, MSG_DONTWAIT) == (ssize_t)size;
}

/* What `said` holds is all that the application will hear: after an orderly end, or a reset. */
static void refuse(struct front *front, slice said, const char *why)
{
    char peer[ADDRESS_TEXT_SIZE];
    address_text(&front->peer, peer);
    LOG(INFO, "application-refused", {"peer", peer, 0}, {"detail", why, 0});
    atomic_fetch_add(&front->shard->gateway->shed_count, 1);
    const int fd = front_free(front);
    if (said.size && socket_say(fd, said))
        socket_end(fd);
    else
        socket_abort(fd);
}

static void turn_away(struct front *front, const char *why)
{
    refuse(front, (slice){0}, why);
}

static void enter(struct front *front, struct application *application)
{
    struct route *const route = &front->shard->routes[front->listener->ingress->link];
    application->fd = front_free(front);
    route_take(route, application);
}

/* True when the front goes on and something was taken: more may lie behind it. */
static bool take(struct front *front, slice in)
{
    uint8_t space[ANSWER_SIZE_MAX];
    struct writer out = writer_over(space, sizeof space);
    struct application application = {0};
    const int fd = front->watch.fd;
    const size_t before = in.size;
    uint8_t *const scratch = front->shard->scratch;
    const status taken = front->protocol->take(front, &in, &out, &application);
    if (!drop_bytes(fd, scratch, taken.fault ? before : before - in.size) ||
        (!taken.fault && !socket_say(fd, (slice){out.data, out.size}))) {
        application_clear(&application);
        turn_away(front, "its connection broke");
        return false;
    }
    if (taken.fault)
        refuse(front, (slice){out.data, out.size}, taken.fault->what);
    else if (*application.destination)
        enter(front, &application);
    else if (before > in.size)
        return true;
    else if (before >= front->protocol->says_max)
        turn_away(front, "it says more than any of the protocol's messages holds");
    return false;
}

/* False when it waits for more, or is gone. */
static bool look(struct front *front)
{
    uint8_t *const scratch = front->shard->scratch;
    const ssize_t size =
        recv(front->watch.fd, scratch, front->protocol->says_max, MSG_PEEK | MSG_DONTWAIT);
    if (size > 0)
        return take(front, (slice){scratch, (size_t)size});
    if (size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        turn_away(front, "it left before it said where to");
    return false;
}

static void ready(struct watch *watch, uint32_t events)
{
    struct front *const front = EMBEDDED_IN(watch, struct front, watch);
    (void)events;
    while (look(front)) /* no event comes again for what is there already */
        continue;
}

static void out_of_patience(struct timer *timer)
{
    turn_away(EMBEDDED_IN(timer, struct front, patience), "it did not say in time where to");
}

void front_begin(struct shard *shard, const struct listener *listener,
                 const struct front_protocol *protocol, int fd, const struct address *peer)
{
    struct front *const front = shard->front_count < FRONTS_MAX ? calloc(1, sizeof *front) : NULL;
    if (!front) {
        atomic_fetch_add(&shard->gateway->shed_count, 1);
        socket_abort(fd);
        return;
    }
    *front = (struct front){.shard = shard,
                            .listener = listener,
                            .protocol = protocol,
                            .next = shard->fronts,
                            .watch = {.fd = fd, .ready = ready},
                            .patience = {.fire = out_of_patience},
                            .peer = *peer};
    if (protocol->begin)
        protocol->begin(front);
    if (front->next)
        front->next->previous = front;
    shard->fronts = front;
    shard->front_count++;
    atomic_fetch_add(&shard->relay_count, 1);
    timer_set(&front->patience, shard->loop,
              loop_now(shard->loop).monotonic_ms + FRONT_PATIENCE_MS);
    if (watch_start(&front->watch, shard->loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLET).fault)
        turn_away(front, "it cannot be watched");
}

void fronts_end(struct shard *shard)
{
    while (shard->fronts)
        socket_abort(front_free(shard->fronts));
}
