/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum cbor_kind token_first_key(slice map)
{
    enum { MAJOR_MAP = 5, COUNT_BITS = 0x1f, COUNT_IN_NEXT_BYTE = 24 };
    struct reader reader = reader_of(map);
    const uint8_t first = read_u8(&reader);
    if (first >> 5 != MAJOR_MAP)
        return CBOR_END;
    if ((first & COUNT_BITS) == COUNT_IN_NEXT_BYTE)
        read_u8(&reader);
    return cbor_peek(&reader);
}

static bool is_key(const struct token_field *field, const struct cbor_item *key)
{
    if (field->text_key)
        return key->kind == CBOR_TEXT && slice_equal(key->bytes, slice_of_text(field->text_key));
    if (field->key >= 0)
        return key->kind == CBOR_UINT && key->number == (uint64_t)field->key;
    return key->kind == CBOR_NEGATIVE && key->number == (uint64_t)(-1 - field->key);
}

/* One that is no single item stays empty, and is no field's. */
static void read_keys(const struct cbor_member *members, size_t count, struct cbor_item *out)
{
    for (size_t i = 0; i < count; i++) {
        struct reader reader = reader_of(members[i].key);
        out[i] = (struct cbor_item){0};
        const status read = cbor_read(&reader, &out[i]);
        (void)read.fault;
    }
}

static bool is_printable(slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < ' ' || text.data[i] > '~')
            return false;
    return true;
}

static bool is_of_kind(enum token_kind kind, const struct cbor_item *item)
{
    switch (kind) {
    case TOKEN_BYTES:
        return item->kind == CBOR_BYTES;
    case TOKEN_TEXT:
        return item->kind == CBOR_TEXT;
    case TOKEN_NUMBER:
        return item->kind == CBOR_UINT;
    case TOKEN_SIGNED:
        return item->kind == CBOR_UINT || item->kind == CBOR_NEGATIVE;
    default:
        return false;
    }
}

static bool is_container(enum token_kind kind)
{
    return kind == TOKEN_MAP || kind == TOKEN_ARRAY || kind == TOKEN_ANY;
}

static bool is_within(const struct token_field *field, uint64_t size_or_number)
{
    return size_or_number >= field->least && size_or_number <= field->most;
}

/* Its members are looked at by who takes it apart. */
static status read_container(const struct token_field *field, slice item, struct token_value *out)
{
    const struct reader reader = reader_of(item);
    const enum cbor_kind kind = cbor_peek(&reader);
    if ((field->kind == TOKEN_MAP && kind != CBOR_MAP) ||
        (field->kind == TOKEN_ARRAY && kind != CBOR_ARRAY))
        return FAIL(MALFORMED, "a claim of the token is of another kind than it has to be");
    *out = (struct token_value){.is_there = true, .bytes = item};
    return OK;
}

static status read_scalar(const struct token_field *field, slice bytes, struct token_value *out)
{
    struct reader reader = reader_of(bytes);
    struct cbor_item item;
    TRY(cbor_read(&reader, &item));
    const bool is_string = item.kind == CBOR_BYTES || item.kind == CBOR_TEXT;
    if (field->is_optional && (item.kind == CBOR_NULL || (is_string && item.bytes.size == 0)))
        return OK;
    if (!is_of_kind(field->kind, &item))
        return FAIL(MALFORMED, "a claim of the token is of another kind than it has to be");
    const bool is_negative = item.kind == CBOR_NEGATIVE;
    if (is_negative && item.number == UINT64_MAX)
        return FAIL(MALFORMED, "a number in the token is beyond its limit");
    if (!is_within(field, item.number))
        return FAIL(MALFORMED, "a claim of the token is not as long or large as it may be");
    if (item.kind == CBOR_TEXT && !is_printable(item.bytes))
        return FAIL(MALFORMED, "a text of the token has characters that are not for reading");
    *out = (struct token_value){.is_there = true,
                                .bytes = item.bytes,
                                .number = item.number + is_negative,
                                .is_negative = is_negative};
    return OK;
}

static status read_field(const struct token_field *field, const struct cbor_item *keys,
                         const struct cbor_member *members, size_t count, struct token_value *out)
{
    for (size_t i = 0; i < count; i++)
        if (is_key(field, &keys[i]))
            return is_container(field->kind) ? read_container(field, members[i].value, out)
                                             : read_scalar(field, members[i].value, out);
    return field->is_optional ? OK : FAIL(MALFORMED, "the token lacks a claim that it must make");
}

status token_read(slice map, const struct token_field *fields, size_t count,
                  struct token_value *out)
{
    struct reader reader = reader_of(map);
    struct cbor_member members[TOKEN_CLAIMS_MAX];
    struct cbor_item keys[TOKEN_CLAIMS_MAX]; /* read once, for they are compared often */
    size_t member_count;
    TRY(cbor_tolerant_read_map(&reader, TOKEN_CLAIMS_MAX, members, &member_count));
    TRY(reader_finish(&reader));
    read_keys(members, member_count, keys);
    memset(out, 0, count * sizeof *out);
    for (size_t i = 0; i < count; i++)
        TRY(read_field(&fields[i], keys, members, member_count, &out[i]));
    return OK;
}

void token_claim_text(struct claims *claims, const char *name, slice text)
{
    char copy[TOKEN_TEXT_SIZE_MAX + 1];
    const size_t size = text.size < TOKEN_TEXT_SIZE_MAX ? text.size : TOKEN_TEXT_SIZE_MAX;
    if (size)
        memcpy(copy, text.data, size);
    copy[size] = 0;
    claim_text(claims, name, copy);
}

static void claim_signed(struct claims *claims, const char *name, const struct token_value *value)
{
    char text[sizeof "-18446744073709551615"];
    snprintf(text, sizeof text, "%s%" PRIu64, value->is_negative ? "-" : "", value->number);
    claim_text(claims, name, text);
}

static void claim_one(struct claims *claims, const struct token_field *field,
                      const struct token_value *value)
{
    switch (field->kind) {
    case TOKEN_BYTES:
        claim_bytes(claims, field->claim, value->bytes);
        break;
    case TOKEN_TEXT:
        token_claim_text(claims, field->claim, value->bytes);
        break;
    case TOKEN_NUMBER:
        claim_number(claims, field->claim, value->number);
        break;
    case TOKEN_SIGNED:
        claim_signed(claims, field->claim, value);
        break;
    default: /* containers are claimed by who takes them apart */
        break;
    }
}

void token_claim(struct claims *claims, const struct token_field *fields, size_t count,
                 const struct token_value *values)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].claim && values[i].is_there)
            claim_one(claims, &fields[i], &values[i]);
}
