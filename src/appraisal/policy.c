/* SPDX-License-Identifier: Apache-2.0 */

/* Reads a policy's written form (docs/policy.md). */

#include "appraisal/values.h"

#include <stdlib.h>
#include <string.h>

enum {
    VMPL_MAX = 3,
    ENTRY_KEYS_MAX = 32,
    PINS_MAX = 8,
    CLAIM_NAMES_MAX = 256,
    PLATFORM_NAMES_MAX = 32,
};

static const char *const entry_keys[] = {"platform", "measurement", "identity", "claims",
                                         "minimum",  "tcb_status",  "vmpl",     "devices"};
enum { ENTRY_KEYS = sizeof entry_keys / sizeof entry_keys[0] };

/* ---- trust and endorsements ---- */

static status read_paths(const struct policy_reading *reading, const struct yaml *root,
                         const char *key, struct values *out)
{
    const struct claim_name path = {key, .kind = CLAIM_TEXT};
    const struct yaml *const node = yaml_child(root, key);
    if (!node)
        return OK;
    TRY(values_read(reading, node, &path, out));
    if (out->count > POLICY_PATHS_MAX)
        return problem_at(reading->problem, node->line, "%s: more than %d files and folders", key,
                          POLICY_PATHS_MAX);
    return OK;
}

/* ---- rules ---- */

/* Moves the rule into the entry. */
static status add_rule(const struct policy_reading *reading, struct entry *entry, struct rule *rule)
{
    if (entry->rule_count == POLICY_RULES_MAX)
        return problem_at(reading->problem, entry->line, "this entry has more than %d rules",
                          POLICY_RULES_MAX);
    entry->rules[entry->rule_count++] = *rule;
    *rule = (struct rule){0};
    return OK;
}

static const struct claim_name *claim_meaning(const struct platform *platform,
                                              enum claim_meaning meaning)
{
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (claim->meaning == meaning)
            return claim;
    return NULL;
}

static status read_measurement(const struct policy_reading *reading, const struct yaml *node,
                               struct entry *entry)
{
    const struct claim_name *const claim = claim_meaning(entry->platform, CLAIM_MEANS_MEASUREMENT);
    SCOPED(rule) rule = {.kind = RULE_MEASUREMENT, .claim = claim};
    if (!claim)
        return problem_at(reading->problem, node->line, "measurement: evidence of %s has none",
                          entry->platform->name);
    TRY(pins_read(reading, node, claim, &rule.values));
    return add_rule(reading, entry, &rule);
}

static status expect_mapping(const struct policy_reading *reading, const struct yaml *node,
                             const char *example)
{
    if (node->kind != YAML_MAPPING || !node->first_child)
        return problem_at(reading->problem, node->line, "%s: is empty: write %s", node->key,
                          example);
    return OK;
}

static const struct claim_name *pin_named(const struct platform *platform, const char *pin)
{
    if (strcmp(pin, channel_key.pin) == 0)
        return &channel_key;
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (claim->pin && strcmp(claim->pin, pin) == 0)
            return claim;
    return NULL;
}

/* Launch data is chosen by the host, who may start a twin with it. */
static status unknown_pin(const struct policy_reading *reading, const struct yaml *node,
                          const struct platform *platform)
{
    const char *pins[PINS_MAX] = {channel_key.pin};
    size_t count = 1;
    if (claim_named(platform, node->key))
        return problem_at(reading->problem, node->line,
                          "identity: whoever runs the image elsewhere can have the same '%s': "
                          "it may stand under claims:, beside an identity",
                          node->key);
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (claim->pin && count + 1 < PINS_MAX)
            pins[count++] = claim->pin;
    const struct yaml only_this = {.kind = YAML_MAPPING, .line = node->line, .first_child = node};
    return yaml_only_keys(&only_this, pins, reading->problem);
}

