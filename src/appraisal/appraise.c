/* SPDX-License-Identifier: Apache-2.0 */

#include "appraisal/appraise.h"

#include "appraisal/identity.h"
#include "appraisal/reasons.h"
#include "appraisal/rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_DIGEST_SIZE = 48 };

#define SLICE_OF(digest) ((slice){(digest).data, (digest).size})

void appraisal_refuse(struct appraisal *out, enum verdict verdict, const char *reason)
{
    *out = (struct appraisal){.verdict = verdict};
    reason_add(out, reason);
}

/* One entry held against the facts; what does not fit becomes a reason in `out`. */
struct judging {
    const struct facts *facts;
    const struct platform *platform;
    const struct facts *devices; /* that it vouches for */
    size_t device_count;
    const struct policy *policy;
    const struct entry *entry;
    slice key; /* empty outside a channel */
    int64_t now_s;
    struct appraisal *out;
};

static void deny(const struct judging *judging, const char *subject, const char *what)
{
    reason_compose(judging->out, judging->platform->name, subject, what);
}

/* The claim, in the kind that the platform's table promises; NULL, and a reason, when it is not. */
static const struct claim *claim_of(const struct judging *judging, const struct claim_name *name)
{
    const struct claim *const claim = claims_find(&judging->facts->claims, name->name);
    if (claim && claim->kind == name->kind)
        return claim;
    deny(judging, name->pin ? name->pin : name->name, "MISSING");
    return NULL;
}

/* ---- what a policy refuses unless it says insecure_ ---- */

static const struct {
    enum claim_meaning meaning;
    enum insecure allowed_by; /* INSECURE_COUNT: by nothing */
    const char *reason;
} refusals[] = {
    {CLAIM_MEANS_DEBUG, INSECURE_ALLOW_DEBUG, "DEBUG_ALLOWED"},
    {CLAIM_MEANS_MIGRATION, INSECURE_ALLOW_MIGRATION, "MIGRATION_ALLOWED"},
    {CLAIM_MEANS_PROVISIONAL, INSECURE_ALLOW_PROVISIONAL_FIRMWARE, "FIRMWARE_PROVISIONAL"},
    {CLAIM_MEANS_NOT_YET_VALID, INSECURE_COUNT, "COLLATERAL_NOT_YET_VALID"},
};

/* A platform that can say so must: what it leaves out is not thereby false. */
static void judge_flag(const struct judging *judging, const struct claim_name *name,
                       const char *reason)
{
    const struct claim *const claim = claim_of(judging, name);
    if (claim && claim->number)
        deny(judging, NULL, reason);
}

static void judge_refusals(const struct judging *judging)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const enum insecure knob = refusals[i].allowed_by;
        if (knob != INSECURE_COUNT && judging->entry->insecure[knob])
            continue;
        for (const struct claim_name *name = judging->platform->claims; name && name->name; name++)
            if (name->meaning == refusals[i].meaning)
                judge_flag(judging, name, refusals[i].reason);
    }
}

/* ---- rules ---- */

/* A chip id of eight bytes stands in a field of 64: zeros after it mean nothing. */
static bool same_identity(slice a, slice b)
{
    const slice shorter = a.size < b.size ? a : b;
    const slice longer = a.size < b.size ? b : a;
    for (size_t i = shorter.size; i < longer.size; i++)
        if (longer.data[i])
            return false;
    return shorter.size && slice_equal(shorter, (slice){longer.data, shorter.size});
}

static bool is_one_of(const struct judging *judging, const struct rule *rule, slice bytes,
                      uint64_t number)
{
    for (size_t i = 0; i < rule->values.count; i++) {
        const struct value *const value = &rule->values.items[i];
        const slice wanted = policy_bytes(judging->policy, value);
        if (rule->kind == RULE_IDENTITY ? same_identity(bytes, wanted)
                                        : number == value->number && slice_equal(bytes, wanted))
            return true;
    }
    return false;
}

