/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UDP for somebody whom many talk to: each datagram with where it came from and which of our
 * addresses it was sent to, so that the answer leaves from there.
 */

#include "net/address.h"

enum { DATAGRAM_SIZE_MAX = 65535 };

/* One of our addresses, as the kernel told; of family AF_UNSPEC when it did not. */
struct local_address {
    sa_family_t family;
    union {
        struct in_addr v4;
        struct in6_addr v6;
    };
    unsigned interface;
};

status datagrams_listen(const struct address *address, int *out_fd);

/* UNEXPECTED when none waits; UNAVAILABLE for what the network told of an earlier one. */
status datagram_receive(int fd, uint8_t *space, size_t capacity, size_t *out_size,
                        struct address *out_from, struct local_address *out_at);

/* UNAVAILABLE when it could not be sent: the caller drops it, as the network would. */
status datagram_send(int fd, slice bytes, const struct address *to,
                     const struct local_address *from);
