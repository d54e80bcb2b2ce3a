/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a client asks of an HTTP proxy: a tunnel (CONNECT host:port), or one request to be passed on
 * (GET http://host/path). No I/O; http-parser reads the request, strictly.
 *
 * A request that is passed on is written anew from what was understood, so that the other end reads
 * what we read: origin-form, the Host of its target, nothing that is for a proxy alone, and
 * "Connection: close", because the next request may be for another host.
 * spec: RFC 9110, sections 7.6 and 9.3.6; RFC 9112, sections 3.2 and 6.1; RFC 7617
 */

#include "codec/writer.h"
#include "net/address.h"

enum {
    HTTP_HEAD_SIZE_MAX = 16384,
    HTTP_FIELDS_MAX = 100,
    HTTP_REFUSAL_SIZE_MAX = 256,
};

/* Who may ask: of both NULL, anybody. */
struct http_login {
    const char *user;
    const char *password;
};

struct http_asking {
    struct endpoint to;
    bool is_tunnel;
    struct buffer head; /* of a request that is passed on: what goes before the rest of it */
    size_t size;        /* how many bytes this was read from */
};
void http_asking_clear(struct http_asking *asking);

/*
 * From a connection's first bytes. TRUNCATED when there may be more to come, EXHAUSTED when the
 * head is too long, DENIED without the right login, MALFORMED or UNSUPPORTED otherwise.
 */
status http_asking_read(slice bytes, const struct http_login *login, struct http_asking *out);

/* A response without a body, after which the connection ends; 407 asks for a login. */
void http_refusal_write(struct writer *writer, unsigned code);
/* 400, 407, 431, 501: what a failure of http_asking_read() is in HTTP's words. */
unsigned http_code_of(status failed);
/* The tunnel is there. */
void http_established_write(struct writer *writer);
