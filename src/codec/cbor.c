/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

#include <cbor/encoding.h>
#include <cbor/streaming.h>
#include <string.h>

/* ---- one head, as libcbor's callbacks tell it ---- */

/* CBOR_END stays where the item was of a kind that deterministic CBOR or we do not have. */
static void set(void *context, enum cbor_kind kind, uint64_t number, slice bytes)
{
    *(struct cbor_item *)context = (struct cbor_item){kind, number, bytes};
}

#define NUMBER_CALLBACK(name, type, kind)                                                          \
    static void name(void *context, type number)                                                   \
    {                                                                                              \
        set(context, kind, number, (slice){0});                                                    \
    }

NUMBER_CALLBACK(on_uint8, uint8_t, CBOR_UINT)
NUMBER_CALLBACK(on_uint16, uint16_t, CBOR_UINT)
NUMBER_CALLBACK(on_uint32, uint32_t, CBOR_UINT)
NUMBER_CALLBACK(on_uint64, uint64_t, CBOR_UINT)
NUMBER_CALLBACK(on_negint8, uint8_t, CBOR_NEGATIVE)
NUMBER_CALLBACK(on_negint16, uint16_t, CBOR_NEGATIVE)
NUMBER_CALLBACK(on_negint32, uint32_t, CBOR_NEGATIVE)
NUMBER_CALLBACK(on_negint64, uint64_t, CBOR_NEGATIVE)
NUMBER_CALLBACK(on_array, size_t, CBOR_ARRAY)
NUMBER_CALLBACK(on_map, size_t, CBOR_MAP)
NUMBER_CALLBACK(on_tag, uint64_t, CBOR_TAG)
NUMBER_CALLBACK(on_bool, bool, CBOR_BOOL)

static void on_bytes(void *context, cbor_data data, size_t size)
{
    set(context, CBOR_BYTES, size, (slice){data, size});
}

static void on_text(void *context, cbor_data data, size_t size)
{
    set(context, CBOR_TEXT, size, (slice){data, size});
}

static void on_null(void *context)
{
    set(context, CBOR_NULL, 0, (slice){0});
}

static void on_refused(void *context)
{
    (void)context;
}

static void on_refused_float(void *context, float value)
{
    (void)context;
    (void)value;
}

static void on_refused_double(void *context, double value)
{
    (void)context;
    (void)value;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string = on_bytes,
    .string = on_text,
    .array_start = on_array,
    .map_start = on_map,
    .tag = on_tag,
    .boolean = on_bool,
    .null = on_null,
    /* Indefinite sizes are not deterministic; floats and undefined are in nothing that we read. */
    .byte_string_start = on_refused,
    .string_start = on_refused,
    .indef_array_start = on_refused,
    .indef_map_start = on_refused,
    .indef_break = on_refused,
    .undefined = on_refused,
    .float2 = on_refused_float,
    .float4 = on_refused_float,
    .float8 = on_refused_double,
};

/* ---- reading ---- */

/* Of the initial byte and the number after it, at its shortest. */
static size_t head_size(const struct cbor_item *item)
{
    if (item->number < 24 || item->kind == CBOR_BOOL || item->kind == CBOR_NULL)
        return 1;
    if (item->number <= UINT8_MAX)
        return 2;
    if (item->number <= UINT16_MAX)
        return 3;
    return item->number <= UINT32_MAX ? 5 : 9;
}

/* spec: The Unicode Standard, "Well-Formed UTF-8 Byte Sequences" */
static size_t utf8_character_size(slice text)
{
    const uint8_t first = text.data[0];
    const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4 || text.size < size)
        return 0;
    const uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (text.data[1] < least || text.data[1] > most)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

static bool is_utf8(slice text)
{
    while (text.size) {
        const size_t size = utf8_character_size(text);
        if (!size)
            return false;
        text = (slice){text.data + size, text.size - size};
    }
    return true;
}

/* libcbor, up to 0.8 at least, does not decode the tags 6 to 20, COSE's among them. */
enum { FIRST_TAG = 0xc0, LAST_SHORT_TAG = 0xd7 };

static bool is_short_tag(uint8_t first)
{
    return first >= FIRST_TAG && first <= LAST_SHORT_TAG;
}

