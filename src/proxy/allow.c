/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/allow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535, IPV4_BITS = 32, IPV6_BITS = 128 };

/* ---- reading ---- */

/* Digits from `text` on; NULL when there are none or they are too many. */
static const char *read_number(const char *text, unsigned long most, unsigned long *out)
{
    char *end = NULL;
    if (*text < '0' || *text > '9' || strspn(text, "0123456789") > 5)
        return NULL;
    *out = strtoul(text, &end, 10);
    return *out <= most ? end : NULL;
}

static const char *read_range(const char *text, struct port_range *out)
{
    unsigned long first = 0, last;
    const char *at = read_number(text, PORT_MAX, &first);
    last = first;
    if (at && *at == '-')
        at = read_number(at + 1, PORT_MAX, &last);
    if (!at || !first || last < first)
        return NULL;
    *out = (struct port_range){(uint16_t)first, (uint16_t)last};
    return at;
}

static status read_ports(const char *text, struct allow_rule *rule)
{
    if (strcmp(text, "*") == 0) {
        rule->ports[rule->port_count++] = (struct port_range){1, PORT_MAX};
        return OK;
    }
    for (const char *at = text;; at++) {
        if (rule->port_count == ALLOW_PORTS_MAX)
            return FAIL(EXHAUSTED, "a rule has at most 16 ranges of ports");
        at = read_range(at, &rule->ports[rule->port_count]);
        if (!at || (*at && *at != ','))
            return FAIL(MALFORMED, "ports are written 80,443,8000-8999 or *");
        rule->port_count++;
        if (!*at)
            return OK;
    }
}

