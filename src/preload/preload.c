/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Loaded into a program before its C library (`cix exec`): its connections to captured addresses go
 * to a gateway of this machine instead. The program keeps its own socket, with all that it set on
 * it, waits for it as it always does, and is told the peer that it asked for.
 *
 * It fails closed: without the gateway a captured connection is refused, never made. It sees what
 * goes through the C library's functions; a static program, or one that makes system calls itself,
 * is not seen. spec: docs/configuration.md, "Ways in"
 */

#include "preload/preload_environment.h"
#include "preload/register.h"
#include "proxy/allow.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define HOOK __attribute__((visibility("default")))

/* As the C library declares its functions: a union of all kinds of addresses. */
typedef __CONST_SOCKADDR_ARG address_given;
typedef __SOCKADDR_ARG address_taken;

enum { REMEMBERED_MAX = 4096, ANSWER_PATIENCE_S = 5 };

static int (*real_connect)(int, const struct sockaddr *, socklen_t);
static int (*real_getpeername)(int, struct sockaddr *, socklen_t *);
static ssize_t (*real_sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static int (*real_sendmmsg)(int, struct mmsghdr *, unsigned, int);

static struct sockaddr_un gateway; /* without a family: nothing is captured */
static struct allow_list captured; /* without rules: all but this machine itself */

/* Where our own sockets go, by their local port: the last few, in a ring. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct remembered {
    uint16_t port;       /* ours, in network order; 0: none */
    uint16_t to;         /* the gateway's */
    struct address peer; /* as the program said it */
} ring[REMEMBERED_MAX];
static size_t next_place;

static void find(const char *name, void *out)
{
    void *const found = dlsym(RTLD_NEXT, name);
    memcpy(out, &found, sizeof found);
}

__attribute__((constructor)) static void begin(void)
{
    const char *const path = getenv(PRELOAD_GATEWAY);
    const char *const rules = getenv(PRELOAD_CAPTURE);
    find("connect", &real_connect);
    find("getpeername", &real_getpeername);
    find("sendto", &real_sendto);
    find("sendmsg", &real_sendmsg);
    find("sendmmsg", &real_sendmmsg);
    if (!path || strlen(path) >= sizeof gateway.sun_path)
        return;
    gateway.sun_family = AF_UNIX;
    memcpy(gateway.sun_path, path, strlen(path));
    for (const char *at = rules; at && *at;) {
        char rule[HOST_SIZE_MAX];
        const size_t size = strcspn(at, " ");
        snprintf(rule, sizeof rule, "%.*s", (int)size, at);
        if (captured.count == ALLOW_RULES_MAX ||
            allow_rule_read(rule, &captured.rules[captured.count++]).fault)
            abort(); /* `cix exec` checked them: somebody else wrote these */
        at += size + strspn(at + size, " ");
    }
}

/* ---- which connections ---- */

static struct address unmapped(const struct sockaddr *name, socklen_t size)
{
    struct address address = {.size = size};
    memcpy(&address.v6, name, size < sizeof address.v6 ? size : sizeof address.v6);
    return address_unmapped(&address);
}

static bool is_of_this_machine(const struct address *address)
{
    if (address->any.sa_family == AF_INET)
        return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127 || !address->v4.sin_addr.s_addr;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) ||
           IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

static bool is_tcp(int fd)
{
    int type = 0, protocol = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
        return false;
    size = sizeof protocol;
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
           (protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP);
}

static bool is_captured(int fd, const struct sockaddr *name, socklen_t size)
{
    char text[ADDRESS_TEXT_SIZE];
    struct endpoint endpoint;
    if (!gateway.sun_family || !name ||
        !((name->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) ||
          (name->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6))) ||
        !is_tcp(fd))
        return false;
    const struct address to = unmapped(name, size);
    address_text(&to, text);
    if (!captured.count)
        return !is_of_this_machine(&to);
    return !endpoint_read(text, false, &endpoint).fault && allow_address(&captured, &endpoint, &to);
}

