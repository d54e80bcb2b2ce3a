/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/collateral.h"

#include "cli/commands.h"
#include "cli/given.h"
#include "cli/print.h"
#include "codec/text.h"
#include "collateral/fetch.h"
#include "gateway/load.h"
#include "net/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix collateral fetch [EVIDENCE]... [--product P] [--fmspc HEX] [--cache DIR]\n"
    "                  [--android] [--trust PATH]... [--force] [--kds-url URL] [--pcs-url URL]\n"
    "                  [--pccs-url URL] [--intel-crl-url URL] [--hygon-url URL]\n"
    "                  [--android-url URL] [--pcs-key FILE] [--tls-ca FILE]\n"
    "                  [--timeout SECONDS] [--max-wait SECONDS] [--json]\n"
    "\n"
    "Fetches what evidence needs to be verified into the cache. What is there and still holds is\n"
    "not asked for again. Only what chains to a vendor's root is stored, and nothing older than\n"
    "what is there; when a vendor does not answer, what is there stays.\n"
    "\n"
    "  EVIDENCE              evidence of any platform, in any form; - is standard input\n"
    "  --product P           AMD's certificates and revocation list: Milan, Genoa or Turin\n"
    "  --fmspc HEX           Intel's collateral of this processor family (6 bytes)\n"
    "  --android             Google's list of revoked attestation certificates\n"
    "  --cache DIR           the cache; default: /var/lib/cix/collateral, or of a user\n"
    "                        ~/.cache/cix/collateral\n"
    "  --trust PATH          a further root, such as a simulator's\n"
    "  --force               ask for what still holds too\n"
    "  --kds-url URL         a cache that answers like AMD's key distribution service\n"
    "  --pcs-url URL         another address of Intel's provisioning certification service\n"
    "  --pccs-url URL        a caching service (PCCS), which has the root's list too\n"
    "  --intel-crl-url URL   where the revocation list of Intel's root is\n"
    "  --hygon-url URL       a cache that answers like Hygon's certificate service\n"
    "  --android-url URL     where Google's list is; over TLS, for nobody signs it\n"
    "  --pcs-key FILE        a subscription key, which Intel wants for certificates of machines\n"
    "  --tls-ca FILE         the authorities of those servers, in PEM, instead of the system's\n"
    "  --timeout SECONDS     for one answer; default: 60\n"
    "  --max-wait SECONDS    for one object, while its vendor throttles or is silent; default: "
    "120\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0 when all that is needed is there and holds; 2 when all is there and some of it "
    "is\n"
    "past its next update; 1 when something is missing; 3 when evidence cannot be read.\n"
    "\n"
    "example:\n"
    "  cix collateral fetch evidence.bin\n";

enum { KEY_FILE_SIZE_MAX = 256, SECONDS_MAX = 86400 };

/* The command line, read. */
struct task {
    struct cache cache;
    struct wants wants;
    struct sources sources;
    struct fetch_options options;
    struct buffer key;
    const char *command;
    bool as_json, has_terminal;
    size_t at;    /* which of the wants is being fetched */
    size_t shown; /* how long the line on the terminal is */
    bool is_missing, is_stale;
};
static void task_clear(struct task *task)
{
    cache_clear(&task->cache);
    wants_clear(&task->wants);
    buffer_clear(&task->key);
}

/* ---- while it takes time ---- */

static void show(struct task *task, const char *text)
{
    const size_t size = strlen(text);
    if (!task->has_terminal)
        return;
    fprintf(stderr, "\r%s%*s", text, (int)(task->shown > size ? task->shown - size : 0), "");
    if (size == 0)
        fputc('\r', stderr);
    task->shown = size;
}

static void show_waiting(void *context, uint64_t left_s, const char *why)
{
    struct task *const task = context;
    char text[160];
    snprintf(text, sizeof text, "%zu of %zu: %s, waiting %" PRIu64 " s", task->at + 1,
             task->wants.count, why, left_s);
    show(task, text);
}

