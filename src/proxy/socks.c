/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/socks.h"

#include "codec/reader.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    VERSION = 5,
    LOGIN_VERSION = 1,
    NO_LOGIN = 0x00,
    BY_PASSWORD = 0x02,
    NO_METHOD = 0xFF,
    LOGIN_FAILED = 1,
    IPV4 = 1,
    NAME = 3,
    IPV6 = 4,
    IPV4_SIZE = 4,
    IPV6_SIZE = 16,
};

/* ---- addresses ---- */

static status read_number(struct reader *reader, int family, size_t size, struct endpoint *out)
{
    const slice number = read_bytes(reader, size);
    if (!reader->short_of_input)
        inet_ntop(family, number.data, out->host, sizeof out->host);
    return OK;
}

/* Clients that know no better write an IPv6 address as a name. */
static status read_name(struct reader *reader, struct endpoint *out)
{
    struct in6_addr number;
    const slice name = read_bytes(reader, read_u8(reader));
    if (reader->short_of_input)
        return OK;
    TRY(endpoint_set_host(out, name));
    return !strchr(out->host, ':') || inet_pton(AF_INET6, out->host, &number) == 1
               ? OK
               : FAIL(MALFORMED, "a SOCKS name with a colon in it");
}

static status read_host(struct reader *reader, struct endpoint *out)
{
    switch (read_u8(reader)) {
    case IPV4:
        return read_number(reader, AF_INET, IPV4_SIZE, out);
    case IPV6:
        return read_number(reader, AF_INET6, IPV6_SIZE, out);
    case NAME:
        return read_name(reader, out);
    default:
        return reader->short_of_input ? OK : FAIL(UNSUPPORTED, "a SOCKS address of unknown kind");
    }
}

/* OK also when bytes are missing, which the reader knows. */
static status read_endpoint(struct reader *reader, struct endpoint *out)
{
    TRY(read_host(reader, out));
    out->port = read_be16(reader);
    return OK;
}

static void write_address(struct writer *writer, const struct address *address)
{
    static const uint8_t none[IPV4_SIZE];
    if (address && address->any.sa_family == AF_INET6) {
        write_u8(writer, IPV6);
        write_bytes(writer, (slice){address->v6.sin6_addr.s6_addr, IPV6_SIZE});
        write_be16(writer, ntohs(address->v6.sin6_port));
        return;
    }
    write_u8(writer, IPV4);
    write_bytes(writer,
                address ? (slice){(const uint8_t *)&address->v4.sin_addr, IPV4_SIZE} : SLICE(none));
    write_be16(writer, address ? ntohs(address->v4.sin_port) : 0);
}

/* ---- the three messages ---- */

/* spec: RFC 1928, section 3 */
static status take_greeting(struct socks *socks, struct reader *reader, struct writer *out)
{
    const uint8_t wanted = socks->login->user ? BY_PASSWORD : NO_LOGIN;
    if (read_u8(reader) != VERSION && !reader->short_of_input)
        return FAIL(UNSUPPORTED, "not SOCKS 5");
    const slice methods = read_bytes(reader, read_u8(reader));
    if (reader->short_of_input)
        return OK;
    const bool is_offered = methods.size && memchr(methods.data, wanted, methods.size);
    write_u8(out, VERSION);
    write_u8(out, is_offered ? wanted : NO_METHOD);
    if (!is_offered)
        return FAIL(DENIED, "SOCKS: none of the ways to log in that are offered will do");
    socks->phase = socks->login->user ? SOCKS_LOGIN : SOCKS_REQUEST;
    return OK;
}

static bool is_text(slice given, const char *expected)
{
    return equal_in_constant_time(given, slice_of_text(expected));
}

