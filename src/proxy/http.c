/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http.h"

#include "codec/text.h"

#include <http_parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct field {
    slice name, value;
};

/* What the parser told. The fields borrow from its input. */
struct head {
    slice target;
    struct field fields[HTTP_FIELDS_MAX];
    size_t count;
    bool has_value; /* the last field's value was begun */
    bool is_whole;
};

void http_asking_clear(struct http_asking *asking)
{
    buffer_clear(&asking->head);
    *asking = (struct http_asking){0};
}

/* ---- reading the head ---- */

/* The parser tells pieces that lie side by side. */
static void extend(slice *text, const char *at, size_t size)
{
    if (!text->data)
        text->data = (const uint8_t *)at;
    text->size = (size_t)((const uint8_t *)at + size - text->data);
}

static int take_target(http_parser *parser, const char *at, size_t size)
{
    extend(&((struct head *)parser->data)->target, at, size);
    return 0;
}

static int take_name(http_parser *parser, const char *at, size_t size)
{
    struct head *const head = parser->data;
    if (!head->count || head->has_value) {
        if (head->count == HTTP_FIELDS_MAX)
            return 1;
        head->fields[head->count++] = (struct field){0};
        head->has_value = false;
    }
    extend(&head->fields[head->count - 1].name, at, size);
    return 0;
}

static int take_value(http_parser *parser, const char *at, size_t size)
{
    struct head *const head = parser->data;
    head->has_value = true;
    extend(&head->fields[head->count - 1].value, at, size);
    return 0;
}

/* Whatever follows is not the parser's business. */
static int take_end(http_parser *parser)
{
    ((struct head *)parser->data)->is_whole = true;
    http_parser_pause(parser, 1);
    return 0;
}

static status parse(slice bytes, http_parser *parser, struct head *head, size_t *out_size)
{
    static const http_parser_settings settings = {.on_url = take_target,
                                                  .on_header_field = take_name,
                                                  .on_header_value = take_value,
                                                  .on_headers_complete = take_end};
    static const uint8_t end[] = "\r\n\r\n";
    const uint8_t *const blank = memmem(bytes.data, bytes.size, end, sizeof end - 1);
    if (!blank)
        return bytes.size >= HTTP_HEAD_SIZE_MAX
                   ? FAIL(EXHAUSTED, "HTTP: a request with a longer head than we take")
                   : FAIL(TRUNCATED, "HTTP: a request whose head is not there yet");
    const size_t size = (size_t)(blank - bytes.data) + sizeof end - 1;
    http_parser_init(parser, HTTP_REQUEST);
    parser->data = head;
    http_parser_execute(parser, &settings, (const char *)bytes.data, size);
    if (!head->is_whole || parser->http_major != 1 || memchr(bytes.data, 0, size))
        return FAIL(MALFORMED, "HTTP: not a request of HTTP/1 that can be read");
    *out_size = size;
    return OK;
}

/* ---- fields ---- */

