/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy_header.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_SIZE_MAX = 107, /* of version 1, with its CRLF */
    VERSION_2 = 0x20,
    LOCAL = 0x0,
    PROXY = 0x1,
    UNSPECIFIED = 0x00,
    TCP_OVER_IPV4 = 0x11,
    UDP_OVER_IPV4 = 0x12,
    TCP_OVER_IPV6 = 0x21,
    UDP_OVER_IPV6 = 0x22,
    HEADER_SIZE = 16, /* of version 2, before the addresses */
    CRC32C_SIZE = 4,
};

static const uint8_t line_start[] = {'P', 'R', 'O', 'X', 'Y', ' '};
static const uint8_t signature[] = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D,
                                    0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

/* Whether `bytes` begin so, as far as either goes. */
static bool may_begin(slice bytes, slice start)
{
    const size_t size = bytes.size < start.size ? bytes.size : start.size;
    return memcmp(bytes.data, start.data, size) == 0;
}

/* ---- version 1 ---- */

enum { FIELDS = 5 /* family, two addresses, two ports */, FIELD_SIZE = INET6_ADDRSTRLEN };

static bool split(slice line, char fields[FIELDS][FIELD_SIZE])
{
    size_t at = 0;
    for (int i = 0; i < FIELDS; i++) {
        const uint8_t *const begin = line.data + at;
        const uint8_t *const space = memchr(begin, ' ', line.size - at);
        const size_t size = space ? (size_t)(space - begin) : line.size - at;
        if (!size || size >= FIELD_SIZE || memchr(begin, 0, size) || !space != (i == FIELDS - 1))
            return false;
        memcpy(fields[i], begin, size);
        fields[i][size] = 0;
        at += size + 1;
    }
    return true;
}

/* Decimal, without the leading zeros that the specification rules out. */
static bool read_port(const char *text, in_port_t *out)
{
    unsigned port = 0;
    const size_t size = strlen(text);
    if (strspn(text, "0123456789") != size || size > 5 || (size > 1 && *text == '0') ||
        sscanf(text, "%5u", &port) != 1 || port > UINT16_MAX)
        return false;
    *out = htons((uint16_t)port);
    return true;
}

static bool read_address(int family, const char *host, const char *port, struct address *out)
{
    struct address address = {0};
    if (family == AF_INET) {
        address.v4.sin_family = AF_INET;
        address.size = sizeof address.v4;
        if (inet_pton(family, host, &address.v4.sin_addr) != 1 ||
            !read_port(port, &address.v4.sin_port))
            return false;
    } else {
        address.v6.sin6_family = AF_INET6;
        address.size = sizeof address.v6;
        if (inet_pton(family, host, &address.v6.sin6_addr) != 1 ||
            !read_port(port, &address.v6.sin6_port))
            return false;
    }
    *out = address;
    return true;
}

/* What stands between "PROXY " and CRLF. */
static status read_fields(slice line, struct proxy_header *out)
{
    static const char unknown[] = "UNKNOWN";
    char fields[FIELDS][FIELD_SIZE];
    struct proxy_header header = {.has_addresses = true};
    if (line.size >= sizeof unknown - 1 && memcmp(line.data, unknown, sizeof unknown - 1) == 0 &&
        (line.size == sizeof unknown - 1 || line.data[sizeof unknown - 1] == ' ')) {
        *out = (struct proxy_header){0}; /* whatever else it says */
        return OK;
    }
    if (!split(line, fields) || (strcmp(fields[0], "TCP4") != 0 && strcmp(fields[0], "TCP6") != 0))
        return FAIL(MALFORMED, "a PROXY line that is neither of TCP4, TCP6 nor UNKNOWN");
    const int family = fields[0][3] == '4' ? AF_INET : AF_INET6;
    if (!read_address(family, fields[1], fields[3], &header.source) ||
        !read_address(family, fields[2], fields[4], &header.destination))
        return FAIL(MALFORMED, "a PROXY line with something else than addresses and ports");
    *out = header;
    return OK;
}

