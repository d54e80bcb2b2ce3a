/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/socks.h"

#include "test.h"

#include <arpa/inet.h>

/* The bytes are those of RFC 1928, sections 3 to 7, and RFC 1929, section 2. */

static const struct socks_login anybody = {0}, alice = {"alice", "wonder"};

static const uint8_t greeting[] = {5, 1, 0};
static const uint8_t greeting_with_both[] = {5, 2, 0, 2};
static const uint8_t login[] = {1, 5, 'a', 'l', 'i', 'c', 'e', 6, 'w', 'o', 'n', 'd', 'e', 'r'};
static const uint8_t to_ipv4[] = {5, 1, 0, 1, 192, 0, 2, 7, 0x01, 0xBB};
static const uint8_t to_ipv6[] = {5, 1, 0, 4, 0x20, 1, 0x0D, 0xB8, 0, 0, 0,
                                  0, 0, 0, 0, 0,    0, 0,    0,    9, 0, 80};
static const uint8_t to_name[] = {5, 1, 0, 3, 7, 'd', 'b', '.', 't', 'e', 's', 't', 0x15, 0x38};

struct said {
    uint8_t bytes[64];
    struct writer writer;
};

static void say_nothing(struct said *said)
{
    said->writer = writer_over(said->bytes, sizeof said->bytes);
}

static bool is_said(const struct said *said, slice expected)
{
    return slice_equal((slice){said->bytes, said->writer.size}, expected);
}

static void expect_request(slice request, const char *host, uint16_t port)
{
    struct socks socks = {.login = &anybody};
    struct said said;
    slice in = SLICE(greeting);
    say_nothing(&said);
    EXPECT_OK(socks_take(&socks, &in, &said.writer));
    EXPECT(in.size == 0 && is_said(&said, SLICE(((uint8_t[]){5, 0}))));
    say_nothing(&said);
    EXPECT_OK(socks_take(&socks, &request, &said.writer));
    EXPECT(socks.phase == SOCKS_DONE && socks.command == SOCKS_CONNECT && said.writer.size == 0);
    EXPECT(strcmp(socks.to.host, host) == 0 && socks.to.port == port);
}

TEST(a_request_names_an_address_of_either_family_or_a_name)
{
    expect_request(SLICE(to_ipv4), "192.0.2.7", 443);
    expect_request(SLICE(to_ipv6), "2001:db8::9", 80);
    expect_request(SLICE(to_name), "db.test", 5432);
}

TEST(what_follows_a_request_is_left_to_the_application)
{
    uint8_t together[sizeof greeting + sizeof to_ipv4 + 2];
    memcpy(together, greeting, sizeof greeting);
    memcpy(together + sizeof greeting, to_ipv4, sizeof to_ipv4);
    memcpy(together + sizeof greeting + sizeof to_ipv4, "GO", 2);
    struct socks socks = {.login = &anybody};
    struct said said;
    slice in = SLICE(together);
    say_nothing(&said);
    EXPECT_OK(socks_take(&socks, &in, &said.writer));
    EXPECT(socks.phase == SOCKS_DONE && slice_equal(in, slice_of_text("GO")));
}

TEST(a_conversation_may_come_byte_by_byte)
{
    uint8_t all[sizeof greeting_with_both + sizeof login + sizeof to_name];
    memcpy(all, greeting_with_both, sizeof greeting_with_both);
    memcpy(all + sizeof greeting_with_both, login, sizeof login);
    memcpy(all + sizeof greeting_with_both + sizeof login, to_name, sizeof to_name);
    struct socks socks = {.login = &alice};
    struct said said;
    size_t begin = 0;
    say_nothing(&said);
    for (size_t end = 1; end <= sizeof all; end++) {
        slice in = {all + begin, end - begin};
        EXPECT(socks.phase != SOCKS_DONE);
        EXPECT_OK(socks_take(&socks, &in, &said.writer));
        begin = end - in.size;
    }
    EXPECT(socks.phase == SOCKS_DONE && begin == sizeof all);
    EXPECT(is_said(&said, SLICE(((uint8_t[]){5, 2, 1, 0}))));
}

/* `in` after a greeting that wants a password. */
static void expect_no_login(slice in)
{
    struct socks socks = {.login = &alice, .phase = SOCKS_LOGIN};
    struct said said;
    say_nothing(&said);
    EXPECT_FAIL(DENIED, socks_take(&socks, &in, &said.writer));
    EXPECT(is_said(&said, SLICE(((uint8_t[]){1, 1}))));
}

TEST(nobody_comes_in_with_another_user_or_password)
{
    uint8_t other[sizeof login];
    for (size_t i = 2; i < sizeof login; i++) {
        memcpy(other, login, sizeof login);
        other[i] ^= 1;
        if (i != 7) /* the length of the password */
            expect_no_login(SLICE(other));
    }
    expect_no_login(SLICE(((uint8_t[]){1, 0, 0})));
    expect_no_login(
        SLICE(((uint8_t[]){1, 4, 'a', 'l', 'i', 'c', 6, 'w', 'o', 'n', 'd', 'e', 'r'})));
}

TEST(a_client_that_offers_no_login_is_told_so)
{
    struct socks socks = {.login = &alice};
    struct said said;
    slice in = SLICE(greeting);
    say_nothing(&said);
    EXPECT_FAIL(DENIED, socks_take(&socks, &in, &said.writer));
    EXPECT(is_said(&said, SLICE(((uint8_t[]){5, 0xFF}))));
}

