/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

#include <string.h>

/* On success `out` gets what was made; what it held before is wiped. */
static status hand_over(struct buffer *made, struct buffer *out)
{
    buffer_clear(out);
    *out = buffer_take(made);
    return OK;
}

/* ---- hexadecimal ---- */

enum { NOT_A_DIGIT = 0xff };

static uint8_t hex_digit(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return (uint8_t)(character - '0');
    if (character >= 'a' && character <= 'f')
        return (uint8_t)(character - 'a' + 10);
    if (character >= 'A' && character <= 'F')
        return (uint8_t)(character - 'A' + 10);
    return NOT_A_DIGIT;
}

void hex_write(slice bytes, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

static status hex_check(slice text)
{
    if (text.size % 2)
        return FAIL(MALFORMED, "an odd number of hexadecimal digits");
    for (size_t i = 0; i < text.size; i++)
        if (hex_digit(text.data[i]) == NOT_A_DIGIT)
            return FAIL(MALFORMED, "a character is not a hexadecimal digit");
    return OK;
}

static uint8_t hex_byte(const uint8_t *digits)
{
    return (uint8_t)(hex_digit(digits[0]) << 4 | hex_digit(digits[1]));
}

status hex_read(slice text, struct buffer *out)
{
    SCOPED(buffer) bytes = {0};
    TRY(hex_check(text));
    for (size_t i = 0; i < text.size; i += 2) {
        const uint8_t byte = hex_byte(text.data + i);
        TRY(buffer_append(&bytes, (slice){&byte, 1}));
    }
    return hand_over(&bytes, out);
}

status hex_read_exactly(slice text, uint8_t *out, size_t size)
{
    if (text.size % 2 || text.size / 2 != size)
        return FAIL(MALFORMED, "not as many hexadecimal digits as the field has");
    TRY(hex_check(text));
    for (size_t i = 0; i < size; i++)
        out[i] = hex_byte(text.data + 2 * i);
    return OK;
}

/* ---- base64. spec: RFC 4648, "Base 64 Encoding" and "... with URL and Filename Safe Alphabet" */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

enum base64_alphabet { ALPHABET_ANY, ALPHABET_STANDARD, ALPHABET_URL };

/* The value of a digit; the first digit that only one alphabet has fixes `alphabet`. */
static uint8_t base64_digit(uint8_t character, enum base64_alphabet *alphabet)
{
    if (character >= 'A' && character <= 'Z')
        return (uint8_t)(character - 'A');
    if (character >= 'a' && character <= 'z')
        return (uint8_t)(character - 'a' + 26);
    if (character >= '0' && character <= '9')
        return (uint8_t)(character - '0' + 52);
    const bool is_standard = character == '+' || character == '/';
    if (!is_standard && character != '-' && character != '_')
        return NOT_A_DIGIT;
    const enum base64_alphabet own = is_standard ? ALPHABET_STANDARD : ALPHABET_URL;
    if (*alphabet == ALPHABET_ANY)
        *alphabet = own;
    if (*alphabet != own)
        return NOT_A_DIGIT;
    return character == '+' || character == '-' ? 62 : 63;
}

static bool is_space(uint8_t character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* Four digits become three bytes; at the end two or three digits one or two, spare bits zero. */
static status decode_group(const uint8_t digits[4], size_t count, struct buffer *bytes)
{
    const uint32_t bits = (uint32_t)digits[0] << 18 | (uint32_t)digits[1] << 12 |
                          (uint32_t)digits[2] << 6 | digits[3];
    const uint8_t group[] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
    if (count == 1)
        return FAIL(MALFORMED, "base64 ends inside a byte");
    if ((count == 2 && bits & 0xffff) || (count == 3 && bits & 0xff))
        return FAIL(MALFORMED, "base64 ends in bits that belong to no byte");
    return buffer_append(bytes, (slice){group, count - 1});
}

static status base64_decode(slice text, enum base64_alphabet alphabet, struct buffer *bytes)
{
    uint8_t digits[4] = {0};
    size_t count = 0, padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (is_space(text.data[i]))
            continue;
        if (text.data[i] == '=') {
            padding++;
            continue;
        }
        digits[count] = base64_digit(text.data[i], &alphabet);
        if (padding || digits[count] == NOT_A_DIGIT)
            return FAIL(MALFORMED, "a character is not base64");
        if (++count == sizeof digits) {
            TRY(decode_group(digits, count, bytes));
            memset(digits, 0, sizeof digits);
            count = 0;
        }
    }
    if (padding && (count == 0 || count + padding != sizeof digits))
        return FAIL(MALFORMED, "base64 is padded wrongly");
    return count ? decode_group(digits, count, bytes) : OK;
}

status base64_read(slice text, struct buffer *out)
{
    SCOPED(buffer) bytes = {0};
    TRY(base64_decode(text, ALPHABET_ANY, &bytes));
    return hand_over(&bytes, out);
}

static char base64_letter(uint32_t digit, enum base64_alphabet alphabet)
{
    if (digit < 62)
        return letters[digit];
    if (alphabet == ALPHABET_URL)
        return digit == 62 ? '-' : '_';
    return digit == 62 ? '+' : '/';
}

/* Appends; only the standard alphabet is padded. */
static status base64_encode(slice bytes, enum base64_alphabet alphabet, struct buffer *text)
{
    for (size_t i = 0; i < bytes.size; i += 3) {
        const size_t count = bytes.size - i < 3 ? bytes.size - i : 3;
        uint32_t bits = (uint32_t)bytes.data[i] << 16;
        bits |= count > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        bits |= count > 2 ? bytes.data[i + 2] : 0;
        uint8_t group[4] = {'=', '=', '=', '='};
        for (size_t j = 0; j <= count; j++)
            group[j] = (uint8_t)base64_letter(bits >> (18 - 6 * j) & 63, alphabet);
        TRY(buffer_append(text, (slice){group, alphabet == ALPHABET_URL ? count + 1 : 4}));
    }
    return OK;
}

status base64url_write(slice bytes, struct buffer *out)
{
    SCOPED(buffer) text = {0};
    TRY(base64_encode(bytes, ALPHABET_URL, &text));
    return hand_over(&text, out);
}

status base64_write(slice bytes, struct buffer *out)
{
    SCOPED(buffer) text = {0};
    TRY(base64_encode(bytes, ALPHABET_STANDARD, &text));
    return hand_over(&text, out);
}

/* ---- PEM ---- */

static const char pem_begin[] = "-----BEGIN ";
static const char pem_end[] = "-----END ";
static const char pem_dashes[] = "-----";

static bool begins_with(slice text, const char *prefix)
{
    const size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static slice without_first(slice text, size_t size)
{
    return (slice){text.data + size, text.size - size};
}

/* Takes a line that ends in LF, CRLF or CR; what it returns has no end of line. */
static slice take_line(slice *text)
{
    slice line = {text->data, 0};
    while (line.size < text->size && text->data[line.size] != '\n' && text->data[line.size] != '\r')
        line.size++;
    size_t taken = line.size;
    if (begins_with(without_first(*text, taken), "\r\n"))
        taken += 2;
    else if (taken < text->size)
        taken++;
    *text = without_first(*text, taken);
    return line;
}

/* spec: RFC 7468, "ABNF": printable, single spaces or hyphens only between other characters. */
static bool is_label(slice label)
{
    bool after_separator = true;
    for (size_t i = 0; i < label.size; i++) {
        const bool separates = label.data[i] == ' ' || label.data[i] == '-';
        if (label.data[i] < ' ' || label.data[i] > '~' || (separates && after_separator))
            return false;
        after_separator = separates;
    }
    return label.size && !after_separator;
}

/* The label of "<prefix><label>-----", white space after it allowed. */
static status read_boundary(slice line, const char *prefix, slice *out_label)
{
    slice label = without_first(line, strlen(prefix));
    while (label.size && is_space(label.data[label.size - 1]))
        label.size--;
    if (label.size < sizeof pem_dashes - 1)
        return FAIL(MALFORMED, "a PEM boundary is incomplete");
    label.size -= sizeof pem_dashes - 1;
    if (memcmp(label.data + label.size, pem_dashes, sizeof pem_dashes - 1) != 0)
        return FAIL(MALFORMED, "a PEM boundary is incomplete");
    if (!is_label(label))
        return FAIL(MALFORMED, "a PEM label has characters that no label has");
    if (label.size >= PEM_LABEL_SIZE_MAX)
        return FAIL(EXHAUSTED, "a PEM label is too long");
    *out_label = label;
    return OK;
}

/* Only at the start of a line: what a comment quotes is not a block. */
static status find_begin(slice *text, slice *out_label)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    if (begins_with(*text, byte_order_mark))
        *text = without_first(*text, sizeof byte_order_mark - 1);
    while (text->size) {
        const slice line = take_line(text);
        if (begins_with(line, pem_begin))
            return read_boundary(line, pem_begin, out_label);
    }
    return FAIL(UNEXPECTED, "there is no further PEM block");
}

static status find_end(slice *text, slice label, slice *out_body)
{
    slice body = {text->data, 0};
    while (text->size) {
        body.size = (size_t)(text->data - body.data);
        const slice line = take_line(text);
        if (!begins_with(line, pem_end))
            continue;
        slice end_label;
        TRY(read_boundary(line, pem_end, &end_label));
        if (!slice_equal(label, end_label))
            return FAIL(MALFORMED, "a PEM block ends with another label than it began with");
        *out_body = body;
        return OK;
    }
    return FAIL(TRUNCATED, "a PEM block does not end");
}

status pem_read_next(slice *text, char label[PEM_LABEL_SIZE_MAX], struct buffer *out_der)
{
    SCOPED(buffer) der = {0};
    slice left = *text, found_label, body;
    TRY(find_begin(&left, &found_label));
    TRY(find_end(&left, found_label, &body));
    if (body.size > PEM_BODY_SIZE_MAX)
        return FAIL(EXHAUSTED, "a PEM block is too large");
    TRY(base64_decode(body, ALPHABET_STANDARD, &der));
    if (!der.size)
        return FAIL(MALFORMED, "a PEM block is empty");
    *text = left;
    memcpy(label, found_label.data, found_label.size);
    label[found_label.size] = '\0';
    return hand_over(&der, out_der);
}

static status append_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, slice_of_text(text));
}

status pem_write(const char *label, slice der, struct buffer *out_text)
{
    enum { LINE_BYTES = 48 }; /* 64 characters */
    SCOPED(buffer) text = {0};
    if (!is_label(slice_of_text(label)) || strlen(label) >= PEM_LABEL_SIZE_MAX || !der.size)
        return FAIL(INTERNAL, "nothing to write, or no label to write it under");
    const char *const begin[] = {pem_begin, label, pem_dashes, "\n"};
    const char *const end[] = {pem_end, label, pem_dashes, "\n"};
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
        TRY(append_text(&text, begin[i]));
    for (size_t at = 0; at < der.size; at += LINE_BYTES) {
        const size_t size = der.size - at < LINE_BYTES ? der.size - at : LINE_BYTES;
        TRY(base64_encode((slice){der.data + at, size}, ALPHABET_STANDARD, &text));
        TRY(append_text(&text, "\n"));
    }
    for (size_t i = 0; i < sizeof end / sizeof *end; i++)
        TRY(append_text(&text, end[i]));
    return hand_over(&text, out_text);
}
