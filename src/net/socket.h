/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Stream sockets that never block: TCP with small writes sent at once, Unix and vsock. What only
 * TCP has (resets, keepalive, patience) the others do without.
 */

#include "net/address.h"

/* UNAVAILABLE says why: busy, privileged, not ours. A Unix socket that nobody serves any more is
 * replaced. */
status socket_listen(const struct address *address, int *out_fd);

/* The same for whole messages of one machine's programs: Unix sockets alone. */
status socket_listen_for_packets(const struct address *address, int *out_fd);

/*
 * As socket_listen, for connections to any address that the kernel is told to deliver here: whom
 * one was for is its local address. On [::] those of IPv4, too.
 */
status socket_listen_transparent(const struct address *address, int *out_fd);

/* Begins; writable means done, and then socket_outcome() says how it went. UDP takes datagrams from
 * there alone. */
status socket_connect(const struct address *address, int *out_fd);
status socket_outcome(int fd);

/* UNEXPECTED when nobody waits; EXHAUSTED when descriptors ran out; else UNAVAILABLE. */
status socket_accept(int listener_fd, int *out_fd, struct address *out_peer);

void socket_local_address(int fd, struct address *out);

/* A few bytes at once, or none, on a connection whose buffer is as good as empty. False: it is
 * broken. */
bool socket_say(int fd, slice bytes);

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