static bool is_named(const struct field *field, const char *name)
{
    return field->name.size == strlen(name) &&
           strncasecmp((const char *)field->name.data, name, field->name.size) == 0;
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether a comma-separated list has this word. */
static bool lists(slice list, slice word)
{
    for (size_t begin = 0, end; begin <= list.size; begin = end + 1) {
        for (end = begin; end < list.size && list.data[end] != ',';)
            end++;
        size_t first = begin, last = end;
        while (first < last && is_space(list.data[first]))
            first++;
        while (last > first && is_space(list.data[last - 1]))
            last--;
        if (last - first == word.size &&
            strncasecmp((const char *)list.data + first, (const char *)word.data, word.size) == 0)
            return true;
    }
    return false;
}

static bool is_of_this_connection(const struct head *head, const struct field *field)
{
    static const char *const names[] = {
        "Connection",         "Proxy-Connection",    "Keep-Alive", "TE",
        "Proxy-Authenticate", "Proxy-Authorization", "Upgrade",    "Host"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_named(field, names[i]))
            return true;
    for (size_t i = 0; i < head->count; i++)
        if (is_named(&head->fields[i], "Connection") && lists(head->fields[i].value, field->name))
            return true;
    return false;
}

/* How long the body is must be beyond doubt: the other end decides it anew. */
static status check_framing(const struct head *head, bool is_tunnel)
{
    size_t lengths = 0, codings = 0;
    bool is_hidden = false; /* fields that Connection lists are not passed on */
    for (size_t i = 0; i < head->count; i++) {
        const struct field *const field = &head->fields[i];
        lengths += is_named(field, "Content-Length");
        codings += is_named(field, "Transfer-Encoding");
        is_hidden |= is_named(field, "Connection") &&
                     (lists(field->value, slice_of_text("Content-Length")) ||
                      lists(field->value, slice_of_text("Transfer-Encoding")));
    }
    if (is_hidden || lengths + codings > 1 || (is_tunnel && lengths + codings))
        return FAIL(MALFORMED, "HTTP: a request that leaves open where it ends");
    return OK;
}

/* ---- the login ---- */

static bool is_welcome(const struct head *head, const struct http_login *login)
{
    static const char scheme[] = "Basic ";
    char wanted[2 * HOST_SIZE_MAX + 2];
    SCOPED(buffer) given = {0};
    const int size = snprintf(wanted, sizeof wanted, "%s:%s", login->user, login->password);
    bool is_right = false;
    for (size_t i = 0; i < head->count; i++) {
        const slice value = head->fields[i].value;
        const size_t skip = sizeof scheme - 1;
        if (!is_named(&head->fields[i], "Proxy-Authorization") || value.size < skip ||
            strncasecmp((const char *)value.data, scheme, skip) != 0 || is_right)
            continue;
        is_right = !base64_read((slice){value.data + skip, value.size - skip}, &given).fault &&
                   size > 0 && (size_t)size < sizeof wanted &&
                   equal_in_constant_time(buffer_view(&given), slice_of_text(wanted));
    }
    wipe(wanted, sizeof wanted);
    return is_right;
}

/* ---- what is asked ---- */

static status read_authority(slice text, uint16_t usual_port, struct endpoint *out)
{
    char whole[ENDPOINT_TEXT_SIZE];
    const bool has_port =
        text.size && text.data[text.size - 1] != ']' && memrchr(text.data, ':', text.size) != NULL;
    const int size =
        has_port || !usual_port
            ? snprintf(whole, sizeof whole, "%.*s", (int)text.size, text.data)
            : snprintf(whole, sizeof whole, "%.*s:%u", (int)text.size, text.data, usual_port);
    struct endpoint endpoint;
    if (size < 0 || (size_t)size >= sizeof whole || endpoint_read(whole, false, &endpoint).fault ||
        endpoint.kind != ENDPOINT_HOST)
        return FAIL(MALFORMED, "HTTP: no host and port to go to");
    *out = endpoint;
    return OK;
}

struct url {
    slice authority;
    slice rest; /* path and query; empty: "/" */
};

static status read_url(slice target, struct url *out)
{
    static const char scheme[] = "http://";
    const size_t begin = sizeof scheme - 1;
    if (target.size <= begin || strncasecmp((const char *)target.data, scheme, begin) != 0)
        return FAIL(UNSUPPORTED, "HTTP: ask for http://host/..., or CONNECT host:port");
    size_t end = begin;
    while (end < target.size && !memchr("/?#", target.data[end], 3))
        end++;
    *out = (struct url){{target.data + begin, end - begin}, {target.data + end, target.size - end}};
    if (memchr(out->authority.data, '@', out->authority.size) ||
        memchr(out->rest.data, '#', out->rest.size))
        return FAIL(MALFORMED, "HTTP: a user or a fragment in the address");
    return OK;
}

static status add(struct buffer *to, slice text)
{
    return buffer_append(to, text);
}

static status add_text(struct buffer *to, const char *text)
{
    return add(to, slice_of_text(text));
}

static status write_head(const http_parser *parser, const struct head *head, const struct url *url,
                         struct buffer *out)
{
    TRY(add_text(out, http_method_str((enum http_method)parser->method)));
    TRY(add_text(out, url->rest.size && url->rest.data[0] == '/' ? " " : " /"));
    TRY(add(out, url->rest));
    TRY(add_text(out, parser->http_minor ? " HTTP/1.1\r\nHost: " : " HTTP/1.0\r\nHost: "));
    TRY(add(out, url->authority));
    for (size_t i = 0; i < head->count; i++) {
        if (is_of_this_connection(head, &head->fields[i]))
            continue;
        TRY(add_text(out, "\r\n"));
        TRY(add(out, head->fields[i].name));
        TRY(add_text(out, ": "));
        TRY(add(out, head->fields[i].value));
    }
    return add_text(out, "\r\nConnection: close\r\n\r\n");
}

static status pass_on(const http_parser *parser, const struct head *head, struct http_asking *out)
{
    enum { HTTP_PORT = 80 };
    struct url url;
    TRY(read_url(head->target, &url));
    TRY(read_authority(url.authority, HTTP_PORT, &out->to));
    return write_head(parser, head, &url, &out->head);
}

/* spec: RFC 9110, section 5.6.2 */
static bool is_token(slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 127 ||
            strchr("\"(),/:;<=>?@[\\]{}", text.data[i]))
            return false;
    return text.size > 0;
}