static status read_line(slice bytes, struct proxy_header *out, size_t *out_size)
{
    const size_t most = bytes.size < LINE_SIZE_MAX ? bytes.size : LINE_SIZE_MAX;
    const uint8_t *const end = memchr(bytes.data, '\n', most);
    const size_t begin = sizeof line_start;
    if (!end && bytes.size >= LINE_SIZE_MAX)
        return FAIL(EXHAUSTED, "a PROXY line that does not end");
    if (!end)
        return FAIL(TRUNCATED, "a PROXY line that is not there yet");
    const size_t size = (size_t)(end - bytes.data) + 1;
    if (size < begin + 2 || end[-1] != '\r')
        return FAIL(MALFORMED, "a PROXY line that does not end in CR and LF");
    TRY(read_fields((slice){bytes.data + begin, size - begin - 2}, out));
    *out_size = size;
    return OK;
}

/* ---- version 2 ---- */

/* spec: RFC 3720, appendix B.4: reflected, of polynomial 0x1EDC6F41 */
static uint32_t crc32c_add(uint32_t sum, slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        sum ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0x82F63B78 : 0);
    }
    return sum;
}

/* Of the whole header, in which the sum itself counts as zeros. */
static status check_sum(slice whole, slice sum)
{
    static const uint8_t zeros[CRC32C_SIZE];
    struct reader reader = reader_of(sum);
    const size_t before = (size_t)(sum.data - whole.data);
    if (sum.size != CRC32C_SIZE)
        return FAIL(MALFORMED, "a PROXY header with a checksum of another size");
    uint32_t found = crc32c_add(UINT32_MAX, (slice){whole.data, before});
    found = crc32c_add(found, SLICE(zeros));
    found = crc32c_add(found, (slice){sum.data + sum.size, whole.size - before - sum.size});
    return ~found == read_be32(&reader)
               ? OK
               : FAIL(MALFORMED, "a PROXY header with the checksum of another");
}

status proxy_tlv_next(struct reader *tlvs, uint8_t *out_type, slice *out_value)
{
    if (!tlvs->left.size)
        return FAIL(UNEXPECTED, "a PROXY header says no more");
    const uint8_t type = read_u8(tlvs);
    const slice value = read_bytes(tlvs, read_be16(tlvs));
    if (tlvs->short_of_input)
        return FAIL(MALFORMED, "a PROXY header's field is longer than the header");
    *out_type = type;
    *out_value = value;
    return OK;
}

static status check_tlvs(slice whole, slice tlvs)
{
    struct reader reader = reader_of(tlvs);
    while (reader.left.size) {
        uint8_t type;
        slice value;
        TRY(proxy_tlv_next(&reader, &type, &value));
        if (type == PROXY_TLV_CRC32C)
            TRY(check_sum(whole, value));
    }
    return OK;
}

static void read_ipv4(struct reader *reader, struct proxy_header *out)
{
    struct sockaddr_in *const source = &out->source.v4, *const to = &out->destination.v4;
    source->sin_family = to->sin_family = AF_INET;
    out->source.size = out->destination.size = sizeof *source;
    read_exactly(reader, (uint8_t *)&source->sin_addr, sizeof source->sin_addr);
    read_exactly(reader, (uint8_t *)&to->sin_addr, sizeof to->sin_addr);
    source->sin_port = htons(read_be16(reader));
    to->sin_port = htons(read_be16(reader));
}

static void read_ipv6(struct reader *reader, struct proxy_header *out)
{
    struct sockaddr_in6 *const source = &out->source.v6, *const to = &out->destination.v6;
    source->sin6_family = to->sin6_family = AF_INET6;
    out->source.size = out->destination.size = sizeof *source;
    read_exactly(reader, source->sin6_addr.s6_addr, sizeof source->sin6_addr);
    read_exactly(reader, to->sin6_addr.s6_addr, sizeof to->sin6_addr);
    source->sin6_port = htons(read_be16(reader));
    to->sin6_port = htons(read_be16(reader));
}

/* Of families without addresses that we know, what they are is skipped with the rest. */
static status read_addresses(struct reader *body, uint8_t family, struct proxy_header *out)
{
    out->has_addresses = true;
    if (family == TCP_OVER_IPV4 || family == UDP_OVER_IPV4)
        read_ipv4(body, out);
    else if (family == TCP_OVER_IPV6 || family == UDP_OVER_IPV6)
        read_ipv6(body, out);
    else
        out->has_addresses = false;
    if (body->short_of_input)
        return FAIL(MALFORMED, "a PROXY header without room for its addresses");
    return OK;
}

