/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/http.h"

#include "codec/text.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_HEADER_SIZE = 160 };

struct http_client {
    CURL *curl;
    struct http_options options;
    char said[CURL_ERROR_SIZE];
};

/* One answer on its way in. */
struct transfer {
    struct http_client *client;
    struct http_answer answer;
    bool too_large;
};

void http_answer_clear(struct http_answer *answer)
{
    buffer_clear(&answer->body);
    buffer_clear(&answer->issuer_chain);
    *answer = (struct http_answer){0};
}

static bool append_within(struct buffer *buffer, slice bytes, size_t most)
{
    return bytes.size <= most - buffer->size && !buffer_append(buffer, bytes).fault;
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct transfer *const transfer = context;
    const slice bytes = {(const uint8_t *)data, one * size};
    if (append_within(&transfer->answer.body, bytes, HTTP_BODY_SIZE_MAX))
        return bytes.size;
    transfer->too_large = true;
    return 0; /* which ends the transfer */
}

/* ---- headers ---- */

static slice trimmed(slice text)
{
    while (text.size && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (slice){text.data + 1, text.size - 1};
    while (text.size && text.data[text.size - 1] <= ' ')
        text.size--;
    return text;
}

static bool is_name(slice name, const char *wanted)
{
    return name.size == strlen(wanted) &&
           strncasecmp((const char *)name.data, wanted, name.size) == 0;
}

static bool ends_name(slice name, const char *wanted)
{
    const size_t size = strlen(wanted);
    return name.size >= size && is_name((slice){name.data + name.size - size, size}, wanted);
}

static int64_t max_age_of(slice value)
{
    static const char directive[] = "max-age=";
    char text[128];
    if (value.size >= sizeof text)
        return 0;
    memcpy(text, value.data, value.size);
    text[value.size] = 0;
    const char *const found = strcasestr(text, directive);
    const long long seconds = found ? strtoll(found + sizeof directive - 1, NULL, 10) : 0;
    return seconds > 0 && seconds < 366LL * 86400 ? seconds : 0;
}

/* Printable, so that it goes back as it came. */
static void take_tag(slice value, char tag[HTTP_TAG_SIZE])
{
    tag[0] = 0;
    if (value.size >= HTTP_TAG_SIZE)
        return;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < ' ' || value.data[i] > '~')
            return;
    memcpy(tag, value.data, value.size);
    tag[value.size] = 0;
}

static void take_header(struct http_answer *answer, slice name, slice value)
{
    if (is_name(name, "ETag")) {
        take_tag(value, answer->tag);
    } else if (is_name(name, "Cache-Control")) {
        answer->max_age_s = max_age_of(value);
    } else if (is_name(name, "Content-Type")) {
        answer->is_html = value.size >= 9 && is_name((slice){value.data, 9}, "text/html");
    } else if (ends_name(name, "Issuer-Chain")) {
        buffer_clear(&answer->issuer_chain);
        append_within(&answer->issuer_chain, value, HTTP_HEADER_SIZE_MAX);
    }
}

/* Each answer on the way, redirects too, begins with a line of its own: only the last counts. */
static void begin_answer(struct http_answer *answer)
{
    buffer_clear(&answer->issuer_chain);
    answer->tag[0] = 0;
    answer->max_age_s = 0;
    answer->is_html = false;
}

static size_t take_line(char *data, size_t one, size_t size, void *context)
{
    struct transfer *const transfer = context;
    const slice line = {(const uint8_t *)data, one * size};
    const uint8_t *const colon = line.size ? memchr(line.data, ':', line.size) : NULL;
    if (line.size >= 5 && memcmp(line.data, "HTTP/", 5) == 0) {
        begin_answer(&transfer->answer);
    } else if (colon) {
        const size_t at = (size_t)(colon - line.data);
        take_header(&transfer->answer, trimmed((slice){line.data, at}),
                    trimmed((slice){line.data + at + 1, line.size - at - 1}));
    }
    return line.size;
}

static int tell_progress(void *context, curl_off_t total, curl_off_t received, curl_off_t to_send,
                         curl_off_t sent)
{
    const struct transfer *const transfer = context;
    const struct http_options *const options = &transfer->client->options;
    (void)total, (void)to_send, (void)sent;
    if (options->progress && received > 0)
        options->progress(options->context, (uint64_t)received);
    return 0;
}

/* ---- the client ---- */

status http_open(const struct http_options *options, struct http_client **out)
{
    struct http_client *const client = calloc(1, sizeof *client);
    if (!client || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(client);
        return FAIL(EXHAUSTED, "no memory for fetching");
    }
    client->options = *options;
    client->curl = curl_easy_init();
    if (!client->curl) {
        free(client);
        return FAIL(EXHAUSTED, "no memory for fetching");
    }
    *out = client;
    return OK;
}