static bool is_at_least(const struct judging *judging, const struct rule *rule, slice bytes,
                        uint64_t number)
{
    if (rule->values.count != 1)
        return false;
    const struct value *const value = &rule->values.items[0];
    const slice least = policy_bytes(judging->policy, value);
    if (bytes.size != least.size)
        return false;
    for (size_t i = 0; i < least.size; i++)
        if (bytes.data[i] < least.data[i])
            return false;
    return number >= value->number;
}

static void judge_key(const struct judging *judging, const struct rule *rule)
{
    if (judging->key.size != KEY_DIGEST_SIZE)
        reason_add(judging->out, "KEY_NOT_PROVED");
    else if (!is_one_of(judging, rule, judging->key, 0))
        reason_add(judging->out, "KEY_NOT_ACCEPTED");
}

static void judge_rule(const struct judging *judging, const struct rule *rule)
{
    const struct claim *const claim = claim_of(judging, rule->claim);
    if (!claim)
        return;
    const char *const subject = rule->claim->pin ? rule->claim->pin : rule->claim->name;
    const slice bytes = claim_value(&judging->facts->claims, claim);
    if (rule->kind != RULE_MINIMUM) {
        if (!is_one_of(judging, rule, bytes, claim->number))
            deny(judging, subject, "NOT_ACCEPTED");
    } else if (!is_at_least(judging, rule, bytes, claim->number)) {
        const bool is_tcb = rule->claim->meaning == CLAIM_MEANS_TCB;
        deny(judging, is_tcb ? "TCB" : subject, "BELOW_MINIMUM");
    }
}

static void judge_rules(const struct judging *judging)
{
    for (size_t i = 0; i < judging->entry->rule_count; i++) {
        const struct rule *const rule = &judging->entry->rules[i];
        if (rule->claim == &channel_key)
            judge_key(judging, rule);
        else
            judge_rule(judging, rule);
    }
}

/* ---- keys with defaults ---- */

static bool number_is_listed(const struct values *values, uint64_t number, uint64_t by_default)
{
    if (!values->count)
        return number == by_default;
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i].number == number)
            return true;
    return false;
}

static void judge_vmpl(const struct judging *judging)
{
    const struct claim_name *const name = claim_named(judging->platform, VMPL_CLAIM);
    const struct claim *const claim = name ? claim_of(judging, name) : NULL;
    if (claim && !number_is_listed(&judging->entry->vmpls, claim->number, 0))
        deny(judging, VMPL_CLAIM, "NOT_ACCEPTED");
}

static bool status_is_listed(const struct judging *judging, slice tcb_status)
{
    const struct values *const values = &judging->entry->tcb_statuses;
    if (!values->count)
        return slice_equal(tcb_status, slice_of_text(TCB_STATUS_DEFAULT));
    for (size_t i = 0; i < values->count; i++)
        if (slice_equal(tcb_status, policy_bytes(judging->policy, &values->items[i])))
            return true;
    return false;
}

/* True when the policy accepts what the check of the TCB's level left to it. */
static bool judge_tcb_status(const struct judging *judging)
{
    const struct claim_name *const name = claim_named(judging->platform, TCB_STATUS_CLAIM);
    const struct claim *const claim = name ? claim_of(judging, name) : NULL;
    if (!claim)
        return false;
    if (status_is_listed(judging, claim_value(&judging->facts->claims, claim)))
        return true;
    deny(judging, TCB_STATUS_CLAIM, "NOT_ACCEPTED");
    return false;
}

/* ---- checks that evidence left open ---- */

/* By the reason without the name of the platform before it, for one check can be open for several,
 * and for one inside the evidence of another. */
