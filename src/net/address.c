/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum {
    SOURCE_PREFIX_SIZE = 8, /* a /64 is one source's */
    MAPPED_BYTES = 12,      /* before an IPv4 address inside an IPv6 one */
};

static const char udp_prefix[] = "udp:", unix_prefix[] = "unix:", vsock_prefix[] = "vsock:";

/* ---- reading ---- */

static bool read_port(const char *text, uint32_t *out)
{
    unsigned port = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 6; digits++)
        port = port * 10 + (unsigned)(text[digits] - '0');
    if (!digits || text[digits] || port > 65535)
        return false;
    *out = port;
    return true;
}

static bool is_host(slice host)
{
    for (size_t i = 0; i < host.size; i++)
        if (host.data[i] <= ' ' || host.data[i] >= 127 || strchr("/[]@?#\\\"'", host.data[i]))
            return false;
    return host.size > 0;
}

status endpoint_set_host(struct endpoint *endpoint, slice host)
{
    if (!is_host(host) || host.size >= sizeof endpoint->host)
        return FAIL(MALFORMED, "not a host name or address");
    memset(endpoint->host, 0, sizeof endpoint->host);
    memcpy(endpoint->host, host.data, host.size);
    return OK;
}

static const char *after(const char *text, const char *prefix)
{
    const size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

static status read_path(const char *path, struct endpoint *out)
{
    struct endpoint endpoint = {.kind = ENDPOINT_UNIX};
    const size_t size = strlen(path);
    if (*path != '/' || size >= sizeof((struct sockaddr_un *)0)->sun_path)
        return FAIL(MALFORMED, "no absolute path of at most 107 characters: write unix:/path");
    memcpy(endpoint.host, path, size);
    *out = endpoint;
    return OK;
}

static status read_vsock(const char *text, struct endpoint *out)
{
    struct endpoint endpoint = {.kind = ENDPOINT_VSOCK};
    char left;
    if (strspn(text, "0123456789:") != strlen(text) ||
        sscanf(text, "%10u:%10u%c", &endpoint.context, &endpoint.port, &left) != 2)
        return FAIL(MALFORMED, "no context and port: write vsock:cid:port");
    *out = endpoint;
    return OK;
}

static status read_host(const char *text, bool may_be_port_0, struct endpoint *out)
{
    struct endpoint endpoint = {0};
    const char *const colon = strrchr(text, ':');
    if (!colon)
        return FAIL(MALFORMED, "no port: write host:port");
    const bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
    const slice host = bracketed ? (slice){(const uint8_t *)text + 1, (size_t)(colon - text) - 2}
                                 : (slice){(const uint8_t *)text, (size_t)(colon - text)};
    if (!bracketed && memchr(host.data, ':', host.size))
        return FAIL(MALFORMED, "an IPv6 address goes in brackets: [::1]:port");
    TRY(endpoint_set_host(&endpoint, host));
    if (!read_port(colon + 1, &endpoint.port))
        return FAIL(MALFORMED, "not a port number (1 to 65535)");
    if (!endpoint.port && !may_be_port_0)
        return FAIL(MALFORMED, "port 0 is not a port to connect to");
    *out = endpoint;
    return OK;
}

static status read_udp(const char *text, bool may_be_port_0, struct endpoint *out)
{
    TRY(read_host(text, may_be_port_0, out));
    out->kind = ENDPOINT_UDP;
    return OK;
}

status endpoint_read(const char *text, bool may_be_port_0, struct endpoint *out)
{
    const char *const udp = after(text, udp_prefix);
    const char *const path = after(text, unix_prefix), *const vsock = after(text, vsock_prefix);
    if (path)
        return read_path(path, out);
    if (vsock)
        return read_vsock(vsock, out);
    return udp ? read_udp(udp, may_be_port_0, out) : read_host(text, may_be_port_0, out);
}

void endpoint_text(const struct endpoint *endpoint, char out[ENDPOINT_TEXT_SIZE])
{
    const bool is_v6 = strchr(endpoint->host, ':');
    switch (endpoint->kind) {
    case ENDPOINT_UNIX:
        snprintf(out, ENDPOINT_TEXT_SIZE, "%s%s", unix_prefix, endpoint->host);
        break;
    case ENDPOINT_VSOCK:
        snprintf(out, ENDPOINT_TEXT_SIZE, "%s%u:%u", vsock_prefix, endpoint->context,
                 endpoint->port);
        break;
    case ENDPOINT_HOST:
    case ENDPOINT_UDP:
        snprintf(out, ENDPOINT_TEXT_SIZE, is_v6 ? "%s[%s]:%u" : "%s%s:%u",
                 endpoint->kind == ENDPOINT_UDP ? udp_prefix : "", endpoint->host, endpoint->port);
        break;
    }
}

/* ---- for the kernel ---- */

static void path_address(const char *path, struct address *out)
{
    *out = (struct address){.size = sizeof out->path};
    out->path.sun_family = AF_UNIX;
    memcpy(out->path.sun_path, path, strlen(path));
}

static void vsock_address(const struct endpoint *endpoint, struct address *out)
{
    *out = (struct address){.size = sizeof out->vm};
    out->vm = (struct sockaddr_vm){
        .svm_family = AF_VSOCK, .svm_cid = endpoint->context, .svm_port = endpoint->port};
}

status endpoint_number(const struct endpoint *endpoint, struct address *out)
{
    struct address address = {.is_udp = endpoint->kind == ENDPOINT_UDP};
    if (endpoint->kind == ENDPOINT_UNIX) {
        path_address(endpoint->host, out);
        return OK;
    }
    if (endpoint->kind == ENDPOINT_VSOCK) {
        vsock_address(endpoint, out);
        return OK;
    }
    if (inet_pton(AF_INET, endpoint->host, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons((uint16_t)endpoint->port);
        address.size = sizeof address.v4;
    } else if (inet_pton(AF_INET6, endpoint->host, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons((uint16_t)endpoint->port);
        address.size = sizeof address.v6;
    } else {
        return FAIL(UNAVAILABLE, "a name, not a number");
    }
    *out = address;
    return OK;
}

status endpoint_resolve(const struct endpoint *endpoint, struct address out[ADDRESSES_MAX],
                        size_t *out_count)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    size_t count = 0;
    if (!endpoint_number(endpoint, &out[0]).fault) {
        *out_count = 1;
        return OK;
    }
    if (getaddrinfo(endpoint->host, NULL, &hints, &found) != 0)
        return FAIL(UNAVAILABLE, "the name has no address");
    for (struct addrinfo *at = found; at && count < ADDRESSES_MAX; at = at->ai_next) {
        if (at->ai_addrlen > sizeof out[count].v6 ||
            (at->ai_family != AF_INET && at->ai_family != AF_INET6))
            continue;
        out[count] =
            (struct address){.size = at->ai_addrlen, .is_udp = endpoint->kind == ENDPOINT_UDP};
        memcpy(&out[count].v6, at->ai_addr, at->ai_addrlen);
        if (at->ai_family == AF_INET)
            out[count].v4.sin_port = htons((uint16_t)endpoint->port);
        else
            out[count].v6.sin6_port = htons((uint16_t)endpoint->port);
        count++;
    }
    freeaddrinfo(found);
    if (!count)
        return FAIL(UNAVAILABLE, "the name has no address");
    *out_count = count;
    return OK;
}

/* ---- written and compared ---- */

void address_text(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "?";
    switch (address->any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(address->v4.sin_port));
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(address->v6.sin6_port));
        break;
    case AF_UNIX: {
        const bool is_named = address->size > offsetof(struct sockaddr_un, sun_path);
        const char *const path = is_named ? address->path.sun_path : "";
        snprintf(out, ADDRESS_TEXT_SIZE, *path ? "unix:%s" : "unix%s", path);
        break;
    }
    case AF_VSOCK:
        snprintf(out, ADDRESS_TEXT_SIZE, "%s%u:%u", vsock_prefix, address->vm.svm_cid,
                 address->vm.svm_port);
        break;
    default:
        snprintf(out, ADDRESS_TEXT_SIZE, "?");
    }
}