/* ---- telling the gateway ---- */

/* So that we know where the connection will come from before it is made. */
static bool bind_locally(int fd, struct address *out)
{
    const int off = 0;
    struct address own = {.size = sizeof own.path};
    if (getsockname(fd, &own.any, &own.size) < 0)
        return false;
    if (own.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&own.v6.sin6_addr)) {
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0 && !own.v6.sin6_port)
            return false;
        own.v6.sin6_addr.s6_addr[10] = own.v6.sin6_addr.s6_addr[11] = 0xFF;
        own.v6.sin6_addr.s6_addr[12] = 127;
        own.v6.sin6_addr.s6_addr[15] = 1;
        if (!own.v6.sin6_port &&
            (bind(fd, &own.any, sizeof own.v6) < 0 || getsockname(fd, &own.any, &own.size) < 0))
            return false;
    } else if (own.any.sa_family == AF_INET && !own.v4.sin_addr.s_addr) {
        own.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (!own.v4.sin_port &&
            (bind(fd, &own.any, sizeof own.v4) < 0 || getsockname(fd, &own.any, &own.size) < 0))
            return false;
    }
    *out = unmapped(&own.any, own.size);
    return true;
}

static bool ask(int gateway_fd, const struct address *from, const struct address *to,
                uint16_t *out_port)
{
    const struct timeval patience = {.tv_sec = ANSWER_PATIENCE_S};
    char source[ADDRESS_TEXT_SIZE], target[ADDRESS_TEXT_SIZE],
        destination[REGISTER_DESTINATION_MAX];
    uint8_t question[REGISTER_QUESTION_MAX], answer[REGISTER_ANSWER_SIZE + 1];
    struct writer writer = writer_over(question, sizeof question);
    address_text(from, source);
    address_text(to, target);
    snprintf(destination, sizeof destination, "tcp://%s", target);
    register_question_write(&writer, slice_of_text(source), slice_of_text(destination));
    if (setsockopt(gateway_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(gateway_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        real_connect(gateway_fd, (const struct sockaddr *)&gateway, sizeof gateway) < 0 ||
        send(gateway_fd, question, writer.size, MSG_NOSIGNAL) != (ssize_t)writer.size)
        return false;
    const ssize_t size = recv(gateway_fd, answer, sizeof answer, 0);
    return size > 0 && !register_answer_read((slice){answer, (size_t)size}, out_port).fault;
}

/* The port to connect to; 0: the gateway does not take it. */
static uint16_t announce(const struct address *from, const struct address *to)
{
    uint16_t port = 0;
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (!ask(fd, from, to, &port))
        port = 0;
    close(fd);
    return port;
}

/* ---- what is remembered ---- */

static in_port_t port_of(const struct address *address)
{
    return address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port;
}

static void remember(in_port_t own, uint16_t to, const struct sockaddr *name, socklen_t size)
{
    struct remembered fresh = {.port = own, .to = to, .peer = {.size = size}};
    memcpy(&fresh.peer.v6, name, size < sizeof fresh.peer.v6 ? size : sizeof fresh.peer.v6);
    pthread_mutex_lock(&lock);
    ring[next_place] = fresh;
    next_place = (next_place + 1) % REMEMBERED_MAX;
    pthread_mutex_unlock(&lock);
}

/* The latest that left from this port. */
static bool recall(in_port_t own, struct remembered *out)
{
    bool found = false;
    pthread_mutex_lock(&lock);
    for (size_t back = 1; own && back <= REMEMBERED_MAX && !found; back++) {
        const size_t place = (next_place + REMEMBERED_MAX - back) % REMEMBERED_MAX;
        found = ring[place].port == own;
        if (found)
            *out = ring[place];
    }
    pthread_mutex_unlock(&lock);
    return found;
}

/* ---- what the program calls ---- */

/* In the family that the socket has. */
static int connect_to_gateway(int fd, sa_family_t family, uint16_t port)
{
    struct address to = {.size = sizeof to.v4};
    to.v4.sin_family = AF_INET;
    to.v4.sin_port = htons(port);
    to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family != AF_INET)
        to = address_mapped(&to);
    return real_connect(fd, &to.any, to.size);
}

static sa_family_t family_of(int fd)
{
    struct address own = {.size = sizeof own.path};
    return getsockname(fd, &own.any, &own.size) < 0 ? AF_UNSPEC : own.any.sa_family;
}

/* Of a socket that has begun to connect: a port alone may be another's, from before. */
static bool is_under_way(int fd, struct remembered *out)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    struct address own = {.size = sizeof own.path};
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           info.tcpi_state != TCP_CLOSE && getsockname(fd, &own.any, &own.size) == 0 &&
           recall(port_of(&own), out);
}

