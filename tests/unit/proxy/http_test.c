/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http.h"

#include "test.h"

static const struct http_login anybody = {0}, alice = {"alice", "wonder land"};

static status ask(const char *text, const struct http_login *login, struct http_asking *out)
{
    return http_asking_read(slice_of_text(text), login, out);
}

TEST(a_tunnel_is_asked_for_by_host_and_port)
{
    SCOPED(http_asking) asking = {0};
    static const char request[] = "CONNECT db.example:443 HTTP/1.1\r\nHost: db.example:443\r\n\r\n";
    EXPECT_OK(ask(request, &anybody, &asking));
    EXPECT(asking.is_tunnel && strcmp(asking.to.host, "db.example") == 0 && asking.to.port == 443);
    EXPECT(asking.size == sizeof request - 1 && asking.head.size == 0);
    EXPECT_OK(ask("CONNECT [2001:db8::1]:22 HTTP/1.0\r\n\r\n\x16\x03", &anybody, &asking));
    EXPECT(strcmp(asking.to.host, "2001:db8::1") == 0 && asking.to.port == 22);
    EXPECT(asking.size == 37); /* what follows is the application's own */
}

static void expect_head(const char *request, const char *head, const char *host, uint32_t port)
{
    SCOPED(http_asking) asking = {0};
    EXPECT_OK(ask(request, &anybody, &asking));
    EXPECT(!asking.is_tunnel && strcmp(asking.to.host, host) == 0 && asking.to.port == port);
    if (!slice_equal(buffer_view(&asking.head), slice_of_text(head)))
        printf("  %.*s\n", (int)asking.head.size, (const char *)asking.head.data);
    EXPECT(slice_equal(buffer_view(&asking.head), slice_of_text(head)));
}

/* RFC 9112, 3.2.2: the target decides, whatever Host says; RFC 9110, 7.6.1: what is for us alone.
 */
TEST(a_request_that_is_passed_on_says_what_the_service_is_to_hear)
{
    expect_head("GET http://web.example/a?b=c HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n"
                "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\n\r\n",
                "GET /a?b=c HTTP/1.1\r\nHost: web.example\r\nAccept: */*\r\n"
                "Connection: close\r\n\r\n",
                "web.example", 80);
    expect_head("POST http://web.example:8080 HTTP/1.1\r\nHost: web.example:8080\r\n"
                "Connection: close, X-Mine\r\nX-Mine: 1\r\nContent-Length: 3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: web.example:8080\r\nContent-Length: 3\r\n"
                "Connection: close\r\n\r\n",
                "web.example", 8080);
    expect_head("GET http://[::1]?x HTTP/1.0\r\n\r\n",
                "GET /?x HTTP/1.0\r\nHost: [::1]\r\nConnection: close\r\n\r\n", "::1", 80);
}

/* P20 */
TEST(what_could_be_read_in_two_ways_is_not_passed_on)
{
    static const char *const wrong[] = {
        "GET http://h/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        ("GET http://h/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
         "Transfer-Encoding: identity\r\n\r\n"),
        "POST http://h/ HTTP/1.1\r\nConnection: content-length\r\nContent-Length: 3\r\n\r\nabc",
        ("POST http://h/ HTTP/1.1\r\nConnection: close, Transfer-Encoding\r\n"
         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "GET http://h/ HTTP/1.1\r\nContent-Length: 3x\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\nA : b\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\n: b\r\n\r\n",
        "GET http://h/ HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
        "GET http://h/ HTTP/2.0\r\n\r\n",
        "GET http://h/ HTTP/1.1 x\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "GET http://a@h/ HTTP/1.1\r\n\r\n",
        "GET http://h/#x HTTP/1.1\r\n\r\n",
        "GET http:///x HTTP/1.1\r\n\r\n",
        "GET http://h:0/ HTTP/1.1\r\n\r\n",
        "GET http://h:99999/ HTTP/1.1\r\n\r\n",
        "GET http://h\x01/ HTTP/1.1\r\n\r\n",
        "CONNECT h HTTP/1.1\r\n\r\n",
        "CONNECT h:0 HTTP/1.1\r\n\r\n",
        "CONNECT h:443/x HTTP/1.1\r\n\r\n",
        "CONNECT a@h:443 HTTP/1.1\r\n\r\n",
        "CONNECT unix:/h HTTP/1.1\r\n\r\n",
        "CONNECT h:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n",
        "CONNECT h:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "hello\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        SCOPED(http_asking) asking = {0};
        const status read = ask(wrong[i], &anybody, &asking);
        if (!read.fault || read.fault->failure != FAILURE_MALFORMED)
            printf("  %zu: %s\n", i, read.fault ? read.fault->what : "taken");
        EXPECT(read.fault && read.fault->failure == FAILURE_MALFORMED && !asking.size);
    }
}

