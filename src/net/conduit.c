/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conduit.h"

#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING_MAX = 8 };

static const char unix_prefix[] = "unix:", vsock_prefix[] = "vsock:";

/* ---- addresses that are no host ---- */

/* Of the kernel's own kinds, of which each has one address. */
struct local_address {
    union {
        struct sockaddr any;
        struct sockaddr_un path;
        struct sockaddr_vm vm;
    };
    socklen_t size;
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_local(const char *text)
{
    return begins_with(text, unix_prefix) || begins_with(text, vsock_prefix);
}

static status read_path(const char *path, struct local_address *out)
{
    const size_t size = strlen(path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!size || size >= sizeof address.sun_path)
        return FAIL(MALFORMED, "no path, or one that is too long: write unix:/path");
    memcpy(address.sun_path, path, size);
    out->path = address;
    out->size = sizeof address;
    return OK;
}

static status read_vsock(const char *text, struct local_address *out)
{
    unsigned cid, port;
    char left;
    if (sscanf(text, "%10u:%10u%c", &cid, &port, &left) != 2)
        return FAIL(MALFORMED, "no context and port: write vsock:cid:port");
    out->vm = (struct sockaddr_vm){.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    out->size = sizeof out->vm;
    return OK;
}

static status local_read(const char *text, struct local_address *out)
{
    return begins_with(text, unix_prefix) ? read_path(text + strlen(unix_prefix), out)
                                          : read_vsock(text + strlen(vsock_prefix), out);
}

/* ---- waiting ---- */

static status failed(int error)
{
    switch (error) {
    case ENOENT:
        return FAIL(UNAVAILABLE, "no socket is there");
    case ECONNREFUSED:
        return FAIL(UNAVAILABLE, "connection refused");
    case EADDRINUSE:
        return FAIL(UNAVAILABLE, "the address is in use by another program");
    case EAFNOSUPPORT:
    case ENODEV:
        return FAIL(UNAVAILABLE, "this machine does not speak that address family");
    case ECONNRESET:
    case EPIPE:
        return FAIL(UNAVAILABLE, "connection reset");
    default:
        return FAIL(UNAVAILABLE, "the system said no");
    }
}

static status wait_for(int fd, short events, int patience_ms)
{
    struct pollfd waited = {.fd = fd, .events = events};
    int ready;
    do
        ready = poll(&waited, 1, patience_ms);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return failed(errno);
    return ready ? OK : FAIL(UNAVAILABLE, "nothing came in time");
}

/* ---- connecting ---- */

static status connect_local(const char *peer, int patience_ms, int *out_fd)
{
    struct local_address address;
    TRY(local_read(peer, &address));
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    status done = OK;
    if (connect(fd, &address.any, address.size) < 0 && errno != EINPROGRESS && errno != EINTR)
        done = failed(errno);
    if (!done.fault)
        done = wait_for(fd, POLLOUT, patience_ms);
    if (!done.fault)
        done = socket_outcome(fd);
    if (done.fault)
        close(fd);
    else
        *out_fd = fd;
    return done;
}

static status connect_to(const struct address *address, int patience_ms, int *out_fd)
{
    int fd;
    TRY(socket_connect(address, &fd));
    status done = wait_for(fd, POLLOUT, patience_ms);
    if (!done.fault)
        done = socket_outcome(fd);
    if (done.fault)
        close(fd);
    else
        *out_fd = fd;
    return done;
}

static status addresses_of(const char *text, bool may_be_port_0, struct address *out, size_t *count)
{
    struct endpoint endpoint;
    TRY(endpoint_read(text, may_be_port_0, &endpoint));
    return endpoint_resolve(&endpoint, out, count);
}

status conduit_connect(const char *peer, int patience_ms, int *out_fd)
{
    struct address addresses[ADDRESSES_MAX];
    size_t count = 0;
    if (is_local(peer))
        return connect_local(peer, patience_ms, out_fd);
    TRY(addresses_of(peer, false, addresses, &count));
    status done = FAIL(UNAVAILABLE, "the name has no address");
    for (size_t i = 0; i < count && done.fault; i++)
        done = connect_to(&addresses[i], patience_ms, out_fd);
    return done;
}

/* ---- listening ---- */

/* Nobody answers at a socket whose server has gone: its name is free. */
static void free_name(const struct local_address *address)
{
    struct stat found;
    const char *const path = address->path.sun_path;
    if (address->any.sa_family != AF_UNIX || lstat(path, &found) < 0 || !S_ISSOCK(found.st_mode))
        return;
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->any, address->size) < 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

static status listen_local(const char *text, int *out_fd)
{
    struct local_address address;
    TRY(local_read(text, &address));
    free_name(&address);
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    if (bind(fd, &address.any, address.size) < 0 || listen(fd, WAITING_MAX) < 0) {
        const status done = failed(errno);
        close(fd);
        return done;
    }
    *out_fd = fd;
    return OK;
}

status conduit_listen(const char *address, int *out_fd)
{
    struct address addresses[ADDRESSES_MAX];
    size_t count = 0;
    if (is_local(address))
        return listen_local(address, out_fd);
    TRY(addresses_of(address, true, addresses, &count));
    return socket_listen(&addresses[0], out_fd);
}

void conduit_listener_text(int fd, const char *address, char out[CONDUIT_ADDRESS_TEXT_SIZE])
{
    char text[ADDRESS_TEXT_SIZE];
    struct address local;
    if (!is_local(address)) {
        socket_local_address(fd, &local);
        address_text(&local, text);
        address = text;
    }
    snprintf(out, CONDUIT_ADDRESS_TEXT_SIZE, "%s", address);
}

status conduit_accept(int listener_fd, int patience_ms, int *out_fd)
{
    static const int at_once = 1;
    TRY(wait_for(listener_fd, POLLIN, patience_ms));
    const int fd = accept4(listener_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return failed(errno);
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) < 0)
        errno = 0; /* it is none of TCP's */
    *out_fd = fd;
    return OK;
}

/* ---- bytes ---- */

status conduit_send(int fd, slice bytes, int patience_ms)
{
    while (bytes.size) {
        TRY(wait_for(fd, POLLOUT, patience_ms));
        const ssize_t size = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN && errno != EINTR)
            return failed(errno);
        if (size > 0)
            bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return OK;
}

status conduit_receive(int fd, uint8_t *space, size_t capacity, int patience_ms, size_t *out_size)
{
    ssize_t size;
    do {
        TRY(wait_for(fd, POLLIN, patience_ms));
        size = recv(fd, space, capacity, 0);
    } while (size < 0 && (errno == EAGAIN || errno == EINTR));
    if (size < 0)
        return failed(errno);
    *out_size = (size_t)size;
    return OK;
}
