/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* TCP sockets over IPv4 and IPv6, never blocking, with small writes sent at once. */

#include "base/bytes.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum { HOST_SIZE_MAX = 256, ADDRESSES_MAX = 8, ADDRESS_TEXT_SIZE = 64 };

/* As written: a name or a number, and a port. */
struct endpoint {
    char host[HOST_SIZE_MAX];
    uint16_t port;
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
};

/* "host:port" or "[v6]:port". MALFORMED, saying what is wrong, otherwise; port 0 only if allowed.
 */
status endpoint_read(const char *text, bool may_be_port_0, struct endpoint *out);

/* Numbers only; UNAVAILABLE when the host is a name. Never asks the network. */
status endpoint_number(const struct endpoint *endpoint, struct address *out);

/* Asks the resolver, which may take long; at most ADDRESSES_MAX answers are kept. */
status endpoint_resolve(const struct endpoint *endpoint, struct address out[ADDRESSES_MAX],
                        size_t *out_count);

/* "127.0.0.1:80", "[::1]:80" */
void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE]);
bool address_equal(const struct address *a, const struct address *b); /* with the port */
bool address_same_host(const struct address *a,
                       const struct address *b); /* without; /64 for IPv6 */

/* UNAVAILABLE says why: busy, privileged, not ours. */
status socket_listen(const struct address *address, int *out_fd);

/* Begins; writable means done, and then socket_outcome() says how it went. */
status socket_connect(const struct address *address, int *out_fd);
status socket_outcome(int fd);

/* UNEXPECTED when nobody waits; EXHAUSTED when descriptors ran out; else UNAVAILABLE. */
status socket_accept(int listener_fd, int *out_fd, struct address *out_peer);

void socket_local_address(int fd, struct address *out);

/* Closes so that the other end sees an error, not an end: RST. */
void socket_abort(int fd);

/* Closes so that the other end gets all that was written, then a clean end: FIN. */
void socket_end(int fd);

/*
 * From now on the socket closes as by socket_abort() unless socket_end() is called: also when the
 * process dies, so that nobody takes a death for an end. Connections accepted from a listener
 * inherit it.
 */
void socket_set_abort(int fd);

/* Gives up on a peer that acknowledges nothing for so long. */
void socket_set_patience(int fd, unsigned timeout_ms);

/* Finds out that a silent peer vanished, within about two minutes. */
void socket_set_keepalive(int fd);
