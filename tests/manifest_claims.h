/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Compares what a manifest says evidence claims with what we say. */

#include "samples.h"

static inline bool same_bytes(slice value, const char *hex)
{
    SCOPED(buffer) bytes = {0};
    return !hex_read(slice_of_text(hex), &bytes).fault && slice_equal(buffer_view(&bytes), value);
}

static inline bool same_list(const struct facts *facts, const struct claim *claim,
                             const json_t *list)
{
    const slice value = claim_value(&facts->claims, claim);
    size_t at = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const item = json_array_get(list, i);
        if (json_is_integer(item)) {
            if (at >= value.size || value.data[at++] != json_integer_value(item))
                return false;
        } else {
            const char *const text = json_string_value(item);
            const size_t size = strlen(text);
            if (at + size > value.size || memcmp(value.data + at, text, size) != 0)
                return false;
            at += size + 1; /* the NUL between */
        }
    }
    return at == value.size || at == value.size + 1;
}

static inline bool same_value(const struct facts *facts, const struct claim *claim,
                              const json_t *value)
{
    switch (claim->kind) {
    case CLAIM_BYTES:
        return same_bytes(claim_value(&facts->claims, claim), json_string_value(value));
    case CLAIM_TEXT:
        return claim_is_text(facts, claim->name, json_string_value(value));
    case CLAIM_NUMBER:
        return json_is_integer(value) && (json_int_t)claim->number == json_integer_value(value);
    case CLAIM_FLAG:
        return json_is_boolean(value) && claim->number == json_is_true(value);
    case CLAIM_TEXTS:
    case CLAIM_NUMBERS:
        return same_list(facts, claim, value);
    case CLAIM_NONE:
        break;
    }
    return false;
}

/* Compares every claim below `expected`, null meaning none, and tells how many there were. */
static inline size_t compare_claims(const struct facts *facts, const char *prefix, json_t *expected)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(expected, key, value)
    {
        char name[128];
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (json_is_object(value)) {
            count += compare_claims(facts, name, value);
            continue;
        }
        const struct claim *const claim = claims_find(&facts->claims, name);
        const bool same = json_is_null(value) ? !claim : claim && same_value(facts, claim, value);
        if (!same)
            printf("  claim %s differs or is missing\n", name);
        EXPECT(same);
        count++;
    }
    return count;
}

/* Adding does not look for an earlier claim of the same name, nor for its row in the table. */
static inline void expect_known_claims(const struct platform *platform, const struct facts *facts)
{
    for (size_t i = 0; i < facts->claims.count; i++) {
        const struct claim *const claim = &facts->claims.entries[i];
        const struct claim_name *row = platform->claims;
        while (row->name && strcmp(row->name, claim->name) != 0)
            row++;
        const size_t size = claim_value(&facts->claims, claim).size;
        const bool fits = row->name && row->kind == claim->kind &&
                          (!row->size || row->size == size || row->other_size == size);
        if (claims_find(&facts->claims, claim->name) != claim || !fits)
            printf("  claim %s is made twice, or not as its table says\n", claim->name);
        EXPECT(claims_find(&facts->claims, claim->name) == claim && fits);
    }
}
