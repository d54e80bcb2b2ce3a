/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/claims.h"

#include <assert.h>
#include <string.h>

const struct claim *claims_find(const struct claims *claims, const char *name)
{
    for (size_t i = 0; i < claims->count; i++)
        if (strcmp(claims->entries[i].name, name) == 0)
            return &claims->entries[i];
    return NULL;
}

/* NULL, and remembered, when there is no room for another. That a name is new is not looked up
 * here, for verification adds a hundred of them; the tests of each platform see to it. */
static struct claim *add(struct claims *claims, const char *name, enum claim_kind kind)
{
    if (claims->count == CLAIMS_MAX) {
        claims->overflowed = true;
        return NULL;
    }
    struct claim *const claim = &claims->entries[claims->count++];
    *claim = (struct claim){.name = name, .kind = kind, .offset = claims->store_used};
    return claim;
}

/* Appends to the value of the claim that was added last. */
static void store(struct claims *claims, struct claim *claim, slice value)
{
    if (value.size > CLAIMS_STORE_SIZE - claims->store_used) {
        claims->overflowed = true;
        return;
    }
    if (value.size)
        memcpy(claims->store + claims->store_used, value.data, value.size);
    claims->store_used += value.size;
    claim->size += value.size;
}

static void add_value(struct claims *claims, const char *name, enum claim_kind kind, slice value)
{
    struct claim *const claim = add(claims, name, kind);
    if (claim)
        store(claims, claim, value);
}

void claim_bytes(struct claims *claims, const char *name, slice value)
{
    add_value(claims, name, CLAIM_BYTES, value);
}

void claim_text(struct claims *claims, const char *name, const char *value)
{
    add_value(claims, name, CLAIM_TEXT, slice_of_text(value));
}

void claim_numbers(struct claims *claims, const char *name, slice values)
{
    add_value(claims, name, CLAIM_NUMBERS, values);
}

void claim_number(struct claims *claims, const char *name, uint64_t value)
{
    struct claim *const claim = add(claims, name, CLAIM_NUMBER);
    if (claim)
        claim->number = value;
}

void claim_flag(struct claims *claims, const char *name, bool value)
{
    struct claim *const claim = add(claims, name, CLAIM_FLAG);
    if (claim)
        claim->number = value;
}

void claim_texts_append(struct claims *claims, const char *name, slice value)
{
    static const uint8_t separator[] = {0};
    struct claim *const last = claims->count ? &claims->entries[claims->count - 1] : NULL;
    if (!last || strcmp(last->name, name) != 0) {
        add_value(claims, name, CLAIM_TEXTS, value);
        return;
    }
    assert(last->kind == CLAIM_TEXTS);
    store(claims, last, SLICE(separator));
    store(claims, last, value);
}

void claim_copy(struct claims *claims, const char *name, const struct claims *from,
                const struct claim *claim)
{
    struct claim *const copy = add(claims, name, claim->kind);
    if (!copy)
        return;
    copy->number = claim->number;
    store(claims, copy, claim_value(from, claim));
}

status claims_finish(const struct claims *claims)
{
    return claims->overflowed ? FAIL(EXHAUSTED, "the evidence claims more than we keep") : OK;
}

slice claim_value(const struct claims *claims, const struct claim *claim)
{
    return (slice){claims->store + claim->offset, claim->size};
}

slice claims_bytes(const struct claims *claims, const char *name)
{
    const struct claim *const claim = claims_find(claims, name);
    if (!claim || (claim->kind != CLAIM_BYTES && claim->kind != CLAIM_TEXT))
        return (slice){NULL, 0};
    return claim_value(claims, claim);
}
