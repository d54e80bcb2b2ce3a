/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/spdm.h"
#include "cli/spdm_watch.h"
#include "codec/json.h"
#include "gateway/load.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cix spdm dump CAPTURE [--keys FILE] [--certs DIR] [--json]\n"
    "\n"
    "Decodes a captured SPDM conversation message by message, and says of every signature, HMAC,\n"
    "transcript hash and tag whether it verifies.\n"
    "\n"
    "  CAPTURE       a file in the pcap format: MCTP, PCI DOE, or SPDM over TCP as raw IP packets\n"
    "  --keys FILE   the sessions' shared secrets, as JSON, to decrypt what is in sessions\n"
    "  --certs DIR   certificates, chains and public keys (DER) that are not in the conversation;\n"
    "                then a chain's root must be among them\n"
    "  --json        one object, for programs\n"
    "\n"
    "Ends with 0 when all that could be checked did verify; 2 when something did not; 3 when\n"
    "the capture cannot be read.\n"
    "\n"
    "example:\n"
    "  cix spdm dump conversation.pcap --keys secrets.json --certs certificates\n";

enum { SHOWN_SIZE_MAX = 2 * 32 }; /* digits of hex that a person is shown */

/* What is said, and counted, while the conversation is followed. */
struct page {
    bool is_json;
    json_t *messages;
    json_t *message; /* the last, to which checks belong; borrowed */
    size_t message_count;
    size_t checks[3]; /* by enum spdm_check_result */
};

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

static void add_message(struct page *page, const struct spdm_sight *sight, json_t *fields)
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
    struct page *const page = self;
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
    struct page *const page = self;
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

/* ---- the command ---- */

struct given {
    struct buffer capture;
    struct json keys;
    struct spdm_known_files files;
};

static void given_clear(struct given *given)
{
    buffer_clear(&given->capture);
    json_clear(&given->keys);
    spdm_known_files_clear(&given->files);
}

static status load_keys(const char *path, struct given *given, struct problem *problem)
{
    SCOPED(buffer) text = {0};
    TRY(file_load(path, JSON_SIZE_MAX, &text, problem));
    const status read = json_read(buffer_view(&text), &given->keys);
    return read.fault ? problem_at(problem, 0, "%s: %s", path, read.fault->what) : OK;
}

static bool is_der(const char *name)
{
    const char *const end = strrchr(name, '.');
    return end && strcmp(end, ".der") == 0;
}

static status load_certificates(const char *folder, struct given *given, struct problem *problem)
{
    DIR *const list = opendir(folder);
    status loaded = list ? OK : problem_at(problem, 0, "%s: no folder that can be read", folder);
    for (const struct dirent *entry; list && !loaded.fault && (entry = readdir(list));) {
        SCOPED(buffer) file = {0};
        char path[4096];
        if (!is_der(entry->d_name))
            continue;
        const int size = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        loaded = size < (int)sizeof path ? file_load(path, SPDM_KNOWN_FILE_SIZE_MAX, &file, problem)
                                         : problem_at(problem, 0, "%s: a path too long", folder);
        if (!loaded.fault && spdm_known_files_add(&given->files, &file).fault)
            loaded = problem_at(problem, 0, "%s: more files than are kept", folder);
    }
    if (list)
        closedir(list);
    return loaded;
}

static status follow(struct spdm_capture *capture, struct spdm_watch *watch)
{
    struct spdm_captured captured;
    for (;;) {
        TRY(spdm_capture_next(capture, &captured));
        if (!captured.packet)
            return OK;
        spdm_watch_frame(watch, &captured);
    }
}

static int sum_up(const struct page *page, const struct spdm_capture *capture)
{
    const size_t verified = page->checks[SPDM_CHECK_VERIFIED],
                 failed = page->checks[SPDM_CHECK_FAILED], open = page->checks[SPDM_CHECK_OPEN];
    const int result = failed ? EXIT_UNAUTHENTIC : EXIT_DONE;
    if (page->is_json) {
        json_t *const object =
            json_pack("{s:s, s:O, s:{s:I, s:I, s:I}, s:I}", "transport", capture->transport->name,
                      "messages", page->messages, "checks", "verified", (json_int_t)verified,
                      "failed", (json_int_t)failed, "not_checked", (json_int_t)open,
                      "packets_left_out", (json_int_t)capture->ignored_count);
        return print_json(object) ? result : EXIT_REFUSED;
    }
    printf("%zu messages; checks: %zu verified, %zu failed, %zu not checked\n", page->message_count,
           verified, failed, open);
    if (capture->ignored_count)
        printf("%zu packets were of somebody else\n", capture->ignored_count);
    return result;
}

static int dump(const struct given *given, bool as_json)
{
    SCOPED(spdm_capture) capture = {0};
    struct page page = {.is_json = as_json, .messages = json_array()};
    struct spdm_watch *watch = NULL;
    status done = spdm_capture_open(buffer_view(&given->capture), &capture);
    if (!done.fault) {
        const struct spdm_watch_given known = {capture.transport, given->keys.root, &given->files};
        const struct spdm_watch_told told = {&page, take_message, take_check};
        done = spdm_watch_new(&known, &told, &watch);
    }
    if (!done.fault)
        done = follow(&capture, watch);
    spdm_watch_free(watch);
    if (done.fault)
        fprintf(stderr, "cix spdm dump: packet %zu: %s\n", capture.packet_count, done.fault->what);
    const int result = done.fault ? EXIT_MALFORMED : sum_up(&page, &capture);
    json_decref(page.messages);
    return result;
}

int spdm_dump(int argc, char **argv)
{
    const char *path = NULL, *keys = NULL, *certificates = NULL;
    bool as_json = false;
    const struct option_row rows[] = {{.name = "keys", .value = &keys},
                                      {.name = "certs", .value = &certificates},
                                      {.name = "json", .flag = &as_json},
                                      {0}};
    const struct options options = {usage, rows, &path, "CAPTURE"};
    struct given *const given = calloc(1, sizeof *given);
    struct problem problem = {0};
    int result = EXIT_REFUSED;
    if (!given || !options_read(&options, argc, argv, &result)) {
        free(given);
        return result;
    }
    status loaded = keys ? load_keys(keys, given, &problem) : OK;
    if (!loaded.fault && certificates)
        loaded = load_certificates(certificates, given, &problem);
    if (loaded.fault)
        result = EXIT_USAGE;
    if (!loaded.fault) {
        loaded = file_load(path, SPDM_CAPTURE_SIZE_MAX, &given->capture, &problem);
        result = loaded.fault ? EXIT_MALFORMED : dump(given, as_json);
    }
    if (loaded.fault)
        fprintf(stderr, "cix spdm dump: %s\n", problem.text);
    given_clear(given);
    free(given);
    return result;
}
