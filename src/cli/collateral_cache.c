/* SPDX-License-Identifier: Apache-2.0 */

/* The commands about what is in the cache already, or on its way in by hand. */

#include "cli/collateral.h"

#include "cli/commands.h"
#include "cli/print.h"
#include "gateway/load.h"
#include "net/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- list ---- */

static const char list_usage[] =
    "usage: cix collateral list [--cache DIR] [--trust PATH]... [--json]\n"
    "\n"
    "Says what is in the cache, since when, from where, and for how long it holds.\n"
    "\n"
    "  --cache DIR    the cache; default: /var/lib/cix/collateral, or of a user\n"
    "                 $XDG_CACHE_HOME/cix/collateral\n"
    "  --trust PATH   a further root, where the index was lost and files under it are read again\n"
    "  --json         one object, for programs\n"
    "\n"
    "Ends with 0; 2 when something is past its next update; 1 when something is unusable or there\n"
    "is no cache.\n"
    "\n"
    "example:\n"
    "  cix collateral list\n";

static json_t *json_of_entry(const struct entry *entry, int64_t now_s)
{
    return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:s, s:I, s:s}", "name", entry->name, "state",
                     entry_state(entry, now_s), "days_left",
                     (json_int_t)days_left(entry->next_update_s, now_s), "issued_at",
                     json_of_time(entry->issued_s), "received_at", json_of_time(entry->received_s),
                     "next_update", json_of_time(entry->next_update_s), "source", entry->source,
                     "edition", (json_int_t)entry->edition, "root",
                     entry->trust == ROOT_PINNED      ? "vendor"
                     : entry->trust == ROOT_BY_CALLER ? "trusted"
                                                      : "none");
}

static bool list_for_program(const struct cache *cache, int64_t now_s)
{
    json_t *const objects = json_array();
    for (size_t i = 0; i < store_count(cache->store); i++)
        json_array_append_new(objects, json_of_entry(store_at(cache->store, i), now_s));
    return print_json(json_pack("{s:o, s:o}", "cache", json_of_text(slice_of_text(cache->path)),
                                "objects", objects));
}

static void list_entry(const struct entry *entry, int64_t now_s)
{
    const int64_t days = days_left(entry->next_update_s, now_s);
    printf("%-9s ", entry_state(entry, now_s));
    print_escaped(stdout, slice_of_text(entry->name));
    if (entry->trust == ROOT_UNTRUSTED)
        printf("\n          nothing that verifies\n");
    else if (days < 0)
        printf("\n          %" PRId64 " days past its next update", -days);
    else
        printf("\n          expires in %" PRId64 " days", days);
    if (entry->trust == ROOT_UNTRUSTED)
        return;
    printf("%s; from ", entry->trust == ROOT_BY_CALLER ? "; under a root of yours" : "");
    print_escaped(stdout, slice_of_text(*entry->source ? entry->source : "a file"));
    putchar('\n');
}

static int exit_of_list(const struct cache *cache, int64_t now_s)
{
    int worst = EXIT_DONE;
    for (size_t i = 0; i < store_count(cache->store); i++) {
        const char *const state = entry_state(store_at(cache->store, i), now_s);
        if (strcmp(state, "unusable") == 0)
            return EXIT_REFUSED;
        if (strcmp(state, "stale") == 0)
            worst = EXIT_STALE;
    }
    return worst;
}

int collateral_list(int argc, char **argv)
{
    SCOPED(cache) cache = {0};
    const char *path = NULL;
    struct option_texts trusted = {0};
    bool as_json = false;
    int result;
    const struct option_row rows[] = {{.name = "cache", .value = &path},
                                      {.name = "trust", .list = &trusted},
                                      {.name = "json", .flag = &as_json},
                                      {0}};
    const struct options options = {.usage = list_usage, .rows = rows};
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!cache_open(argv[0], path, &trusted, false, &cache))
        return EXIT_REFUSED;
    const int64_t now_s = clock_now().wall_s;
    if (as_json)
        return list_for_program(&cache, now_s) ? exit_of_list(&cache, now_s) : EXIT_REFUSED;
    for (size_t i = 0; i < store_count(cache.store); i++)
        list_entry(store_at(cache.store, i), now_s);
    return exit_of_list(&cache, now_s);
}

/* ---- prune ---- */

static const char prune_usage[] =
    "usage: cix collateral prune [--cache DIR] [--trust PATH]...\n"
    "\n"
    "Removes what is past its next update, and what is nothing that verifies.\n"
    "\n"
    "  --cache DIR    the cache\n"
    "  --trust PATH   a further root: files under it are kept where the index was lost\n"
    "\n"
    "example:\n"
    "  cix collateral prune\n";

