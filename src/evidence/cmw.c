/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cmw.h"

#include "codec/cbor.h"
#include "codec/json.h"
#include "codec/text.h"
#include "evidence/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INDICATOR_EVIDENCE = 4, /* of the bits that say what a record holds */
    INDICATOR_MAX = 31,
    CONTENT_FORMAT_MAX = UINT16_MAX,
    LABEL_SIZE_MAX = 128,
    FIRST_ARRAY_OF_2 = 0x82,
    FIRST_ARRAY_OF_3 = 0x83,
    FIRST_TAG_OF_4_BYTES = 0xda,
    FIRST_MAP = 0xa1,
    LAST_MAP = 0xb7,
};

/* RFC 9277, appendix B: a tag for each content format, 255 of every 256. */
static const uint32_t tag_first = 1668546817, tag_last = 1668612095;

#define COLLECTION_TYPE "__cmwc_t"

void cmw_content_clear(struct cmw_content *content)
{
    buffer_clear(&content->value);
    *content = (struct cmw_content){0};
}

static status set_type(struct cmw_content *content, slice type)
{
    if (type.size == 0 || type.size >= sizeof content->type)
        return FAIL(MALFORMED, "the media type of the wrapper has no sensible length");
    for (size_t i = 0; i < type.size; i++)
        if (type.data[i] <= ' ' || type.data[i] > '~')
            return FAIL(MALFORMED, "the media type of the wrapper is not one");
    memcpy(content->type, type.data, type.size);
    content->type[type.size] = 0;
    return OK;
}

static void set_format(struct cmw_content *content, uint64_t format)
{
    snprintf(content->type, sizeof content->type, "%" PRIu64, format);
}

/* ---- CBOR ---- */

static bool is_record(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint8_t first = read_u8(&reader);
    const enum cbor_kind second = cbor_peek(&reader);
    return (first == FIRST_ARRAY_OF_2 || first == FIRST_ARRAY_OF_3) &&
           (second == CBOR_TEXT || second == CBOR_UINT);
}

static bool is_tag(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint8_t first = read_u8(&reader);
    const uint32_t tag = read_be32(&reader);
    return !reader.short_of_input && first == FIRST_TAG_OF_4_BYTES && tag >= tag_first &&
           tag <= tag_last;
}

static bool is_collection(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint8_t first = read_u8(&reader);
    const enum cbor_kind key = cbor_peek(&reader);
    return first >= FIRST_MAP && first <= LAST_MAP &&
           (key == CBOR_TEXT || key == CBOR_UINT || key == CBOR_NEGATIVE);
}

bool cmw_begins_cbor(slice bytes)
{
    return is_record(bytes) || is_tag(bytes) || is_collection(bytes);
}

/* `*out_is_evidence` is false when the record says that it holds something else. */
static status read_record(struct reader *reader, struct cmw_content *content, bool *out_is_evidence)
{
    size_t count;
    slice type, value;
    uint64_t format, indicator = INDICATOR_EVIDENCE;
    TRY(cbor_read_array(reader, 3, &count));
    if (count < 2)
        return FAIL(MALFORMED, "a wrapper's record has two or three elements");
    if (cbor_peek(reader) == CBOR_UINT) {
        TRY(cbor_read_uint(reader, CONTENT_FORMAT_MAX, &format));
        set_format(content, format);
    } else {
        TRY(cbor_read_text(reader, CMW_MEDIA_TYPE_SIZE, &type));
        TRY(set_type(content, type));
    }
    TRY(cbor_read_bytes(reader, EVIDENCE_SIZE_MAX, &value));
    if (count == 3)
        TRY(cbor_read_uint(reader, INDICATOR_MAX, &indicator));
    buffer_clear(&content->value);
    TRY(buffer_append(&content->value, value));
    *out_is_evidence = indicator & INDICATOR_EVIDENCE;
    return OK;
}

/* spec: RFC 9277, appendix B */
static status read_tag(struct reader *reader, struct cmw_content *content)
{
    struct cbor_item tag;
    slice value;
    TRY(cbor_read(reader, &tag));
    const uint64_t place = tag.number - tag_first;
    if (place % 256 == 255)
        return FAIL(MALFORMED, "the wrapper's tag is of no content format");
    set_format(content, place / 256 * 255 + place % 256);
    if (cbor_peek(reader) != CBOR_BYTES)
        return FAIL(UNSUPPORTED, "the wrapper's tag holds something else than bytes");
    TRY(cbor_read_bytes(reader, EVIDENCE_SIZE_MAX, &value));
    return buffer_append(&content->value, value);
}

static status take_evidence(struct cmw_content *record, struct cmw_content *content)
{
    if (*content->type)
        return FAIL(UNSUPPORTED, "the collection holds two evidences where one is wanted");
    *content = *record;
    *record = (struct cmw_content){0};
    return OK;
}

static status skip_collection_type(struct reader *reader)
{
    slice type;
    return cbor_read_text(reader, LABEL_SIZE_MAX, &type);
}

static status read_member(struct reader *reader, struct cmw_content *content)
{
    struct cbor_item label;
    bool is_evidence;
    SCOPED(cmw_content) record = {0};
    TRY(cbor_read(reader, &label));
    if (label.kind == CBOR_TEXT && slice_equal(label.bytes, slice_of_text(COLLECTION_TYPE)))
        return skip_collection_type(reader);
    if (label.kind != CBOR_TEXT && label.kind != CBOR_UINT && label.kind != CBOR_NEGATIVE)
        return FAIL(MALFORMED, "a label of the collection is neither text nor a number");
    if (cbor_peek(reader) != CBOR_ARRAY)
        return FAIL(UNSUPPORTED, "the collection holds something else than records");
    TRY(read_record(reader, &record, &is_evidence));
    return is_evidence ? take_evidence(&record, content) : OK;
}

