/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/capture.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE_MAX = 512, PLACE_SIZE = 64 };
#define ON_A_PORT "{ udp, udplite, sctp, dccp }"

/* Where packets are looked at: those that pass through, and those that begin here. */
enum side { PASSING, BEGINNING };

__attribute__((format(printf, 2, 3))) static status say(struct buffer *out, const char *format, ...)
{
    char line[LINE_SIZE_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof line)
        return FAIL(INTERNAL, "a rule of the packet filter is too long");
    return buffer_append(out, (slice){(const uint8_t *)line, (size_t)size});
}

/* "ip daddr 10.0.0.0/8" */
static void place_text(const struct allow_rule *rule, char out[PLACE_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    const bool is_v4 = rule->network.any.sa_family == AF_INET;
    inet_ntop(rule->network.any.sa_family,
              is_v4 ? (const void *)&rule->network.v4.sin_addr : &rule->network.v6.sin6_addr, host,
              sizeof host);
    snprintf(out, PLACE_SIZE, "%s daddr %s/%u", is_v4 ? "ip" : "ip6", host, rule->prefix);
}

static void whose_text(const struct config_ingress *ingress, char out[2 * CONFIG_NAME_SIZE_MAX])
{
    out[0] = 0;
    if (*ingress->from_interface)
        snprintf(out, 2 * CONFIG_NAME_SIZE_MAX, "iifname \"%s\" ", ingress->from_interface);
    else if (*ingress->from_user)
        snprintf(out, 2 * CONFIG_NAME_SIZE_MAX, "meta skuid \"%s\" ", ingress->from_user);
}

static bool looks_at(const struct config_ingress *ingress, enum side side)
{
    return ingress->capture_count &&
           !*(side == PASSING ? ingress->from_user : ingress->from_interface);
}

/* ---- what is captured ---- */

static status say_taken(const struct config *config, size_t index, enum side side,
                        struct buffer *out)
{
    const struct config_ingress *const ingress = &config->ingress[index];
    char whose[2 * CONFIG_NAME_SIZE_MAX], place[PLACE_SIZE];
    whose_text(ingress, whose);
    for (size_t i = 0; looks_at(ingress, side) && i < ingress->capture_count; i++) {
        const struct allow_rule *const rule = &config->captured.rules[ingress->capture_first + i];
        place_text(rule, place);
        for (size_t k = 0; k < rule->port_count; k++)
            TRY(say(out, "    %s%s tcp dport %u-%u meta mark set 0x%" PRIx32 " return\n", whose,
                    place, rule->ports[k].first, rule->ports[k].last,
                    CAPTURE_MARK + (uint32_t)index));
    }
    return OK;
}

/* Other protocols have no way through a link: on the same ports, or without ports. A piece of a
 * packet hides its port. */
static status say_refused(const struct config *config, size_t index, enum side side,
                          struct buffer *out)
{
    const struct config_ingress *const ingress = &config->ingress[index];
    char whose[2 * CONFIG_NAME_SIZE_MAX], place[PLACE_SIZE];
    whose_text(ingress, whose);
    for (size_t i = 0; looks_at(ingress, side) && i < ingress->capture_count; i++) {
        const struct allow_rule *const rule = &config->captured.rules[ingress->capture_first + i];
        const bool is_v4 = rule->network.any.sa_family == AF_INET;
        place_text(rule, place);
        for (size_t k = 0; k < rule->port_count; k++)
            TRY(say(out, "    %s%s meta l4proto " ON_A_PORT " th dport %u-%u goto refused\n", whose,
                    place, rule->ports[k].first, rule->ports[k].last));
        TRY(say(out, "    %s%s meta l4proto != { tcp, udp, udplite, sctp, dccp } goto refused\n",
                whose, place));
        TRY(say(out, "    %s%s %s goto refused\n", whose, place,
                is_v4 ? "ip frag-off & 0x1fff != 0" : "exthdr frag exists"));
    }
    return OK;
}

/* What networks tell about themselves goes on: errors, and who is on a link. */
static status say_chain(const struct config *config, enum side side, struct buffer *out)
{
    TRY(say(out, "  chain %s {\n", side == PASSING ? "passing" : "beginning"));
    for (size_t i = 0; i < config->ingress_count; i++)
        TRY(say_taken(config, i, side, out));
    TRY(say(out, "    icmp type { destination-unreachable, time-exceeded, parameter-problem } "
                 "return\n"
                 "    icmpv6 type { 1, 2, 3, 4, 130-137, 143 } return\n"));
    for (size_t i = 0; i < config->ingress_count; i++)
        TRY(say_refused(config, i, side, out));
    return say(out, "  }\n");
}

/* ---- where the kernel asks ---- */

/* To a socket that listens on any address, or on one. */
static status say_delivery(const struct config *config, size_t index, struct buffer *out)
{
    const struct config_ingress *const ingress = &config->ingress[index];
    struct address address;
    char text[INET6_ADDRSTRLEN] = "";
    TRY(endpoint_number(&ingress->listen, &address));
    const bool is_v6 = address.any.sa_family == AF_INET6;
    const bool is_any =
        is_v6 ? IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr) : !address.v4.sin_addr.s_addr;
    if (!is_any)
        inet_ntop(address.any.sa_family,
                  is_v6 ? (const void *)&address.v6.sin6_addr : &address.v4.sin_addr, text,
                  sizeof text);
    const uint32_t mark = CAPTURE_MARK + (uint32_t)index;
    const char *const open = is_v6 && !is_any ? "[" : "", *const close = *open ? "]" : "";
    if (!is_v6 || is_any)
        TRY(say(out,
                "    meta mark 0x%" PRIx32 " meta nfproto ipv4 meta l4proto tcp "
                "tproxy ip to %s:%u accept\n",
                mark, is_v6 ? "" : text, ingress->listen.port));
    if (is_v6)
        TRY(say(out,
                "    meta mark 0x%" PRIx32 " meta nfproto ipv6 meta l4proto tcp "
                "tproxy ip6 to %s%s%s:%u accept\n",
                mark, open, text, close, ingress->listen.port));
    return OK;
}

