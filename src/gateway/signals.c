/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/signals.h"

#include "gateway/gateway.h"
#include "net/log.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signals {
    struct gateway *gateway;
    struct watch watch;
    sigset_t before;
};

static void take(struct signals *signals, uint32_t number)
{
    if (number == SIGHUP) {
        LOG(WARNING, "reload-unsupported", {"detail", "restart to change the configuration", 0});
        return;
    }
    LOG(INFO, "stopping", {"signal", number == SIGTERM ? "TERM" : "INT", 0});
    gateway_stop(signals->gateway);
}

static void ready(struct watch *watch, uint32_t events)
{
    struct signals *const signals = EMBEDDED_IN(watch, struct signals, watch);
    struct signalfd_siginfo info;
    (void)events;
    while (read(watch->fd, &info, sizeof info) == sizeof info)
        take(signals, info.ssi_signo);
}

status signals_begin(struct gateway *gateway, struct shard *shard, struct signals **out)
{
    struct signals *const signals = calloc(1, sizeof *signals);
    if (!signals)
        return FAIL(EXHAUSTED, "no memory for signals");
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGHUP);
    signals->gateway = gateway;
    signals->watch.ready = ready;
    const int fd = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0 || watch_start(&signals->watch, shard->loop, fd, EPOLLIN).fault) {
        if (fd >= 0)
            close(fd);
        free(signals);
        return FAIL(UNAVAILABLE, "signals cannot be watched");
    }
    signal(SIGPIPE, SIG_IGN); /* a log that nobody reads must not end us */
    pthread_sigmask(SIG_BLOCK, &taken, &signals->before);
    *out = signals;
    return OK;
}

void signals_end(struct signals *signals)
{
    if (!signals)
        return;
    pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
    watch_stop(&signals->watch);
    close(signals->watch.fd);
    free(signals);
}
