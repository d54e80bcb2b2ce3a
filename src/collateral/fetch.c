/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/fetch.h"

#include "codec/text.h"
#include "collateral/index.h"
#include "collateral/others.h"
#include "crypto/key.h"
#include "evidence/bundle.h"
#include "evidence/dcap/pck.h"
#include "net/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ORIGIN_SIZE = 256, ERROR_SERVER = 500 };

/* A service, and what it did to us in this run. */
struct origin {
    char name[ORIGIN_SIZE];
    bool is_silent; /* it did not answer, again and again */
    int64_t throttled_until_ms;
};

struct fetching {
    struct fetch_options options;
    struct store *store;
    struct http_client *client;
    struct origin origins[FETCH_ORIGINS_MAX];
    size_t origin_count;
    unsigned found[WANTS_MAX]; /* alternatives of which one is there */
    size_t found_count;
};

static const char *const words[] = {
    [FETCHED_NOTHING] = "nothing",         [FETCHED_NEW] = "fetched",
    [FETCHED_UNCHANGED] = "unchanged",     [FETCHED_FRESH] = "fresh",
    [FETCHED_ELSEWHERE] = "not needed",    [FETCHED_OLDER] = "older",
    [FETCHED_REFUSED] = "refused",         [FETCHED_ABSENT] = "absent",
    [FETCHED_FORBIDDEN] = "forbidden",     [FETCHED_THROTTLED] = "throttled",
    [FETCHED_UNAVAILABLE] = "unavailable", [FETCHED_UNWRITTEN] = "not written",
};

const char *fetched_word(enum fetched fetched)
{
    return words[fetched];
}

status fetching_open(const struct fetch_options *options, struct store *store,
                     struct fetching **out)
{
    struct fetching *const fetching = calloc(1, sizeof *fetching);
    if (!fetching)
        return FAIL(EXHAUSTED, "no memory for fetching");
    fetching->options = *options;
    fetching->store = store;
    if (!fetching->options.wait_s)
        fetching->options.wait_s = FETCH_WAIT_MAX_S;
    const status opened = http_open(&options->http, &fetching->client);
    if (opened.fault)
        free(fetching);
    else
        *out = fetching;
    return opened;
}

void fetching_close(struct fetching *fetching)
{
    if (!fetching)
        return;
    http_close(fetching->client);
    free(fetching);
}

__attribute__((format(printf, 3, 4))) static void
conclude(struct fetch_result *result, enum fetched fetched, const char *format, ...)
{
    va_list arguments;
    result->fetched = fetched;
    va_start(arguments, format);
    vsnprintf(result->detail, sizeof result->detail, format, arguments);
    va_end(arguments);
    for (char *c = result->detail; *c; c++) /* some of it is a stranger's */
        if (*c < ' ' || *c > '~')
            *c = '?';
}

/* ---- services ---- */

/* "https://host:port" of an address. NULL when there are more services than we keep. */
static struct origin *origin_of(struct fetching *fetching, const char *source)
{
    char name[ORIGIN_SIZE];
    const char *const host = strstr(source, "://");
    const size_t size = host ? (size_t)(host - source) + 3 + strcspn(host + 3, "/?#") : 0;
    if (size == 0 || size >= sizeof name)
        return NULL;
    memcpy(name, source, size);
    name[size] = 0;
    for (size_t i = 0; i < fetching->origin_count; i++)
        if (strcmp(fetching->origins[i].name, name) == 0)
            return &fetching->origins[i];
    if (fetching->origin_count == FETCH_ORIGINS_MAX)
        return NULL;
    struct origin *const origin = &fetching->origins[fetching->origin_count++];
    memcpy(origin->name, name, size + 1);
    return origin;
}

static void wait_for(const struct fetching *fetching, uint64_t seconds, const char *why)
{
    for (; seconds > 0; seconds--) {
        struct timespec left = {.tv_sec = 1};
        if (fetching->options.waiting)
            fetching->options.waiting(fetching->options.context, seconds, why);
        while (nanosleep(&left, &left) != 0)
            ;
    }
}

