/* SPDX-License-Identifier: Apache-2.0 */

/* A policy in words, as `cix check` says them. */

#include "appraisal/rules.h"
#include "codec/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 1024, VALUE_TEXT_SIZE = 64, VALUES_SHOWN = 2 };

static status say(struct buffer *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static status say(struct buffer *to, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at; at++)
        if ((*at < ' ' && *at != '\n') || *at > '~')
            *at = '?';
    return buffer_append(to, slice_of_text(text));
}

/* ---- values ---- */

/* Enough of a long value to tell it from another. */
static void write_hex(slice bytes, char out[VALUE_TEXT_SIZE])
{
    enum { SHOWN = 8 };
    char hex[2 * SHOWN + 1];
    const slice shown = {bytes.data, bytes.size < SHOWN ? bytes.size : SHOWN};
    hex_write(shown, hex);
    snprintf(out, VALUE_TEXT_SIZE, "%s%s", hex, bytes.size > SHOWN ? "..." : "");
}

static void write_numbers(slice bytes, char out[VALUE_TEXT_SIZE])
{
    size_t used = 0;
    out[0] = 0;
    for (size_t i = 0; i < bytes.size && used + 5 < VALUE_TEXT_SIZE; i++)
        used += (size_t)snprintf(out + used, VALUE_TEXT_SIZE - used, "%s%u", i ? " " : "",
                                 bytes.data[i]);
}

static void write_value(const struct policy *policy, const struct claim_name *claim,
                        const struct value *value, char out[VALUE_TEXT_SIZE])
{
    const slice bytes = policy_bytes(policy, value);
    switch (claim->kind) {
    case CLAIM_BYTES:
        write_hex(bytes, out);
        break;
    case CLAIM_NUMBERS:
        write_numbers(bytes, out);
        break;
    case CLAIM_FLAG:
        snprintf(out, VALUE_TEXT_SIZE, "%s", value->number ? "true" : "false");
        break;
    case CLAIM_NUMBER:
        snprintf(out, VALUE_TEXT_SIZE, "%" PRIu64, value->number);
        break;
    default:
        snprintf(out, VALUE_TEXT_SIZE, "%.60s", policy_text(policy, value));
    }
}

/* "a", "a or b", "one of 5: a, b, ..." */
static status say_values(struct buffer *to, const struct policy *policy,
                         const struct claim_name *claim, const struct values *values)
{
    char text[VALUES_SHOWN][VALUE_TEXT_SIZE];
    for (size_t i = 0; i < VALUES_SHOWN && i < values->count; i++)
        write_value(policy, claim, &values->items[i], text[i]);
    if (values->count == 1)
        return say(to, "%s", text[0]);
    if (values->count == VALUES_SHOWN)
        return say(to, "%s or %s", text[0], text[1]);
    return say(to, "one of %zu: %s, %s, ...", values->count, text[0], text[1]);
}

/* ---- an entry ---- */

static status say_rule(struct buffer *to, const struct policy *policy, const struct rule *rule)
{
    const char *const name = rule->claim->pin ? rule->claim->pin : rule->claim->name;
    switch (rule->kind) {
    case RULE_MEASUREMENT:
        TRY(say(to, "  Its %s is ", name));
        break;
    case RULE_IDENTITY:
        TRY(say(to,
                rule->claim == &channel_key ? "  The %s that its channel proved is "
                                            : "  It is the one whose %s is ",
                name));
        break;
    case RULE_MINIMUM:
        TRY(say(to, "  Its %s is at least ", name));
        break;
    default:
        TRY(say(to, "  Its %s is exactly ", name));
    }
    TRY(say_values(to, policy, rule->claim, &rule->values));
    return say(to, ".\n");
}

static status say_statuses(struct buffer *to, const struct policy *policy,
                           const struct entry *entry)
{
    if (!entry->tcb_statuses.count)
        return say(to, "  Its TCB status is " TCB_STATUS_DEFAULT ".\n");
    TRY(say(to, "  Its TCB status is any of:"));
    for (size_t i = 0; i < entry->tcb_statuses.count; i++)
        TRY(say(to, " %s", policy_text(policy, &entry->tcb_statuses.items[i])));
    return say(to, ".\n");
}

static status say_vmpls(struct buffer *to, const struct entry *entry)
{
    if (!entry->vmpls.count)
        return say(to, "  Its report is of VMPL 0.\n");
    TRY(say(to, "  Its report is of any VMPL of:"));
    for (size_t i = 0; i < entry->vmpls.count; i++)
        TRY(say(to, " %" PRIu64, entry->vmpls.items[i].number));
    return say(to, ".\n");
}

