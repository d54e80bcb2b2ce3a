/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/der.h"

#include <string.h>

enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_NULL = 0x05,
    TAG_OID = 0x06,
    TAG_ENUMERATED = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    CLASS_MASK = 0xc0, /* 0: universal */
    CONSTRUCTED = 0x20,
    CONTEXT_SPECIFIC = 0x80,
    MULTI_BYTE_TAG = 0x1f,
    MORE_OF_TAG = 0x80,
    TAG_BYTES_MAX = 4, /* behind the first, seven bits each */
    LONG_LENGTH = 0x80,
    LENGTH_BYTES_MAX = 4,
    HEADER_SIZE_MAX = 2 + LENGTH_BYTES_MAX + TAG_BYTES_MAX,
    OID_SIZE_MAX = 64,
    ARC_SIZE_MAX = 10, /* sixty-four bits, seven at a time */
    DEPTH_MAX = 32,
};

/* spec: X.690, "Length octets" and "Restrictions on BER" */
static status read_length(struct reader *reader, size_t *out)
{
    const uint8_t first = read_u8(reader);
    size_t length = first;
    if (first & LONG_LENGTH) {
        const size_t count = first - LONG_LENGTH;
        if (count == 0)
            return FAIL(MALFORMED, "DER has no indefinite lengths");
        if (count > LENGTH_BYTES_MAX)
            return FAIL(MALFORMED, "a DER length of more than four bytes");
        length = 0;
        for (size_t i = 0; i < count; i++)
            length = length << 8 | read_u8(reader);
        const size_t least = count == 1 ? LONG_LENGTH : (size_t)1 << 8 * (count - 1);
        if (!reader->short_of_input && length < least)
            return FAIL(MALFORMED, "a DER length is not the shortest");
    }
    *out = length;
    return OK;
}

status der_read(struct reader *reader, struct der_element *out)
{
    struct reader ahead = *reader;
    struct der_element element = {.tag = read_u8(&ahead)};
    size_t length = 0;
    if (ahead.short_of_input)
        return FAIL(TRUNCATED, "a DER element is missing");
    if (element.tag == 0 || (element.tag & MULTI_BYTE_TAG) == MULTI_BYTE_TAG)
        return FAIL(MALFORMED, "a DER tag that nothing here uses");
    TRY(read_length(&ahead, &length));
    element.content = read_bytes(&ahead, length);
    if (ahead.short_of_input)
        return FAIL(TRUNCATED, "a DER element ends too soon");
    *reader = ahead;
    *out = element;
    return OK;
}

/* spec: X.690, "Identifier octets": numbers from 31 on take more than one */
static status read_tag_number(struct reader *reader, uint8_t first, uint32_t *out)
{
    uint32_t number = first & MULTI_BYTE_TAG;
    if (number == MULTI_BYTE_TAG) {
        uint8_t byte = MORE_OF_TAG;
        number = 0;
        for (size_t i = 0; byte & MORE_OF_TAG; i++) {
            byte = read_u8(reader);
            if (i == TAG_BYTES_MAX || (i == 0 && byte == MORE_OF_TAG))
                return FAIL(MALFORMED, "a DER tag number is too long");
            number = number << 7 | (byte & ~MORE_OF_TAG & 0xff);
        }
        if (!reader->short_of_input && number < MULTI_BYTE_TAG)
            return FAIL(MALFORMED, "a DER tag number is not the shortest");
    }
    *out = number;
    return OK;
}

status der_read_explicit(struct reader *reader, uint32_t *out_number, slice *out_content)
{
    struct reader ahead = *reader;
    const uint8_t first = read_u8(&ahead);
    uint32_t number = 0;
    size_t length = 0;
    if (ahead.short_of_input)
        return FAIL(TRUNCATED, "a DER element is missing");
    if ((first & (CLASS_MASK | CONSTRUCTED)) != (CONTEXT_SPECIFIC | CONSTRUCTED))
        return FAIL(MALFORMED, "a DER element of another type");
    TRY(read_tag_number(&ahead, first, &number));
    TRY(read_length(&ahead, &length));
    const slice content = read_bytes(&ahead, length);
    if (ahead.short_of_input)
        return FAIL(TRUNCATED, "a DER element ends too soon");
    *reader = ahead;
    *out_number = number;
    *out_content = content;
    return OK;
}