/* What is left of a time that may be in the past, in whole seconds. */
static uint64_t seconds_until(int64_t due_ms)
{
    const int64_t now_ms = clock_now().monotonic_ms;
    return due_ms > now_ms ? (uint64_t)(due_ms - now_ms + 999) / 1000 : 0;
}

/* ---- asking ---- */

static bool may_come_later(long code)
{
    return code == 408 || code == 425 || code == 429 || code >= ERROR_SERVER;
}

/* One try. True when there is nothing more to wait for: an answer, or one that will not change. */
static bool try_once(struct fetching *fetching, const struct http_request *request,
                     struct http_answer *answer, struct fetch_result *result)
{
    http_answer_clear(answer);
    const status got = http_get(fetching->client, request, answer);
    if (!got.fault)
        return !may_come_later(answer->status);
    conclude(result, FETCHED_UNAVAILABLE, "%s%s%s", got.fault->what,
             *http_said(fetching->client) ? ": " : "", http_said(fetching->client));
    if (got.fault->failure == FAILURE_EXHAUSTED || got.fault->failure == FAILURE_DENIED)
        result->fetched = FETCHED_REFUSED;
    return got.fault->failure != FAILURE_UNAVAILABLE;
}

/* Says why there was no answer to use, and remembers it of the service. */
static void give_up(struct origin *origin, const struct http_answer *answer, uint64_t wait_s,
                    struct fetch_result *result)
{
    if (answer->status == 429) {
        conclude(result, FETCHED_THROTTLED, "asked too often: try again in %llu s",
                 (unsigned long long)wait_s);
        if (origin)
            origin->throttled_until_ms = clock_now().monotonic_ms + (int64_t)wait_s * 1000;
        return;
    }
    if (answer->status)
        conclude(result, FETCHED_UNAVAILABLE, "the service answers %ld", answer->status);
    if (origin)
        origin->is_silent = true;
}

/* Asks until there is an answer to use, `answer->status` then not 0, or patience ends. */
static void ask(struct fetching *fetching, struct origin *origin,
                const struct http_request *request, struct http_answer *answer,
                struct fetch_result *result)
{
    uint64_t backoff_s = FETCH_BACKOFF_FIRST_S, waited_s = 0;
    for (unsigned attempt = 1;; attempt++) {
        if (try_once(fetching, request, answer, result))
            return;
        const uint64_t wait_s =
            answer->retry_after_s > 0 ? (uint64_t)answer->retry_after_s : backoff_s;
        const bool is_throttled = answer->status == 429;
        if (attempt == FETCH_ATTEMPTS_MAX || wait_s > fetching->options.wait_s - waited_s) {
            give_up(origin, answer, wait_s, result);
            http_answer_clear(answer);
            return;
        }
        wait_for(fetching, wait_s, is_throttled ? "throttled" : "no answer");
        waited_s += wait_s;
        backoff_s *= 2;
    }
}

/* ---- taking ---- */

static bool certifies(const struct object *object, const struct wanted *wanted)
{
    SCOPED(pck_chain) chain = {0};
    SCOPED(public_key) key = {0};
    return !pck_chain_read(buffer_view(&object->bytes), &chain).fault &&
           !certificate_key(&chain.leaf, &key).fault &&
           !ecdsa_verify(&key, CURVE_P256, HASH_SHA256, SLICE(wanted->qe_report),
                         SLICE(wanted->qe_report_signature))
                .fault;
}

/* Nobody's word for it is needed: it vouches for the evidence at hand, or it is another's. */
static bool vouches(const struct fetching *fetching, const struct object *object,
                    const struct wanted *wanted)
{
    if (object->kind != wanted->kind)
        return false;
    return object->kind == OBJECT_INTEL_PCK
               ? certifies(object, wanted)
               : hygon_keys_vouch(fetching->options.trusted, buffer_view(&object->bytes),
                                  wanted->pek);
}