static const struct {
    const char *reason;
    enum insecure allowed_by; /* INSECURE_COUNT: nothing more to allow */
} open_checks[] = {
    {"BINDING_NOT_ASKED", INSECURE_COUNT},     /* a channel asks, and appraise() insists on it */
    {"EVENT_LOG_MISSING", INSECURE_COUNT},     /* it would only explain what is signed */
    {"RUNTIME_LOG_MISSING", INSECURE_COUNT},   /* the same */
    {"IMA_LOG_MISSING", INSECURE_COUNT},       /* the same */
    {"MAC_NOT_COMPARABLE", INSECURE_COUNT},    /* of CSV: its key stands beside it */
    {"OWNER_UNKNOWN", INSECURE_COUNT},         /* of SEV: AMD vouches for its chip */
    {"CHIP_ID_NOT_CERTIFIED", INSECURE_COUNT}, /* whoever pins the chip misses its claim */
    {"AK_ATTRIBUTES_UNKNOWN", INSECURE_COUNT}, /* whoever vouches for the key knows them */
    {"SIGNER_NAME_UNKNOWN", INSECURE_COUNT},   /* the same */
    {"FWID_NOT_REPORTED", INSECURE_COUNT},     /* the certificate names it */
    {"LIFECYCLE_DEBUG", INSECURE_ALLOW_DEBUG}, /* of CCA and PSA: the claim says it too */
    {"CHIP_ID_MASKED", INSECURE_ALLOW_MASKED_CHIP_ID},
    {"EVIDENCE_NOT_FRESH", INSECURE_ALLOW_KEY_BOUND_EVIDENCE},
    {"FIRMWARE_PROVISIONAL", INSECURE_ALLOW_PROVISIONAL_FIRMWARE},
    {"CRL_MISSING", INSECURE_ALLOW_MISSING_REVOCATION_LIST},
};

static bool begins_with_name(const char *reason, const char *name)
{
    for (; *name; name++, reason++)
        if (*reason != toupper((unsigned char)*name))
            return false;
    return *reason == '_';
}

static const char *without_platform(const char *reason)
{
    const struct platform *platform;
    for (size_t i = 0; (platform = platform_at(i)); i++)
        if (begins_with_name(reason, platform->name))
            return reason + strlen(platform->name) + 1;
    return reason;
}

static bool may_stay_open(const struct judging *judging, const struct check *check,
                          bool tcb_is_accepted)
{
    const char *const reason = without_platform(check->reason);
    if (strcmp(check->name, "tcb_level") == 0)
        return tcb_is_accepted;
    for (size_t i = 0; i < sizeof open_checks / sizeof open_checks[0]; i++)
        if (strcmp(reason, open_checks[i].reason) == 0)
            return open_checks[i].allowed_by == INSECURE_COUNT ||
                   judging->entry->insecure[open_checks[i].allowed_by];
    return false; /* zero refuses: a check that no rule speaks of */
}

static void judge_open_checks(const struct judging *judging, bool tcb_is_accepted)
{
    for (size_t i = 0; i < judging->facts->check_count; i++) {
        const struct check *const check = &judging->facts->checks[i];
        if (check->result == CHECK_SKIPPED && !may_stay_open(judging, check, tcb_is_accepted))
            reason_add(judging->out, check->reason);
    }
}

/* ---- an entry ---- */

static void judge_evidence(const struct judging *judging)
{
    judge_refusals(judging);
    judge_rules(judging);
    judge_vmpl(judging);
    judge_open_checks(judging, judge_tcb_status(judging));
    if (!judging->facts->claims.count) /* zero refuses, whatever a policy leaves open */
        deny(judging, NULL, "CLAIMS_MISSING");
    if (judging->now_s > judging->facts->valid_until_s)
        deny(judging, NULL, "OUT_OF_DATE");
}

/* True when the device is all that the entry under devices: asks for; else `out` has reasons. */
static bool device_fits(const struct judging *judging, const struct facts *device,
                        const struct entry *wanted, struct appraisal *out)
{
    const struct judging of_device = {.facts = device,
                                      .platform = platform_named(device->platform),
                                      .policy = judging->policy,
                                      .entry = wanted,
                                      .now_s = judging->now_s,
                                      .out = out};
    if (of_device.platform != wanted->platform)
        reason_add(out, "DEVICE_NOT_ACCEPTED");
    else
        judge_evidence(&of_device);
    return out->reason_count == 0;
}

