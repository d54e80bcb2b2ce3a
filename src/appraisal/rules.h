/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A policy as the room keeps it: entries, each a list of rules about claims. */

#include "appraisal/policy.h"
#include "evidence/devices.h"

enum {
    POLICY_ENTRIES_MAX = 64,
    POLICY_RULES_MAX = 128,   /* of one entry */
    POLICY_VALUES_MAX = 1024, /* of one rule: the chips of a fleet */
    POLICY_PATHS_MAX = 64,    /* under trust:, and under endorsements: */
    POLICY_TEXT_SIZE_MAX = 1000,
};

/* What an entry may say to accept more than it would; each is logged and exported by its name. */
enum insecure {
    INSECURE_ANY_MEASUREMENT,
    INSECURE_ANY_INSTANCE,
    INSECURE_ALLOW_DEBUG,
    INSECURE_ALLOW_MIGRATION,
    INSECURE_ALLOW_PROVISIONAL_FIRMWARE,
    INSECURE_ALLOW_MISSING_REVOCATION_LIST,
    INSECURE_ALLOW_MASKED_CHIP_ID,
    INSECURE_ALLOW_KEY_BOUND_EVIDENCE,
    INSECURE_COUNT,
};
const char *insecure_name(enum insecure which); /* "insecure_any_measurement" */

/* NUMBER and FLAG have a number; BYTES, TEXT and NUMBERS lie in the policy's store. */
struct value {
    uint64_t number;
    size_t offset;
    size_t size;
};

struct values {
    struct value *items;
    size_t count;
};

enum rule_kind {
    RULE_NONE,
    RULE_MEASUREMENT,
    RULE_IDENTITY,
    RULE_CLAIM,
    RULE_MINIMUM, /* the others: one of the values; this: at least the value */
};

void values_clear(struct values *values);

struct rule {
    enum rule_kind kind;
    const struct claim_name *claim; /* IDENTITY: also &channel_key */
    struct values values;
};
void rule_clear(struct rule *rule);

struct entry {
    const struct platform *platform; /* NULL: any (only in a built-in policy) */
    int line;
    struct rule *rules;
    size_t rule_count;
    struct values tcb_statuses; /* empty: "UpToDate" */
    struct values vmpls;        /* empty: 0 */
    bool insecure[INSECURE_COUNT];
    struct entry *devices; /* that the TEE must vouch for, each once; they have none themselves */
    size_t device_count;
};
void entry_clear(struct entry *entry);

struct policy {
    const char *name; /* of a built-in one */
    struct entry *entries;
    size_t entry_count;
    struct values trust;        /* texts with a NUL in the store, as are all texts there */
    struct values endorsements; /* likewise */
    struct buffer store;
};

/* These claims have keys and defaults of their own in a policy, wherever a platform has them. */
#define TCB_STATUS_CLAIM "tcb_status"
#define TCB_STATUS_DEFAULT "UpToDate"
#define VMPL_CLAIM "vmpl"

/* What `identity: { key: ... }` is compared with: no claim, but what the channel proved. */
extern const struct claim_name channel_key;

const struct claim_name *claim_named(const struct platform *platform, const char *name);
slice policy_bytes(const struct policy *policy, const struct value *value);
const char *policy_text(const struct policy *policy, const struct value *value);
bool entry_pins(const struct entry *entry, enum rule_kind kind);