/* One line: values of several are obsolete, and read in many ways. */
static bool is_line(slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < ' ' && text.data[i] != '\t') || text.data[i] == 127)
            return false;
    return true;
}

static status check_fields(const struct head *head)
{
    for (size_t i = 0; i < head->count; i++)
        if (!is_token(head->fields[i].name) || !is_line(head->fields[i].value))
            return FAIL(MALFORMED, "HTTP: a field that is not a name, a colon and one line");
    return OK;
}

status http_asking_read(slice bytes, const struct http_login *login, struct http_asking *out)
{
    http_parser parser;
    struct head head = {0};
    SCOPED(http_asking) asking = {0};
    TRY(parse(bytes, &parser, &head, &asking.size));
    TRY(check_fields(&head));
    asking.is_tunnel = parser.method == HTTP_CONNECT;
    TRY(check_framing(&head, asking.is_tunnel));
    if (login->user && !is_welcome(&head, login))
        return FAIL(DENIED, "HTTP: another user or password, or none");
    if (asking.is_tunnel)
        TRY(read_authority(head.target, 0, &asking.to));
    else
        TRY(pass_on(&parser, &head, &asking));
    *out = asking;
    asking = (struct http_asking){0};
    return OK;
}

/* ---- answers ---- */

unsigned http_code_of(status failed)
{
    switch (failed.fault->failure) {
    case FAILURE_DENIED:
        return 407;
    case FAILURE_EXHAUSTED:
        return 431;
    case FAILURE_UNSUPPORTED:
        return 501;
    default:
        return 400;
    }
}

static const char *phrase_of(unsigned code)
{
    switch (code) {
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 407:
        return "Proxy Authentication Required";
    case 431:
        return "Request Header Fields Too Large";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    default:
        return "Service Unavailable";
    }
}

void http_refusal_write(struct writer *writer, unsigned code)
{
    char text[HTTP_REFUSAL_SIZE_MAX];
    const int size = snprintf(
        text, sizeof text, "HTTP/1.1 %u %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n",
        code, phrase_of(code), code == 407 ? "Proxy-Authenticate: Basic realm=\"cix\"\r\n" : "");
    write_bytes(writer, (slice){(const uint8_t *)text, size > 0 ? (size_t)size : 0});
}

void http_established_write(struct writer *writer)
{
    write_bytes(writer, slice_of_text("HTTP/1.1 200 Connection established\r\n\r\n"));
}
