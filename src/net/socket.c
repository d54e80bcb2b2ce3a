/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    KEEPALIVE_IDLE_S = 60, /* then ask */
    KEEPALIVE_EACH_S = 15, /* and again */
    KEEPALIVE_TIMES = 4,   /* then give up */
    SOURCE_PREFIX_SIZE = 8 /* a /64 is one source's */
};

static bool read_port(const char *text, uint16_t *out)
{
    unsigned port = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 6; digits++)
        port = port * 10 + (unsigned)(text[digits] - '0');
    if (!digits || text[digits] || port > 65535)
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool is_host(slice host)
{
    for (size_t i = 0; i < host.size; i++)
        if (host.data[i] <= ' ' || host.data[i] >= 127 || strchr("/[]@?#\\\"'", host.data[i]))
            return false;
    return host.size > 0;
}

status endpoint_read(const char *text, bool may_be_port_0, struct endpoint *out)
{
    struct endpoint endpoint = {0};
    const char *const colon = strrchr(text, ':');
    if (!colon)
        return FAIL(MALFORMED, "no port: write host:port");
    const bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
    const slice host = bracketed ? (slice){(const uint8_t *)text + 1, (size_t)(colon - text) - 2}
                                 : (slice){(const uint8_t *)text, (size_t)(colon - text)};
    if (!bracketed && memchr(host.data, ':', host.size))
        return FAIL(MALFORMED, "an IPv6 address goes in brackets: [::1]:port");
    if (!is_host(host) || host.size >= sizeof endpoint.host)
        return FAIL(MALFORMED, "not a host name or address");
    if (!read_port(colon + 1, &endpoint.port))
        return FAIL(MALFORMED, "not a port number (1 to 65535)");
    if (!endpoint.port && !may_be_port_0)
        return FAIL(MALFORMED, "port 0 is not a port to connect to");
    memcpy(endpoint.host, host.data, host.size);
    *out = endpoint;
    return OK;
}

status endpoint_number(const struct endpoint *endpoint, struct address *out)
{
    struct address address = {0};
    if (inet_pton(AF_INET, endpoint->host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(endpoint->port);
        address.size = sizeof address.v4;
    } else if (inet_pton(AF_INET6, endpoint->host, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(endpoint->port);
        address.size = sizeof address.v6;
    } else {
        return FAIL(UNAVAILABLE, "a name, not a number");
    }
    *out = address;
    return OK;
}

status endpoint_resolve(const struct endpoint *endpoint, struct address out[ADDRESSES_MAX],
                        size_t *out_count)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    size_t count = 0;
    if (!endpoint_number(endpoint, &out[0]).fault) {
        *out_count = 1;
        return OK;
    }
    if (getaddrinfo(endpoint->host, NULL, &hints, &found) != 0)
        return FAIL(UNAVAILABLE, "the name has no address");
    for (struct addrinfo *at = found; at && count < ADDRESSES_MAX; at = at->ai_next) {
        if (at->ai_addrlen > sizeof out[count].v6 ||
            (at->ai_family != AF_INET && at->ai_family != AF_INET6))
            continue;
        memcpy(&out[count].v6, at->ai_addr, at->ai_addrlen);
        out[count].size = at->ai_addrlen;
        if (at->ai_family == AF_INET)
            out[count].v4.sin_port = htons(endpoint->port);
        else
            out[count].v6.sin6_port = htons(endpoint->port);
        count++;
    }
    freeaddrinfo(found);
    if (!count)
        return FAIL(UNAVAILABLE, "the name has no address");
    *out_count = count;
    return OK;
}

void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(address->v4.sin_port));
    } else {
        if (address->any.sa_family == AF_INET6)
            inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(address->v6.sin6_port));
    }
}

bool address_same_host(const struct address *a, const struct address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    /* IPv4 clients of a listener for both families are ::ffff:1.2.3.4, all of them in one /64. */
    const bool is_v4 =
        IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr) || IN6_IS_ADDR_V4MAPPED(&b->v6.sin6_addr);
    const size_t size = is_v4 ? sizeof a->v6.sin6_addr : SOURCE_PREFIX_SIZE;
    return slice_equal((slice){a->v6.sin6_addr.s6_addr, size},
                       (slice){b->v6.sin6_addr.s6_addr, size});
}

bool address_equal(const struct address *a, const struct address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return address_same_host(a, b) && a->v4.sin_port == b->v4.sin_port;
    return slice_equal(SLICE(a->v6.sin6_addr.s6_addr), SLICE(b->v6.sin6_addr.s6_addr)) &&
           a->v6.sin6_port == b->v6.sin6_port;
}

static status failed(int error)
{
    switch (error) {
    case EADDRINUSE:
        return FAIL(UNAVAILABLE, "the port is in use by another program");
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
    case EAFNOSUPPORT:
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

status socket_listen(const struct address *address, int *out_fd)
{
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, &address->any, address->size) < 0 || listen(fd, BACKLOG) < 0) {
        const int error = errno;
        close(fd);
        return failed(error);
    }
    *out_fd = fd;
    return OK;
}

status socket_connect(const struct address *address, int *out_fd)
{
    const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(fd, &address->any, address->size) < 0 && errno != EINPROGRESS && errno != EINTR) {
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
    struct address peer = {.size = sizeof peer.v6};
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
    *out = (struct address){.size = sizeof out->v6};
    if (getsockname(fd, &out->any, &out->size) < 0)
        *out = (struct address){0};
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
