/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's side of SOCKS 5, until it is known where an application wants to go. No I/O: bytes
 * go in as they come, and what is to be sent comes out.
 *
 *   GREETING --> (LOGIN) --> REQUEST --> the caller's reply, and the application's own bytes
 *
 * spec: RFC 1928; RFC 1929
 */

#include "codec/writer.h"
#include "net/socket.h"

enum { SOCKS_MESSAGE_SIZE_MAX = 513 /* a login */, SOCKS_REPLY_SIZE_MAX = 22 };

enum socks_command { SOCKS_CONNECT = 1, SOCKS_BIND = 2, SOCKS_UDP_ASSOCIATE = 3 };

/* spec: RFC 1928, section 6 */
enum socks_reply {
    SOCKS_SUCCEEDED,
    SOCKS_FAILED,
    SOCKS_NOT_ALLOWED,
    SOCKS_NETWORK_UNREACHABLE,
    SOCKS_HOST_UNREACHABLE,
    SOCKS_REFUSED,
    SOCKS_EXPIRED,
    SOCKS_COMMAND_UNSUPPORTED,
    SOCKS_ADDRESS_UNSUPPORTED,
};

/* Who may come in. */
struct socks_login {
    const char *user; /* NULL: anybody */
    const char *password;
};

enum socks_phase { SOCKS_GREETING, SOCKS_LOGIN, SOCKS_REQUEST, SOCKS_DONE };

struct socks {
    const struct socks_login *login;
    enum socks_phase phase; /* DONE: `command` and `to` are what was asked for */
    enum socks_command command;
    struct endpoint to; /* of UDP_ASSOCIATE: from where datagrams will come, perhaps port 0 */
};

/*
 * Takes the messages that `in` holds whole, and leaves the rest: what follows the request is the
 * application's own. Answers are appended to `out`. A failure ends the connection, after `out` was
 * sent: it says why in SOCKS's own words where there are such.
 */
status socks_take(struct socks *socks, slice *in, struct writer *out);

/* `bound` may be NULL: an address that nobody needs. */
void socks_reply_write(struct writer *writer, enum socks_reply reply, const struct address *bound);

/* ---- datagrams of UDP_ASSOCIATE ---- */

enum { SOCKS_DATAGRAM_HEADER_SIZE_MAX = 262 };

/* UNSUPPORTED for a fragment, which RFC 1928 lets us drop. */
status socks_datagram_read(slice datagram, struct endpoint *out_to, slice *out_payload);
void socks_datagram_header_write(struct writer *writer, const struct address *from);