TEST(a_nul_anywhere_in_a_head_is_refused)
{
    static const char request[] = "GET http://h/ HTTP/1.1\r\nA: b\r\n\r\n";
    for (size_t i = 0; i < sizeof request - 5; i++) {
        char with_nul[sizeof request];
        SCOPED(http_asking) asking = {0};
        memcpy(with_nul, request, sizeof request);
        with_nul[i] = 0;
        EXPECT(http_asking_read((slice){(const uint8_t *)with_nul, sizeof request - 1}, &anybody,
                                &asking)
                   .fault);
    }
}

TEST(what_a_proxy_does_not_do_is_unsupported)
{
    SCOPED(http_asking) asking = {0};
    EXPECT_FAIL(UNSUPPORTED, ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &anybody, &asking));
    EXPECT_FAIL(UNSUPPORTED, ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", &anybody, &asking));
    EXPECT_FAIL(UNSUPPORTED, ask("GET https://h/ HTTP/1.1\r\n\r\n", &anybody, &asking));
    EXPECT_FAIL(UNSUPPORTED, ask("GET ftp://h/ HTTP/1.1\r\n\r\n", &anybody, &asking));
}

TEST(a_head_is_there_whole_or_awaited_or_too_long)
{
    static const char request[] = "GET http://h/ HTTP/1.1\r\nA: b\r\n\r\n";
    static char endless[HTTP_HEAD_SIZE_MAX];
    SCOPED(http_asking) asking = {0};
    for (size_t cut = 0; cut < sizeof request - 1; cut++)
        EXPECT_FAIL(TRUNCATED,
                    http_asking_read((slice){(const uint8_t *)request, cut}, &anybody, &asking));
    memset(endless, 'a', sizeof endless);
    memcpy(endless, request, sizeof request - 5);
    EXPECT_FAIL(TRUNCATED, http_asking_read((slice){(const uint8_t *)endless, sizeof endless - 1},
                                            &anybody, &asking));
    EXPECT_FAIL(EXHAUSTED, http_asking_read((slice){(const uint8_t *)endless, sizeof endless},
                                            &anybody, &asking));
}

TEST(a_head_has_a_hundred_fields_at_most)
{
    static char text[8192] = "GET http://h/ HTTP/1.1\r\n";
    SCOPED(http_asking) asking = {0};
    const size_t begin = strlen(text);
    for (size_t i = 0; i < HTTP_FIELDS_MAX; i++)
        memcpy(text + begin + 6 * i, "A: b\r\n", 6);
    memcpy(text + begin + 6 * HTTP_FIELDS_MAX, "\r\n", 3);
    EXPECT_OK(ask(text, &anybody, &asking));
    memcpy(text + begin + 6 * HTTP_FIELDS_MAX, "A: b\r\n\r\n", 9);
    EXPECT_FAIL(MALFORMED, ask(text, &anybody, &asking));
}

/* RFC 7617, 2: user and password, a colon between, in base64. */
TEST(nobody_asks_without_the_right_login)
{
    SCOPED(http_asking) asking = {0};
    EXPECT_OK(ask("CONNECT h:1 HTTP/1.1\r\n"
                  "Proxy-Authorization: Basic YWxpY2U6d29uZGVyIGxhbmQ=\r\n\r\n",
                  &alice, &asking));
    static const char *const wrong[] = {
        "CONNECT h:1 HTTP/1.1\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nAuthorization: Basic YWxpY2U6d29uZGVyIGxhbmQ=\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Bearer YWxpY2U6d29uZGVyIGxhbmQ=\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic \r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic !!!!\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6d29uZGVyIGxhbmR4\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nProxy-Authorization: Basic YWxpY2U6d29uZGVyIGxhbg==\r\n\r\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT_FAIL(DENIED, ask(wrong[i], &alice, &asking));
}

TEST(a_refusal_says_its_code_and_has_no_body)
{
    uint8_t space[HTTP_REFUSAL_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    http_refusal_write(&writer, 407);
    EXPECT(slice_equal((slice){space, writer.size},
                       slice_of_text("HTTP/1.1 407 Proxy Authentication Required\r\n"
                                     "Proxy-Authenticate: Basic realm=\"cix\"\r\n"
                                     "Content-Length: 0\r\nConnection: close\r\n\r\n")));
    for (unsigned code = 400; code < 504; code++) {
        writer = writer_over(space, sizeof space);
        http_refusal_write(&writer, code);
        EXPECT(!writer.out_of_space);
    }
}
