/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a peer may reach by address: rules as a configuration writes them.
 *   10.0.0.0/8:80,443   [2001:db8::]/32:1024-65535   db.example:5432   *.example:443   10.0.0.7:*
 *   udp://10.0.0.53:53
 * A rule is about TCP unless it says UDP.
 *
 * A name that is allowed is not a way around addresses: what it resolves to is looked at too, and
 * loopback, link-local, multicast and unspecified addresses are reached by their own rule only, so
 * that no name's owner steers a stream to our neighbours. Nothing is allowed that no rule names.
 */

#include "net/address.h"

enum { ALLOW_RULES_MAX = 64, ALLOW_PORTS_MAX = 16 };

struct port_range {
    uint16_t first, last;
};

struct allow_rule {
    char name[HOST_SIZE_MAX]; /* "*.example" for all below; empty: an address */
    struct address network;
    unsigned prefix;          /* bits of `network` that count */
    char text[HOST_SIZE_MAX]; /* as it was written */
    bool is_udp;
    struct port_range ports[ALLOW_PORTS_MAX];
    size_t port_count;
};

struct allow_list {
    struct allow_rule rules[ALLOW_RULES_MAX];
    size_t count;
};

/* MALFORMED says what to write. */
status allow_rule_read(const char *text, struct allow_rule *out);

/* Whether any address that `endpoint` may turn out to have could be allowed. */
bool allow_asks(const struct allow_list *list, const struct endpoint *endpoint);

/* Whether `address` is, which `endpoint` turned out to be. */
bool allow_address(const struct allow_list *list, const struct endpoint *endpoint,
                   const struct address *address);