static struct object *pick(const struct fetching *fetching, const struct objects *objects,
                           const struct wanted *wanted)
{
    for (size_t i = 0; i < objects->count; i++) {
        struct object *const object = &objects->items[i];
        if (*wanted->name ? strcmp(object->name, wanted->name) == 0
                          : vouches(fetching, object, wanted))
            return object;
    }
    return NULL;
}

static status fill_pool(const struct fetching *fetching, const struct wanted *wanted,
                        const struct http_answer *answer, struct endorsements *pool)
{
    if (answer->is_html)
        return FAIL(MALFORMED, "it is a web page");
    TRY(endorsements_add(pool, buffer_view(&answer->body)));
    if (answer->issuer_chain.size)
        TRY(endorsements_add(pool, buffer_view(&answer->issuer_chain)));
    if (*wanted->beside && store_named(fetching->store, wanted->beside))
        TRY(store_load(fetching->store, wanted->beside, pool));
    return OK;
}

static void store_it(struct fetching *fetching, const struct wanted *wanted,
                     const struct object *object, const char *tag, struct fetch_result *result)
{
    enum put put;
    const status done =
        store_put(fetching->store, object, wanted->source, tag, clock_now().wall_s, &put);
    text_copy(result->name, sizeof result->name, object->name);
    if (done.fault)
        conclude(result, FETCHED_UNWRITTEN, "%s", done.fault->what);
    else if (put == PUT_OLDER)
        conclude(result, FETCHED_OLDER, "the vendor offers an earlier one than is stored");
    else
        conclude(result, put == PUT_NEW ? FETCHED_NEW : FETCHED_UNCHANGED, "%s", "");
}

static void examine(struct fetching *fetching, const struct wanted *wanted,
                    const struct http_answer *answer, struct endorsements *pool,
                    struct fetch_result *result)
{
    SCOPED(objects) objects = {0};
    status done = fill_pool(fetching, wanted, answer, pool);
    if (!done.fault)
        done = objects_read(pool, &objects);
    struct object *const object = done.fault ? NULL : pick(fetching, &objects, wanted);
    if (object && !object->next_update_s && answer->max_age_s)
        object->next_update_s = clock_now().wall_s + answer->max_age_s;
    if (done.fault)
        conclude(result, FETCHED_REFUSED, "not what was asked for: %s", done.fault->what);
    else if (!object)
        conclude(result, FETCHED_REFUSED,
                 "not what was asked for, or no trusted root vouches "
                 "for it");
    else
        store_it(fetching, wanted, object, answer->tag, result);
}

static status take(struct fetching *fetching, const struct wanted *wanted,
                   const struct http_answer *answer, struct fetch_result *result)
{
    struct endorsements *const pool = calloc(1, sizeof *pool);
    if (!pool)
        return FAIL(EXHAUSTED, "no memory for collateral");
    endorsements_extend(fetching->options.trusted, pool);
    examine(fetching, wanted, answer, pool, result);
    endorsements_clear(pool);
    free(pool);
    return OK;
}

static status confirm(struct fetching *fetching, const char *name, struct fetch_result *result)
{
    const status done = store_confirm(fetching->store, name, clock_now().wall_s);
    if (done.fault)
        conclude(result, FETCHED_UNWRITTEN, "%s", done.fault->what);
    else
        conclude(result, FETCHED_UNCHANGED, "%s", "");
    return OK;
}

static status answered(struct fetching *fetching, const struct wanted *wanted,
                       const struct entry *stored, const struct http_answer *answer,
                       struct fetch_result *result)
{
    const long status_code = answer->status;
    if (status_code == 200)
        return take(fetching, wanted, answer, result);
    if (status_code == 304 && stored)
        return confirm(fetching, stored->name, result);
    if (status_code == 404)
        conclude(result, FETCHED_ABSENT, "the vendor knows no such object");
    else if (status_code == 401 || status_code == 403)
        conclude(result, FETCHED_FORBIDDEN, "the service wants a subscription key (%ld)",
                 status_code);
    else
        conclude(result, FETCHED_UNAVAILABLE, "the service answers %ld", status_code);
    return OK;
}

