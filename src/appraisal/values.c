/* SPDX-License-Identifier: Apache-2.0 */
#include "appraisal/values.h"

#include "codec/text.h"

#include <stdlib.h>
#include <string.h>

void values_clear(struct values *values)
{
    free(values->items);
    *values = (struct values){0};
}

status policy_no_memory(const struct policy_reading *reading)
{
    return problem_at(reading->problem, 0, "there is no memory to read it");
}

static status store(const struct policy_reading *reading, slice bytes, struct value *out)
{
    const size_t offset = reading->policy->store.size;
    if (buffer_append(&reading->policy->store, bytes).fault)
        return policy_no_memory(reading);
    *out = (struct value){.offset = offset, .size = bytes.size};
    return OK;
}

/* ---- one value ---- */

static status expect_scalar(const struct policy_reading *reading, const struct yaml *node)
{
    if (node->kind != YAML_SCALAR)
        return problem_at(reading->problem, node->line, "%s: a value is wanted here", reading->key);
    if (!node->text[0])
        return problem_at(reading->problem, node->line, "%s: the value is empty", reading->key);
    return OK;
}

static status read_bytes_value(const struct policy_reading *reading, const struct yaml *node,
                               const struct claim_name *claim, struct value *out)
{
    SCOPED(buffer) bytes = {0};
    if (hex_read(slice_of_text(node->text), &bytes).fault)
        return problem_at(reading->problem, node->line,
                          "%s: '%.80s' is not hex: two of 0-9 a-f for each byte", reading->key,
                          node->text);
    if (claim->size && bytes.size != claim->size && bytes.size != claim->other_size) {
        if (claim->other_size)
            return problem_at(reading->problem, node->line,
                              "%s: %zu or %zu bytes are wanted (%zu or %zu hex digits), not %zu",
                              reading->key, claim->size, claim->other_size, 2 * claim->size,
                              2 * claim->other_size, bytes.size);
        return problem_at(reading->problem, node->line,
                          "%s: %zu bytes are wanted (%zu hex digits), not %zu", reading->key,
                          claim->size, 2 * claim->size, bytes.size);
    }
    return store(reading, buffer_view(&bytes), out);
}

static status expect_known_text(const struct policy_reading *reading, const struct yaml *node,
                                const struct claim_name *claim)
{
    for (const char *const *known = claim->values; *known; known++)
        if (strcmp(*known, node->text) == 0)
            return OK;
    const char *const nearest = yaml_nearest(node->text, claim->values);
    return problem_at(reading->problem, node->line, "%s: no policy can ask for '%.80s'; %s '%s'%s",
                      reading->key, node->text, nearest ? "did you mean" : "one that it can is",
                      nearest ? nearest : claim->values[0], nearest ? "?" : "");
}

static status read_text_value(const struct policy_reading *reading, const struct yaml *node,
                              const struct claim_name *claim, struct value *out)
{
    const size_t size = strlen(node->text);
    if (size > POLICY_TEXT_SIZE_MAX)
        return problem_at(reading->problem, node->line, "%s: longer than %d characters",
                          reading->key, POLICY_TEXT_SIZE_MAX);
    if (claim->values)
        TRY(expect_known_text(reading, node, claim));
    TRY(store(reading, (slice){(const uint8_t *)node->text, size + 1}, out));
    out->size = size; /* the NUL is for whoever wants a C string */
    return OK;
}

/* A sequence of small numbers, "[ 3, 3, 2 ]". */
static status read_numbers_value(const struct policy_reading *reading, const struct yaml *node,
                                 const struct claim_name *claim, struct value *out)
{
    const size_t offset = reading->policy->store.size;
    size_t count = 0;
    if (node->kind != YAML_SEQUENCE)
        return problem_at(reading->problem, node->line, "%s: a list of numbers is wanted here",
                          reading->key);
    for (const struct yaml *child = node->first_child; child; child = child->next, count++) {
        uint64_t number = 0;
        struct value stored;
        TRY(expect_scalar(reading, child));
        TRY(yaml_read_number(child, UINT8_MAX, &number, reading->problem));
        const uint8_t byte = (uint8_t)number;
        TRY(store(reading, (slice){&byte, 1}, &stored));
    }
    if (count == 0 || (claim->size && count != claim->size))
        return problem_at(reading->problem, node->line, "%s: %zu numbers are wanted, not %zu",
                          reading->key, claim->size, count);
    *out = (struct value){.offset = offset, .size = count};
    return OK;
}

