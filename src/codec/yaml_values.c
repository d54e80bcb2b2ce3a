/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct yaml *yaml_child(const struct yaml *mapping, const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    const struct yaml *child = mapping->first_child;
    while (child && strcmp(child->key, key) != 0)
        child = child->next;
    return child;
}

/* ---- unknown keys ---- */

enum { WORD_COMPARED_MAX = 64 }; /* characters; no key or claim of ours is longer */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many characters must change, come or go: Levenshtein's distance, one row at a time. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_COMPARED_MAX + 1];
    const size_t a_size = strlen(a), b_size = strlen(b);
    if (a_size > WORD_COMPARED_MAX || b_size > WORD_COMPARED_MAX)
        return WORD_COMPARED_MAX;
    for (unsigned j = 0; j <= b_size; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_size; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b_size; j++) {
            const unsigned above = row[j];
            row[j] = least(least(above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_size];
}

const char *yaml_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    unsigned nearest_distance = 2 + (unsigned)least((unsigned)strlen(word), WORD_COMPARED_MAX) / 4;
    for (; *words; words++) {
        const unsigned changes = distance(word, *words);
        if (changes < nearest_distance && changes < strlen(*words)) {
            nearest = *words;
            nearest_distance = changes;
        }
    }
    return nearest;
}

/* "a, b, c" as far as it fits. */
static void list_keys(const char *const *keys, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *separator = ""; *keys && used < size; keys++, separator = ", ")
        used += (size_t)snprintf(out + used, size - used, "%s%s", separator, *keys);
}

static bool is_one_of(const char *key, const char *const *keys)
{
    while (*keys && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

status yaml_only_keys(const struct yaml *mapping, const char *const *keys, struct problem *problem)
{
    char known[sizeof problem->text];
    list_keys(keys, known, sizeof known);
    if (mapping->kind != YAML_MAPPING)
        return problem_at(problem, mapping->line, "%s: write keys and values; the keys are: %s",
                          mapping->key ? mapping->key : "entry", known);
    for (const struct yaml *child = mapping->first_child; child; child = child->next) {
        if (is_one_of(child->key, keys))
            continue;
        const char *const nearest = yaml_nearest(child->key, keys);
        if (nearest)
            return problem_at(problem, child->line, "unknown key '%.64s'; did you mean '%s'?",
                              child->key, nearest);
        return problem_at(problem, child->line, "unknown key '%.64s'; the keys here are: %s",
                          child->key, known);
    }
    return OK;
}

/* ---- scalars ---- */

/* "key: 'what is there': write ...", and "what is there" where it is in quotes. */
static status wrong_value(const struct yaml *node, struct problem *problem, const char *wanted)
{
    const char *const key = node->key ? node->key : "entry";
    const char quote = node->quoted ? '"' : '\'';
    if (node->kind == YAML_SCALAR && node->text[0])
        return problem_at(problem, node->line, "%.64s: %c%.64s%c: write %s", key, quote, node->text,
                          quote, wanted);
    return problem_at(problem, node->line, "%.64s: write %s", key, wanted);
}

static bool is_null(const struct yaml *node)
{
    return !node->quoted &&
           (!node->text[0] || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

status yaml_read_text(const struct yaml *node, const char **out, struct problem *problem)
{
    if (node->kind != YAML_SCALAR || is_null(node))
        return wrong_value(node, problem, "a text");
    *out = node->text;
    return OK;
}

status yaml_read_flag(const struct yaml *node, bool *out, struct problem *problem)
{
    const bool is_plain = node->kind == YAML_SCALAR && !node->quoted;
    const bool is_true = is_plain && strcmp(node->text, "true") == 0;
    if (!is_true && !(is_plain && strcmp(node->text, "false") == 0))
        return wrong_value(node, problem, "true or false, without quotes");
    *out = is_true;
    return OK;
}

/* Decimal digits at the start of `text`; no sign, and no leading zero, which some read as octal. */
static bool take_number(const char **text, uint64_t most, uint64_t *out)
{
    uint64_t number = 0;
    const char *at = *text;
    if (at[0] == '0' && at[1] >= '0' && at[1] <= '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (at == *text || number > most)
        return false;
    *text = at;
    *out = number;
    return true;
}

status yaml_read_number(const struct yaml *node, uint64_t most, uint64_t *out,
                        struct problem *problem)
{
    uint64_t number = 0;
    const char *text = node->text;
    if (node->kind == YAML_SCALAR && !node->quoted && take_number(&text, most, &number) && !*text) {
        *out = number;
        return OK;
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, "a whole number from 0 to %" PRIu64 ", without quotes", most);
    return wrong_value(node, problem, wanted);
}

status yaml_read_duration(const struct yaml *node, uint64_t *out_s, struct problem *problem)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    uint64_t number;
    const char *text = node->text;
    if (node->kind == YAML_SCALAR && take_number(&text, YAML_DURATION_MAX_S, &number))
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(text, units[i].name) == 0 &&
                number <= YAML_DURATION_MAX_S / units[i].seconds) {
                *out_s = number * units[i].seconds;
                return OK;
            }
    return wrong_value(node, problem, "a duration such as 30s, 5m, 2h or 1d, at most 36500d");
}