static bool same_prefix(const struct in6_addr *a, const struct in6_addr *b)
{
    /* IPv4 clients of a listener for both families are ::ffff:1.2.3.4, all of them in one /64. */
    const bool is_v4 = IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4MAPPED(b);
    const size_t size = is_v4 ? sizeof *a : SOURCE_PREFIX_SIZE;
    return slice_equal((slice){a->s6_addr, size}, (slice){b->s6_addr, size});
}

bool address_same_host(const struct address *a, const struct address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    switch (a->any.sa_family) {
    case AF_INET:
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
    case AF_INET6:
        return same_prefix(&a->v6.sin6_addr, &b->v6.sin6_addr);
    case AF_VSOCK:
        return a->vm.svm_cid == b->vm.svm_cid;
    default:
        return a->any.sa_family == AF_UNIX;
    }
}

struct address address_unmapped(const struct address *address)
{
    struct address number = {.size = sizeof number.v4, .is_udp = address->is_udp};
    if (address->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr))
        return *address;
    number.v4.sin_family = AF_INET;
    number.v4.sin_port = address->v6.sin6_port;
    memcpy(&number.v4.sin_addr, address->v6.sin6_addr.s6_addr + MAPPED_BYTES,
           sizeof number.v4.sin_addr);
    return number;
}

bool address_equal(const struct address *a, const struct address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    switch (a->any.sa_family) {
    case AF_INET:
        return address_same_host(a, b) && a->v4.sin_port == b->v4.sin_port;
    case AF_INET6:
        return slice_equal(SLICE(a->v6.sin6_addr.s6_addr), SLICE(b->v6.sin6_addr.s6_addr)) &&
               a->v6.sin6_port == b->v6.sin6_port;
    case AF_VSOCK:
        return address_same_host(a, b) && a->vm.svm_port == b->vm.svm_port;
    default:
        return a->any.sa_family == AF_UNIX && strcmp(a->path.sun_path, b->path.sun_path) == 0;
    }
}

struct address address_mapped(const struct address *address)
{
    struct address mapped = {.size = sizeof mapped.v6, .is_udp = address->is_udp};
    if (address->any.sa_family != AF_INET)
        return *address;
    mapped.v6.sin6_family = AF_INET6;
    mapped.v6.sin6_port = address->v4.sin_port;
    memset(mapped.v6.sin6_addr.s6_addr + MAPPED_BYTES - 2, 0xFF, 2);
    memcpy(mapped.v6.sin6_addr.s6_addr + MAPPED_BYTES, &address->v4.sin_addr,
           sizeof address->v4.sin_addr);
    return mapped;
}