static status read_identity(const struct policy_reading *reading, const struct yaml *node,
                            struct entry *entry)
{
    TRY(expect_mapping(reading, node, "at least one pin, such as key: [ \"<hex>\" ]"));
    for (const struct yaml *pin = node->first_child; pin; pin = pin->next) {
        const struct claim_name *const claim = pin_named(entry->platform, pin->key);
        SCOPED(rule) rule = {.kind = RULE_IDENTITY, .claim = claim};
        if (!claim)
            return unknown_pin(reading, pin, entry->platform);
        TRY(pins_read(reading, pin, claim, &rule.values));
        TRY(add_rule(reading, entry, &rule));
    }
    return OK;
}

/* ---- claims and minimum ---- */

/* Whoever writes "mrtd" or "policy.smt" means "body.mrtd" or "policy.smt_allowed", and whoever
 * writes "body" forgot the rest. */
static const char *claim_with_part(const struct platform *platform, const char *word,
                                   bool *is_group)
{
    const size_t size = strlen(word);
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++) {
        const char *const dot = strchr(claim->name, '.');
        const bool begins = strncmp(claim->name, word, size) == 0;
        *is_group = begins && claim->name[size] == '.';
        if (begins || (dot && strcmp(dot + 1, word) == 0))
            return claim->name;
    }
    return NULL;
}

static status unknown_claim(const struct policy_reading *reading, const struct yaml *node,
                            const struct platform *platform)
{
    const char *names[CLAIM_NAMES_MAX + 1] = {0};
    bool is_group = false;
    size_t count = 0;
    for (const struct claim_name *claim = platform->claims; claim && claim->name; claim++)
        if (count < CLAIM_NAMES_MAX)
            names[count++] = claim->name;
    const char *meant = claim_with_part(platform, node->key, &is_group);
    if (is_group)
        return problem_at(reading->problem, node->line,
                          "'%s' is a group of claims: name one, as in '%s'", node->key, meant);
    if (!meant)
        meant = yaml_nearest(node->key, names);
    if (meant)
        return problem_at(reading->problem, node->line,
                          "evidence of %s has no claim '%.80s'; did you mean '%s'?", platform->name,
                          node->key, meant);
    return problem_at(reading->problem, node->line,
                      "evidence of %s has no claim '%.80s' (see docs/claims.md)", platform->name,
                      node->key);
}

static status find_claim(const struct policy_reading *reading, const struct yaml *node,
                         const struct platform *platform, const struct claim_name **out)
{
    const struct claim_name *const claim = claim_named(platform, node->key);
    if (!claim)
        return unknown_claim(reading, node, platform);
    if (claim->meaning == CLAIM_MEANS_MEASUREMENT || strcmp(claim->name, TCB_STATUS_CLAIM) == 0 ||
        strcmp(claim->name, VMPL_CLAIM) == 0)
        return problem_at(reading->problem, node->line,
                          "'%s' has a key of its own: write it beside claims:", claim->name);
    if (claim->pin)
        return problem_at(reading->problem, node->line,
                          "'%s' names who it is: write identity: { %s: ... }", claim->name,
                          claim->pin);
    *out = claim;
    return OK;
}

static bool has_rule(const struct entry *entry, const struct claim_name *claim)
{
    for (size_t i = 0; i < entry->rule_count; i++)
        if (entry->rules[i].claim == claim)
            return true;
    return false;
}

/* Which key lets a flag be true; INSECURE_COUNT where none does. */
static enum insecure allowed_by(enum claim_meaning meaning)
{
    switch (meaning) {
    case CLAIM_MEANS_DEBUG:
        return INSECURE_ALLOW_DEBUG;
    case CLAIM_MEANS_MIGRATION:
        return INSECURE_ALLOW_MIGRATION;
    case CLAIM_MEANS_PROVISIONAL:
        return INSECURE_ALLOW_PROVISIONAL_FIRMWARE;
    default:
        return INSECURE_COUNT;
    }
}

