/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tokens of CCA and PSA with the key that their manifests say to trust. */

#include "manifest_claims.h"

#define ARM_NOW_S ((int64_t)1768435200) /* 2026-01-15; they have no dates */

static inline status arm_verify_bound(const struct platform *platform, slice evidence,
                                      slice binding, const struct endorsements *endorsements,
                                      struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = ARM_NOW_S};
    memset(out, 0, sizeof *out);
    return platform->verify(&request, out);
}

static inline status arm_verify(const struct platform *platform, slice evidence,
                                const struct endorsements *endorsements, struct facts *out)
{
    return arm_verify_bound(platform, evidence, (slice){NULL, 0}, endorsements, out);
}

/* A claim by the key that the manifests have for it; CLAIM_FLAG where it is looked at otherwise. */
struct arm_name {
    const char *key;
    const char *name;
};

static inline const char *arm_name_of(const struct arm_name *names, const char *key)
{
    while (names->key && strcmp(names->key, key) != 0)
        names++;
    return names->name;
}

static inline bool arm_same(const struct facts *facts, const char *name, const json_t *value)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    char number[32];
    if (claim && claim->kind == CLAIM_TEXT && json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        return claim_is_text(facts, name, number);
    }
    return claim && same_value(facts, claim, value);
}

static inline void arm_expect(const struct facts *facts, const char *name, const json_t *value)
{
    const bool same = arm_same(facts, name, value);
    if (!same)
        printf("  claim %s differs or is missing\n", name);
    EXPECT(same);
}

static inline size_t arm_compare_components(const struct facts *facts, const json_t *list)
{
    static const struct arm_name names[] = {{"1", "type"},     {"2", "measurement"},
                                            {"4", "version"},  {"5", "signer_id"},
                                            {"6", "hash_alg"}, {0}};
    size_t index, count = 0;
    json_t *component, *value;
    const char *key;
    char name[64];
    json_array_foreach(list, index, component) json_object_foreach(component, key, value)
    {
        snprintf(name, sizeof name, "components.%zu.%s", index, arm_name_of(names, key));
        arm_expect(facts, name, value);
        count++;
    }
    snprintf(name, sizeof name, "components.%zu.measurement", json_array_size(list));
    EXPECT(!claims_find(&facts->claims, name));
    return count;
}

/* Every key of `expected` under its name; those without a name are left to the caller. */
static inline size_t arm_compare(const struct facts *facts, const struct arm_name *names,
                                 json_t *expected)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(expected, key, value)
    {
        const char *const name = arm_name_of(names, key);
        if (name && strcmp(name, "components") == 0)
            count += arm_compare_components(facts, value);
        else if (name) {
            arm_expect(facts, name, value);
            count++;
        } else if (!json_is_array(value)) {
            printf("  no claim for key %s\n", key);
            EXPECT(name);
        }
    }
    return count;
}