/* spec: RFC 1929, section 2 */
static status take_login(struct socks *socks, struct reader *reader, struct writer *out)
{
    if (read_u8(reader) != LOGIN_VERSION && !reader->short_of_input)
        return FAIL(MALFORMED, "SOCKS: a login of unknown form");
    const slice user = read_bytes(reader, read_u8(reader));
    const slice password = read_bytes(reader, read_u8(reader));
    if (reader->short_of_input)
        return OK;
    const bool is_user = is_text(user, socks->login->user);
    const bool is_welcome = is_text(password, socks->login->password) & is_user;
    write_u8(out, LOGIN_VERSION);
    write_u8(out, is_welcome ? 0 : LOGIN_FAILED);
    if (!is_welcome)
        return FAIL(DENIED, "SOCKS: another user or password");
    socks->phase = SOCKS_REQUEST;
    return OK;
}

static status refuse(struct writer *out, enum socks_reply reply, status refused)
{
    socks_reply_write(out, reply, NULL);
    return refused;
}

/* spec: RFC 1928, section 4 */
static status take_request(struct socks *socks, struct reader *reader, struct writer *out)
{
    struct endpoint to = {0};
    if (read_u8(reader) != VERSION && !reader->short_of_input)
        return FAIL(MALFORMED, "SOCKS: a request of another version");
    const uint8_t command = read_u8(reader);
    if (read_u8(reader) != 0)
        return refuse(out, SOCKS_FAILED, FAIL(MALFORMED, "SOCKS: a reserved byte is not zero"));
    const status read = read_endpoint(reader, &to);
    if (read.fault)
        return refuse(out, SOCKS_ADDRESS_UNSUPPORTED, read);
    if (reader->short_of_input)
        return OK;
    if (command != SOCKS_CONNECT && command != SOCKS_UDP_ASSOCIATE)
        return refuse(out, SOCKS_COMMAND_UNSUPPORTED, FAIL(UNSUPPORTED, "SOCKS: no such command"));
    if (command == SOCKS_CONNECT && !to.port)
        return refuse(out, SOCKS_FAILED, FAIL(MALFORMED, "SOCKS: port 0 cannot be connected to"));
    socks->command = (enum socks_command)command;
    socks->to = to;
    socks->phase = SOCKS_DONE;
    return OK;
}

status socks_take(struct socks *socks, slice *in, struct writer *out)
{
    static status (*const takes[])(struct socks *, struct reader *, struct writer *) = {
        [SOCKS_GREETING] = take_greeting,
        [SOCKS_LOGIN] = take_login,
        [SOCKS_REQUEST] = take_request,
    };
    while (socks->phase != SOCKS_DONE) {
        struct reader reader = reader_of(*in);
        TRY(takes[socks->phase](socks, &reader, out));
        if (reader.short_of_input)
            return OK;
        *in = reader.left;
    }
    return OK;
}

void socks_reply_write(struct writer *writer, enum socks_reply reply, const struct address *bound)
{
    write_u8(writer, VERSION);
    write_u8(writer, (uint8_t)reply);
    write_u8(writer, 0);
    write_address(writer, bound);
}

/* ---- datagrams ---- */

/* spec: RFC 1928, section 7 */
status socks_datagram_read(slice datagram, struct endpoint *out_to, slice *out_payload)
{
    struct reader reader = reader_of(datagram);
    struct endpoint to = {0};
    if (read_be16(&reader) != 0)
        return FAIL(MALFORMED, "SOCKS: a datagram's reserved bytes are not zero");
    const uint8_t fragment = read_u8(&reader);
    TRY(read_endpoint(&reader, &to));
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "SOCKS: a datagram is shorter than its header");
    if (fragment)
        return FAIL(UNSUPPORTED, "SOCKS: a datagram in fragments");
    if (!to.port)
        return FAIL(MALFORMED, "SOCKS: port 0 cannot be sent to");
    *out_to = to;
    *out_payload = reader.left;
    return OK;
}

void socks_datagram_header_write(struct writer *writer, const struct address *from)
{
    write_be16(writer, 0);
    write_u8(writer, 0);
    write_address(writer, from);
}
