/* SPDX-License-Identifier: Apache-2.0 */

/* A COSE message from a stranger, and its payload as a token: what is read lies
 * in the input. */

#include "evidence/cose.h"
#include "evidence/token.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(slice part, slice whole)
{
    return part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                              (size_t)(part.data - whole.data) <= whole.size - part.size);
}

/* One field of each kind, all of which may be absent. */
static const struct token_field fields[] = {
    {NULL, 10, .kind = TOKEN_BYTES, .least = 1, .most = 64, .is_optional = true},
    {NULL, 265, .kind = TOKEN_TEXT, .least = 1, .most = 64, .is_optional = true},
    {NULL, 2395, .kind = TOKEN_NUMBER, .most = UINT16_MAX, .is_optional = true},
    {NULL, -75001, .kind = TOKEN_SIGNED, .most = INT32_MAX, .is_optional = true},
    {.text_key = "pcrs", .kind = TOKEN_MAP, .is_optional = true},
    {NULL, 2399, .kind = TOKEN_ARRAY, .is_optional = true},
    {NULL, 44234, .kind = TOKEN_ANY, .is_optional = true},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static void check_value(const struct token_field *field, const struct token_value *value,
                        slice whole)
{
    if (!value->is_there)
        return;
    assert(lies_in(value->bytes, whole));
    if (field->kind == TOKEN_BYTES || field->kind == TOKEN_TEXT)
        assert(value->bytes.size >= field->least && value->bytes.size <= field->most);
    if (field->kind == TOKEN_NUMBER || field->kind == TOKEN_SIGNED)
        assert(value->number <= field->most + value->is_negative);
    assert(!value->is_negative || field->kind == TOKEN_SIGNED);
}

static void read_token(slice map)
{
    struct token_value values[FIELDS];
    if (token_read(map, fields, FIELDS, values).fault)
        return;
    for (size_t i = 0; i < FIELDS; i++)
        check_value(&fields[i], &values[i], map);
}

/* What is skipped whole is taken apart into the same number of members, and
 * nothing is left. */
static void take_apart(slice bytes)
{
    struct reader reader = reader_of(bytes);
    struct cbor_member members[CBOR_TOLERANT_KEYS_MAX];
    slice item, items[64];
    size_t count;
    const enum cbor_kind kind = cbor_peek(&reader);
    if (cbor_tolerant_skip(&reader, &item).fault) {
        assert(reader.left.size == bytes.size);
        return;
    }
    assert(item.size + reader.left.size == bytes.size);
    reader = reader_of(item);
    if (kind == CBOR_MAP) {
        const status read =
            cbor_tolerant_read_map(&reader, CBOR_TOLERANT_KEYS_MAX, members, &count);
        assert(!read.fault && reader.left.size == 0);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < i; j++)
                assert(!slice_equal(members[i].key, members[j].key));
    }
    reader = reader_of(item);
    if (kind == CBOR_ARRAY && !cbor_tolerant_read_array(&reader, 64, items, &count).fault)
        assert(reader.left.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice input = {data, size};
    const struct public_key none = {0};
    struct cose_message message;
    take_apart(input);
    read_token(input);
    if (cose_read(input, &message).fault)
        return 0;
    assert(lies_in(message.payload, input) && lies_in(message.protected_header, input));
    assert(message.signature.size <= COSE_SIGNATURE_SIZE_MAX);
    assert(cose_verify(&message, &none).fault);
    read_token(message.payload);
    return 0;
}