/* A policy that asks for what it also refuses would let nobody in. */
static status expect_no_contradiction(const struct policy_reading *reading, const struct yaml *node,
                                      const struct entry *entry, const struct rule *rule)
{
    const enum insecure allows = allowed_by(rule->claim->meaning);
    bool only_true = true;
    for (size_t i = 0; i < rule->values.count; i++)
        only_true = only_true && rule->values.items[i].number;
    if (!only_true)
        return OK;
    if (rule->claim->meaning == CLAIM_MEANS_NOT_YET_VALID)
        return problem_at(reading->problem, node->line, "'%s' is never accepted as true",
                          rule->claim->name);
    if (allows != INSECURE_COUNT && !entry->insecure[allows])
        return problem_at(reading->problem, node->line,
                          "'%s' is refused when it is true: that takes %s: true as well",
                          rule->claim->name, insecure_name(allows));
    return OK;
}

static status read_claims(const struct policy_reading *reading, const struct yaml *node,
                          struct entry *entry)
{
    TRY(expect_mapping(reading, node, "claims with their values, or leave it out"));
    for (const struct yaml *child = node->first_child; child; child = child->next) {
        SCOPED(rule) rule = {.kind = RULE_CLAIM};
        TRY(find_claim(reading, child, entry->platform, &rule.claim));
        TRY(values_read(reading, child, rule.claim, &rule.values));
        TRY(expect_no_contradiction(reading, child, entry, &rule));
        TRY(add_rule(reading, entry, &rule));
    }
    return OK;
}

static status read_minimum(const struct policy_reading *reading, const struct yaml *node,
                           struct entry *entry)
{
    TRY(expect_mapping(reading, node, "claims with the least number, or leave it out"));
    for (const struct yaml *child = node->first_child; child; child = child->next) {
        SCOPED(rule) rule = {.kind = RULE_MINIMUM};
        TRY(find_claim(reading, child, entry->platform, &rule.claim));
        if (rule.claim->kind != CLAIM_NUMBER && rule.claim->kind != CLAIM_NUMBERS)
            return problem_at(reading->problem, child->line,
                              "minimum: '%s' is not a number: write it under claims:", child->key);
        if (has_rule(entry, rule.claim))
            return problem_at(reading->problem, child->line,
                              "minimum: '%s' has an exact value under claims: already", child->key);
        TRY(values_read(reading, child, rule.claim, &rule.values));
        if (rule.values.count != 1)
            return problem_at(reading->problem, child->line, "minimum: %s: write one number",
                              child->key);
        TRY(add_rule(reading, entry, &rule));
    }
    return OK;
}

/* ---- an entry ---- */

static status read_platform(const struct policy_reading *reading, const struct yaml *node,
                            struct entry *entry)
{
    const struct yaml *const name = yaml_child(node, "platform");
    const char *text = NULL;
    if (!name)
        return problem_at(reading->problem, node->line,
                          "accept: an entry begins with a platform, as in '- platform: snp'");
    TRY(yaml_read_text(name, &text, reading->problem));
    entry->platform = platform_named(text);
    if (entry->platform)
        return OK;
    const char *names[PLATFORM_NAMES_MAX + 1] = {0};
    for (size_t i = 0; i < PLATFORM_NAMES_MAX && platform_at(i); i++)
        names[i] = platform_at(i)->name;
    const char *const nearest = yaml_nearest(text, names);
    return problem_at(reading->problem, name->line, "there is no platform '%.64s'; %s '%s'%s", text,
                      nearest ? "did you mean" : "one that there is:", nearest ? nearest : names[0],
                      nearest ? "?" : "");
}

static status read_insecure(const struct policy_reading *reading, const struct yaml *node,
                            struct entry *entry)
{
    for (size_t i = 0; i < INSECURE_COUNT; i++) {
        const struct yaml *const knob = yaml_child(node, insecure_name((enum insecure)i));
        if (knob)
            TRY(yaml_read_flag(knob, &entry->insecure[i], reading->problem));
    }
    return OK;
}