static const char head[] = "add table inet " CAPTURE_TABLE "\n"
                           "delete table inet " CAPTURE_TABLE "\n"
                           "table inet " CAPTURE_TABLE " {\n"
                           "  counter " CAPTURE_COUNTER " { }\n"
                           "  chain refused {\n"
                           "    counter name " CAPTURE_COUNTER " drop\n"
                           "  }\n";

/* What is marked is for a transparent socket, or for nobody. */
static status say_arriving(const struct config *config, struct buffer *out)
{
    TRY(say(out,
            "  chain arriving {\n"
            "    type filter hook prerouting priority mangle; policy accept;\n"
            "    iifname \"lo\" meta mark & 0x%" PRIx32 " != 0x%" PRIx32 " return\n"
            "    fib daddr type { local, broadcast, anycast, multicast } return\n"
            "    ct direction reply return\n"
            "    iifname != \"lo\" jump passing\n",
            CAPTURE_MARK_MASK, CAPTURE_MARK));
    for (size_t i = 0; i < config->ingress_count; i++)
        if (config->ingress[i].capture_count)
            TRY(say_delivery(config, i, out));
    return say(out,
               "    meta mark & 0x%" PRIx32 " == 0x%" PRIx32 " counter name " CAPTURE_COUNTER
               " reject with tcp reset\n  }\n",
               CAPTURE_MARK_MASK, CAPTURE_MARK);
}

/* What was marked is routed to lo; should that rule be gone, nothing leaves all the same. */
static status say_leaving(struct buffer *out)
{
    TRY(say(out,
            "  chain sent {\n"
            "    type route hook output priority mangle; policy accept;\n"
            "    meta mark & 0x%" PRIx32 " == 0x%" PRIx32 " return\n"
            "    fib daddr type { local, broadcast, anycast, multicast } return\n"
            "    ct direction reply return\n"
            "    jump beginning\n"
            "  }\n",
            CAPTURE_MARK_MASK, CAPTURE_MARK_OWN));
    return say(out,
               "  chain leaving {\n"
               "    type filter hook postrouting priority mangle; policy accept;\n"
               "    oifname != \"lo\" meta mark & 0x%" PRIx32 " == 0x%" PRIx32 " goto refused\n"
               "  }\n}\n",
               CAPTURE_MARK_MASK, CAPTURE_MARK);
}

status capture_rules_write(const struct config *config, struct buffer *out)
{
    SCOPED(buffer) rules = {0};
    if (!config->captured.count)
        return OK;
    TRY(buffer_append(&rules, slice_of_text(head)));
    TRY(say_chain(config, PASSING, &rules));
    TRY(say_chain(config, BEGINNING, &rules));
    TRY(say_arriving(config, &rules));
    TRY(say_leaving(&rules));
    *out = buffer_take(&rules);
    return OK;
}