static status read_value(const struct policy_reading *reading, const struct yaml *node,
                         const struct claim_name *claim, struct value *out)
{
    bool flag = false;
    *out = (struct value){0};
    if (claim->kind == CLAIM_NUMBERS)
        return read_numbers_value(reading, node, claim, out);
    TRY(expect_scalar(reading, node));
    switch (claim->kind) {
    case CLAIM_BYTES:
        return read_bytes_value(reading, node, claim, out);
    case CLAIM_TEXT:
        return read_text_value(reading, node, claim, out);
    case CLAIM_NUMBER:
        return yaml_read_number(node, UINT64_MAX, &out->number, reading->problem);
    case CLAIM_FLAG:
        TRY(yaml_read_flag(node, &flag, reading->problem));
        out->number = flag;
        return OK;
    default:
        return problem_at(reading->problem, node->line, "%s: a policy cannot compare this claim",
                          reading->key);
    }
}

/* ---- one, or a list ---- */

static bool same_value(const struct policy *policy, const struct value *a, const struct value *b)
{
    return a->number == b->number && slice_equal(policy_bytes(policy, a), policy_bytes(policy, b));
}

static status append_value(const struct policy_reading *reading, const struct yaml *node,
                           const struct claim_name *claim, struct values *values)
{
    struct value value;
    TRY(read_value(reading, node, claim, &value));
    for (size_t i = 0; i < values->count; i++)
        if (same_value(reading->policy, &values->items[i], &value))
            return problem_at(reading->problem, node->line, "%s: the same value twice",
                              reading->key);
    values->items[values->count++] = value;
    return OK;
}

/* NUMBERS are lists themselves, so only a list of lists is more than one value. */
static bool is_list_of_values(const struct yaml *node, const struct claim_name *claim)
{
    if (node->kind != YAML_SEQUENCE)
        return false;
    return claim->kind != CLAIM_NUMBERS || !node->first_child ||
           node->first_child->kind == YAML_SEQUENCE;
}

static status read_list(const struct policy_reading *reading, const struct yaml *node,
                        const struct claim_name *claim, struct values *values)
{
    size_t count = 0;
    for (const struct yaml *child = node->first_child; child; child = child->next)
        count++;
    if (count == 0)
        return problem_at(reading->problem, node->line,
                          "%s: an empty list accepts nothing: write values, or leave it out",
                          reading->key);
    if (count > POLICY_VALUES_MAX)
        return problem_at(reading->problem, node->line, "%s: more than %d values", reading->key,
                          POLICY_VALUES_MAX);
    values->items = calloc(count, sizeof *values->items);
    if (!values->items)
        return policy_no_memory(reading);
    for (const struct yaml *child = node->first_child; child; child = child->next)
        TRY(append_value(reading, child, claim, values));
    return OK;
}

static status read_single(const struct policy_reading *reading, const struct yaml *node,
                          const struct claim_name *claim, struct values *values)
{
    values->items = calloc(1, sizeof *values->items);
    if (!values->items)
        return policy_no_memory(reading);
    return append_value(reading, node, claim, values);
}

status values_read(const struct policy_reading *reading, const struct yaml *node,
                   const struct claim_name *claim, struct values *out)
{
    const struct policy_reading here = {reading->policy, reading->problem, node->key};
    SCOPED(values) values = {0};
    if (is_list_of_values(node, claim))
        TRY(read_list(&here, node, claim, &values));
    else
        TRY(read_single(&here, node, claim, &values));
    *out = values;
    values = (struct values){0};
    return OK;
}

status pins_read(const struct policy_reading *reading, const struct yaml *node,
                 const struct claim_name *claim, struct values *out)
{
    SCOPED(values) values = {0};
    TRY(values_read(reading, node, claim, &values));
    for (size_t i = 0; i < values.count; i++)
        if (slice_is_zero(policy_bytes(reading->policy, &values.items[i])))
            return problem_at(reading->problem, node->line,
                              "%s: all zero names nobody: write the true value", node->key);
    *out = values;
    values = (struct values){0};
    return OK;
}
