/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The packet filter's rules that bring connections to the transparent ingresses of a configuration,
 * and keep whatever goes to the same places from going any other way: what the gateway does not
 * take is refused and counted, also while there is no gateway.
 *
 * What is captured is a connection that begins here or passes through, never an answer to one that
 * came from elsewhere, nothing that goes to this machine itself, and nothing of the gateway's own.
 * spec: Linux, Documentation/networking/tproxy.rst, "Redirecting traffic"
 */

#include "gateway/config.h"

#define CAPTURE_TABLE "cix"      /* of family inet */
#define CAPTURE_COUNTER "bypass" /* of packets that were refused */

/* Marks: the gateway's own packets, and from CAPTURE_MARK on those for each ingress. */
#define CAPTURE_MARK_OWN UINT32_C(0x1c1c0000)
#define CAPTURE_MARK UINT32_C(0x1c1c0100)
#define CAPTURE_MARK_MASK UINT32_C(0xffffff00) /* CONFIG_INGRESS_MAX of them */
enum { CAPTURE_ROUTES = 0x1c1c /* table and priority of policy routing */ };

/* As `nft -f` reads it: replaces the table in one transaction. Nothing for a configuration without
 * a transparent ingress. */
status capture_rules_write(const struct config *config, struct buffer *out);