/* Takes a head, and a string's content, but looks no further. */
static status read_head(struct reader *reader, struct cbor_item *out)
{
    struct cbor_item item = {0};
    if (!reader->left.size)
        return FAIL(TRUNCATED, "CBOR ends before an item");
    if (is_short_tag(reader->left.data[0])) {
        *out = (struct cbor_item){CBOR_TAG, read_u8(reader) - FIRST_TAG, {0}};
        return OK;
    }
    const struct cbor_decoder_result result =
        cbor_stream_decode(reader->left.data, reader->left.size, &callbacks, &item);
    if (result.status == CBOR_DECODER_NEDATA)
        return FAIL(TRUNCATED, "CBOR ends inside an item");
    if (result.status != CBOR_DECODER_FINISHED || item.kind == CBOR_END)
        return FAIL(MALFORMED, "CBOR has an item that is not one of ours");
    if (result.read != head_size(&item) + item.bytes.size)
        return FAIL(MALFORMED, "CBOR has a number or length that is not the shortest");
    if (item.kind == CBOR_TEXT && !is_utf8(item.bytes))
        return FAIL(MALFORMED, "CBOR has a text that is not UTF-8");
    read_bytes(reader, result.read);
    /* Every child has a byte at least: a count that cannot come true drives no loop. */
    const size_t most = item.kind == CBOR_MAP ? reader->left.size / 2 : reader->left.size;
    if ((item.kind == CBOR_ARRAY || item.kind == CBOR_MAP) && item.number > most)
        return FAIL(TRUNCATED, "CBOR counts more items than there are");
    *out = item;
    return OK;
}

static status skip_item(struct reader *reader, int depth);

/* spec: RFC 8949, "Core Deterministic Encoding Requirements": keys in the order of their bytes. */
static bool is_after(slice key, slice previous)
{
    const size_t common = key.size < previous.size ? key.size : previous.size;
    const int order = memcmp(key.data, previous.data, common);
    return order > 0 || (order == 0 && key.size > previous.size);
}

static status skip_pairs(struct reader *reader, uint64_t count, int depth)
{
    slice previous = {0};
    for (uint64_t i = 0; i < count; i++) {
        slice key = reader->left;
        TRY(skip_item(reader, depth));
        key.size -= reader->left.size;
        if (previous.size && !is_after(key, previous))
            return FAIL(MALFORMED, "a CBOR map has a key twice or out of order");
        previous = key;
        TRY(skip_item(reader, depth));
    }
    return OK;
}

/* `depth` counts the arrays, maps and tags around. */
static status skip_item(struct reader *reader, int depth)
{
    struct cbor_item item;
    if (depth > CBOR_DEPTH_MAX)
        return FAIL(EXHAUSTED, "CBOR is nested too deeply");
    TRY(read_head(reader, &item));
    if (item.kind == CBOR_MAP)
        return skip_pairs(reader, item.number, depth + 1);
    const uint64_t children =
        item.kind == CBOR_ARRAY ? item.number : (uint64_t)(item.kind == CBOR_TAG);
    for (uint64_t i = 0; i < children; i++)
        TRY(skip_item(reader, depth + 1));
    return OK;
}

enum cbor_kind cbor_peek(const struct reader *reader)
{
    static const enum cbor_kind kinds[] = {CBOR_UINT,  CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT,
                                           CBOR_ARRAY, CBOR_MAP,      CBOR_TAG};
    enum { MAJOR_SIMPLE = 7, FALSE_BYTE = 0xf4, TRUE_BYTE = 0xf5, NULL_BYTE = 0xf6 };
    if (!reader->left.size)
        return CBOR_END;
    const uint8_t first = reader->left.data[0];
    if (first >> 5 < MAJOR_SIMPLE)
        return kinds[first >> 5];
    if (first == FALSE_BYTE || first == TRUE_BYTE)
        return CBOR_BOOL;
    return first == NULL_BYTE ? CBOR_NULL : CBOR_END;
}