static void add_reasons(const struct appraisal *from, struct appraisal *to)
{
    for (size_t i = 0; i < from->reason_count; i++)
        reason_add(to, from->reasons[i]);
}

/* Who has which place under devices:. */
struct places {
    bool fits[DEVICES_MAX][DEVICES_MAX]; /* of a device, in a place */
    bool is_tried[DEVICES_MAX], is_taken[DEVICES_MAX];
    size_t holder[DEVICES_MAX];
    size_t count;
};

/* Takes a place that is free, or that its holder can leave for another: each is tried once. */
static bool take_place(struct places *places, size_t device)
{
    for (size_t i = 0; i < places->count; i++) {
        if (!places->fits[device][i] || places->is_tried[i])
            continue;
        places->is_tried[i] = true;
        if (places->is_taken[i] && !take_place(places, places->holder[i]))
            continue;
        places->is_taken[i] = true;
        places->holder[i] = device;
        return true;
    }
    return false;
}

/* Why a device has no place says the last that is free. */
static void tell_unplaced(const struct judging *judging, const struct facts *device,
                          const struct places *places)
{
    struct appraisal draft = {0};
    size_t i = places->count;
    while (i > 0 && places->is_taken[i - 1])
        i--;
    if (i == 0)
        reason_add(judging->out, "DEVICE_NOT_ACCEPTED");
    else if (!device_fits(judging, device, &judging->entry->devices[i - 1], &draft))
        add_reasons(&draft, judging->out);
}

static void place_device(const struct judging *judging, size_t device, struct places *places)
{
    for (size_t i = 0; i < places->count; i++) {
        struct appraisal draft = {0};
        places->is_tried[i] = false;
        places->fits[device][i] =
            device_fits(judging, &judging->devices[device], &judging->entry->devices[i], &draft);
    }
    if (!take_place(places, device))
        tell_unplaced(judging, &judging->devices[device], places);
}

static void judge_devices(const struct judging *judging)
{
    struct places places = {.count = judging->entry->device_count};
    if (judging->device_count > DEVICES_MAX) {
        reason_add(judging->out, "DEVICE_NOT_ACCEPTED");
        return;
    }
    for (size_t i = 0; i < judging->device_count; i++)
        place_device(judging, i, &places);
    for (size_t i = 0; i < places.count; i++)
        if (!places.is_taken[i])
            reason_add(judging->out, "DEVICE_MISSING");
}

static void judge_entry(const struct judging *judging)
{
    judge_evidence(judging);
    judge_devices(judging);
}

/* ---- a policy ---- */

static bool entry_is_for(const struct entry *entry, const struct platform *platform)
{
    return !entry->platform || entry->platform == platform;
}

/* Keeps the reasons of the entry that came nearest. */
static void judge_policy(struct judging *judging, struct appraisal *draft)
{
    struct appraisal *const out = judging->out;
    bool any = false;
    judging->out = draft;
    for (size_t i = 0; i < judging->policy->entry_count; i++) {
        judging->entry = &judging->policy->entries[i];
        if (!entry_is_for(judging->entry, judging->platform))
            continue;
        *draft = (struct appraisal){0};
        judge_entry(judging);
        if (!any || draft->reason_count < out->reason_count)
            *out = *draft;
        any = true;
        if (out->reason_count == 0) {
            out->verdict = VERDICT_ACCEPTED;
            return;
        }
    }
    out->verdict = VERDICT_DENIED;
    if (!any)
        reason_add(out, "PLATFORM_NOT_ACCEPTED");
}

/* ---- authenticity ---- */

static bool passed(const struct facts *facts, const char *name)
{
    const struct check *const check = facts_check(facts, name);
    return check && check->result == CHECK_PASS;
}

