/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conduit.h"

#include "net/socket.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* ---- waiting ---- */

static status failed(int error)
{
    return error == ECONNRESET || error == EPIPE ? FAIL(UNAVAILABLE, "connection reset")
                                                 : FAIL(UNAVAILABLE, "the system said no");
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
    TRY(addresses_of(peer, false, addresses, &count));
    status done = FAIL(UNAVAILABLE, "the name has no address");
    for (size_t i = 0; i < count && done.fault; i++)
        done = connect_to(&addresses[i], patience_ms, out_fd);
    return done;
}

/* ---- listening ---- */

status conduit_listen(const char *address, int *out_fd)
{
    struct address addresses[ADDRESSES_MAX];
    size_t count = 0;
    TRY(addresses_of(address, true, addresses, &count));
    return socket_listen(&addresses[0], out_fd);
}

void conduit_listener_text(int fd, char out[ADDRESS_TEXT_SIZE])
{
    struct address local;
    socket_local_address(fd, &local);
    address_text(&local, out);
}

status conduit_accept(int listener_fd, int patience_ms, int *out_fd)
{
    struct address peer;
    TRY(wait_for(listener_fd, POLLIN, patience_ms));
    return socket_accept(listener_fd, out_fd, &peer);
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
