/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conduit.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 2000, NO_PATIENCE_MS = 10 };

static const uint8_t greeting[] = {'a', 'b', 'c'};

/* Both ends of one connection through what listens at `address`. */
static void expect_conduit(const char *address)
{
    char text[ADDRESS_TEXT_SIZE];
    uint8_t got[8];
    size_t size = 0;
    int listener = -1, client = -1, server = -1;
    EXPECT_OK(conduit_listen(address, &listener));
    conduit_listener_text(listener, text);
    EXPECT_FAIL(UNAVAILABLE, conduit_accept(listener, NO_PATIENCE_MS, &server));
    EXPECT_OK(conduit_connect(text, PATIENCE_MS, &client));
    EXPECT_OK(conduit_accept(listener, PATIENCE_MS, &server));
    EXPECT_FAIL(UNAVAILABLE, conduit_receive(server, got, sizeof got, NO_PATIENCE_MS, &size));
    EXPECT_OK(conduit_send(client, SLICE(greeting), PATIENCE_MS));
    EXPECT_OK(conduit_receive(server, got, sizeof got, PATIENCE_MS, &size));
    EXPECT(slice_equal((slice){got, size}, SLICE(greeting)));
    close(client);
    EXPECT_OK(conduit_receive(server, got, sizeof got, PATIENCE_MS, &size));
    EXPECT(size == 0);
    close(server);
    close(listener);
}

TEST(bytes_go_through_tcp_of_either_family)
{
    expect_conduit("127.0.0.1:0");
    expect_conduit("localhost:0");
}

TEST(bytes_go_through_a_unix_socket_whose_name_is_free_again_afterwards)
{
    char folder[] = "/tmp/conduit-XXXXXX", address[64];
    int listener = -1, other = -1;
    EXPECT(mkdtemp(folder) != NULL);
    snprintf(address, sizeof address, "unix:%s/socket", folder);
    EXPECT_FAIL(UNAVAILABLE, conduit_connect(address, PATIENCE_MS, &other));
    expect_conduit(address);
    expect_conduit(address);
    EXPECT_OK(conduit_listen(address, &listener));
    EXPECT_FAIL(UNAVAILABLE, conduit_listen(address, &other)); /* somebody serves it */
    close(listener);
    unlink(address + strlen("unix:"));
    rmdir(folder);
}

TEST(an_address_that_is_none_is_refused)
{
    static const char *const none[] = {
        "",          "host",       "host:",    "unix:",   "vsock:", "vsock:2", "vsock:2:3:4",
        "vsock:a:1", "host:99999", "vsock:2:", "vsock::1"};
    int fd = -1;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        EXPECT_FAIL(MALFORMED, conduit_connect(none[i], PATIENCE_MS, &fd));
        EXPECT_FAIL(MALFORMED, conduit_listen(none[i], &fd));
    }
    EXPECT(fd == -1);
}

/* With a loopback of vsock and without. */
TEST(a_vsock_port_that_nobody_serves_is_unavailable)
{
    int fd = -1;
    const status done = conduit_connect("vsock:1:1", NO_PATIENCE_MS, &fd);
    EXPECT(done.fault && done.fault->failure == FAILURE_UNAVAILABLE);
}
