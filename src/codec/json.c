/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"

#include <string.h>

/*
 * Before jansson sees a text, or where its exact bytes count, this scanner walks it by the grammar
 * of RFC 8259. It allocates nothing and keeps the limits; jansson then judges UTF-8, the range of
 * numbers and duplicate keys.
 */
struct scan {
    slice left;
    size_t value_count;
};

static uint8_t next_character(const struct scan *scan)
{
    return scan->left.size ? scan->left.data[0] : 0; /* NUL is no token, so 0 is "no more" too */
}

static void skip(struct scan *scan, size_t size)
{
    scan->left.data += size;
    scan->left.size -= size;
}

static bool take(struct scan *scan, char wanted)
{
    if (!scan->left.size || scan->left.data[0] != (uint8_t)wanted)
        return false;
    skip(scan, 1);
    return true;
}

static void skip_space(struct scan *scan)
{
    while (take(scan, ' ') || take(scan, '\t') || take(scan, '\r') || take(scan, '\n'))
        continue;
}

static bool is_hex(uint8_t character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
           (character >= 'A' && character <= 'F');
}

static status scan_escape(struct scan *scan)
{
    const uint8_t kind = next_character(scan);
    if (!kind || !strchr("\"\\/bfnrtu", kind))
        return FAIL(MALFORMED, "JSON has an escape that does not exist");
    skip(scan, 1);
    for (int i = 0; kind == 'u' && i < 4; i++) {
        if (!is_hex(next_character(scan)))
            return FAIL(MALFORMED, "JSON has an escape that does not exist");
        skip(scan, 1);
    }
    return OK;
}

/* `out` has the quotes too. */
static status scan_string(struct scan *scan, slice *out)
{
    slice string = scan->left;
    if (!take(scan, '"'))
        return FAIL(MALFORMED, "JSON lacks a string");
    while (!take(scan, '"')) {
        if (next_character(scan) < ' ')
            return FAIL(MALFORMED, "a JSON string does not end, or has a control character");
        if (take(scan, '\\'))
            TRY(scan_escape(scan));
        else
            skip(scan, 1);
    }
    string.size -= scan->left.size;
    *out = string;
    return OK;
}

static bool take_digits(struct scan *scan)
{
    bool any = false;
    for (; next_character(scan) >= '0' && next_character(scan) <= '9'; any = true)
        skip(scan, 1);
    return any;
}

static status scan_number(struct scan *scan)
{
    take(scan, '-');
    bool is_number = take(scan, '0') || take_digits(scan);
    if (take(scan, '.'))
        is_number = take_digits(scan) && is_number;
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+'))
            take(scan, '-');
        is_number = take_digits(scan) && is_number;
    }
    return is_number ? OK : FAIL(MALFORMED, "JSON has something that is not a value");
}

static status scan_scalar(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    slice string;
    if (next_character(scan) == '"')
        return scan_string(scan, &string);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t size = strlen(words[i]);
        if (scan->left.size >= size && memcmp(scan->left.data, words[i], size) == 0) {
            skip(scan, size);
            return OK;
        }
    }
    return scan_number(scan);
}

/* The key and the colon. */
static status scan_key(struct scan *scan, slice *out_key)
{
    skip_space(scan);
    TRY(scan_string(scan, out_key));
    skip_space(scan);
    return take(scan, ':') ? OK : FAIL(MALFORMED, "a JSON key has no value");
}

static status scan_value(struct scan *scan, int depth, slice *out);

static status scan_children(struct scan *scan, bool is_object, int depth)
{
    const char end = is_object ? '}' : ']';
    slice child;
    skip_space(scan);
    if (take(scan, end))
        return OK;
    do {
        if (is_object)
            TRY(scan_key(scan, &child));
        TRY(scan_value(scan, depth, &child));
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, end) ? OK : FAIL(MALFORMED, "a JSON object or array does not end");
}

