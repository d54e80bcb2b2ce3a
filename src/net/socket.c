/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    KEEPALIVE_IDLE_S = 60, /* then ask */
    KEEPALIVE_EACH_S = 15, /* and again */
    KEEPALIVE_TIMES = 4,   /* then give up */
};

static status failed(int error)
{
    switch (error) {
    case EADDRINUSE:
        return FAIL(UNAVAILABLE, "the port or path is in use by another program");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "not permitted: ports below 1024 need CAP_NET_BIND_SERVICE");
    case EADDRNOTAVAIL:
        return FAIL(UNAVAILABLE, "not an address of this machine, or no port is free");
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return FAIL(EXHAUSTED, "out of descriptors or memory");
    case ECONNREFUSED:
        return FAIL(UNAVAILABLE, "connection refused");
    case ETIMEDOUT:
        return FAIL(UNAVAILABLE, "connection timed out");
    case ENETUNREACH:
    case EHOSTUNREACH:
        return FAIL(UNAVAILABLE, "no route to the host");
    case ECONNRESET:
        return FAIL(UNAVAILABLE, "connection reset");
    case ENOENT:
        return FAIL(UNAVAILABLE, "no socket is there");
    case EAFNOSUPPORT:
    case ENODEV:
        return FAIL(UNAVAILABLE, "this machine does not speak that address family");
    }
    return FAIL(UNAVAILABLE, "the network said no");
}

static void set(int fd, int level, int option, int value)
{
    /* Each is an improvement that a socket may lack. */
    if (setsockopt(fd, level, option, &value, sizeof value) < 0)
        return;
}

/* Nobody answers at a socket whose server has gone: its name is free. */
static void free_name(int type, const struct address *address)
{
    struct stat found;
    const char *const path = address->path.sun_path;
    if (address->any.sa_family != AF_UNIX || lstat(path, &found) < 0 || !S_ISSOCK(found.st_mode))
        return;
    const int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->any, address->size) < 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

static bool is_marked(int fd, const struct address *address)
{
    return !address->mark ||
           setsockopt(fd, SOL_SOCKET, SO_MARK, &address->mark, sizeof address->mark) == 0;
}

static int open_listener(int type, const struct address *address)
{
    free_name(type, address);
    const int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    return fd;
}

static status begin_listening(int fd, const struct address *address, int *out_fd)
{
    if (bind(fd, &address->any, address->size) < 0 || listen(fd, BACKLOG) < 0) {
        const int error = errno;
        close(fd);
        return failed(error);
    }
    *out_fd = fd;
    return OK;
}

status socket_listen(const struct address *address, int *out_fd)
{
    const int fd = open_listener(SOCK_STREAM, address);
    return fd < 0 ? failed(errno) : begin_listening(fd, address, out_fd);
}

status socket_listen_for_packets(const struct address *address, int *out_fd)
{
    const int fd = open_listener(SOCK_SEQPACKET, address);
    return fd < 0 ? failed(errno) : begin_listening(fd, address, out_fd);
}

status socket_listen_transparent(const struct address *address, int *out_fd)
{
    const int on = 1;
    const int fd = open_listener(SOCK_STREAM, address);
    if (fd < 0)
        return failed(errno);
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) < 0 || !is_marked(fd, address)) {
        close(fd);
        return FAIL(UNAVAILABLE, "a transparent socket needs CAP_NET_ADMIN");
    }
    return begin_listening(fd, address, out_fd);
}

status socket_connect(const struct address *address, int *out_fd)
{
    const int type = address->is_udp ? SOCK_DGRAM : SOCK_STREAM;
    const int fd = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (!is_marked(fd, address) ||
        (connect(fd, &address->any, address->size) < 0 && errno != EINPROGRESS && errno != EINTR)) {
        const int error = errno;
        close(fd);
        return failed(error);
    }
    *out_fd = fd;
    return OK;
}

status socket_outcome(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    return error ? failed(error) : OK;
}

status socket_accept(int listener_fd, int *out_fd, struct address *out_peer)
{
    struct address peer = {.size = sizeof peer.path};
    const int fd = accept4(listener_fd, &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return FAIL(UNEXPECTED, "nobody waits");
    if (fd < 0)
        return failed(errno);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    *out_fd = fd;
    *out_peer = peer;
    return OK;
}

void socket_local_address(int fd, struct address *out)
{
    *out = (struct address){.size = sizeof out->path};
    if (getsockname(fd, &out->any, &out->size) < 0)
        *out = (struct address){0};
}

bool socket_say(int fd, slice bytes)
{
    return !bytes.size || send(fd, bytes.data, bytes.size, MSG_NOSIGNAL) == (ssize_t)bytes.size;
}

static void set_linger(int fd, int on)
{
    const struct linger at_once = {.l_onoff = on, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) < 0)
        return; /* not a socket that could be reset */
}

void socket_set_abort(int fd)
{
    set_linger(fd, 1);
}

void socket_abort(int fd)
{
    set_linger(fd, 1);
    close(fd);
}

void socket_end(int fd)
{
    set_linger(fd, 0);
    close(fd);
}

void socket_set_patience(int fd, unsigned timeout_ms)
{
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)timeout_ms);
}

void socket_set_keepalive(int fd)
{
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EACH_S);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TIMES);
}