static bool is_zero_after(const uint8_t *bytes, unsigned bits, unsigned prefix)
{
    for (unsigned bit = prefix; bit < bits; bit++)
        if (bytes[bit / 8] >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static unsigned bits_of(const struct address *address)
{
    return address->any.sa_family == AF_INET ? IPV4_BITS : IPV6_BITS;
}

static const uint8_t *bytes_of(const struct address *address)
{
    return address->any.sa_family == AF_INET ? (const uint8_t *)&address->v4.sin_addr
                                             : address->v6.sin6_addr.s6_addr;
}

static status read_network(const struct endpoint *host, const char *prefix, struct allow_rule *rule)
{
    unsigned long bits = 0;
    if (endpoint_number(host, &rule->network).fault)
        return FAIL(MALFORMED, "only an address has a prefix: 10.0.0.0/8:443");
    if (rule->network.any.sa_family == AF_INET6 &&
        IN6_IS_ADDR_V4MAPPED(&rule->network.v6.sin6_addr))
        return FAIL(MALFORMED, "an IPv4 address is written as such: 10.0.0.0/8:443");
    rule->prefix = bits_of(&rule->network);
    if (!prefix)
        return OK;
    const char *const end = read_number(prefix, rule->prefix, &bits);
    if (!end || *end)
        return FAIL(MALFORMED, "a prefix is a number of bits: 10.0.0.0/8:443");
    rule->prefix = (unsigned)bits;
    return is_zero_after(bytes_of(&rule->network), bits_of(&rule->network), rule->prefix)
               ? OK
               : FAIL(MALFORMED, "an address has bits set beyond its prefix");
}

/* A star stands for at least one whole label, at the front. */
static status read_name(const struct endpoint *host, struct allow_rule *rule)
{
    const char *const rest = strncmp(host->host, "*.", 2) == 0 ? host->host + 2 : host->host;
    if (!*rest || strpbrk(rest, "*%:"))
        return FAIL(MALFORMED, "a name is written db.example, or *.example for all below it");
    memcpy(rule->name, host->host, sizeof rule->name);
    return OK;
}

static status read_host(slice host, const char *prefix, struct allow_rule *rule)
{
    struct endpoint endpoint = {0};
    struct address number;
    const bool is_bracketed =
        host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
    TRY(endpoint_set_host(&endpoint, is_bracketed ? (slice){host.data + 1, host.size - 2} : host));
    if (prefix || !endpoint_number(&endpoint, &number).fault)
        return read_network(&endpoint, prefix, rule);
    return read_name(&endpoint, rule);
}

status allow_rule_read(const char *text, struct allow_rule *out)
{
    static const char udp[] = "udp://", tcp[] = "tcp://";
    struct allow_rule rule = {.is_udp = strncmp(text, udp, sizeof udp - 1) == 0};
    memcpy(rule.text, text, strnlen(text, sizeof rule.text - 1));
    if (rule.is_udp || strncmp(text, tcp, sizeof tcp - 1) == 0)
        text += sizeof udp - 1;
    char prefix[4] = "";
    const char *const colon = strrchr(text, ':');
    const char *const slash = strchr(text, '/');
    if (!colon || (slash && slash > colon))
        return FAIL(MALFORMED, "no ports: write host:ports, or host:* for all");
    const char *const end = slash ? slash : colon;
    if (slash && (size_t)(colon - slash - 1) >= sizeof prefix)
        return FAIL(MALFORMED, "a prefix is a number of bits: 10.0.0.0/8:443");
    if (slash)
        memcpy(prefix, slash + 1, (size_t)(colon - slash - 1));
    TRY(read_host((slice){(const uint8_t *)text, (size_t)(end - text)}, slash ? prefix : NULL,
                  &rule));
    TRY(read_ports(colon + 1, &rule));
    *out = rule;
    return OK;
}

/* ---- asking ---- */

static bool has_port(const struct allow_rule *rule, const struct endpoint *endpoint)
{
    const uint32_t port = endpoint->port;
    if (rule->is_udp != (endpoint->kind == ENDPOINT_UDP))
        return false;
    for (size_t i = 0; i < rule->port_count; i++)
        if (port >= rule->ports[i].first && port <= rule->ports[i].last)
            return true;
    return false;
}

static bool names(const struct allow_rule *rule, const char *host)
{
    const size_t size = strlen(rule->name), host_size = strlen(host);
    if (rule->name[0] != '*')
        return size && strcasecmp(rule->name, host) == 0;
    return host_size > size - 1 && strcasecmp(host + host_size - (size - 1), rule->name + 1) == 0;
}

static bool covers(const struct allow_rule *rule, const struct address *address)
{
    const uint8_t *const network = bytes_of(&rule->network), *const bytes = bytes_of(address);
    const unsigned whole = rule->prefix / 8, rest = rule->prefix % 8;
    if (rule->name[0] || rule->network.any.sa_family != address->any.sa_family ||
        memcmp(network, bytes, whole) != 0)
        return false;
    return !rest || (network[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

static bool is_special(const struct address *address)
{
    if (address->any.sa_family == AF_INET6) {
        const struct in6_addr *const v6 = &address->v6.sin6_addr;
        return IN6_IS_ADDR_UNSPECIFIED(v6) || IN6_IS_ADDR_LOOPBACK(v6) ||
               IN6_IS_ADDR_LINKLOCAL(v6) || IN6_IS_ADDR_MULTICAST(v6) || IN6_IS_ADDR_V4COMPAT(v6);
    }
    const uint8_t *const v4 = bytes_of(address);
    return v4[0] == 0 || v4[0] == 127 || (v4[0] == 169 && v4[1] == 254) || v4[0] >= 224;
}

bool allow_address(const struct allow_list *list, const struct endpoint *endpoint,
                   const struct address *address)
{
    const struct address number = address_unmapped(address);
    for (size_t i = 0; i < list->count; i++) {
        const struct allow_rule *const rule = &list->rules[i];
        if (has_port(rule, endpoint) &&
            (covers(rule, &number) || (names(rule, endpoint->host) && !is_special(&number))))
            return true;
    }
    return false;
}

bool allow_asks(const struct allow_list *list, const struct endpoint *endpoint)
{
    struct address address;
    if (endpoint->kind != ENDPOINT_HOST && endpoint->kind != ENDPOINT_UDP)
        return false;
    if (!endpoint_number(endpoint, &address).fault)
        return allow_address(list, endpoint, &address);
    for (size_t i = 0; i < list->count; i++) /* its address may be one of a network's */
        if (has_port(&list->rules[i], endpoint) &&
            (!list->rules[i].name[0] || names(&list->rules[i], endpoint->host)))
            return true;
    return false;
}
