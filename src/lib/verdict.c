/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lib.h"

#include "evidence/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking a verdict ---- */

/* No verdict, and one whose channel has ended, refuse and know nothing. */
static const struct appraisal *appraisal_of(const struct cix_verdict *verdict)
{
    static const struct appraisal none;
    return verdict && verdict->appraisal ? verdict->appraisal : &none;
}

static const struct facts *facts_of(const struct cix_verdict *verdict)
{
    static const struct facts none;
    return verdict && verdict->facts ? verdict->facts : &none;
}

enum cix_decision cix_verdict_decision(const struct cix_verdict *verdict)
{
    switch (appraisal_of(verdict)->verdict) {
    case VERDICT_MALFORMED:
        return CIX_DECISION_MALFORMED;
    case VERDICT_UNAUTHENTIC:
        return CIX_DECISION_UNAUTHENTIC;
    case VERDICT_DENIED:
        return CIX_DECISION_DENIED;
    case VERDICT_ACCEPTED:
        return CIX_DECISION_ACCEPTED;
    case VERDICT_NONE:
        break;
    }
    return CIX_DECISION_NONE;
}

enum cix_binding cix_verdict_binding(const struct cix_verdict *verdict)
{
    return verdict ? verdict->binding : CIX_BINDING_NONE;
}

bool cix_verdict_is_fresh(const struct cix_verdict *verdict)
{
    return verdict && verdict->is_fresh;
}

const char *cix_verdict_reason(const struct cix_verdict *verdict, size_t index)
{
    const struct appraisal *const appraisal = appraisal_of(verdict);
    return index < appraisal->reason_count ? appraisal->reasons[index] : NULL;
}

const char *cix_verdict_platform(const struct cix_verdict *verdict)
{
    return facts_of(verdict)->platform;
}

const char *cix_verdict_format(const struct cix_verdict *verdict)
{
    return facts_of(verdict)->format;
}

uint32_t cix_verdict_round(const struct cix_verdict *verdict)
{
    return verdict ? verdict->round : 0;
}

int64_t cix_verdict_valid_until_s(const struct cix_verdict *verdict)
{
    return appraisal_of(verdict)->valid_until_s;
}

static struct cix_slice digest_of_accepted(const struct appraisal *appraisal,
                                           const struct digest *digest)
{
    if (appraisal->verdict != VERDICT_ACCEPTED)
        return (struct cix_slice){0};
    return (struct cix_slice){digest->data, digest->size};
}

struct cix_slice cix_verdict_measurement(const struct cix_verdict *verdict)
{
    const struct appraisal *const appraisal = appraisal_of(verdict);
    return digest_of_accepted(appraisal, &appraisal->identity.measurement);
}

struct cix_slice cix_verdict_instance(const struct cix_verdict *verdict)
{
    const struct appraisal *const appraisal = appraisal_of(verdict);
    return digest_of_accepted(appraisal, &appraisal->identity.instance);
}

/* ---- claims and checks ---- */

static const enum cix_claim_kind claim_kinds[] = {
    [CLAIM_NONE] = CIX_CLAIM_NONE,       [CLAIM_BYTES] = CIX_CLAIM_BYTES,
    [CLAIM_NUMBER] = CIX_CLAIM_NUMBER,   [CLAIM_FLAG] = CIX_CLAIM_FLAG,
    [CLAIM_TEXT] = CIX_CLAIM_TEXT,       [CLAIM_TEXTS] = CIX_CLAIM_TEXTS,
    [CLAIM_NUMBERS] = CIX_CLAIM_NUMBERS,
};

static void show_claim(const struct claims *claims, const struct claim *claim,
                       struct cix_claim *out)
{
    const bool is_number = claim->kind == CLAIM_NUMBER || claim->kind == CLAIM_FLAG;
    *out = (struct cix_claim){.name = claim->name, .kind = claim_kinds[claim->kind]};
    if (is_number)
        out->number = claim->number;
    else
        out->value = slice_to(claim_value(claims, claim));
}

bool cix_verdict_claim(const struct cix_verdict *verdict, size_t index, struct cix_claim *out)
{
    const struct claims *const claims = &facts_of(verdict)->claims;
    if (!out || index >= claims->count)
        return false;
    show_claim(claims, &claims->entries[index], out);
    return true;
}