/* No policy can allow any of this. */
static void tell_unauthentic(const struct facts *facts, bool in_channel, struct appraisal *out)
{
    const size_t told = out->reason_count;
    out->verdict = VERDICT_UNAUTHENTIC;
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            reason_add(out, facts->checks[i].reason);
    const struct check *const binding = facts_check(facts, "binding");
    if (in_channel && (!binding || binding->result == CHECK_SKIPPED))
        reason_add(out, "BINDING_NOT_CHECKED");
    if (out->reason_count == told)
        reason_add(out, "EVIDENCE_NOT_AUTHENTIC");
}

static bool is_authentic(const struct facts *facts, bool in_channel)
{
    return facts->platform && platform_named(facts->platform) && facts_authentic(facts) &&
           (!in_channel || passed(facts, "binding"));
}

/* A device that proves nothing makes the whole unauthentic, as a CPU does. */
static bool all_are_authentic(const struct judging *judging)
{
    const bool in_channel = judging->key.size > 0;
    bool all = is_authentic(judging->facts, in_channel);
    if (!all)
        tell_unauthentic(judging->facts, in_channel, judging->out);
    for (size_t i = 0; i < judging->device_count; i++)
        if (!is_authentic(&judging->devices[i], true)) {
            tell_unauthentic(&judging->devices[i], true, judging->out);
            all = false;
        }
    return all;
}

static status judge(struct judging *judging)
{
    if (!all_are_authentic(judging))
        return OK;
    if (!judging->policy) {
        judging->out->verdict = VERDICT_ACCEPTED;
        return OK;
    }
    struct appraisal *const draft = calloc(1, sizeof *draft);
    if (!draft)
        return FAIL(EXHAUSTED, "no memory for an appraisal");
    judge_policy(judging, draft);
    free(draft);
    return OK;
}

static status add_identity(const struct identity *more, struct identity *to)
{
    TRY(digest_of_two(HASH_SHA384, SLICE_OF(to->measurement), SLICE_OF(more->measurement),
                      &to->measurement));
    return digest_of_two(HASH_SHA384, SLICE_OF(to->instance), SLICE_OF(more->instance),
                         &to->instance);
}

static status identify(const struct judging *judging, struct identity *out)
{
    TRY(identity_of(judging->facts, judging->platform, out));
    for (size_t i = 0; i < judging->device_count; i++) {
        const struct facts *const device = &judging->devices[i];
        const struct platform *const platform =
            device->platform ? platform_named(device->platform) : NULL;
        struct identity identity;
        if (!platform)
            continue; /* which no verdict accepts */
        TRY(identity_of(device, platform, &identity));
        TRY(add_identity(&identity, out));
    }
    return OK;
}

static int64_t earliest_end(const struct judging *judging)
{
    int64_t end_s = judging->facts->valid_until_s;
    for (size_t i = 0; i < judging->device_count; i++)
        if (judging->devices[i].valid_until_s < end_s)
            end_s = judging->devices[i].valid_until_s;
    return end_s;
}

status appraise_with_devices(const struct facts *facts, const struct facts *devices,
                             size_t device_count, const struct policy *policy,
                             slice peer_key_digest, int64_t now_s, struct appraisal *out)
{
    struct appraisal appraisal = {0};
    struct judging judging = {.facts = facts,
                              .platform = facts->platform ? platform_named(facts->platform) : NULL,
                              .devices = devices,
                              .device_count = device_count,
                              .policy = policy,
                              .key = peer_key_digest,
                              .now_s = now_s,
                              .out = &appraisal};
    TRY(judge(&judging));
    if (judging.platform)
        TRY(identify(&judging, &appraisal.identity));
    if (appraisal.verdict == VERDICT_ACCEPTED)
        appraisal.valid_until_s = earliest_end(&judging);
    *out = appraisal;
    return OK;
}

status appraise(const struct facts *facts, const struct policy *policy, slice peer_key_digest,
                int64_t now_s, struct appraisal *out)
{
    return appraise_with_devices(facts, NULL, 0, policy, peer_key_digest, now_s, out);
}
