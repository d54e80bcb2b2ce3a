/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a byte stream comes from and goes to. An endpoint is as people write it; an address is what
 * the kernel is given.
 *   host:port  [v6]:port     TCP, over IPv4 or IPv6
 *   udp:host:port            UDP, the same way
 *   unix:/path               a socket of this machine's file system
 *   vsock:cid:port           a virtual machine and its host
 */

#include "base/bytes.h"

#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { HOST_SIZE_MAX = 256, ADDRESSES_MAX = 8, ADDRESS_TEXT_SIZE = 128 };

enum endpoint_kind { ENDPOINT_HOST, ENDPOINT_UDP, ENDPOINT_UNIX, ENDPOINT_VSOCK };

struct endpoint {
    enum endpoint_kind kind;
    char host[HOST_SIZE_MAX]; /* a name or a number; UNIX: the path; VSOCK: empty */
    uint32_t context;         /* VSOCK's */
    uint32_t port;            /* UNIX has none */
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un path;
        struct sockaddr_vm vm;
    };
    socklen_t size;
    bool is_udp;
    uint32_t mark; /* that packets of its sockets bear; 0: none */
};

/* MALFORMED, saying what is wrong, when it is none of the above; port 0 only if allowed. */
status endpoint_read(const char *text, bool may_be_port_0, struct endpoint *out);
enum { ENDPOINT_TEXT_SIZE = HOST_SIZE_MAX + 16 };
void endpoint_text(const struct endpoint *endpoint, char out[ENDPOINT_TEXT_SIZE]);

/* The host alone. MALFORMED when it can be neither a name nor a number. */
status endpoint_set_host(struct endpoint *endpoint, slice host);

/* UNAVAILABLE when the host is a name. Never asks the network. */
status endpoint_number(const struct endpoint *endpoint, struct address *out);

/* Asks the resolver, which may take long; at most ADDRESSES_MAX answers are kept. */
status endpoint_resolve(const struct endpoint *endpoint, struct address out[ADDRESSES_MAX],
                        size_t *out_count);

/* "127.0.0.1:80", "[::1]:80", "unix:/path"; "unix" for who has no name of its own. */
void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE]);
/* As the address that it is: one of IPv4 inside IPv6 is reached as itself. */
struct address address_unmapped(const struct address *address);
/* The other way round: one of IPv4 as a socket of IPv6 knows it. */
struct address address_mapped(const struct address *address);
bool address_equal(const struct address *a, const struct address *b); /* with the port */

/* Of one source: the same host, or for IPv6 the same /64. Programs of this machine are one. */
bool address_same_host(const struct address *a, const struct address *b);