status der_expect(struct reader *reader, uint8_t tag, slice *out_content)
{
    struct reader ahead = *reader;
    struct der_element element;
    TRY(der_read(&ahead, &element));
    if (element.tag != tag)
        return FAIL(MALFORMED, "a DER element of another type");
    *reader = ahead;
    *out_content = element.content;
    return OK;
}

static bool integer_is_shortest(slice content)
{
    if (content.size < 2)
        return content.size == 1;
    const bool is_negative = content.data[1] & 0x80;
    return content.data[0] != (is_negative ? 0xff : 0x00);
}

status der_uint(slice content, uint64_t *out)
{
    if (!integer_is_shortest(content) || content.data[0] & 0x80)
        return FAIL(MALFORMED, "not a non-negative DER integer");
    uint64_t value = 0;
    if (content.size > sizeof value + (content.data[0] == 0))
        return FAIL(MALFORMED, "a DER integer of more than eight bytes");
    for (size_t i = 0; i < content.size; i++)
        value = value << 8 | content.data[i];
    *out = value;
    return OK;
}

status der_boolean(slice content, bool *out)
{
    if (content.size != 1 || (content.data[0] != 0x00 && content.data[0] != 0xff))
        return FAIL(MALFORMED, "not a DER boolean");
    *out = content.data[0] != 0;
    return OK;
}

/* One number of a dotted OID, without signs, leading zeros or more than sixty-four bits. */
static bool take_arc(const char **text, uint64_t *out)
{
    const char *at = *text;
    uint64_t value = 0;
    if (*at < '0' || *at > '9' || (at[0] == '0' && at[1] >= '0' && at[1] <= '9'))
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (*at == '.' ? at[1] == '\0' : *at != '\0')
        return false;
    *text = *at ? at + 1 : at;
    *out = value;
    return true;
}

static size_t put_arc(uint64_t value, uint8_t out[ARC_SIZE_MAX])
{
    size_t count = 1;
    while (count < ARC_SIZE_MAX && value >> 7 * count)
        count++;
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)((value >> 7 * (count - 1 - i) & 0x7f) | (i + 1 < count ? 0x80 : 0));
    return count;
}

/* The DER content of a dotted OID; its size, or 0 when `text` is none. */
static size_t encode_oid(const char *text, uint8_t out[OID_SIZE_MAX])
{
    uint64_t first, arc;
    size_t size = 0;
    if (!take_arc(&text, &first) || first > 2 || !*text || !take_arc(&text, &arc) ||
        (first < 2 && arc >= 40) || arc > UINT64_MAX - 80)
        return 0;
    arc += first * 40;
    for (;;) {
        if (size + ARC_SIZE_MAX > OID_SIZE_MAX)
            return 0;
        size += put_arc(arc, out + size);
        if (!*text)
            return size;
        if (!take_arc(&text, &arc))
            return 0;
    }
}

bool der_oid_is(slice content, const char *oid)
{
    uint8_t expected[OID_SIZE_MAX];
    const size_t size = encode_oid(oid, expected);
    return size && slice_equal(content, (slice){expected, size});
}

/* Appends length and content behind `size` bytes of a tag that `header` begins with. */
static status write_element(struct buffer *out, uint8_t header[HEADER_SIZE_MAX], size_t size,
                            slice content)
{
    if (content.size > UINT32_MAX)
        return FAIL(EXHAUSTED, "more than one DER element can hold");
    if (content.size < LONG_LENGTH) {
        header[size++] = (uint8_t)content.size;
    } else {
        size_t count = 1;
        while (count < LENGTH_BYTES_MAX && content.size >> 8 * count)
            count++;
        header[size++] = (uint8_t)(LONG_LENGTH | count);
        for (size_t i = 0; i < count; i++)
            header[size++] = (uint8_t)(content.size >> 8 * (count - 1 - i));
    }
    const size_t before = out->size;
    TRY(buffer_append(out, (slice){header, size}));
    const status appended = buffer_append(out, content);
    if (appended.fault)
        out->size = before;
    return appended;
}