static const struct {
    enum insecure knob;
    const char *without; /* what holds where the knob is off; NULL: told by the pins */
    const char *with;
} promises[] = {
    {INSECURE_ANY_MEASUREMENT, NULL, "any code whatsoever is accepted"},
    {INSECURE_ANY_INSTANCE, NULL, "anybody's TEE that runs this code is accepted"},
    {INSECURE_ALLOW_DEBUG, "Nobody outside may look into it: debug is refused.",
     "a TEE that its host can look into is accepted"},
    {INSECURE_ALLOW_MIGRATION, "Nobody may move it to another machine: migration is refused.",
     "a TEE that others may move elsewhere is accepted"},
    {INSECURE_ALLOW_PROVISIONAL_FIRMWARE, NULL, "firmware that may be rolled back is accepted"},
    {INSECURE_ALLOW_MISSING_REVOCATION_LIST, NULL,
     "certificates that nobody checked for revocation are accepted"},
    {INSECURE_ALLOW_MASKED_CHIP_ID, NULL, "a report that hides its chip's id is accepted"},
    {INSECURE_ALLOW_KEY_BOUND_EVIDENCE, NULL,
     "evidence that is bound to a key, and to no session or time, is accepted"},
};

static status say_promises(struct buffer *to, const struct entry *entry)
{
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        const enum insecure knob = promises[i].knob;
        if (entry->insecure[knob])
            TRY(say(to, "  INSECURE: %s (%s).\n", promises[i].with, insecure_name(knob)));
        else if (promises[i].without)
            TRY(say(to, "  %s\n", promises[i].without));
    }
    return OK;
}

static bool has_claim(const struct entry *entry, const char *name)
{
    return !entry->platform || claim_named(entry->platform, name);
}

static bool has_rule(const struct entry *entry, const struct claim_name *claim)
{
    for (size_t i = 0; i < entry->rule_count; i++)
        if (entry->rules[i].claim == claim)
            return true;
    return false;
}

/* A firmware's measurement says nothing of the kernel it boots, if that is measured elsewhere. */
static status say_unpinned(struct buffer *to, const struct entry *entry)
{
    const char *separator = "  Any value will do for what else is of its code:";
    if (!entry->platform || !entry_pins(entry, RULE_MEASUREMENT))
        return OK;
    for (const struct claim_name *claim = entry->platform->claims; claim->name; claim++) {
        if (claim->meaning != CLAIM_MEANS_CODE || has_rule(entry, claim) ||
            strcmp(claim->name, VMPL_CLAIM) == 0)
            continue;
        TRY(say(to, "%s %s", separator, claim->name));
        separator = ",";
    }
    return *separator == ',' ? say(to, ".\n") : OK;
}

static status say_entry(struct buffer *to, const struct policy *policy, const struct entry *entry)
{
    if (entry->platform)
        TRY(say(to, "Accepts %s (line %d), when all of this holds:\n", entry->platform->name,
                entry->line));
    else
        TRY(say(to, "Accepts every platform, when all of this holds:\n"));
    for (size_t i = 0; i < entry->rule_count; i++)
        TRY(say_rule(to, policy, &entry->rules[i]));
    if (has_claim(entry, TCB_STATUS_CLAIM))
        TRY(say_statuses(to, policy, entry));
    if (has_claim(entry, VMPL_CLAIM))
        TRY(say_vmpls(to, entry));
    TRY(say_unpinned(to, entry));
    return say_promises(to, entry);
}

static status say_devices(struct buffer *to, const struct policy *policy, const struct entry *entry)
{
    for (size_t i = 0; i < entry->device_count; i++) {
        TRY(say(to, "  It must also vouch for a device, with evidence of its own. "));
        TRY(say_entry(to, policy, &entry->devices[i]));
    }
    return OK;
}

/* ---- the whole ---- */

static status say_paths(struct buffer *to, const struct policy *policy, const struct values *paths,
                        const char *what)
{
    for (size_t i = 0; i < paths->count; i++)
        TRY(say(to, "%s %s.\n", what, policy_text(policy, &paths->items[i])));
    return OK;
}

status policy_describe(const struct policy *policy, struct buffer *out_text)
{
    SCOPED(buffer) text = {0};
    struct problem problem;
    TRY(say_paths(&text, policy, &policy->trust,
                  "Trusts, besides the vendors' pinned roots (simulated or test evidence too), "
                  "the roots in"));
    TRY(say_paths(&text, policy, &policy->endorsements, "Uses the endorsements in"));
    for (size_t i = 0; i < policy->entry_count; i++) {
        TRY(say_entry(&text, policy, &policy->entries[i]));
        TRY(say_devices(&text, policy, &policy->entries[i]));
    }
    TRY(say(&text, "Refuses whatever is not authentic, and whatever is not said here.\n"));
    if (policy_fits_link(policy, &problem).fault)
        TRY(say(&text, "Guards no link: it pins no measurement, or no identity.\n"));
    TRY(buffer_append(out_text, buffer_view(&text)));
    return OK;
}