int collateral_prune(int argc, char **argv)
{
    SCOPED(cache) cache = {0};
    const char *path = NULL;
    struct option_texts trusted = {0};
    int result;
    const struct option_row rows[] = {
        {.name = "cache", .value = &path}, {.name = "trust", .list = &trusted}, {0}};
    const struct options options = {.usage = prune_usage, .rows = rows};
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!cache_open(argv[0], path, &trusted, true, &cache))
        return EXIT_REFUSED;
    const int64_t now_s = clock_now().wall_s;
    for (size_t i = store_count(cache.store); i-- > 0;) {
        const struct entry entry = *store_at(cache.store, i); /* removing it moves it */
        if (strcmp(entry_state(&entry, now_s), "fresh") == 0)
            continue;
        const status removed = store_remove(cache.store, entry.name);
        printf("%-9s ", removed.fault ? "kept" : "removed");
        print_escaped(stdout, slice_of_text(entry.name));
        printf("%s%s\n", removed.fault ? ": " : "", removed.fault ? removed.fault->what : "");
        if (removed.fault)
            return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

/* ---- import ---- */

static const char import_usage[] =
    "usage: cix collateral import PATH... [--cache DIR] [--trust PATH]...\n"
    "\n"
    "Takes what vendors published from files and folders: certificates, revocation lists, AMD\n"
    "certificate tables, Intel's documents with their issuer chains, in any form that\n"
    "`cix verify --endorsements` reads. Only what chains to a vendor's root, or one named with\n"
    "--trust, is taken, and nothing that is older than what is there.\n"
    "\n"
    "  PATH           a file, or a folder (folders in it are passed over)\n"
    "  --cache DIR    the cache\n"
    "  --trust PATH   a further root, such as a simulator's\n"
    "\n"
    "Ends with 0, or 1 when there was nothing to take or it could not be stored.\n"
    "\n"
    "example:\n"
    "  cix collateral import certs/\n";

static const char *word_of(enum put put)
{
    return put == PUT_NEW ? "imported" : put == PUT_SAME ? "same" : "older";
}

static int store_all(const struct cache *cache, const struct objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        enum put put;
        const status done =
            store_put(cache->store, &objects->items[i], "", "", clock_now().wall_s, &put);
        if (done.fault) {
            fprintf(stderr, "cix collateral import: %s: %s\n", objects->items[i].name,
                    done.fault->what);
            return EXIT_REFUSED;
        }
        printf("%-9s %s\n", word_of(put), objects->items[i].name);
    }
    if (objects->count)
        return EXIT_DONE;
    fputs("cix collateral import: nothing there chains to a root that is trusted\n", stderr);
    return EXIT_REFUSED;
}

static int import(const struct cache *cache, const struct option_texts *paths,
                  struct endorsements *pool)
{
    SCOPED(objects) objects = {0};
    struct problem problem = {0};
    for (size_t i = 0; i < paths->count; i++)
        if (endorsements_load(paths->texts[i], pool, &problem).fault) {
            fprintf(stderr, "cix collateral import: %s\n", problem.text);
            return EXIT_REFUSED;
        }
    const status read = objects_read(pool, &objects);
    if (!read.fault)
        return store_all(cache, &objects);
    fprintf(stderr, "cix collateral import: %s\n", read.fault->what);
    return EXIT_REFUSED;
}

int collateral_import(int argc, char **argv)
{
    SCOPED(cache) cache = {0};
    const char *path = NULL;
    struct option_texts trusted = {0}, paths = {0};
    int result;
    const struct option_row rows[] = {
        {.name = "cache", .value = &path}, {.name = "trust", .list = &trusted}, {0}};
    const struct options options = {.usage = import_usage, .rows = rows};
    if (!options_read_many(&options, &paths, argc, argv, &result))
        return result;
    if (paths.count == 0) {
        fprintf(stderr, "%s: PATH is missing; see %s --help\n", argv[0], argv[0]);
        return EXIT_USAGE;
    }
    struct endorsements *const pool = calloc(1, sizeof *pool);
    if (!pool || !cache_open(argv[0], path, &trusted, true, &cache)) {
        free(pool);
        return EXIT_REFUSED;
    }
    endorsements_extend(cache.trusted, pool);
    result = import(&cache, &paths, pool);
    endorsements_clear(pool);
    free(pool);
    return result;
}
