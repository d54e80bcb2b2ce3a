/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Policy routing for transparent sockets: packets with a mark are delivered to this machine,
 * whatever their destination is. IPv4 and IPv6 alike; IPv6 is left out where the kernel has none.
 * spec: Linux, Documentation/networking/tproxy.rst, "Making non-local sockets work"
 */

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct policy_route {
    uint32_t mark, mask;
    uint32_t table; /* of our own; the rule's priority, too */
};

/* Adds or removes its rule and route; what is so already stays so. DENIED without CAP_NET_ADMIN;
 * UNAVAILABLE when the kernel says no. */
status policy_route_set(const struct policy_route *route, bool is_on);
