/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Fetches what is wanted into the cache, and nothing into it that does not verify. A vendor that is
 * down, slow, throttling or lying costs time within bounds; what was stored before stays.
 */

#include "collateral/http.h"
#include "collateral/store.h"
#include "collateral/wants.h"

enum {
    FETCH_ATTEMPTS_MAX = 5,
    FETCH_BACKOFF_FIRST_S = 1, /* doubled each time */
    FETCH_WAIT_MAX_S = 120,    /* for one object, throttled or not answered */
    FETCH_ORIGINS_MAX = 16,
    AMD_CHAIN_FRESH_S = 30 * 86400, /* AMD replaced an intermediate once, years before its end */
};

enum fetched {
    FETCHED_NOTHING,
    FETCHED_NEW,       /* stored */
    FETCHED_UNCHANGED, /* asked for, and the same */
    FETCHED_FRESH,     /* not asked for: what is stored holds */
    FETCHED_ELSEWHERE, /* an alternative was found */
    FETCHED_OLDER,     /* an earlier edition than what is stored, which stays */
    FETCHED_REFUSED,   /* not what was asked for, or nobody vouches for it */
    FETCHED_ABSENT,    /* the vendor knows no such object */
    FETCHED_FORBIDDEN, /* the vendor wants a subscription key, or another one */
    FETCHED_THROTTLED,
    FETCHED_UNAVAILABLE, /* no answer that could be used */
    FETCHED_UNWRITTEN,   /* the disk is full, or the like */
};
const char *fetched_word(enum fetched fetched);

struct fetch_result {
    enum fetched fetched;
    char detail[256]; /* for people; printable ASCII, empty when there is nothing to add */
    char name[OBJECT_NAME_SIZE];
    bool is_stored;        /* something usable is there, new or old */
    int64_t next_update_s; /* of that */
};

struct fetch_options {
    const struct endorsements *trusted; /* lends its trust anchors */
    struct http_options http;
    slice key;       /* Intel's subscription key; empty: none */
    bool force;      /* ask for what is still fresh too */
    uint64_t wait_s; /* 0: FETCH_WAIT_MAX_S */
    void (*waiting)(void *context, uint64_t left_s, const char *why); /* once a second */
    void *context;
};

struct fetching;
status fetching_open(const struct fetch_options *options, struct store *store,
                     struct fetching **out);
void fetching_close(struct fetching *fetching);

/* Fails only for want of memory; whatever else goes wrong is the result. */
status fetch(struct fetching *fetching, const struct wanted *wanted, struct fetch_result *out);

/* Whether what is stored need not be asked for again. */
bool entry_is_fresh(const struct entry *entry, enum object_kind kind, int64_t now_s);
