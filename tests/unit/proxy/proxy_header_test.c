/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy_header.h"

#include "codec/text.h"
#include "test.h"

/*
 * A binary header from 192.0.2.1:56324 to 198.51.100.7:443, with the authority "db.test" and the
 * CRC-32C of all of it, which another program computed.
 */
static const char binary[] = "0d0a0d0a000d0a515549540a2111001dc0000201c6336407dc0401bb"
                             "02000764622e74657374030004a0ed8710";

static void expect_ends(const struct proxy_header *header, const char *source, const char *to)
{
    char text[ADDRESS_TEXT_SIZE];
    EXPECT(header->has_addresses);
    address_text(&header->source, text);
    EXPECT(strcmp(text, source) == 0);
    address_text(&header->destination, text);
    EXPECT(strcmp(text, to) == 0);
}

static status read_text(const char *text, struct proxy_header *out, size_t *out_size)
{
    return proxy_header_read(slice_of_text(text), out, out_size);
}

TEST(a_line_says_who_connected_and_where)
{
    struct proxy_header header;
    size_t size = 0;
    EXPECT_OK(read_text("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nGET /", &header, &size));
    expect_ends(&header, "192.0.2.1:56324", "198.51.100.7:443");
    EXPECT(size == 45);
    EXPECT_OK(read_text("PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n", &header, &size));
    expect_ends(&header, "[2001:db8::1]:65535", "[2001:db8::2]:0");
    EXPECT_OK(read_text("PROXY UNKNOWN\r\n", &header, &size));
    EXPECT(!header.has_addresses && size == 15);
    EXPECT_OK(read_text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", &header, &size));
    EXPECT(!header.has_addresses);
}

TEST(a_line_that_says_anything_else_is_refused)
{
    static const char *const lines[] = {
        "PROXY\r\n",
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 2 3\r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.7 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 01 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 +2\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.7 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n",
        "GET / HTTP/1.1\r\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct proxy_header header;
        size_t size;
        EXPECT_FAIL(MALFORMED, read_text(lines[i], &header, &size));
    }
}

TEST(a_line_has_an_end_or_is_too_long)
{
    static const char line[] = "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n";
    uint8_t endless[200];
    struct proxy_header header;
    size_t size;
    for (size_t cut = 0; cut < sizeof line - 1; cut++)
        EXPECT_FAIL(TRUNCATED,
                    proxy_header_read((slice){(const uint8_t *)line, cut}, &header, &size));
    memset(endless, ' ', sizeof endless);
    memcpy(endless, "PROXY ", 6);
    EXPECT_FAIL(TRUNCATED, proxy_header_read((slice){endless, 106}, &header, &size));
    EXPECT_FAIL(EXHAUSTED, proxy_header_read((slice){endless, 107}, &header, &size));
}

TEST(a_binary_header_says_it_too_and_more)
{
    SCOPED(buffer) bytes = {0};
    struct proxy_header header;
    size_t size = 0;
    uint8_t type = 0;
    slice value = {0};
    EXPECT_OK(hex_read(slice_of_text(binary), &bytes));
    EXPECT_OK(proxy_header_read(buffer_view(&bytes), &header, &size));
    EXPECT(size == bytes.size);
    expect_ends(&header, "192.0.2.1:56324", "198.51.100.7:443");
    struct reader tlvs = reader_of(header.tlvs);
    EXPECT_OK(proxy_tlv_next(&tlvs, &type, &value));
    EXPECT(type == PROXY_TLV_AUTHORITY && slice_equal(value, slice_of_text("db.test")));
    EXPECT_OK(proxy_tlv_next(&tlvs, &type, &value));
    EXPECT(type == PROXY_TLV_CRC32C);
    EXPECT_FAIL(UNEXPECTED, proxy_tlv_next(&tlvs, &type, &value));
    for (size_t cut = 0; cut < bytes.size; cut++)
        EXPECT_FAIL(TRUNCATED, proxy_header_read((slice){bytes.data, cut}, &header, &size));
}

TEST(no_bit_of_a_header_with_a_checksum_can_be_changed)
{
    SCOPED(buffer) bytes = {0};
    struct proxy_header header;
    size_t size;
    EXPECT_OK(hex_read(slice_of_text(binary), &bytes));
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        /* but the type of the checksum's own field, the command and the family, which undo it */
        const bool undoes = bit / 8 == 38 || bit / 8 == 12 || bit / 8 == 13;
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!undoes)
            EXPECT(proxy_header_read(buffer_view(&bytes), &header, &size).fault);
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* The header with `length` as its length, and as many zeros after it. */
static status read_of_length(uint8_t command, uint8_t family, uint16_t length)
{
    uint8_t space[8192] = {0};
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(buffer) bytes = {0};
    struct proxy_header header;
    size_t size;
    EXPECT_OK(hex_read(slice_of_text(binary), &bytes));
    write_bytes(&writer, (slice){bytes.data, 12});
    write_u8(&writer, command);
    write_u8(&writer, family);
    write_be16(&writer, length);
    return proxy_header_read((slice){space, 16 + (size_t)length}, &header, &size);
}

TEST(a_binary_header_of_wrong_form_is_refused)
{
    EXPECT_OK(read_of_length(0x20, 0x00, 0));
    EXPECT_OK(read_of_length(0x21, 0x11, 12));
    EXPECT_OK(read_of_length(0x21, 0x21, 36));
    EXPECT_OK(read_of_length(0x21, 0x31, 216)); /* Unix sockets have no addresses of ours */
    EXPECT_FAIL(MALFORMED, read_of_length(0x11, 0x11, 12));
    EXPECT_FAIL(MALFORMED, read_of_length(0x22, 0x11, 12));
    EXPECT_FAIL(MALFORMED, read_of_length(0x21, 0x11, 11));
    EXPECT_FAIL(MALFORMED, read_of_length(0x21, 0x21, 35));
    EXPECT_FAIL(MALFORMED, read_of_length(0x21, 0x11, 14)); /* half a field follows */
    EXPECT_FAIL(EXHAUSTED, read_of_length(0x21, 0x11, PROXY_HEADER_SIZE_MAX - 15));
}

TEST(what_is_written_is_read)
{
    SCOPED(buffer) bytes = {0};
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    struct proxy_header header;
    size_t size;
    EXPECT_OK(hex_read(slice_of_text(binary), &bytes));
    EXPECT_OK(proxy_header_read(buffer_view(&bytes), &header, &size));
    const size_t begin = proxy_header_begin(&writer, &header);
    proxy_tlv_write(&writer, PROXY_TLV_AUTHORITY, slice_of_text("db.test"));
    proxy_header_end(&writer, begin);
    bytes.data[15] = 12 + 10; /* without the checksum */
    EXPECT(slice_equal((slice){space, writer.size}, (slice){bytes.data, 38}));

    writer = writer_over(space, sizeof space);
    EXPECT_OK(read_text("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", &header, &size));
    proxy_header_end(&writer, proxy_header_begin(&writer, &header));
    EXPECT_OK(proxy_header_read((slice){space, writer.size}, &header, &size));
    expect_ends(&header, "[2001:db8::1]:1", "[2001:db8::2]:2");

    writer = writer_over(space, sizeof space);
    proxy_header_end(&writer, proxy_header_begin(&writer, &(struct proxy_header){0}));
    EXPECT_OK(proxy_header_read((slice){space, writer.size}, &header, &size));
    EXPECT(!header.has_addresses && size == 16);
}