/* The request's failure, and the code of the reply. */
static status ask(slice in, uint8_t *out_reply)
{
    struct socks socks = {.login = &anybody, .phase = SOCKS_REQUEST};
    struct said said;
    say_nothing(&said);
    const status asked = socks_take(&socks, &in, &said.writer);
    *out_reply = said.writer.size > 1 ? said.bytes[1] : SOCKS_SUCCEEDED;
    EXPECT(!asked.fault || socks.phase == SOCKS_REQUEST);
    return asked;
}

TEST(a_request_that_cannot_be_served_is_answered_with_its_reason)
{
    uint8_t reply;
    EXPECT_FAIL(UNSUPPORTED, ask(SLICE(((uint8_t[]){5, 2, 0, 1, 192, 0, 2, 7, 1, 187})), &reply));
    EXPECT(reply == SOCKS_COMMAND_UNSUPPORTED);
    EXPECT_FAIL(UNSUPPORTED, ask(SLICE(((uint8_t[]){5, 1, 0, 2, 192, 0, 2, 7, 1, 187})), &reply));
    EXPECT(reply == SOCKS_ADDRESS_UNSUPPORTED);
    EXPECT_FAIL(MALFORMED, ask(SLICE(((uint8_t[]){5, 1, 1, 1, 192, 0, 2, 7, 1, 187})), &reply));
    EXPECT(reply == SOCKS_FAILED);
    EXPECT_FAIL(MALFORMED, ask(SLICE(((uint8_t[]){5, 1, 0, 1, 192, 0, 2, 7, 0, 0})), &reply));
    EXPECT(reply == SOCKS_FAILED);
    EXPECT_FAIL(MALFORMED, ask(SLICE(((uint8_t[]){4, 1, 0, 1, 192, 0, 2, 7, 1, 187})), &reply));
}

TEST(a_name_is_a_name_and_nothing_that_smuggles)
{
    static const char *const names[] = {"", "a b", "a\r\nb", "a/b", "a:b", "a@b", "[::1]", "a\x80"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint8_t space[64], reply;
        struct writer writer = writer_over(space, sizeof space);
        const uint8_t head[] = {5, 1, 0, 3, (uint8_t)strlen(names[i])};
        write_bytes(&writer, SLICE(head));
        write_bytes(&writer, slice_of_text(names[i]));
        write_be16(&writer, 80);
        EXPECT_FAIL(MALFORMED, ask((slice){space, writer.size}, &reply));
    }
    uint8_t reply;
    EXPECT_FAIL(MALFORMED, ask(SLICE(((uint8_t[]){5, 1, 0, 3, 3, 'a', 0, 'b', 0, 80})), &reply));
}

TEST(a_reply_says_where_it_is_bound)
{
    struct address ipv6 = {.size = sizeof(struct sockaddr_in6)};
    struct said said;
    ipv6.v6.sin6_family = AF_INET6;
    ipv6.v6.sin6_port = htons(80);
    memcpy(ipv6.v6.sin6_addr.s6_addr, to_ipv6 + 4, 16);
    say_nothing(&said);
    socks_reply_write(&said.writer, SOCKS_SUCCEEDED, &ipv6);
    uint8_t expected[sizeof to_ipv6];
    memcpy(expected, to_ipv6, sizeof expected);
    expected[1] = 0; /* where a request has its command */
    EXPECT(is_said(&said, SLICE(expected)));
    say_nothing(&said);
    socks_reply_write(&said.writer, SOCKS_REFUSED, NULL);
    EXPECT(is_said(&said, SLICE(((uint8_t[]){5, 5, 0, 1, 0, 0, 0, 0, 0, 0}))));
}

TEST(a_datagram_says_where_it_goes)
{
    static const uint8_t datagram[] = {0, 0, 0, 1, 192, 0, 2, 7, 0, 53, 'x', 'y'};
    struct endpoint to;
    slice payload;
    EXPECT_OK(socks_datagram_read(SLICE(datagram), &to, &payload));
    EXPECT(strcmp(to.host, "192.0.2.7") == 0 && to.port == 53);
    EXPECT(slice_equal(payload, slice_of_text("xy")));
    for (size_t size = 0; size < 10; size++)
        EXPECT(socks_datagram_read((slice){datagram, size}, &to, &payload).fault);
}

TEST(a_datagram_in_fragments_or_of_another_form_is_dropped)
{
    struct endpoint to;
    slice payload;
    EXPECT_FAIL(
        UNSUPPORTED,
        socks_datagram_read(SLICE(((uint8_t[]){0, 0, 1, 1, 192, 0, 2, 7, 0, 53})), &to, &payload));
    EXPECT_FAIL(
        MALFORMED,
        socks_datagram_read(SLICE(((uint8_t[]){0, 1, 0, 1, 192, 0, 2, 7, 0, 53})), &to, &payload));
    EXPECT_FAIL(MALFORMED, socks_datagram_read(SLICE(((uint8_t[]){0, 0, 0, 1, 192, 0, 2, 7, 0, 0})),
                                               &to, &payload));
}

TEST(a_datagram_comes_back_with_its_sender)
{
    struct address from = {.size = sizeof(struct sockaddr_in)};
    struct said said;
    from.v4.sin_family = AF_INET;
    from.v4.sin_port = htons(53);
    inet_pton(AF_INET, "192.0.2.7", &from.v4.sin_addr);
    say_nothing(&said);
    socks_datagram_header_write(&said.writer, &from);
    EXPECT(is_said(&said, SLICE(((uint8_t[]){0, 0, 0, 1, 192, 0, 2, 7, 0, 53}))));
}
