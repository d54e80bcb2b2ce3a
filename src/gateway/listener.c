/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/listener.h"

#include "gateway/flows.h"
#include "gateway/ingress.h"
#include "gateway/registrar.h"
#include "gateway/wire.h"
#include "net/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ACCEPTS_A_ROUND = 16,
    PAUSE_MS = 100,       /* when even turning away is not possible */
    SHED_TELL_MS = 10000, /* not a line for each */
};

status listener_bind(const struct endpoint *endpoint, int *out_fd)
{
    struct address addresses[ADDRESSES_MAX];
    size_t count = 0;
    if (endpoint_number(endpoint, &addresses[0]).fault)
        TRY(endpoint_resolve(endpoint, addresses, &count));
    return socket_listen(&addresses[0], out_fd);
}

void listener_clear(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    registrar_free(listener->registrar);
    buffer_clear(&listener->password);
    *listener = (struct listener){.fd = -1};
}

/* ---- turning away ---- */

static void told(struct shard *shard, const struct address *peer, const char *why)
{
    const int64_t now_ms = loop_now(shard->loop).monotonic_ms;
    atomic_fetch_add(&shard->gateway->shed_count, 1);
    if (shard->shed_told_ms && now_ms - shard->shed_told_ms < SHED_TELL_MS)
        return;
    char text[ADDRESS_TEXT_SIZE] = "-";
    if (peer)
        address_text(peer, text);
    shard->shed_told_ms = now_ms;
    LOG(WARNING, "connection-shed", {"peer", text, 0}, {"detail", why, 0},
        {"so_far", NULL, atomic_load(&shard->gateway->shed_count)});
}

static void pause_accepting(struct acceptor *acceptor)
{
    watch_stop(&acceptor->watch);
    timer_set(&acceptor->again, acceptor->shard->loop,
              loop_now(acceptor->shard->loop).monotonic_ms + PAUSE_MS);
}

/* Without a descriptor nobody can be turned away either, except with one kept for that. */
static void shed(struct acceptor *acceptor, const char *why)
{
    struct shard *const shard = acceptor->shard;
    struct address peer;
    int fd = -1;
    if (shard->spare_fd >= 0)
        close(shard->spare_fd);
    const status accepted = socket_accept(acceptor->listener->fd, &fd, &peer);
    if (!accepted.fault)
        socket_abort(fd);
    shard->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    told(shard, accepted.fault ? NULL : &peer, why);
    if (accepted.fault && accepted.fault->failure == FAILURE_EXHAUSTED)
        pause_accepting(acceptor);
}

/* ---- taking in ---- */

static void begin(struct shard *shard, const struct listener *listener, int fd,
                  const struct address *peer)
{
    if (listener->ingress)
        listener->ingress->kind->begin(shard, listener, fd, peer);
    else
        wire_accept(shard, listener->kind, fd, peer);
}

struct handover {
    struct post post;
    struct shard *shard;
    const struct listener *listener;
    int fd;
    struct address peer;
};

static atomic_size_t *load_of(struct shard *shard, const struct listener *listener)
{
    return listener->ingress ? &shard->relay_count : &shard->wire_count;
}

static void handed_over(struct post *post)
{
    struct handover *const handover = EMBEDDED_IN(post, struct handover, post);
    struct shard *const shard = handover->shard;
    atomic_fetch_sub(load_of(shard, handover->listener), 1);
    if (!shard->is_ending) {
        begin(shard, handover->listener, handover->fd, &handover->peer);
    } else {
        if (!handover->listener->ingress)
            half_open_leave(&shard->gateway->half_open, &handover->peer);
        socket_abort(handover->fd);
    }
    free(handover);
}

/* This shard, unless another has clearly less to do: crossing over costs a wake-up. */
static struct shard *choose(const struct acceptor *acceptor)
{
    const struct gateway *const gateway = acceptor->shard->gateway;
    struct shard *best = acceptor->shard;
    size_t best_load = atomic_load(load_of(best, acceptor->listener));
    for (size_t i = 0; i < gateway->shard_count; i++) {
        struct shard *const shard = &gateway->shards[i];
        const size_t load = atomic_load(load_of(shard, acceptor->listener));
        if (load + 1 < best_load) {
            best = shard;
            best_load = load;
        }
    }
    return best;
}

static void place(struct acceptor *acceptor, int fd, const struct address *peer)
{
    struct shard *const shard = choose(acceptor);
    struct handover *const handover = shard == acceptor->shard ? NULL : malloc(sizeof *handover);
    if (!handover) {
        begin(acceptor->shard, acceptor->listener, fd, peer);
        return;
    }
    *handover = (struct handover){{handed_over, NULL}, shard, acceptor->listener, fd, *peer};
    atomic_fetch_add(load_of(shard, acceptor->listener), 1); /* on its way counts */
    loop_post(shard->loop, &handover->post);
}

static bool may_prove(struct acceptor *acceptor, int fd, const struct address *peer)
{
    struct shard *const shard = acceptor->shard;
    const status entered = half_open_enter(&shard->gateway->half_open, peer);
    if (!entered.fault)
        return true;
    told(shard, peer, entered.fault->what);
    socket_abort(fd);
    return false;
}

static void ready(struct watch *watch, uint32_t events)
{
    struct acceptor *const acceptor = EMBEDDED_IN(watch, struct acceptor, watch);
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        struct address peer;
        int fd = -1;
        const status accepted = socket_accept(watch->fd, &fd, &peer);
        if (accepted.fault) {
            if (accepted.fault->failure == FAILURE_EXHAUSTED)
                shed(acceptor, accepted.fault->what);
            return; /* nobody waits, or whoever did has left */
        }
        if (acceptor->listener->ingress || may_prove(acceptor, fd, &peer))
            place(acceptor, fd, &peer);
    }
}

static status start(struct acceptor *acceptor)
{
    return watch_start(&acceptor->watch, acceptor->shard->loop, acceptor->listener->fd,
                       EPOLLIN | EPOLLEXCLUSIVE);
}

static void again(struct timer *timer)
{
    struct acceptor *const acceptor = EMBEDDED_IN(timer, struct acceptor, again);
    if (start(acceptor).fault)
        pause_accepting(acceptor);
}

status acceptor_begin(struct acceptor *acceptor, struct shard *shard,
                      const struct listener *listener)
{
    *acceptor = (struct acceptor){
        .shard = shard, .listener = listener, .watch = {.ready = ready}, .again = {.fire = again}};
    const bool is_ours = listener->index % shard->gateway->shard_count == shard->index;
    if (listener->registrar && is_ours)
        TRY(registrar_start(listener->registrar, shard));
    if (!listener->ingress || !listener->ingress->kind->is_datagrams)
        return start(acceptor);
    if (!is_ours)
        return OK;
    acceptor->flows = flow_table_begin(shard, listener);
    return acceptor->flows ? OK : FAIL(EXHAUSTED, "no memory for a listener");
}

void acceptor_end(struct acceptor *acceptor)
{
    const struct listener *const listener = acceptor->listener;
    if (listener && listener->registrar &&
        listener->index % acceptor->shard->gateway->shard_count == acceptor->shard->index)
        registrar_stop(listener->registrar);
    flow_table_end(acceptor->flows);
    acceptor->flows = NULL;
    if (acceptor->listener)
        shutdown(acceptor->listener->fd, SHUT_RDWR); /* fails from the second shard on */
    watch_stop(&acceptor->watch);
    timer_clear(&acceptor->again);
}
