/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"

#include "codec/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMN = 28, ZEROS_IN_WORDS = 8, GROUP_NAME_SIZE = 64, ESCAPED_SIZE = 4 };

/* One byte as it may be shown; gives the size. */
static size_t escape(uint8_t byte, char out[ESCAPED_SIZE + 1])
{
    const bool shown = byte >= 0x20 && byte < 0x7f && byte != '\\';
    return (size_t)snprintf(out, ESCAPED_SIZE + 1, shown ? "%c" : "\\x%02x", byte);
}

void print_escaped(FILE *out, slice text)
{
    char shown[ESCAPED_SIZE + 1];
    for (size_t i = 0; i < text.size; i++) {
        escape(text.data[i], shown);
        fputs(shown, out);
    }
}

/* ---- for people ---- */

static bool is_long_and_zero(slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i])
            return false;
    return bytes.size >= ZEROS_IN_WORDS;
}

static void print_hex(FILE *out, slice bytes)
{
    if (bytes.size == 0)
        fputs("(empty)", out);
    if (is_long_and_zero(bytes)) {
        fprintf(out, "(%zu zero bytes)", bytes.size);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++)
        fprintf(out, "%02x", bytes.data[i]);
}

/* The text up to the next NUL, which is taken from `list` with it. */
static slice next_text(slice *list)
{
    const uint8_t *const end = memchr(list->data, 0, list->size);
    const size_t size = end ? (size_t)(end - list->data) : list->size;
    const slice text = {list->data, size};
    const size_t taken = end ? size + 1 : size;
    *list = (slice){list->data + taken, list->size - taken};
    return text;
}

static void print_texts(FILE *out, slice list)
{
    while (list.size) {
        print_escaped(out, next_text(&list));
        if (list.size)
            fputs(", ", out);
    }
}

static void print_numbers(FILE *out, slice numbers)
{
    for (size_t i = 0; i < numbers.size; i++)
        fprintf(out, "%s%u", i ? " " : "", numbers.data[i]);
}

void print_value(FILE *out, const struct claims *claims, const struct claim *claim)
{
    const slice value = claim_value(claims, claim);
    switch (claim->kind) {
    case CLAIM_BYTES:
        print_hex(out, value);
        break;
    case CLAIM_NUMBER:
        fprintf(out, "%" PRIu64, claim->number);
        break;
    case CLAIM_FLAG:
        fputs(claim->number ? "true" : "false", out);
        break;
    case CLAIM_TEXT:
        print_escaped(out, value);
        break;
    case CLAIM_TEXTS:
        print_texts(out, value);
        break;
    case CLAIM_NUMBERS:
        print_numbers(out, value);
        break;
    case CLAIM_NONE:
        break;
    }
}

void print_claim(FILE *out, const char *indent, const struct claims *claims,
                 const struct claim *claim)
{
    fprintf(out, "%s%-*s ", indent, NAME_COLUMN, claim->name);
    print_value(out, claims, claim);
    fputc('\n', out);
}

/* ---- for programs ---- */

static json_t *json_of_hex(slice bytes)
{
    char *const text = malloc(2 * bytes.size + 1);
    if (!text)
        return NULL;
    hex_write(bytes, text);
    json_t *const hex = json_string(text);
    free(text);
    return hex;
}

static json_t *json_of_strange_text(slice text)
{
    char *const shown = malloc(ESCAPED_SIZE * text.size + 1);
    size_t size = 0;
    if (!shown)
        return NULL;
    for (size_t i = 0; i < text.size; i++)
        size += escape(text.data[i], shown + size);
    json_t *const string = json_stringn(shown, size);
    free(shown);
    return string;
}

json_t *json_of_text(slice text)
{
    json_t *const string = json_stringn(text.size ? (const char *)text.data : "", text.size);
    return string ? string : json_of_strange_text(text);
}

/* JSON's integers are signed here; what does not fit keeps its digits as a string. */
static json_t *json_of_number(uint64_t number)
{
    char digits[24];
    if (number <= INT64_MAX)
        return json_integer((json_int_t)number);
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    return json_string(digits);
}

static json_t *json_of_texts(slice list)
{
    json_t *const array = json_array();
    while (list.size)
        json_array_append_new(array, json_of_text(next_text(&list)));
    return array;
}

static json_t *json_of_numbers(slice numbers)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < numbers.size; i++)
        json_array_append_new(array, json_integer(numbers.data[i]));
    return array;
}

static json_t *json_of_claim(const struct claims *claims, const struct claim *claim)
{
    const slice value = claim_value(claims, claim);
    switch (claim->kind) {
    case CLAIM_BYTES:
        return json_of_hex(value);
    case CLAIM_NUMBER:
        return json_of_number(claim->number);
    case CLAIM_FLAG:
        return json_boolean(claim->number);
    case CLAIM_TEXT:
        return json_of_text(value);
    case CLAIM_TEXTS:
        return json_of_texts(value);
    case CLAIM_NUMBERS:
        return json_of_numbers(value);
    case CLAIM_NONE:
        break;
    }
    return json_null();
}

/* The group `name` of `parent`, made at first use; NULL when a plain claim has its name. */
static json_t *group_of(json_t *parent, const char *name, size_t size)
{
    char key[GROUP_NAME_SIZE];
    if (size >= sizeof key)
        return NULL;
    memcpy(key, name, size);
    key[size] = 0;
    json_t *group = json_object_get(parent, key);
    if (!group) {
        json_object_set_new(parent, key, json_object());
        group = json_object_get(parent, key);
    }
    return json_is_object(group) ? group : NULL;
}

static bool add_claim(json_t *object, const struct claims *claims, const struct claim *claim)
{
    json_t *parent = object;
    const char *name = claim->name;
    for (const char *dot; (dot = strchr(name, '.')); name = dot + 1) {
        json_t *const group = group_of(parent, name, (size_t)(dot - name));
        if (!group)
            break; /* the rest of the name keeps its dots */
        parent = group;
    }
    return json_object_set_new(parent, name, json_of_claim(claims, claim)) == 0;
}

json_t *json_of_claims(const struct claims *claims)
{
    json_t *const object = json_object();
    bool whole = object != NULL;
    for (size_t i = 0; i < claims->count && whole; i++)
        whole = add_claim(object, claims, &claims->entries[i]);
    if (whole)
        return object;
    json_decref(object);
    return NULL;
}

bool print_json(json_t *object)
{
    const bool printed =
        object && json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0;
    json_decref(object);
    if (printed)
        fputc('\n', stdout);
    else
        fputs("cix: the answer could not be written\n", stderr);
    return printed;
}
