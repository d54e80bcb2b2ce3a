/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/service.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HOST_SIZE = 64 };

/* ---- where it is ---- */

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_vm machine;
        struct sockaddr_un local;
        struct sockaddr_storage space;
    } at;
    socklen_t size;
};

static status unknown_address(void)
{
    return FAIL(MALFORMED, "a service is at vsock://CID:PORT, tcp://ADDRESS:PORT or unix:///PATH");
}

static void set_machine(uint32_t cid, uint32_t port, struct address *out)
{
    out->at.machine =
        (struct sockaddr_vm){.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    out->size = sizeof out->at.machine;
}

static bool read_u32(const char *text, const char *end_wanted, uint32_t *out, const char **out_end)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || errno || number > UINT32_MAX ||
        strncmp(end, end_wanted, 1) != 0)
        return false;
    *out = (uint32_t)number;
    *out_end = end;
    return true;
}

static status read_machine(const char *text, struct address *out)
{
    uint32_t cid, port;
    const char *end;
    if (!read_u32(text, ":", &cid, &end) || !read_u32(end + 1, "", &port, &end))
        return unknown_address();
    set_machine(cid, port, out);
    return OK;
}

/* Numbers only: nothing here waits for a name server. */
static status read_internet(const char *text, struct address *out)
{
    const struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM};
    const char *const colon = strrchr(text, ':');
    struct addrinfo *found;
    char host[HOST_SIZE];
    if (!colon || colon == text || !colon[1] || (size_t)(colon - text) >= sizeof host)
        return unknown_address();
    const bool is_bracketed = *text == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * is_bracketed,
             text + is_bracketed);
    if (getaddrinfo(host, colon + 1, &wanted, &found) != 0)
        return unknown_address();
    memcpy(&out->at.space, found->ai_addr, found->ai_addrlen);
    out->size = found->ai_addrlen;
    freeaddrinfo(found);
    return OK;
}

static status read_local(const char *path, struct address *out)
{
    if (*path != '/' || strlen(path) >= sizeof out->at.local.sun_path)
        return unknown_address();
    out->at.local = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->at.local.sun_path, path, strlen(path));
    out->size = sizeof out->at.local;
    return OK;
}

static status read_address(const char *text, struct address *out)
{
    *out = (struct address){.size = 0};
    if (strncmp(text, "vsock://", 8) == 0)
        return read_machine(text + 8, out);
    if (strncmp(text, "tcp://", 6) == 0)
        return read_internet(text + 6, out);
    return strncmp(text, "unix://", 7) == 0 ? read_local(text + 7, out) : unknown_address();
}

/* ---- the conversation ---- */

void service_clear(struct service *service)
{
    if (service->opened)
        close(service->socket);
    *service = (struct service){0};
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static status silent(void)
{
    return FAIL(UNAVAILABLE, "the service that was asked for evidence did not answer in time");
}

static status broken(void)
{
    return FAIL(UNAVAILABLE, "the service that was asked for evidence closed the connection");
}

static status wait_until(const struct service *service, short event)
{
    for (;;) {
        struct pollfd polled = {service->socket, event, 0};
        const int64_t left_ms = service->end_ms - clock_ms();
        const int ready = poll(&polled, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready > 0)
            return OK;
        if (ready == 0)
            return silent();
        if (errno != EINTR)
            return broken();
    }
}

static status connect_to(const struct address *address, int timeout_ms, struct service *out)
{
    int error = 0;
    socklen_t size = sizeof error;
    out->end_ms = clock_ms() + timeout_ms;
    out->socket = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    out->opened = out->socket >= 0;
    if (!out->opened)
        return FAIL(UNAVAILABLE, "this kernel has no such sockets as lead to the service");
    if (connect(out->socket, &address->at.any, address->size) != 0) {
        if (errno == EINPROGRESS) {
            TRY(wait_until(out, POLLOUT));
            getsockopt(out->socket, SOL_SOCKET, SO_ERROR, &error, &size);
        } else {
            error = errno;
        }
    }
    return error ? FAIL(UNAVAILABLE, "nobody listens where a service for evidence should be") : OK;
}

status service_send(const struct service *service, slice bytes)
{
    while (bytes.size) {
        TRY(wait_until(service, POLLOUT));
        const ssize_t size = send(service->socket, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (size <= 0)
            return broken();
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return OK;
}

status service_receive(const struct service *service, uint8_t *out, size_t size)
{
    while (size) {
        TRY(wait_until(service, POLLIN));
        const ssize_t count = recv(service->socket, out, size, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count <= 0)
            return broken();
        out += count;
        size -= (size_t)count;
    }
    return OK;
}

status service_dial(const char *address, int timeout_ms, struct service *out)
{
    struct address where;
    TRY(read_address(address, &where));
    return connect_to(&where, timeout_ms, out);
}