void http_close(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    curl_global_cleanup();
    free(client);
}

const char *http_said(const struct http_client *client)
{
    return client->said;
}

static bool is_secure(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0;
}

static status set_bounds(CURL *curl, const struct http_options *options, const char *url)
{
    const char *const schemes = is_secure(url) ? "https" : "http,https";
    const long timeout_s = options->timeout_s ? (long)options->timeout_s : (long)HTTP_TIMEOUT_S;
    const bool set =
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, schemes) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, schemes) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS_MAX) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_TIMEOUT_S) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOWEST_BYTES_PER_S) ==
            CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)HTTP_SLOW_FOR_S) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)HTTP_BODY_SIZE_MAX) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        (!options->ca_file || curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file) == CURLE_OK);
    return set ? OK : FAIL(INTERNAL, "the library for fetching does not know an option of ours");
}

static status set_transfer(CURL *curl, const struct http_request *request,
                           struct curl_slist *headers, struct transfer *transfer)
{
    /* A header of ours would follow a redirect to whoever it names. */
    const long follow = request->key.size == 0;
    const bool set =
        curl_easy_setopt(curl, CURLOPT_URL, request->url) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, follow) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "cix/" CIX_VERSION) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->client->said) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_line) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tell_progress) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    return set ? OK : FAIL(EXHAUSTED, "no memory for fetching");
}

static status add_header(struct curl_slist **headers, const char *name, slice value)
{
    char line[KEY_HEADER_SIZE + HTTP_TAG_SIZE];
    if (value.size > HTTP_TAG_SIZE)
        return FAIL(EXHAUSTED, "a header of the request is too long");
    snprintf(line, sizeof line, "%s: %.*s", name, (int)value.size, (const char *)value.data);
    struct curl_slist *const longer = curl_slist_append(*headers, line);
    wipe(line, sizeof line);
    if (!longer)
        return FAIL(EXHAUSTED, "no memory for fetching");
    *headers = longer;
    return OK;
}

static status headers_of(const struct http_request *request, struct curl_slist **out)
{
    if (request->tag && *request->tag)
        TRY(add_header(out, "If-None-Match", slice_of_text(request->tag)));
    if (request->key.size)
        TRY(add_header(out, "Ocp-Apim-Subscription-Key", request->key));
    return OK;
}

static status failure_of(CURLcode code, const struct transfer *transfer)
{
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return FAIL(EXHAUSTED, "the answer is larger than we read");
    switch (code) {
    case CURLE_OK:
        return OK;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return FAIL(UNAUTHENTIC, "the server's TLS certificate is not believed");
    case CURLE_TOO_MANY_REDIRECTS:
        return FAIL(DENIED, "it redirects too often");
    case CURLE_UNSUPPORTED_PROTOCOL:
        return FAIL(DENIED, "it leads away from TLS");
    case CURLE_URL_MALFORMAT:
        return FAIL(MALFORMED, "the address is not one");
    case CURLE_OPERATION_TIMEDOUT:
        return FAIL(UNAVAILABLE, "no whole answer in time");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
        return FAIL(UNAVAILABLE, "the answer was cut short");
    default:
        return FAIL(UNAVAILABLE, "nobody answers");
    }
}

static void take_status(CURL *curl, struct http_answer *answer)
{
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    answer->retry_after_s =
        retry_after_s < HTTP_RETRY_AFTER_MAX_S ? retry_after_s : HTTP_RETRY_AFTER_MAX_S;
}

static status perform(struct http_client *client, const struct http_request *request,
                      struct curl_slist *headers, struct http_answer *out)
{
    struct transfer transfer = {.client = client};
    client->said[0] = 0;
    curl_easy_reset(client->curl); /* its connections stay */
    status done = set_bounds(client->curl, &client->options, request->url);
    if (!done.fault)
        done = set_transfer(client->curl, request, headers, &transfer);
    if (!done.fault)
        done = failure_of(curl_easy_perform(client->curl), &transfer);
    if (done.fault) {
        http_answer_clear(&transfer.answer);
        return done;
    }
    take_status(client->curl, &transfer.answer);
    *out = transfer.answer;
    return OK;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *header = headers; header; header = header->next)
        wipe(header->data, strlen(header->data)); /* one may be a key */
    curl_slist_free_all(headers);
}

status http_get(struct http_client *client, const struct http_request *request,
                struct http_answer *out)
{
    struct curl_slist *headers = NULL;
    status done = headers_of(request, &headers);
    if (!done.fault)
        done = perform(client, request, headers, out);
    free_headers(headers);
    return done;
}