static status expect_claim(const struct policy_reading *reading, const struct yaml *node,
                           const struct entry *entry, const struct claim_name **out)
{
    *out = claim_named(entry->platform, node->key);
    if (!*out)
        return problem_at(reading->problem, node->line, "evidence of %s has no %s",
                          entry->platform->name, node->key);
    return OK;
}

static status read_vmpl(const struct policy_reading *reading, const struct yaml *node,
                        struct entry *entry)
{
    const struct claim_name *claim = NULL;
    TRY(expect_claim(reading, node, entry, &claim));
    TRY(values_read(reading, node, claim, &entry->vmpls));
    for (size_t i = 0; i < entry->vmpls.count; i++)
        if (entry->vmpls.items[i].number > VMPL_MAX)
            return problem_at(reading->problem, node->line, "vmpl: a guest has levels 0 to %d",
                              VMPL_MAX);
    return OK;
}

static status read_tcb_status(const struct policy_reading *reading, const struct yaml *node,
                              struct entry *entry)
{
    const struct claim_name *claim = NULL;
    TRY(expect_claim(reading, node, entry, &claim));
    return values_read(reading, node, claim, &entry->tcb_statuses);
}

/* In this order, whatever the file's, for later ones look at earlier ones. */
static const struct {
    const char *key;
    status (*read)(const struct policy_reading *reading, const struct yaml *node,
                   struct entry *entry);
} parts[] = {
    {"measurement", read_measurement}, {"identity", read_identity}, {"claims", read_claims},
    {"minimum", read_minimum},         {"vmpl", read_vmpl},         {"tcb_status", read_tcb_status},
};

/* Where the measurement is of what the provider runs below the guest, it does not name the guest.
 */
static bool pins_guest(const struct entry *entry)
{
    const char *const group = entry->platform ? entry->platform->also_pinned : NULL;
    for (size_t i = 0; group && i < entry->rule_count; i++)
        if (entry->rules[i].kind == RULE_CLAIM &&
            strncmp(entry->rules[i].claim->name, group, strlen(group)) == 0)
            return true;
    return !group;
}

static status expect_pins(const struct policy_reading *reading, const struct yaml *node,
                          const struct entry *entry)
{
    const bool measures = entry_pins(entry, RULE_MEASUREMENT);
    const bool names = entry_pins(entry, RULE_IDENTITY);
    if (measures && entry->insecure[INSECURE_ANY_MEASUREMENT])
        return problem_at(reading->problem, yaml_child(node, "measurement")->line,
                          "measurement: and insecure_any_measurement: true contradict each other");
    if (names && entry->insecure[INSECURE_ANY_INSTANCE])
        return problem_at(reading->problem, yaml_child(node, "identity")->line,
                          "identity: and insecure_any_instance: true contradict each other");
    if (!measures && !entry->insecure[INSECURE_ANY_MEASUREMENT])
        return problem_at(reading->problem, node->line,
                          "this entry pins no measurement: write measurement: [ \"<hex>\" ], or "
                          "insecure_any_measurement: true");
    if (measures && !pins_guest(entry))
        return problem_at(reading->problem, yaml_child(node, "measurement")->line,
                          "this measurement is of what runs below the guest: pin the guest too, by "
                          "its %s* under claims:",
                          entry->platform->also_pinned);
    return OK;
}

/* All of an entry but its devices. */
static status read_rules(const struct policy_reading *reading, const struct yaml *node,
                         struct entry *entry)
{
    const char *keys[ENTRY_KEYS_MAX] = {0};
    if (node->kind != YAML_MAPPING)
        return problem_at(reading->problem, node->line,
                          "accept: an entry is a mapping, as in '- platform: snp'");
    for (size_t i = 0; i < ENTRY_KEYS; i++)
        keys[i] = entry_keys[i];
    for (size_t i = 0; i < INSECURE_COUNT; i++)
        keys[ENTRY_KEYS + i] = insecure_name((enum insecure)i);
    TRY(yaml_only_keys(node, keys, reading->problem));
    entry->line = node->line;
    entry->rules = calloc(POLICY_RULES_MAX, sizeof *entry->rules);
    if (!entry->rules)
        return policy_no_memory(reading);
    TRY(read_platform(reading, node, entry));
    TRY(read_insecure(reading, node, entry));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct yaml *const part = yaml_child(node, parts[i].key);
        if (part)
            TRY(parts[i].read(reading, part, entry));
    }
    return expect_pins(reading, node, entry);
}

