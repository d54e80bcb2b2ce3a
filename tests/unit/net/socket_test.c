/* SPDX-License-Identifier: Apache-2.0 */
#include "net/socket.h"

#include "test.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

TEST(an_endpoint_is_a_host_and_a_port_and_nothing_else)
{
    struct endpoint endpoint = {.port = 99};
    EXPECT_OK(endpoint_read("db.example:5432", false, &endpoint));
    EXPECT(strcmp(endpoint.host, "db.example") == 0 && endpoint.port == 5432);
    EXPECT_OK(endpoint_read("[::1]:80", false, &endpoint));
    EXPECT(strcmp(endpoint.host, "::1") == 0 && endpoint.port == 80);
    EXPECT_OK(endpoint_read("127.0.0.1:0", true, &endpoint));
    static const char *const wrong[] = {
        "",         "host",    ":80",     "host:",    "host:0", "host:65536",    "host:-1",
        "host:8 0", "::1:80",  "[::1:80", "ho st:80", "a@b:80", "h:99999999999", "h\x1b:80",
        "[]:80",    "host:+80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        endpoint.port = 99;
        EXPECT_FAIL(MALFORMED, endpoint_read(wrong[i], false, &endpoint));
        EXPECT(endpoint.port == 99);
    }
    char long_host[HOST_SIZE_MAX + 8];
    memset(long_host, 'a', sizeof long_host);
    memcpy(long_host + HOST_SIZE_MAX, ":80", 4);
    EXPECT_FAIL(MALFORMED, endpoint_read(long_host, false, &endpoint));
}

static void address_of(const char *text, struct address *out)
{
    struct endpoint endpoint;
    EXPECT_OK(endpoint_read(text, true, &endpoint));
    EXPECT_OK(endpoint_number(&endpoint, out));
}

TEST(addresses_are_written_and_compared)
{
    struct address a, b;
    char text[ADDRESS_TEXT_SIZE];
    address_of("127.0.0.1:80", &a);
    address_text(&a, text);
    EXPECT(strcmp(text, "127.0.0.1:80") == 0);
    address_of("127.0.0.1:81", &b);
    EXPECT(address_same_host(&a, &b) && !address_equal(&a, &b));
    address_of("[2001:db8::1]:80", &a);
    address_text(&a, text);
    EXPECT(strcmp(text, "[2001:db8::1]:80") == 0);
    EXPECT(!address_same_host(&a, &b));
    address_of("[2001:db8::ffff]:80", &b); /* one source may have a whole /64 */
    EXPECT(address_same_host(&a, &b) && !address_equal(&a, &b));
    address_of("[2001:db8:0:1::1]:80", &b);
    EXPECT(!address_same_host(&a, &b));
}

/* N11 */
TEST(IPv4_clients_of_a_listener_for_both_families_are_not_one_source)
{
    struct address a, b;
    address_of("[::ffff:192.0.2.1]:80", &a);
    address_of("[::ffff:192.0.2.1]:81", &b);
    EXPECT(address_same_host(&a, &b));
    address_of("[::ffff:192.0.2.2]:80", &b);
    EXPECT(!address_same_host(&a, &b));
    address_of("[::1]:80", &b);
    EXPECT(!address_same_host(&a, &b) && !address_same_host(&b, &a));
}

TEST(C8_a_busy_port_and_a_foreign_address_say_so)
{
    struct address address;
    int first = -1, second = -1;
    address_of("127.0.0.1:0", &address);
    EXPECT_OK(socket_listen(&address, &first));
    socket_local_address(first, &address);
    const status busy = socket_listen(&address, &second);
    EXPECT(busy.fault && strstr(busy.fault->what, "in use"));
    address_of("192.0.2.1:0", &address);
    const status foreign = socket_listen(&address, &second);
    EXPECT(foreign.fault && strstr(foreign.fault->what, "not an address of this machine"));
    EXPECT(second == -1);
    close(first);
}

static void await(int fd, short events)
{
    struct pollfd wait = {.fd = fd, .events = events};
    EXPECT(poll(&wait, 1, 5000) == 1);
}

TEST(P11_an_aborted_socket_is_an_error_to_the_other_end)
{
    struct address address, peer;
    int listener = -1, client = -1, server = -1;
    char byte;
    address_of("[::1]:0", &address);
    EXPECT_OK(socket_listen(&address, &listener));
    socket_local_address(listener, &address);
    EXPECT_FAIL(UNEXPECTED, socket_accept(listener, &server, &peer));
    EXPECT_OK(socket_connect(&address, &client));
    await(listener, POLLIN);
    EXPECT_OK(socket_accept(listener, &server, &peer));
    await(client, POLLOUT);
    EXPECT_OK(socket_outcome(client));
    socket_abort(server);
    await(client, POLLIN);
    EXPECT(read(client, &byte, 1) == -1 && errno == ECONNRESET);
    close(client);
    close(listener);
}

TEST(a_refused_connection_says_so)
{
    struct address address;
    int listener = -1, client = -1;
    address_of("127.0.0.1:0", &address);
    EXPECT_OK(socket_listen(&address, &listener));
    socket_local_address(listener, &address);
    close(listener);
    status outcome = socket_connect(&address, &client);
    if (!outcome.fault) {
        await(client, POLLOUT);
        outcome = socket_outcome(client);
        close(client);
    }
    EXPECT(outcome.fault && strcmp(outcome.fault->what, "connection refused") == 0);
}