/* `depth` counts the objects and arrays around; `out` is the value without white space around. */
static status scan_value(struct scan *scan, int depth, slice *out)
{
    skip_space(scan);
    slice value = scan->left;
    if (++scan->value_count > JSON_VALUES_MAX)
        return FAIL(EXHAUSTED, "JSON has too many values");
    const bool is_object = take(scan, '{');
    if (!is_object && !take(scan, '[')) {
        TRY(scan_scalar(scan));
    } else {
        if (depth == JSON_DEPTH_MAX)
            return FAIL(EXHAUSTED, "JSON is nested too deeply");
        TRY(scan_children(scan, is_object, depth + 1));
    }
    value.size -= scan->left.size;
    *out = value;
    return OK;
}

static status scan_finish(struct scan *scan)
{
    skip_space(scan);
    return scan->left.size ? FAIL(MALFORMED, "JSON has something after its value") : OK;
}

/* ---- reading ---- */

status json_read(slice text, struct json *out)
{
    struct scan scan = {.left = text};
    slice value;
    if (text.size > JSON_SIZE_MAX)
        return FAIL(EXHAUSTED, "JSON is too large");
    TRY(scan_value(&scan, 0, &value));
    TRY(scan_finish(&scan));
    json_t *const root =
        json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return FAIL(MALFORMED, "JSON has a duplicate key, bad UTF-8, NUL or a number too large, or "
                               "is neither object nor array");
    *out = (struct json){root};
    return OK;
}

void json_clear(struct json *json)
{
    json_decref(json->root);
    *json = (struct json){0};
}

status json_text(const json_t *object, const char *key, slice *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_string(value))
        return FAIL(MALFORMED, "a JSON member that must be a string is not");
    *out = (slice){(const uint8_t *)json_string_value(value), json_string_length(value)};
    return OK;
}

status json_number(const json_t *object, const char *key, uint64_t most, uint64_t *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return FAIL(MALFORMED, "a JSON member that must be a whole number is not");
    const uint64_t number = (uint64_t)json_integer_value(value);
    if (number > most)
        return FAIL(MALFORMED, "a JSON number is larger than it may be");
    *out = number;
    return OK;
}

status json_array_member(const json_t *object, const char *key, size_t most, json_t **out)
{
    json_t *const value = json_object_get(object, key);
    if (!json_is_array(value))
        return FAIL(MALFORMED, "a JSON member that must be an array is not");
    if (json_array_size(value) > most)
        return FAIL(EXHAUSTED, "a JSON array has more entries than we keep");
    *out = value;
    return OK;
}

status json_object_member(const json_t *object, const char *key, json_t **out)
{
    json_t *const value = json_object_get(object, key);
    if (!json_is_object(value))
        return FAIL(MALFORMED, "a JSON member that must be an object is not");
    *out = value;
    return OK;
}

/* ---- the bytes of a member ---- */

/* `quoted` is a key as it stands in the text; "\u0061" and "a" are the same key. */
static bool is_key(slice quoted, const char *key)
{
    if (!memchr(quoted.data, '\\', quoted.size))
        return slice_equal((slice){quoted.data + 1, quoted.size - 2}, slice_of_text(key));
    SCOPED(json)
    string = {json_loadb((const char *)quoted.data, quoted.size, JSON_DECODE_ANY, NULL)};
    return string.root && strcmp(json_string_value(string.root), key) == 0;
}

/* All members of the outermost object, whose opening brace was taken; the one is in `found`. */
static status scan_members(struct scan *scan, const char *key, slice *found)
{
    slice member_key, value;
    skip_space(scan);
    if (take(scan, '}'))
        return OK;
    do {
        TRY(scan_key(scan, &member_key));
        TRY(scan_value(scan, 1, &value));
        if (is_key(member_key, key)) {
            if (found->data)
                return FAIL(MALFORMED, "a JSON member is there twice");
            *found = value;
        }
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, '}') ? OK : FAIL(MALFORMED, "a JSON object does not end");
}

status json_member_bytes(slice text, const char *key, slice *out)
{
    struct scan scan = {.left = text};
    slice found = {0};
    if (text.size > JSON_SIZE_MAX)
        return FAIL(EXHAUSTED, "JSON is too large");
    skip_space(&scan);
    if (!take(&scan, '{'))
        return FAIL(MALFORMED, "JSON is not an object");
    TRY(scan_members(&scan, key, &found));
    TRY(scan_finish(&scan));
    if (!found.data)
        return FAIL(MALFORMED, "JSON lacks a member");
    *out = found;
    return OK;
}
