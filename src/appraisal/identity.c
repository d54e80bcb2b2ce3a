/* SPDX-License-Identifier: Apache-2.0 */
#include "appraisal/identity.h"

#include "appraisal/reasons.h"

#include <string.h>

/* ---- digests ---- */

static status append_number(struct buffer *to, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> 8 * (sizeof bytes - 1 - i));
    return buffer_append(to, SLICE(bytes));
}

static status append_bytes(struct buffer *to, slice bytes)
{
    TRY(append_number(to, bytes.size));
    return buffer_append(to, bytes);
}

/* An absent claim is not one that is empty or 0: the kind tells. */
static status append_claim(struct buffer *to, const struct facts *facts, const char *name)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    TRY(append_bytes(to, slice_of_text(name)));
    TRY(append_number(to, claim ? claim->kind : CLAIM_NONE));
    TRY(append_number(to, claim ? claim->number : 0));
    return append_bytes(to, claim ? claim_value(&facts->claims, claim) : (slice){NULL, 0});
}

static bool is_of_code(enum claim_meaning meaning)
{
    return meaning == CLAIM_MEANS_MEASUREMENT || meaning == CLAIM_MEANS_CODE;
}

static bool is_of_instance(enum claim_meaning meaning)
{
    return meaning == CLAIM_MEANS_INSTANCE;
}

static status digest_claims(const struct facts *facts, const struct platform *platform,
                            bool (*counts)(enum claim_meaning meaning), struct digest *out)
{
    SCOPED(buffer) text = {0};
    TRY(append_bytes(&text, slice_of_text(platform->name)));
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (counts(claim->meaning))
            TRY(append_claim(&text, facts, claim->name));
    return digest_of(HASH_SHA384, buffer_view(&text), out);
}

status identity_of(const struct facts *facts, const struct platform *platform, struct identity *out)
{
    struct identity identity = {0};
    TRY(digest_claims(facts, platform, is_of_code, &identity.measurement));
    TRY(digest_claims(facts, platform, is_of_instance, &identity.instance));
    *out = identity;
    return OK;
}

/* ---- a later round ---- */

static bool bytes_rose(slice from, slice to)
{
    if (from.size != to.size)
        return false;
    for (size_t i = 0; i < from.size; i++)
        if (to.data[i] < from.data[i])
            return false;
    return true;
}

/* Stayed or rose, in every component. What was never claimed may come; what was may not go. */
static bool claim_rose(const struct facts *first, const struct facts *later, const char *name)
{
    const struct claim *const from = claims_find(&first->claims, name);
    const struct claim *const to = claims_find(&later->claims, name);
    if (!from)
        return true;
    if (!to || to->kind != from->kind || to->number < from->number)
        return false;
    return bytes_rose(claim_value(&first->claims, from), claim_value(&later->claims, to));
}

static bool tcb_rose(const struct facts *first, const struct facts *later,
                     const struct platform *platform)
{
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (claim->meaning == CLAIM_MEANS_TCB && !claim_rose(first, later, claim->name))
            return false;
    return true;
}

/* A digest that nobody made equals nothing, itself included. */
static bool same_digest(const struct digest *a, const struct digest *b)
{
    return a->size && slice_equal((slice){a->data, a->size}, (slice){b->data, b->size});
}

/* False, and says why, when something differs that may not. */
static bool may_follow(const struct facts *first, const struct appraisal *first_appraisal,
                       const struct facts *later, struct appraisal *later_appraisal)
{
    const struct identity *const was = &first_appraisal->identity;
    const struct identity *const is = &later_appraisal->identity;
    const char *const name = later->platform;
    const struct platform *const platform = name ? platform_named(name) : NULL;
    if (!platform || !first->platform || strcmp(first->platform, name) != 0) {
        reason_add(later_appraisal, "PLATFORM_CHANGED");
        return false;
    }
    const bool same_code = same_digest(&was->measurement, &is->measurement);
    const bool same_instance = same_digest(&was->instance, &is->instance);
    const bool rose = tcb_rose(first, later, platform);
    if (!same_code)
        reason_compose(later_appraisal, name, NULL, "MEASUREMENT_CHANGED");
    if (!same_instance)
        reason_compose(later_appraisal, name, NULL, "INSTANCE_CHANGED");
    if (!rose)
        reason_compose(later_appraisal, name, NULL, "TCB_WENT_DOWN");
    return same_code && same_instance && rose;
}

void appraise_again(const struct facts *first, const struct appraisal *first_appraisal,
                    const struct facts *later, struct appraisal *later_appraisal)
{
    bool follows = may_follow(first, first_appraisal, later, later_appraisal);
    if (first_appraisal->verdict != VERDICT_ACCEPTED) {
        reason_add(later_appraisal, "FIRST_ROUND_NOT_ACCEPTED");
        follows = false;
    }
    if (follows)
        return;
    if (later_appraisal->verdict == VERDICT_ACCEPTED || later_appraisal->verdict == VERDICT_NONE)
        later_appraisal->verdict = VERDICT_DENIED;
    later_appraisal->valid_until_s = 0;
}