bool cix_verdict_claim_named(const struct cix_verdict *verdict, const char *name,
                             struct cix_claim *out)
{
    const struct claims *const claims = &facts_of(verdict)->claims;
    const struct claim *const claim = name ? claims_find(claims, name) : NULL;
    if (!claim || !out)
        return false;
    show_claim(claims, claim, out);
    return true;
}

bool cix_verdict_check(const struct cix_verdict *verdict, size_t index, struct cix_check *out)
{
    const struct facts *const facts = facts_of(verdict);
    if (!out || index >= facts->check_count)
        return false;
    const struct check *const check = &facts->checks[index];
    *out = (struct cix_check){.name = check->name,
                              .result = check->result == CHECK_PASS      ? CIX_CHECK_PASS
                                        : check->result == CHECK_SKIPPED ? CIX_CHECK_SKIPPED
                                                                         : CIX_CHECK_FAIL,
                              .detail = check->detail};
    return true;
}

/* ---- making one ---- */

static struct cix_verdict *verdict_new(void)
{
    struct cix_verdict *const verdict = calloc(1, sizeof *verdict);
    if (!verdict)
        return NULL;
    verdict->own = calloc(1, sizeof *verdict->own);
    if (!verdict->own) {
        free(verdict);
        return NULL;
    }
    verdict->facts = &verdict->own->facts;
    verdict->appraisal = &verdict->own->appraisal;
    return verdict;
}

void cix_verdict_free(struct cix_verdict *verdict)
{
    if (!verdict)
        return;
    free(verdict->own);
    free(verdict);
}

static status judge(const struct cix_context *context, const struct verification *request,
                    struct cix_verdict *verdict)
{
    SCOPED(buffer) evidence = {0};
    char type[64];
    struct verification unwrapped = *request;
    TRY(evidence_unwrap(request->evidence, &evidence, type));
    unwrapped.evidence = buffer_view(&evidence);
    const struct platform *const platform = platform_of(unwrapped.evidence);
    if (!platform)
        return FAIL(UNSUPPORTED, "no platform recognises the evidence");
    verdict->own->facts.platform = platform->name;
    TRY(platform->verify(&unwrapped, &verdict->own->facts));
    return appraise(&verdict->own->facts, context->policy, (slice){0}, request->now_s,
                    &verdict->own->appraisal);
}

/* Evidence that cannot be read: nothing that was found on the way counts. */
static void refuse_unread(struct cix_verdict *verdict, status failed)
{
    const char *const platform = verdict->own->facts.platform;
    verdict->own->facts = (struct facts){.platform = platform};
    verdict->own->appraisal = (struct appraisal){.verdict = VERDICT_MALFORMED, .reason_count = 1};
    snprintf(verdict->own->appraisal.reasons[0], REASON_SIZE, "%s", evidence_unread_reason(failed));
}

enum cix_result cix_verify(const struct cix_context *context, struct cix_slice evidence,
                           struct cix_slice binding, struct cix_slice endorsements, int64_t now_s,
                           struct cix_verdict **out)
{
    if (!context || !out || !slice_is_sound(evidence) || !slice_is_sound(binding) ||
        !slice_is_sound(endorsements) || (binding.size && binding.size != CIX_BINDING_SIZE))
        return CIX_INVALID;
    struct cix_verdict *const verdict = verdict_new();
    if (!verdict)
        return CIX_EXHAUSTED;
    const slice added = slice_of(endorsements);
    struct extension *extension = NULL;
    if (extension_acquire(&context->endorsements, &added, added.size ? 1 : 0, &extension).fault) {
        cix_verdict_free(verdict);
        return CIX_EXHAUSTED;
    }
    const struct verification request = {
        .evidence = slice_of(evidence),
        .binding = slice_of(binding),
        .endorsements = extension_endorsements(extension),
        .now_s = now_s,
    };
    verdict->binding = binding.size ? CIX_BINDING_GIVEN : CIX_BINDING_NONE;
    const status judged = judge(context, &request, verdict);
    if (!judged.fault && verdict->appraisal->verdict == VERDICT_ACCEPTED)
        extension_remember(extension);
    extension_release(extension);
    if (judged.fault && judged.fault->failure == FAILURE_INTERNAL) {
        cix_verdict_free(verdict);
        return CIX_INTERNAL;
    }
    if (judged.fault)
        refuse_unread(verdict, judged);
    *out = verdict;
    return CIX_OK;
}
