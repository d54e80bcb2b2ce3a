/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/spdm.h"
#include "cli/spdm_page.h"
#include "codec/json.h"
#include "gateway/load.h"

#include <dirent.h>
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

static int sum_up(const struct spdm_page *page, const struct spdm_capture *capture)
{
    const int result = page->checks[SPDM_CHECK_FAILED] ? EXIT_UNAUTHENTIC : EXIT_DONE;
    if (page->is_json) {
        json_t *const object =
            json_pack("{s:s, s:O, s:o, s:I}", "transport", capture->transport->name, "messages",
                      page->messages, "checks", spdm_page_checks_json(page), "packets_left_out",
                      (json_int_t)capture->ignored_count);
        return print_json(object) ? result : EXIT_REFUSED;
    }
    spdm_page_print_sum(page);
    if (capture->ignored_count)
        printf("%zu packets were of somebody else\n", capture->ignored_count);
    return result;
}

static int dump(const struct given *given, bool as_json)
{
    SCOPED(spdm_capture) capture = {0};
    struct spdm_page page = {.is_json = as_json, .messages = json_array()};
    struct spdm_watch *watch = NULL;
    status done = spdm_capture_open(buffer_view(&given->capture), &capture);
    if (!done.fault) {
        const struct spdm_watch_given known = {
            .transport = capture.transport, .keys = given->keys.root, .files = &given->files};
        const struct spdm_watch_told told = spdm_page_told(&page);
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