static void show_received(void *context, uint64_t received)
{
    struct task *const task = context;
    char text[160];
    snprintf(text, sizeof text, "%zu of %zu: %" PRIu64 " bytes", task->at + 1, task->wants.count,
             received);
    show(task, text);
}

/* ---- telling ---- */

static const char *state_of(const struct fetch_result *result, int64_t now_s)
{
    return !result->is_stored ? "missing" : now_s > result->next_update_s ? "stale" : "fresh";
}

static json_t *json_of_result(const struct wanted *wanted, const struct fetch_result *result)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s}", "name", result->name, "result",
                     fetched_word(result->fetched), "state", state_of(result, clock_now().wall_s),
                     "next_update", json_of_time(result->is_stored ? result->next_update_s : 0),
                     "source", wanted->source, "detail", result->detail);
}

static void tell_result(const struct wanted *wanted, const struct fetch_result *result)
{
    const int64_t days = days_left(result->next_update_s, clock_now().wall_s);
    printf("%-11s ", fetched_word(result->fetched));
    print_escaped(stdout, slice_of_text(*result->name ? result->name : wanted->source));
    if (*result->detail)
        printf("\n            %s", result->detail);
    if (*result->detail && result->is_stored)
        printf("\n            the one stored before stays");
    if (result->is_stored && days >= 0)
        printf(": expires in %" PRId64 " days", days);
    else if (result->is_stored)
        printf(": %" PRId64 " days past its next update", -days);
    putchar('\n');
}

static void weigh(struct task *task, const struct fetch_result *result)
{
    if (result->fetched == FETCHED_ELSEWHERE)
        return;
    if (!result->is_stored)
        task->is_missing = true;
    else if (clock_now().wall_s > result->next_update_s)
        task->is_stale = true;
}

/* ---- fetching ---- */

/* An alternative that is absent is missed only when it was the last. */
static bool is_last_alternative(const struct task *task, size_t at)
{
    const unsigned either = task->wants.items[at].either;
    for (size_t i = at + 1; i < task->wants.count && either; i++)
        if (task->wants.items[i].either == either)
            return false;
    return true;
}

/* A PCK certificate says what else its machine's quotes need. */
static status follow(struct task *task, const struct wanted *wanted,
                     const struct fetch_result *result)
{
    if (wanted->kind != OBJECT_INTEL_PCK || !result->is_stored)
        return OK;
    struct endorsements *const pool = calloc(1, sizeof *pool);
    if (!pool)
        return FAIL(EXHAUSTED, "no memory for endorsements");
    status done = store_load(task->cache.store, result->name, pool);
    if (!done.fault)
        done = wants_of_pck(&task->sources, pool, wanted->tee, &task->wants);
    endorsements_clear(pool);
    free(pool);
    return done;
}

static status fetch_all(struct task *task, struct fetching *fetching, json_t *told)
{
    for (task->at = 0; task->at < task->wants.count; task->at++) {
        const struct wanted wanted = task->wants.items[task->at]; /* following it moves it */
        struct fetch_result result;
        show_received(task, 0);
        TRY(fetch(fetching, &wanted, &result));
        show(task, "");
        if (result.is_stored || is_last_alternative(task, task->at))
            weigh(task, &result);
        if (task->as_json)
            json_array_append_new(told, json_of_result(&wanted, &result));
        else
            tell_result(&wanted, &result);
        TRY(follow(task, &wanted, &result));
    }
    return OK;
}

static int exit_of(const struct task *task)
{
    return task->is_missing ? EXIT_REFUSED : task->is_stale ? EXIT_STALE : EXIT_DONE;
}

static int finish(struct task *task, status done, json_t *told)
{
    const char *const lacking = task->wants.lacking;
    if (done.fault) {
        fprintf(stderr, "%s: %s\n", task->command, done.fault->what);
        json_decref(told);
        return EXIT_REFUSED;
    }
    task->is_missing = task->is_missing || lacking;
    if (!task->as_json) {
        json_decref(told);
        if (lacking)
            printf("%-11s %s\n", "missing", lacking);
        return exit_of(task);
    }
    const bool printed = print_json(json_pack("{s:o, s:s?, s:o}", "cache",
                                              json_of_text(slice_of_text(task->cache.path)),
                                              "lacking", lacking, "objects", told));
    return printed ? exit_of(task) : EXIT_REFUSED;
}

