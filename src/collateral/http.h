/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One GET at a time, from a vendor or a cache of one (libcurl). Whoever answers is not believed:
 * sizes, times and redirects are bounded here, and what the answer holds is verified elsewhere.
 */

#include "base/bytes.h"

enum {
    HTTP_BODY_SIZE_MAX = 4 << 20,
    HTTP_HEADER_SIZE_MAX = 32 << 10, /* of one header: issuer chains stand in headers */
    HTTP_TAG_SIZE = 128,
    HTTP_REDIRECTS_MAX = 3,
    HTTP_CONNECT_TIMEOUT_S = 10,
    HTTP_TIMEOUT_S = 60,
    HTTP_SLOWEST_BYTES_PER_S = 64, /* slower than this for so long is given up */
    HTTP_SLOW_FOR_S = 15,
    HTTP_RETRY_AFTER_MAX_S = 86400, /* whoever says longer may be asked again in a day */
};

struct http_options {
    const char *ca_file; /* whom TLS trusts; NULL: the system's authorities */
    uint64_t timeout_s;  /* of a whole answer; 0: HTTP_TIMEOUT_S */
    void (*progress)(void *context, uint64_t received);
    void *context;
};

struct http_client;
status http_open(const struct http_options *options, struct http_client **out);
void http_close(struct http_client *client);

struct http_request {
    const char *url; /* https, or http where a caller says so */
    const char *tag; /* what is stored already; NULL: nothing */
    slice key;       /* of a subscription, where Intel wants one; empty: none */
};

struct http_answer {
    long status; /* 200, 304, 404, ... */
    struct buffer body;
    struct buffer issuer_chain; /* the value of an Issuer-Chain header, as it stands there */
    char tag[HTTP_TAG_SIZE];    /* ETag; empty when there is none, or it is too long */
    int64_t retry_after_s;      /* 0: it does not say */
    int64_t max_age_s;          /* of Cache-Control; 0: it does not say */
    bool is_html;
};
void http_answer_clear(struct http_answer *answer);

/*
 * UNAVAILABLE when nobody answers whole or in time; UNAUTHENTIC when TLS does not believe the
 * server; EXHAUSTED when the answer is larger than we read; DENIED for redirects beyond the limit
 * or away from TLS. Any status of HTTP is an answer.
 */
status http_get(struct http_client *client, const struct http_request *request,
                struct http_answer *out);

/* What the library said of the last failure, for people; empty when it said nothing. */
const char *http_said(const struct http_client *client);