static status read_device(const struct policy_reading *reading, const struct yaml *node,
                          struct entry *device)
{
    const struct yaml *const nested = yaml_child(node, "devices");
    if (nested)
        return problem_at(reading->problem, nested->line, "a device has no devices: of its own");
    return read_rules(reading, node, device);
}

static status read_devices(const struct policy_reading *reading, const struct yaml *list,
                           struct entry *entry)
{
    if (list->kind != YAML_SEQUENCE || !list->first_child)
        return problem_at(reading->problem, list->line,
                          "devices: a list is wanted, as in '- platform: nvidia'");
    entry->devices = calloc(DEVICES_MAX, sizeof *entry->devices);
    if (!entry->devices)
        return policy_no_memory(reading);
    for (const struct yaml *node = list->first_child; node; node = node->next) {
        if (entry->device_count == DEVICES_MAX)
            return problem_at(reading->problem, node->line, "devices: more than %d", DEVICES_MAX);
        TRY(read_device(reading, node, &entry->devices[entry->device_count++]));
    }
    return OK;
}

static status read_entry(const struct policy_reading *reading, const struct yaml *node,
                         struct entry *entry)
{
    TRY(read_rules(reading, node, entry));
    const struct yaml *const devices = yaml_child(node, "devices");
    return devices ? read_devices(reading, devices, entry) : OK;
}

/* ---- the whole ---- */

static status read_accept(const struct policy_reading *reading, const struct yaml *root)
{
    const struct yaml *const accept = yaml_child(root, "accept");
    size_t count = 0;
    if (!accept)
        return problem_at(reading->problem, 0,
                          "the policy accepts nobody: write accept: and a list of entries");
    if (accept->kind != YAML_SEQUENCE || !accept->first_child)
        return problem_at(reading->problem, accept->line,
                          "accept: a list is wanted, as in '- platform: snp'");
    for (const struct yaml *node = accept->first_child; node; node = node->next)
        count++;
    if (count > POLICY_ENTRIES_MAX)
        return problem_at(reading->problem, accept->line, "accept: more than %d entries",
                          POLICY_ENTRIES_MAX);
    struct entry *const entries = calloc(count, sizeof *entries);
    if (!entries)
        return policy_no_memory(reading);
    reading->policy->entries = entries; /* freed with the policy, read or not */
    for (const struct yaml *node = accept->first_child; node; node = node->next)
        TRY(read_entry(reading, node, &entries[reading->policy->entry_count++]));
    return OK;
}

static status read_policy(const struct policy_reading *reading, const struct yaml *root)
{
    static const char *const keys[] = {"trust", "endorsements", "accept", NULL};
    if (!root || root->kind != YAML_MAPPING)
        return problem_at(reading->problem, 0,
                          "this is no policy: write accept: and a list of entries");
    TRY(yaml_only_keys(root, keys, reading->problem));
    TRY(read_paths(reading, root, "trust", &reading->policy->trust));
    TRY(read_paths(reading, root, "endorsements", &reading->policy->endorsements));
    return read_accept(reading, root);
}

status policy_read(slice yaml, struct policy **out, struct problem *out_problem)
{
    SCOPED(yaml_document) document = {0};
    TRY(yaml_read(yaml, &document, out_problem));
    struct policy *const policy = calloc(1, sizeof *policy);
    if (!policy)
        return problem_at(out_problem, 0, "there is no memory to read it");
    const status read =
        read_policy(&(struct policy_reading){policy, out_problem, NULL}, document.root);
    if (read.fault) {
        policy_free(policy);
        return read;
    }
    *out = policy;
    return OK;
}