status cbor_read(struct reader *reader, struct cbor_item *out)
{
    struct reader after = *reader;
    struct cbor_item item;
    TRY(read_head(&after, &item));
    if (item.kind == CBOR_MAP) {
        /* The cursor remembers no keys, so the map's order is checked before it is entered. */
        struct reader ahead = after;
        TRY(skip_pairs(&ahead, item.number, 1));
    }
    *reader = after;
    *out = item;
    return OK;
}

status cbor_skip(struct reader *reader, slice *out)
{
    struct reader after = *reader;
    slice item = reader->left;
    TRY(skip_item(&after, 0));
    item.size -= after.left.size;
    *reader = after;
    *out = item;
    return OK;
}

static status read_kind(struct reader *reader, enum cbor_kind kind, uint64_t most,
                        struct cbor_item *out)
{
    struct reader after = *reader;
    struct cbor_item item;
    TRY(cbor_read(&after, &item));
    if (item.kind != kind)
        return FAIL(MALFORMED, "a CBOR item is of another kind than its place asks for");
    if (item.number > most)
        return FAIL(MALFORMED, "a CBOR number, size or count is above its limit");
    *reader = after;
    *out = item;
    return OK;
}

status cbor_read_uint(struct reader *reader, uint64_t most, uint64_t *out)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_UINT, most, &item));
    *out = item.number;
    return OK;
}

status cbor_read_bytes(struct reader *reader, size_t most, slice *out)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_BYTES, most, &item));
    *out = item.bytes;
    return OK;
}

status cbor_read_text(struct reader *reader, size_t most, slice *out)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_TEXT, most, &item));
    *out = item.bytes;
    return OK;
}

status cbor_read_array(struct reader *reader, size_t most, size_t *out_count)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_ARRAY, most, &item));
    *out_count = (size_t)item.number;
    return OK;
}

status cbor_read_map(struct reader *reader, size_t most, size_t *out_count)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_MAP, most, &item));
    *out_count = (size_t)item.number;
    return OK;
}

status cbor_read_bool(struct reader *reader, bool *out)
{
    struct cbor_item item;
    TRY(read_kind(reader, CBOR_BOOL, true, &item));
    *out = item.number;
    return OK;
}

/* ---- tolerant reading ---- */

enum { ARRAY_OF_UNTOLD_SIZE = 0x9f, MAP_OF_UNTOLD_SIZE = 0xbf, BREAK = 0xff };

/* The members of an item that are still to come. */
struct members {
    enum cbor_kind of;
    bool until_break;
    uint64_t left;
};

static bool takes(struct reader *reader, uint8_t byte)
{
    if (!reader->left.size || reader->left.data[0] != byte)
        return false;
    read_u8(reader);
    return true;
}

static status tolerant_begin(struct reader *reader, struct members *out)
{
    struct cbor_item item;
    if (takes(reader, ARRAY_OF_UNTOLD_SIZE)) {
        *out = (struct members){CBOR_ARRAY, .until_break = true};
        return OK;
    }
    if (takes(reader, MAP_OF_UNTOLD_SIZE)) {
        *out = (struct members){CBOR_MAP, .until_break = true};
        return OK;
    }
    TRY(read_head(reader, &item));
    const bool has_many = item.kind == CBOR_ARRAY || item.kind == CBOR_MAP;
    *out = (struct members){item.kind, .left = has_many ? item.number : item.kind == CBOR_TAG};
    return OK;
}

static bool has_another(struct reader *reader, struct members *members)
{
    if (members->until_break)
        return !takes(reader, BREAK);
    return members->left && members->left--;
}

static status tolerant_skip_item(struct reader *reader, int depth);

static status tolerant_take(struct reader *reader, int depth, slice *out)
{
    slice item = reader->left;
    TRY(tolerant_skip_item(reader, depth));
    item.size -= reader->left.size;
    *out = item;
    return OK;
}

static bool is_among(slice key, const struct cbor_member *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(pairs[i].key, key))
            return true;
    return false;
}

