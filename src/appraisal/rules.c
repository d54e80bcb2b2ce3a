/* SPDX-License-Identifier: Apache-2.0 */
#include "appraisal/rules.h"

#include <stdlib.h>
#include <string.h>

const struct claim_name channel_key = {"key", CLAIM_BYTES, .size = 48, .pin = "key"};

const char *insecure_name(enum insecure which)
{
    static const char *const names[INSECURE_COUNT] = {
        [INSECURE_ANY_MEASUREMENT] = "insecure_any_measurement",
        [INSECURE_ANY_INSTANCE] = "insecure_any_instance",
        [INSECURE_ALLOW_DEBUG] = "insecure_allow_debug",
        [INSECURE_ALLOW_MIGRATION] = "insecure_allow_migration",
        [INSECURE_ALLOW_PROVISIONAL_FIRMWARE] = "insecure_allow_provisional_firmware",
        [INSECURE_ALLOW_MISSING_REVOCATION_LIST] = "insecure_allow_missing_revocation_list",
        [INSECURE_ALLOW_MASKED_CHIP_ID] = "insecure_allow_masked_chip_id",
        [INSECURE_ALLOW_KEY_BOUND_EVIDENCE] = "insecure_allow_key_bound_evidence",
    };
    return names[which];
}

const struct claim_name *claim_named(const struct platform *platform, const char *name)
{
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (strcmp(claim->name, name) == 0)
            return claim;
    return NULL;
}

slice policy_bytes(const struct policy *policy, const struct value *value)
{
    if (!value->size)
        return (slice){NULL, 0};
    return (slice){policy->store.data + value->offset, value->size};
}

const char *policy_text(const struct policy *policy, const struct value *value)
{
    return (const char *)policy->store.data + value->offset;
}

bool entry_pins(const struct entry *entry, enum rule_kind kind)
{
    for (size_t i = 0; i < entry->rule_count; i++)
        if (entry->rules[i].kind == kind)
            return true;
    return false;
}

/* ---- a policy as others see it ---- */

/*
 * What can be asked of any evidence without knowing whose it is. AMD's revocation lists seldom
 * travel with evidence, and where one does it must be in force and leave the chain alone.
 */
static struct entry strict_entry = {.insecure = {[INSECURE_ALLOW_MISSING_REVOCATION_LIST] = true}};
static const struct policy strict = {.name = "strict", .entries = &strict_entry, .entry_count = 1};

const struct policy *policy_built_in(const char *name)
{
    return strcmp(name, strict.name) == 0 ? &strict : NULL;
}

void rule_clear(struct rule *rule)
{
    values_clear(&rule->values);
}

static void clear_rules(struct entry *entry)
{
    for (size_t i = 0; i < entry->rule_count; i++)
        rule_clear(&entry->rules[i]);
    free(entry->rules);
    values_clear(&entry->tcb_statuses);
    values_clear(&entry->vmpls);
}

void entry_clear(struct entry *entry)
{
    for (size_t i = 0; i < entry->device_count; i++)
        clear_rules(&entry->devices[i]);
    free(entry->devices);
    clear_rules(entry);
    *entry = (struct entry){0};
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->entry_count; i++)
        entry_clear(&policy->entries[i]);
    free(policy->entries);
    values_clear(&policy->trust);
    values_clear(&policy->endorsements);
    buffer_clear(&policy->store);
    free(policy);
}

status policy_fits_link(const struct policy *policy, struct problem *out_problem)
{
    for (size_t i = 0; i < policy->entry_count; i++) {
        const struct entry *const entry = &policy->entries[i];
        if (entry->platform && !platform_can_bind(entry->platform))
            return problem_at(out_problem, entry->line,
                              "evidence of %s carries nothing that its guest chose, so nothing "
                              "binds it to a channel: no link may use it",
                              entry->platform->name);
        if (!entry_pins(entry, RULE_MEASUREMENT) && !entry->insecure[INSECURE_ANY_MEASUREMENT])
            return problem_at(
                out_problem, entry->line,
                "pins no measurement, so any code would be let in: no link may use it");
        if (!entry_pins(entry, RULE_IDENTITY) && !entry->insecure[INSECURE_ANY_INSTANCE])
            return problem_at(out_problem, entry->line,
                              "this entry names no identity, so anybody's TEE with the same code "
                              "would be let in: write identity:, or insecure_any_instance: true");
    }
    return OK;
}

/* Of the TEE, or of a device that it vouches for. */
static bool entry_says(const struct entry *entry, enum insecure which)
{
    bool says = entry->insecure[which];
    for (size_t i = 0; i < entry->device_count; i++)
        says = says || entry->devices[i].insecure[which];
    return says;
}

const char *policy_insecure_knob(const struct policy *policy, size_t index)
{
    for (enum insecure which = 0; which < INSECURE_COUNT; which++) {
        bool is_on = false;
        for (size_t i = 0; i < policy->entry_count; i++)
            is_on = is_on || entry_says(&policy->entries[i], which);
        if (is_on && index-- == 0)
            return insecure_name(which);
    }
    return NULL;
}

static bool is_first_of_its_platform(const struct policy *policy, size_t entry)
{
    for (size_t i = 0; i < entry; i++)
        if (policy->entries[i].platform == policy->entries[entry].platform)
            return false;
    return true;
}

const char *policy_platform(const struct policy *policy, size_t index)
{
    for (size_t i = 0; i < policy->entry_count; i++)
        if (!policy->entries[i].platform)
            return NULL; /* any */
    for (size_t i = 0; i < policy->entry_count; i++)
        if (is_first_of_its_platform(policy, i) && index-- == 0)
            return policy->entries[i].platform->name;
    return NULL;
}

const char *policy_trust_path(const struct policy *policy, size_t index)
{
    if (index >= policy->trust.count)
        return NULL;
    return policy_text(policy, &policy->trust.items[index]);
}

const char *policy_endorsements_path(const struct policy *policy, size_t index)
{
    if (index >= policy->endorsements.count)
        return NULL;
    return policy_text(policy, &policy->endorsements.items[index]);
}
