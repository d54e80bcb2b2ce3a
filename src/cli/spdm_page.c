/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_page.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_SIZE_MAX = 2 * 32 }; /* digits of hex that a person is shown */

static const char *const results[] = {
    [SPDM_CHECK_FAILED] = "failed",
    [SPDM_CHECK_VERIFIED] = "verified",
    [SPDM_CHECK_OPEN] = "not checked",
};

static const char *const wrappings[] = {
    [SPDM_WRAPPED_NOT] = "",
    [SPDM_WRAPPED_ENCAPSULATED] = "encapsulated ",
    [SPDM_WRAPPED_IN_CHUNKS] = "in chunks ",
};

/* ---- for people ---- */

static bool is_worth_showing(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_ARRAY:
    case JSON_OBJECT:
        return json_array_size(value) + json_object_size(value) > 0;
    default:
        return json_is_true(value);
    }
}

static void print_json_value(const json_t *value);

/* The first member names the row, also when it is 0. */
static void print_members(const json_t *object)
{
    const char *name, *between = "";
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (*between && !is_worth_showing(value))
            continue;
        printf("%s%s ", between, name);
        print_json_value(value);
        between = ", ";
    }
}

static void print_items(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        fputs(i ? " " : "", stdout);
        print_json_value(json_array_get(list, i));
    }
}

/* Text is hexadecimal where it is long: names are not. */
static void print_text(const char *text, size_t length)
{
    printf("%.*s", length > SHOWN_SIZE_MAX ? SHOWN_SIZE_MAX : (int)length, text);
    if (length > SHOWN_SIZE_MAX)
        printf("... (%zu bytes)", length / 2);
}

static void print_json_value(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_INTEGER:
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_STRING:
        print_text(json_string_value(value), json_string_length(value));
        break;
    case JSON_OBJECT:
        print_members(value);
        break;
    case JSON_ARRAY:
        print_items(value);
        break;
    default:
        fputs("yes", stdout);
    }
}

/* "name  value" a line; of a list of objects, one for each of them. */
static void print_field(const char *name, const json_t *value)
{
    enum { NAME_COLUMN = 24 };
    const bool is_table = json_is_object(json_array_get(value, 0));
    for (size_t i = 0; is_table && i < json_array_size(value); i++)
        print_field(name, json_array_get(value, i));
    if (is_table || !is_worth_showing(value))
        return;
    printf("      %-*s ", NAME_COLUMN, name);
    print_json_value(value);
    fputc('\n', stdout);
}

static void print_message(const struct spdm_sight *sight, json_t *fields)
{
    const char *name;
    json_t *value;
    printf("%5zu %s ", sight->packet, sight->is_request ? "->" : "<-");
    if (sight->in_session)
        printf("[%08" PRIx32 "] ", sight->session_id);
    printf("%s%s", wrappings[sight->wrapping], sight->name);
    printf(sight->said ? "\n" : " (%zu bytes)\n", sight->bytes.size);
    json_object_foreach(fields, name, value) print_field(name, value);
}

/* ---- for programs ---- */

static void add_message(struct spdm_page *page, const struct spdm_sight *sight, json_t *fields)
{
    char session[9] = "";
    if (sight->in_session)
        snprintf(session, sizeof session, "%08" PRIx32, sight->session_id);
    page->message =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:O, s:[]}", "packet", (int)sight->packet, "from",
                  sight->is_request ? "requester" : "responder", "session", session, "wrapping",
                  wrappings[sight->wrapping], "name", sight->name, "bytes",
                  spdm_said_hex(sight->bytes), "fields", fields, "checks");
    (void)json_array_append_new(page->messages, page->message);
}

/* ---- what is told ---- */

static void take_message(void *self, const struct spdm_sight *sight)
{
    struct spdm_page *const page = self;
    json_t *const fields = sight->said ? spdm_said_json(sight->said) : json_object();
    page->message_count++;
    if (page->is_json)
        add_message(page, sight, fields);
    else
        print_message(sight, fields);
    json_decref(fields);
}

static void take_check(void *self, const struct spdm_check *check)
{
    struct spdm_page *const page = self;
    const bool is_verified = check->result == SPDM_CHECK_VERIFIED;
    page->checks[check->result]++;
    if (page->is_json)
        (void)json_array_append_new(json_object_get(page->message, "checks"),
                                    json_pack("{s:s, s:s, s:s}", "what", check->what, "result",
                                              results[check->result], "why",
                                              is_verified ? "" : check->why));
    else
        printf("      %s: %s%s%s\n", check->what, results[check->result], is_verified ? "" : ": ",
               is_verified ? "" : check->why);
}

struct spdm_watch_told spdm_page_told(struct spdm_page *page)
{
    return (struct spdm_watch_told){page, take_message, take_check};
}

json_t *spdm_page_checks_json(const struct spdm_page *page)
{
    return json_pack("{s:I, s:I, s:I}", "verified", (json_int_t)page->checks[SPDM_CHECK_VERIFIED],
                     "failed", (json_int_t)page->checks[SPDM_CHECK_FAILED], "not_checked",
                     (json_int_t)page->checks[SPDM_CHECK_OPEN]);
}

void spdm_page_print_sum(const struct spdm_page *page)
{
    printf("%zu messages; checks: %zu verified, %zu failed, %zu not checked\n", page->message_count,
           page->checks[SPDM_CHECK_VERIFIED], page->checks[SPDM_CHECK_FAILED],
           page->checks[SPDM_CHECK_OPEN]);
}