/* Numbers are at their shortest, so that equal keys are equal bytes. */
static status tolerant_pairs(struct reader *reader, struct members *members, int depth,
                             struct cbor_member out[CBOR_TOLERANT_KEYS_MAX], size_t *out_count)
{
    size_t count = 0;
    while (has_another(reader, members)) {
        struct cbor_member *const pair = &out[count];
        if (count == CBOR_TOLERANT_KEYS_MAX)
            return FAIL(EXHAUSTED, "a CBOR map has more keys than we compare");
        TRY(tolerant_take(reader, depth, &pair->key));
        if (is_among(pair->key, out, count))
            return FAIL(MALFORMED, "a CBOR map has a key twice");
        TRY(tolerant_take(reader, depth, &pair->value));
        count++;
    }
    *out_count = count;
    return OK;
}

/* `depth` counts the arrays, maps and tags around. */
static status tolerant_skip_item(struct reader *reader, int depth)
{
    struct members members;
    if (depth > CBOR_DEPTH_MAX)
        return FAIL(EXHAUSTED, "CBOR is nested too deeply");
    TRY(tolerant_begin(reader, &members));
    if (members.of == CBOR_MAP) {
        struct cbor_member pairs[CBOR_TOLERANT_KEYS_MAX];
        size_t count;
        return tolerant_pairs(reader, &members, depth + 1, pairs, &count);
    }
    while (has_another(reader, &members))
        TRY(tolerant_skip_item(reader, depth + 1));
    return OK;
}

status cbor_tolerant_skip(struct reader *reader, slice *out)
{
    struct reader after = *reader;
    slice item;
    TRY(tolerant_take(&after, 0, &item));
    *reader = after;
    *out = item;
    return OK;
}

status cbor_tolerant_read_map(struct reader *reader, size_t most, struct cbor_member *out,
                              size_t *out_count)
{
    struct reader after = *reader;
    struct members members;
    struct cbor_member pairs[CBOR_TOLERANT_KEYS_MAX];
    size_t count;
    TRY(tolerant_begin(&after, &members));
    if (members.of != CBOR_MAP)
        return FAIL(MALFORMED, "a CBOR item is of another kind than its place asks for");
    TRY(tolerant_pairs(&after, &members, 1, pairs, &count));
    if (count > most)
        return FAIL(EXHAUSTED, "a CBOR map has more keys than its place allows");
    memcpy(out, pairs, count * sizeof pairs[0]);
    *reader = after;
    *out_count = count;
    return OK;
}

status cbor_tolerant_read_array(struct reader *reader, size_t most, slice *out, size_t *out_count)
{
    struct reader after = *reader;
    struct members members;
    size_t count = 0;
    TRY(tolerant_begin(&after, &members));
    if (members.of != CBOR_ARRAY)
        return FAIL(MALFORMED, "a CBOR item is of another kind than its place asks for");
    while (has_another(&after, &members)) {
        if (count == most)
            return FAIL(EXHAUSTED, "a CBOR array has more members than its place allows");
        TRY(tolerant_take(&after, 1, &out[count++]));
    }
    *reader = after;
    *out_count = count;
    return OK;
}

/* ---- writing: libcbor chooses the shortest form ---- */

enum { HEAD_SIZE_MAX = 9 };

void cbor_write_uint(struct writer *writer, uint64_t value)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_uint(value, head, sizeof head)});
}

void cbor_write_negative(struct writer *writer, uint64_t minus_one_minus_value)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer,
                (slice){head, cbor_encode_negint(minus_one_minus_value, head, sizeof head)});
}

void cbor_write_bytes(struct writer *writer, slice bytes)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_bytestring_start(bytes.size, head, sizeof head)});
    write_bytes(writer, bytes);
}

void cbor_write_text(struct writer *writer, slice text)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_string_start(text.size, head, sizeof head)});
    write_bytes(writer, text);
}

void cbor_write_array(struct writer *writer, size_t count)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_array_start(count, head, sizeof head)});
}

void cbor_write_map(struct writer *writer, size_t count)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_map_start(count, head, sizeof head)});
}

void cbor_write_tag(struct writer *writer, uint64_t tag)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_tag(tag, head, sizeof head)});
}

void cbor_write_bool(struct writer *writer, bool value)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_bool(value, head, sizeof head)});
}

void cbor_write_null(struct writer *writer)
{
    uint8_t head[HEAD_SIZE_MAX];
    write_bytes(writer, (slice){head, cbor_encode_null(head, sizeof head)});
}