static int run(struct task *task)
{
    struct fetching *fetching;
    json_t *const told = json_array();
    status done = fetching_open(&task->options, task->cache.store, &fetching);
    if (!done.fault) {
        done = fetch_all(task, fetching, told);
        fetching_close(fetching);
    }
    return finish(task, done, told);
}

/* ---- the command line ---- */

static bool complain(const struct task *task, const char *about, const char *what)
{
    fprintf(stderr, "%s: ", task->command);
    print_escaped(stderr, slice_of_text(about));
    fprintf(stderr, ": %s\n", what);
    return false;
}

static bool want_evidence(struct task *task, const char *path)
{
    SCOPED(given_evidence) evidence = {0};
    struct problem problem = {0};
    if (given_evidence_load(path, NULL, &evidence, &problem).fault) {
        fprintf(stderr, "%s: %s\n", task->command, problem.text);
        return false;
    }
    const status wanted = wants_of_evidence(&task->sources, evidence.platform,
                                            buffer_view(&evidence.bytes), &task->wants);
    return !wanted.fault || complain(task, path, wanted.fault->what);
}

static bool want_product(struct task *task, const char *name)
{
    const enum snp_product product = snp_product_named(slice_of_text(name));
    if (product == SNP_PRODUCT_UNKNOWN)
        return complain(task, "--product", "wants Milan, Genoa or Turin");
    const status wanted = wants_of_product(&task->sources, product, &task->wants);
    return !wanted.fault || complain(task, "--product", wanted.fault->what);
}

static bool want_fmspc(struct task *task, const char *hex)
{
    uint8_t fmspc[FMSPC_SIZE];
    if (hex_read_exactly(slice_of_text(hex), fmspc, sizeof fmspc).fault)
        return complain(task, "--fmspc", "wants 6 bytes in hex");
    const status wanted = wants_of_fmspc(&task->sources, fmspc, &task->wants);
    return !wanted.fault || complain(task, "--fmspc", wanted.fault->what);
}

static bool read_seconds(struct task *task, const char *name, const char *text, uint64_t *out)
{
    char *end;
    if (!text)
        return true;
    const unsigned long long seconds = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || seconds == 0 || seconds > SECONDS_MAX)
        return complain(task, name, "wants a number of seconds");
    *out = seconds;
    return true;
}

static bool check_address(struct task *task, const char *name, const char *url)
{
    if (!url || strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0)
        return true;
    return complain(task, name, "wants an address that begins with https:// or http://");
}

static bool load_key(struct task *task, const char *path)
{
    struct problem problem = {0};
    if (!path)
        return true;
    if (secret_file_load(path, KEY_FILE_SIZE_MAX, &task->key, &problem).fault) {
        fprintf(stderr, "%s: %s\n", task->command, problem.text);
        return false;
    }
    slice key = buffer_view(&task->key);
    while (key.size && isspace(key.data[key.size - 1]))
        key.size--;
    for (size_t i = 0; i < key.size; i++)
        if (!isalnum(key.data[i]))
            return complain(task, path, "is no subscription key");
    task->options.key = key;
    return true;
}

/* What was written, as it was written. */
struct line {
    struct option_texts evidence, trusted;
    const char *product, *fmspc, *cache, *timeout, *max_wait;
    const char *kds, *pcs, *pccs, *intel_crl, *hygon, *android, *key, *ca;
    bool wants_android;
};