status der_write(struct buffer *out, uint8_t tag, slice content)
{
    uint8_t header[HEADER_SIZE_MAX] = {tag};
    return write_element(out, header, 1, content);
}

status der_write_explicit(struct buffer *out, uint32_t number, slice content)
{
    uint8_t header[HEADER_SIZE_MAX] = {CONTEXT_SPECIFIC | CONSTRUCTED};
    uint8_t arc[ARC_SIZE_MAX];
    if (number < MULTI_BYTE_TAG) {
        header[0] |= (uint8_t)number;
        return write_element(out, header, 1, content);
    }
    const size_t size = put_arc(number, arc); /* the same seven bits at a time */
    if (size > TAG_BYTES_MAX)
        return FAIL(EXHAUSTED, "a larger tag number than we write");
    header[0] |= MULTI_BYTE_TAG;
    memcpy(header + 1, arc, size);
    return write_element(out, header, 1 + size, content);
}

status der_write_uint(struct buffer *out, uint64_t value)
{
    uint8_t bytes[1 + sizeof value] = {0};
    for (size_t i = 0; i < sizeof value; i++)
        bytes[1 + i] = (uint8_t)(value >> 8 * (sizeof value - 1 - i));
    size_t skip = 0;
    while (skip < sizeof value && bytes[skip] == 0 && !(bytes[skip + 1] & 0x80))
        skip++;
    return der_write(out, TAG_INTEGER, (slice){bytes + skip, sizeof bytes - skip});
}

status der_write_oid(struct buffer *out, const char *oid)
{
    uint8_t content[OID_SIZE_MAX];
    const size_t size = encode_oid(oid, content);
    if (!size)
        return FAIL(MALFORMED, "not a dotted object identifier");
    return der_write(out, TAG_OID, (slice){content, size});
}

/* The first octet counts the bits of the last that are unused, and those are zero. */
static bool bit_string_is_strict(slice content)
{
    if (content.size < 2)
        return content.size == 1 && content.data[0] == 0;
    const unsigned unused = content.data[0];
    return unused < 8 && !(content.data[content.size - 1] & ((1U << unused) - 1));
}

static bool primitive_is_strict(const struct der_element *element)
{
    const slice content = element->content;
    switch (element->tag) {
    case TAG_BOOLEAN:
        return content.size == 1 && (content.data[0] == 0x00 || content.data[0] == 0xff);
    case TAG_INTEGER:
    case TAG_ENUMERATED:
        return integer_is_shortest(content);
    case TAG_BIT_STRING:
        return bit_string_is_strict(content);
    case TAG_NULL:
        return content.size == 0;
    default:
        return true;
    }
}

static status check_elements(slice bytes, int depth)
{
    struct reader reader = reader_of(bytes);
    if (depth > DEPTH_MAX)
        return FAIL(EXHAUSTED, "DER is nested deeper than we read");
    while (reader.left.size) {
        struct der_element element;
        TRY(der_read(&reader, &element));
        const bool is_constructed = element.tag & CONSTRUCTED;
        const bool is_universal = !(element.tag & CLASS_MASK);
        if (is_constructed && is_universal && element.tag != TAG_SEQUENCE && element.tag != TAG_SET)
            return FAIL(MALFORMED, "DER has no strings in pieces");
        if (is_constructed)
            TRY(check_elements(element.content, depth + 1));
        else if (!primitive_is_strict(&element))
            return FAIL(MALFORMED, "a value is not in DER's one form");
    }
    return OK;
}

status der_check(slice der)
{
    struct reader reader = reader_of(der);
    struct der_element element;
    TRY(der_read(&reader, &element));
    TRY(reader_finish(&reader));
    return check_elements(der, 0);
}
