/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/collateral.h"

#include "cli/commands.h"
#include "cli/print.h"
#include "codec/text.h"
#include "gateway/load.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix collateral fetch|import|list|prune [argument]...\n"
    "\n"
    "The cache of what vendors publish about their hardware: certificates, revocation lists, TCB\n"
    "levels. Fetching is a step of its own: verification reads the cache and asks nobody.\n"
    "\n"
    "  fetch [EVIDENCE]...  what this evidence needs, or what is named\n"
    "  import PATH...       what somebody else fetched\n"
    "  list                 what is there, and for how long it holds\n"
    "  prune                removes what is past its time\n"
    "\n"
    "Each explains itself with --help.\n"
    "\n"
    "example:\n"
    "  cix collateral fetch evidence.bin\n"
    "  cix verify evidence.bin --endorsements /var/lib/cix/collateral\n";

void cache_clear(struct cache *cache)
{
    store_close(cache->store);
    if (cache->trusted)
        endorsements_clear(cache->trusted);
    free(cache->trusted);
    *cache = (struct cache){0};
}

static bool default_path(char out[CACHE_PATH_SIZE])
{
    const struct passwd *const user = getpwuid(geteuid()); /* nothing here reads the environment */
    int size = -1;
    if (geteuid() == 0)
        size = snprintf(out, CACHE_PATH_SIZE, "/var/lib/cix/collateral");
    else if (user && user->pw_dir[0] == '/')
        size = snprintf(out, CACHE_PATH_SIZE, "%s/.cache/cix/collateral", user->pw_dir);
    return size > 0 && size < CACHE_PATH_SIZE;
}

static bool choose_path(const char *path, char out[CACHE_PATH_SIZE])
{
    if (!path)
        return default_path(out);
    const int size = snprintf(out, CACHE_PATH_SIZE, "%s", path);
    return size > 0 && size < CACHE_PATH_SIZE;
}

static bool complain(const char *command, const char *about, const char *what)
{
    fprintf(stderr, "%s: ", command);
    print_escaped(stderr, slice_of_text(about));
    fprintf(stderr, "%s%s\n", *about ? ": " : "", what);
    return false;
}

static bool load_trust(const char *command, const struct option_texts *trusted, struct cache *cache)
{
    struct problem problem = {0};
    for (size_t i = 0; i < trusted->count; i++)
        if (trust_load(trusted->texts[i], cache->trusted, &problem).fault)
            return complain(command, "", problem.text);
    return true;
}

bool cache_open(const char *command, const char *path, const struct option_texts *trusted,
                bool for_writing, struct cache *out)
{
    SCOPED(cache) cache = {0};
    cache.trusted = calloc(1, sizeof *cache.trusted);
    if (!cache.trusted)
        return complain(command, "", "no memory for endorsements");
    if (!choose_path(path, cache.path))
        return complain(command, "", "where is the cache? name it with --cache");
    if (!load_trust(command, trusted, &cache))
        return false;
    const status opened = store_open(cache.path, for_writing, cache.trusted, &cache.store);
    if (opened.fault)
        return complain(command, cache.path, opened.fault->what);
    *out = cache;
    cache = (struct cache){0};
    return true;
}

const char *entry_state(const struct entry *entry, int64_t now_s)
{
    if (entry->trust == ROOT_UNTRUSTED)
        return "unusable";
    return now_s > entry->next_update_s ? "stale" : "fresh";
}

/* Whole days; the last, broken one is 0. */
int64_t days_left(int64_t next_update_s, int64_t now_s)
{
    const int64_t left_s = next_update_s - now_s;
    return left_s >= 0 ? left_s / DAY_S : -((-left_s + DAY_S - 1) / DAY_S);
}

json_t *json_of_time(int64_t time_s)
{
    char text[TIME_TEXT_SIZE];
    if (time_s == 0)
        return json_null();
    time_write(time_s, text);
    return json_string(text);
}

static const struct subcommand commands[] = {
    {"fetch", "cix collateral fetch", collateral_fetch},
    {"import", "cix collateral import", collateral_import},
    {"list", "cix collateral list", collateral_list},
    {"prune", "cix collateral prune", collateral_prune},
};

int command_collateral(int argc, char **argv)
{
    return run_subcommand(commands, sizeof commands / sizeof commands[0], usage, argc, argv);
}