static status read_binary(slice bytes, struct proxy_header *out, size_t *out_size)
{
    struct reader reader = reader_of(bytes);
    struct proxy_header header = {0};
    read_bytes(&reader, sizeof signature);
    const uint8_t command = read_u8(&reader);
    const uint8_t family = read_u8(&reader);
    const size_t length = read_be16(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "a PROXY header that is not there yet");
    if ((command & 0xF0) != VERSION_2 || (command & 0x0F) > PROXY)
        return FAIL(MALFORMED, "a PROXY header of unknown version or command");
    if (length > PROXY_HEADER_SIZE_MAX - HEADER_SIZE)
        return FAIL(EXHAUSTED, "a PROXY header that is longer than we take");
    struct reader body = reader_of(read_bytes(&reader, length));
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "a PROXY header that is not there yet");
    if ((command & 0x0F) == PROXY) {
        TRY(read_addresses(&body, family, &header));
        if (header.has_addresses)
            header.tlvs = body.left;
    }
    TRY(check_tlvs((slice){bytes.data, HEADER_SIZE + length}, header.tlvs));
    *out = header;
    *out_size = HEADER_SIZE + length;
    return OK;
}

status proxy_header_read(slice bytes, struct proxy_header *out, size_t *out_size)
{
    if (!bytes.size)
        return FAIL(TRUNCATED, "a PROXY header that is not there yet");
    if (may_begin(bytes, SLICE(line_start)))
        return bytes.size < sizeof line_start
                   ? FAIL(TRUNCATED, "a PROXY line that is not there yet")
                   : read_line(bytes, out, out_size);
    if (may_begin(bytes, SLICE(signature)))
        return read_binary(bytes, out, out_size);
    return FAIL(MALFORMED, "a connection that does not begin with a PROXY header");
}

/* ---- writing ---- */

static void write_ipv4(struct writer *writer, const struct proxy_header *header)
{
    const struct sockaddr_in *const source = &header->source.v4, *const to =
                                                                     &header->destination.v4;
    write_bytes(writer, (slice){(const uint8_t *)&source->sin_addr, sizeof source->sin_addr});
    write_bytes(writer, (slice){(const uint8_t *)&to->sin_addr, sizeof to->sin_addr});
    write_be16(writer, ntohs(source->sin_port));
    write_be16(writer, ntohs(to->sin_port));
}

static void write_ipv6(struct writer *writer, const struct proxy_header *header)
{
    const struct sockaddr_in6 *const source = &header->source.v6, *const to =
                                                                      &header->destination.v6;
    write_bytes(writer, (slice){source->sin6_addr.s6_addr, sizeof source->sin6_addr});
    write_bytes(writer, (slice){to->sin6_addr.s6_addr, sizeof to->sin6_addr});
    write_be16(writer, ntohs(source->sin6_port));
    write_be16(writer, ntohs(to->sin6_port));
}

size_t proxy_header_begin(struct writer *writer, const struct proxy_header *header)
{
    const bool is_ipv4 = header->source.any.sa_family == AF_INET;
    write_bytes(writer, SLICE(signature));
    write_u8(writer, VERSION_2 | (header->has_addresses ? PROXY : LOCAL));
    write_u8(writer, !header->has_addresses ? UNSPECIFIED
                     : is_ipv4              ? TCP_OVER_IPV4
                                            : TCP_OVER_IPV6);
    const size_t begin = write_begin_be16(writer);
    if (header->has_addresses && is_ipv4)
        write_ipv4(writer, header);
    else if (header->has_addresses)
        write_ipv6(writer, header);
    return begin;
}

void proxy_tlv_write(struct writer *writer, uint8_t type, slice value)
{
    write_u8(writer, type);
    const size_t begin = write_begin_be16(writer);
    write_bytes(writer, value);
    write_end_be16(writer, begin);
}

void proxy_header_end(struct writer *writer, size_t begin)
{
    write_end_be16(writer, begin);
}