static bool take_addresses(struct task *task, const struct line *line)
{
    if (!check_address(task, "--kds-url", line->kds) ||
        !check_address(task, "--pcs-url", line->pcs) ||
        !check_address(task, "--pccs-url", line->pccs) ||
        !check_address(task, "--intel-crl-url", line->intel_crl) ||
        !check_address(task, "--hygon-url", line->hygon))
        return false;
    if (line->android && strncmp(line->android, "https://", 8) != 0)
        return complain(task, "--android-url", "wants https://: nobody signs that list");
    if (line->pcs && line->pccs)
        return complain(task, "--pccs-url", "and --pcs-url exclude each other");
    task->sources = vendors_own;
    if (line->kds)
        task->sources.kds = line->kds;
    if (line->pcs)
        task->sources.pcs = line->pcs;
    if (line->pccs) {
        task->sources.pcs = line->pccs;
        task->sources.intel_root_crl = NULL;
        task->sources.is_pccs = true;
    }
    if (line->intel_crl)
        task->sources.intel_root_crl = line->intel_crl;
    if (line->hygon)
        task->sources.hygon = line->hygon;
    if (line->android)
        task->sources.android = line->android;
    return true;
}

static bool take_bounds(struct task *task, const struct line *line)
{
    task->options.http.ca_file = line->ca;
    task->options.http.progress = show_received;
    task->options.http.context = task;
    task->options.waiting = show_waiting;
    task->options.context = task;
    task->has_terminal = isatty(STDERR_FILENO);
    return read_seconds(task, "--timeout", line->timeout, &task->options.http.timeout_s) &&
           read_seconds(task, "--max-wait", line->max_wait, &task->options.wait_s) &&
           load_key(task, line->key);
}

/* Gives the exit code with which it is over; EXIT_DONE: it goes on. */
static int take_wants(struct task *task, const struct line *line)
{
    if (!line->evidence.count && !line->product && !line->fmspc && !line->wants_android) {
        fprintf(stderr, "%s: EVIDENCE, --product, --fmspc or --android is missing; see %s --help\n",
                task->command, task->command);
        return EXIT_USAGE;
    }
    if (line->product && !want_product(task, line->product))
        return EXIT_USAGE;
    if (line->fmspc && !want_fmspc(task, line->fmspc))
        return EXIT_USAGE;
    if (line->wants_android && wants_of_android(&task->sources, &task->wants).fault)
        return EXIT_REFUSED;
    for (size_t i = 0; i < line->evidence.count; i++)
        if (!want_evidence(task, line->evidence.texts[i]))
            return EXIT_MALFORMED;
    return EXIT_DONE;
}

static int prepare_and_run(struct task *task, const struct line *line)
{
    if (!take_addresses(task, line) || !take_bounds(task, line))
        return EXIT_USAGE;
    const int wanted = take_wants(task, line);
    if (wanted != EXIT_DONE)
        return wanted;
    if (!cache_open(task->command, line->cache, &line->trusted, true, &task->cache))
        return EXIT_REFUSED;
    task->options.trusted = task->cache.trusted;
    return run(task);
}

int collateral_fetch(int argc, char **argv)
{
    struct line line = {0};
    SCOPED(task) task = {.command = argv[0]};
    int result;
    const struct option_row rows[] = {{.name = "product", .value = &line.product},
                                      {.name = "fmspc", .value = &line.fmspc},
                                      {.name = "cache", .value = &line.cache},
                                      {.name = "trust", .list = &line.trusted},
                                      {.name = "force", .flag = &task.options.force},
                                      {.name = "kds-url", .value = &line.kds},
                                      {.name = "pcs-url", .value = &line.pcs},
                                      {.name = "pccs-url", .value = &line.pccs},
                                      {.name = "intel-crl-url", .value = &line.intel_crl},
                                      {.name = "hygon-url", .value = &line.hygon},
                                      {.name = "android-url", .value = &line.android},
                                      {.name = "android", .flag = &line.wants_android},
                                      {.name = "pcs-key", .value = &line.key},
                                      {.name = "tls-ca", .value = &line.ca},
                                      {.name = "timeout", .value = &line.timeout},
                                      {.name = "max-wait", .value = &line.max_wait},
                                      {.name = "json", .flag = &task.as_json},
                                      {0}};
    const struct options options = {.usage = usage, .rows = rows};
    if (!options_read_many(&options, &line.evidence, argc, argv, &result))
        return result;
    return prepare_and_run(&task, &line);
}