static int connect_or_capture(int fd, const struct sockaddr *name, socklen_t size)
{
    struct remembered before;
    struct address from;
    if (!is_captured(fd, name, size))
        return real_connect(fd, name, size);
    const sa_family_t family = family_of(fd);
    if (is_under_way(fd, &before))
        return connect_to_gateway(fd, family, before.to);
    const struct address to = unmapped(name, size);
    const uint16_t port = bind_locally(fd, &from) ? announce(&from, &to) : 0;
    if (!port) {
        errno = ECONNREFUSED;
        return -1;
    }
    remember(port_of(&from), port, name, size);
    return connect_to_gateway(fd, family, port);
}

HOOK int connect(int fd, address_given name, socklen_t size)
{
    return connect_or_capture(fd, name.__sockaddr__, size);
}

HOOK int getpeername(int fd, address_taken given, socklen_t *restrict size)
{
    struct sockaddr *const name = given.__sockaddr__;
    struct remembered before;
    struct address peer = {.size = sizeof peer.path};
    const int real = real_getpeername(fd, name, size);
    if (real != 0 || !gateway.sun_family || real_getpeername(fd, &peer.any, &peer.size) != 0 ||
        (peer.any.sa_family != AF_INET && peer.any.sa_family != AF_INET6))
        return real;
    peer = unmapped(&peer.any, peer.size);
    if (!is_of_this_machine(&peer) || !is_under_way(fd, &before) ||
        port_of(&peer) != htons(before.to))
        return real;
    memcpy(name, &before.peer.v6, *size < before.peer.size ? *size : before.peer.size);
    *size = before.peer.size;
    return 0;
}

/* TCP fast open: data that go with the connection. */
HOOK ssize_t sendto(int fd, const void *bytes, size_t size, int flags, address_given given,
                    socklen_t name_size)
{
    const struct sockaddr *const name = given.__sockaddr__;
    if (!(flags & MSG_FASTOPEN) || !is_captured(fd, name, name_size))
        return real_sendto(fd, bytes, size, flags, name, name_size);
    if (connect_or_capture(fd, name, name_size) < 0)
        return -1;
    return real_sendto(fd, bytes, size, flags & ~MSG_FASTOPEN, NULL, 0);
}

HOOK ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr unnamed = *message;
    if (!(flags & MSG_FASTOPEN) || !is_captured(fd, message->msg_name, message->msg_namelen))
        return real_sendmsg(fd, message, flags);
    if (connect_or_capture(fd, message->msg_name, message->msg_namelen) < 0)
        return -1;
    unnamed.msg_name = NULL;
    unnamed.msg_namelen = 0;
    return real_sendmsg(fd, &unnamed, flags & ~MSG_FASTOPEN);
}

/* The first alone: fewer than were given may always be taken. */
HOOK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    if (!count || !(flags & MSG_FASTOPEN) ||
        !is_captured(fd, messages->msg_hdr.msg_name, messages->msg_hdr.msg_namelen))
        return real_sendmmsg(fd, messages, count, flags);
    const ssize_t size = sendmsg(fd, &messages->msg_hdr, flags);
    if (size < 0)
        return -1;
    messages->msg_len = (unsigned)size;
    return 1;
}