static status read_collection(struct reader *reader, struct cmw_content *content)
{
    size_t count;
    TRY(cbor_read_map(reader, CMW_MEMBERS_MAX, &count));
    for (size_t i = 0; i < count; i++)
        TRY(read_member(reader, content));
    return *content->type ? OK : FAIL(UNSUPPORTED, "the collection holds no evidence");
}

status cmw_content_read_cbor(slice bytes, struct cmw_content *out)
{
    SCOPED(cmw_content) content = {0};
    struct reader reader = reader_of(bytes);
    bool is_evidence = true;
    if (is_tag(bytes))
        TRY(read_tag(&reader, &content));
    else if (is_collection(bytes))
        TRY(read_collection(&reader, &content));
    else
        TRY(read_record(&reader, &content, &is_evidence));
    TRY(reader_finish(&reader));
    if (!is_evidence)
        return FAIL(UNSUPPORTED, "the wrapper holds something else than evidence");
    *out = content;
    content = (struct cmw_content){0};
    return OK;
}

/* ---- JSON ---- */

/* A record begins with a text: other arrays are evidence of some kind, or nothing we know. */
bool cmw_begins_json(slice text)
{
    size_t i = 1;
    while (i < text.size && (text.data[i] == ' ' || text.data[i] == '\t' || text.data[i] == '\r' ||
                             text.data[i] == '\n'))
        i++;
    return i < text.size && text.data[0] == '[' && text.data[i] == '"';
}

static slice text_of(const json_t *string)
{
    return (slice){(const uint8_t *)json_string_value(string), json_string_length(string)};
}

static status read_json_record(const json_t *array, struct cmw_content *content,
                               bool *out_is_evidence)
{
    const json_t *const type = json_array_get(array, 0);
    const json_t *const value = json_array_get(array, 1);
    const json_t *const indicator = json_array_get(array, 2);
    const size_t count = json_array_size(array);
    if (count < 2 || count > 3 || !json_is_string(type) || !json_is_string(value))
        return FAIL(MALFORMED, "a wrapper's record is a type, a value and perhaps a number");
    if (indicator && (!json_is_integer(indicator) || json_integer_value(indicator) < 0 ||
                      json_integer_value(indicator) > INDICATOR_MAX))
        return FAIL(MALFORMED, "a wrapper's record says with no known bits what it holds");
    TRY(set_type(content, text_of(type)));
    buffer_clear(&content->value);
    TRY(base64_read(text_of(value), &content->value));
    *out_is_evidence = !indicator || (json_integer_value(indicator) & INDICATOR_EVIDENCE);
    return OK;
}

static status read_json_member(const char *label, const json_t *value, struct cmw_content *content)
{
    bool is_evidence;
    SCOPED(cmw_content) record = {0};
    if (strcmp(label, COLLECTION_TYPE) == 0)
        return json_is_string(value) ? OK : FAIL(MALFORMED, "the collection's type is no text");
    if (!json_is_array(value))
        return FAIL(UNSUPPORTED, "the collection holds something else than records");
    TRY(read_json_record(value, &record, &is_evidence));
    return is_evidence ? take_evidence(&record, content) : OK;
}

static status read_json_collection(json_t *object, struct cmw_content *content)
{
    const char *label;
    json_t *value;
    if (json_object_size(object) > CMW_MEMBERS_MAX)
        return FAIL(EXHAUSTED, "the collection has more members than we read");
    json_object_foreach(object, label, value) TRY(read_json_member(label, value, content));
    return *content->type ? OK : FAIL(UNSUPPORTED, "the collection holds no evidence");
}

status cmw_content_read_json(slice text, struct cmw_content *out)
{
    SCOPED(json) json = {0};
    SCOPED(cmw_content) content = {0};
    bool is_evidence = true;
    TRY(json_read(text, &json));
    if (json_is_object(json.root))
        TRY(read_json_collection(json.root, &content));
    else
        TRY(read_json_record(json.root, &content, &is_evidence));
    if (!is_evidence)
        return FAIL(UNSUPPORTED, "the wrapper holds something else than evidence");
    *out = content;
    content = (struct cmw_content){0};
    return OK;
}

/* ---- writing ---- */

static void type_of(const char *platform, char out[CMW_MEDIA_TYPE_SIZE])
{
    snprintf(out, CMW_MEDIA_TYPE_SIZE, CMW_EVIDENCE_TYPE "%s", platform);
}

status cmw_evidence_write_cbor(const char *platform, slice evidence, struct buffer *out)
{
    char type[CMW_MEDIA_TYPE_SIZE];
    slice written;
    const size_t capacity = CMW_MEDIA_TYPE_SIZE + LABEL_SIZE_MAX + evidence.size;
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a wrapper");
    type_of(platform, type);
    struct writer writer = writer_over(space.data, capacity);
    cbor_write_array(&writer, 2);
    cbor_write_text(&writer, slice_of_text(type));
    cbor_write_bytes(&writer, evidence);
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out = buffer_take(&space);
    return OK;
}

status cmw_evidence_write_json(const char *platform, slice evidence, struct buffer *out)
{
    char type[CMW_MEDIA_TYPE_SIZE];
    SCOPED(buffer) value = {0};
    SCOPED(buffer) record = {0};
    type_of(platform, type);
    TRY(base64url_write(evidence, &value));
    const slice parts[] = {slice_of_text("[\""), slice_of_text(type), slice_of_text("\",\""),
                           buffer_view(&value), slice_of_text("\"]\n")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        TRY(buffer_append(&record, parts[i]));
    *out = buffer_take(&record);
    return OK;
}
