/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands about collateral share: where the cache is, and whom they trust. */

#include "cli/options.h"
#include "collateral/store.h"

#include <jansson.h>

enum { CACHE_PATH_SIZE = 1024, DAY_S = 86400 };

struct cache {
    char path[CACHE_PATH_SIZE];
    struct endorsements *trusted; /* its trust anchors */
    struct store *store;
};
void cache_clear(struct cache *cache);

/*
 * `path` NULL: /var/lib/cix/collateral for root, else ~/.cache/cix/collateral. False, having said
 * why on standard error, when it cannot be opened.
 */
bool cache_open(const char *command, const char *path, const struct option_texts *trusted,
                bool for_writing, struct cache *out);

/* "fresh", "stale" (past its next update), "unusable" (nothing that verifies). */
const char *entry_state(const struct entry *entry, int64_t now_s);
int64_t days_left(int64_t next_update_s, int64_t now_s); /* below 0: past */
json_t *json_of_time(int64_t time_s);

int collateral_fetch(int argc, char **argv);
int collateral_import(int argc, char **argv);
int collateral_list(int argc, char **argv);
int collateral_prune(int argc, char **argv);