/* ---- one object ---- */

bool entry_is_fresh(const struct entry *entry, enum object_kind kind, int64_t now_s)
{
    if (entry->trust == ROOT_UNTRUSTED || now_s > entry->next_update_s)
        return false;
    return kind != OBJECT_AMD_CHAIN || now_s < entry->received_s + AMD_CHAIN_FRESH_S;
}

static const struct entry *stored_for(const struct fetching *fetching, const struct wanted *wanted)
{
    return *wanted->name ? store_named(fetching->store, wanted->name)
                         : store_from(fetching->store, wanted->source);
}

static bool has_alternative(const struct fetching *fetching, unsigned either)
{
    for (size_t i = 0; i < fetching->found_count && either; i++)
        if (fetching->found[i] == either)
            return true;
    return false;
}

/* True when there is nothing to ask for, or nobody to ask. */
static bool is_settled(struct fetching *fetching, const struct wanted *wanted,
                       const struct entry *stored, struct origin *origin,
                       struct fetch_result *result)
{
    const bool may_use =
        stored && (stored->trust == ROOT_PINNED || fetching->options.trusted->anchor_count ||
                   wanted->kind == OBJECT_ANDROID_REVOCATION);
    if (has_alternative(fetching, wanted->either))
        conclude(result, FETCHED_ELSEWHERE, "%s", "");
    else if (may_use && !fetching->options.force &&
             entry_is_fresh(stored, wanted->kind, clock_now().wall_s))
        conclude(result, FETCHED_FRESH, "%s", "");
    else if (origin && origin->is_silent)
        conclude(result, FETCHED_UNAVAILABLE, "the service did not answer before");
    else if (origin && seconds_until(origin->throttled_until_ms) > fetching->options.wait_s)
        conclude(result, FETCHED_THROTTLED, "asked too often: try again in %llu s",
                 (unsigned long long)seconds_until(origin->throttled_until_ms));
    else
        return false;
    return true;
}

static status ask_for(struct fetching *fetching, const struct wanted *wanted,
                      const struct entry *stored, struct origin *origin,
                      struct fetch_result *result)
{
    SCOPED(http_answer) answer = {0};
    const struct http_request request = {
        .url = wanted->source,
        .tag =
            stored && stored->trust != ROOT_UNTRUSTED && strcmp(stored->source, wanted->source) == 0
                ? stored->tag
                : NULL,
        .key = wanted->kind == OBJECT_INTEL_PCK ? fetching->options.key : (slice){0}};
    if (origin)
        wait_for(fetching, seconds_until(origin->throttled_until_ms), "throttled");
    ask(fetching, origin, &request, &answer, result);
    return answer.status ? answered(fetching, wanted, stored, &answer, result) : OK;
}

static void say_what_is_stored(const struct fetching *fetching, const struct wanted *wanted,
                               struct fetch_result *result)
{
    const struct entry *const entry =
        *result->name ? store_named(fetching->store, result->name) : stored_for(fetching, wanted);
    if (!*result->name)
        text_copy(result->name, sizeof result->name, entry ? entry->name : wanted->name);
    result->is_stored = entry && entry->trust != ROOT_UNTRUSTED;
    result->next_update_s = result->is_stored ? entry->next_update_s : 0;
}

status fetch(struct fetching *fetching, const struct wanted *wanted, struct fetch_result *out)
{
    struct fetch_result result = {0};
    struct entry before = {0};
    const struct entry *const stored = stored_for(fetching, wanted);
    struct origin *const origin = origin_of(fetching, wanted->source);
    if (stored)
        before = *stored; /* writing to the store moves it */
    if (!is_settled(fetching, wanted, stored, origin, &result))
        TRY(ask_for(fetching, wanted, stored ? &before : NULL, origin, &result));
    say_what_is_stored(fetching, wanted, &result);
    if (wanted->either && result.is_stored && fetching->found_count < WANTS_MAX)
        fetching->found[fetching->found_count++] = wanted->either;
    *out = result;
    return OK;
}
