/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/der.h"

#include "test.h"

enum { OCTETS = 0x04, OID = 0x06, SEQUENCE = 0x30 };

static status read_one(slice bytes, struct der_element *out)
{
    struct reader reader = reader_of(bytes);
    TRY(der_read(&reader, out));
    return reader_finish(&reader);
}

TEST(each_form_of_length_comes_back)
{
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
    static const uint8_t zeros[65536];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        SCOPED(buffer) der = {0};
        struct der_element got;
        EXPECT_OK(der_write(&der, OCTETS, (slice){zeros, sizes[i]}));
        EXPECT_OK(read_one(buffer_view(&der), &got));
        EXPECT(got.tag == OCTETS && got.content.size == sizes[i]);
    }
}

/* X.690, 8.1.3: 38 in the short form; 201 in the long form of one byte */
TEST(lengths_are_as_in_x_690)
{
    static const uint8_t zeros[201];
    SCOPED(buffer) shorter = {0};
    SCOPED(buffer) longer = {0};
    EXPECT_OK(der_write(&shorter, OCTETS, (slice){zeros, 38}));
    EXPECT_OK(der_write(&longer, OCTETS, (slice){zeros, 201}));
    EXPECT(shorter.size == 40 && shorter.data[1] == 0x26);
    EXPECT(longer.size == 204 && longer.data[1] == 0x81 && longer.data[2] == 0xc9);
}

TEST(an_element_cut_anywhere_is_truncated_and_leaves_all_untouched)
{
    static const uint8_t zeros[300];
    SCOPED(buffer) der = {0};
    EXPECT_OK(der_write(&der, OCTETS, SLICE(zeros)));
    for (size_t size = 0; size < der.size; size++) {
        struct reader reader = reader_of((slice){der.data, size});
        struct der_element got = {.tag = 99};
        EXPECT_FAIL(TRUNCATED, der_read(&reader, &got));
        EXPECT(got.tag == 99 && reader.left.size == size);
    }
}

TEST(bytes_after_an_element_stay_in_the_reader)
{
    static const uint8_t two[] = {0x04, 0x01, 0xaa, 0x05, 0x00};
    struct reader reader = reader_of(SLICE(two));
    slice content = {0};
    EXPECT_OK(der_expect(&reader, OCTETS, &content));
    EXPECT(content.size == 1 && content.data[0] == 0xaa && reader.left.size == 2);
    EXPECT_FAIL(MALFORMED, reader_finish(&reader));
    EXPECT_FAIL(MALFORMED, der_expect(&reader, OCTETS, &content));
    EXPECT(reader.left.size == 2 && content.size == 1);
}

TEST(only_definite_shortest_lengths_and_single_tags_are_der)
{
    static const struct {
        uint8_t bytes[8];
        size_t size;
    } wrong[] = {
        {{0x30, 0x80, 0x00, 0x00}, 4},                   /* indefinite */
        {{0x04, 0x81, 0x01, 0xaa}, 4},                   /* one byte could be short */
        {{0x04, 0x82, 0x00, 0x01, 0xaa}, 5},             /* a leading zero */
        {{0x04, 0x85, 0x00, 0x00, 0x00, 0x00, 0x00}, 7}, /* five bytes of length */
        {{0x04, 0xff, 0x00}, 3},                         /* reserved */
        {{0x1f, 0x01, 0x00}, 3},                         /* tags of several bytes */
        {{0xbf, 0x01, 0x00}, 3},
        {{0x00, 0x00}, 2}, /* end-of-contents */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct der_element got;
        EXPECT_FAIL(MALFORMED, read_one((slice){wrong[i].bytes, wrong[i].size}, &got));
        EXPECT(der_check((slice){wrong[i].bytes, wrong[i].size}).fault);
    }
}

TEST(a_length_beyond_the_input_is_truncated_however_large)
{
    static const uint8_t large[] = {0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00};
    struct der_element got;
    EXPECT_FAIL(TRUNCATED, read_one(SLICE(large), &got));
}

TEST(numbers_come_back_in_their_shortest_form)
{
    static const struct {
        uint64_t value;
        uint8_t bytes[12];
        size_t size;
    } rows[] = {
        {0, {0x02, 0x01, 0x00}, 3},
        {127, {0x02, 0x01, 0x7f}, 3},
        {128, {0x02, 0x02, 0x00, 0x80}, 4},
        {256, {0x02, 0x02, 0x01, 0x00}, 4},
        {UINT64_MAX, {2, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 11},
        {UINT64_MAX >> 1, {2, 8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(buffer) der = {0};
        struct der_element got;
        uint64_t value = 1;
        EXPECT_OK(der_write_uint(&der, rows[i].value));
        EXPECT(slice_equal(buffer_view(&der), (slice){rows[i].bytes, rows[i].size}));
        EXPECT_OK(read_one(buffer_view(&der), &got));
        EXPECT_OK(der_uint(got.content, &value));
        EXPECT(value == rows[i].value);
    }
}

TEST(negative_padded_empty_and_too_large_numbers_are_refused)
{
    static const uint8_t negative[] = {0x80}, padded[] = {0x00, 0x7f}, minus[] = {0xff, 0xff},
                         nine[] = {1, 0, 0, 0, 0, 0, 0, 0, 0},
                         ten[] = {0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0};
    const slice wrong[] = {SLICE(negative), SLICE(padded), SLICE(minus),
                           SLICE(nine),     SLICE(ten),    {NULL, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint64_t value = 99;
        EXPECT_FAIL(MALFORMED, der_uint(wrong[i], &value));
        EXPECT(value == 99);
    }
}

/* X.690, 8.19.5: { 2 100 3 }; RFC 8017: rsadsi; and the ends of each range. */
TEST(object_identifiers_are_as_in_the_standards)
{
    static const struct {
        const char *text;
        uint8_t bytes[16];
        size_t size;
    } rows[] = {
        {"2.100.3", {0x81, 0x34, 0x03}, 3},
        {"1.2.840.113549", {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d}, 6},
        {"1.3.6.1.4.1.3704.1.4", {0x2b, 6, 1, 4, 1, 0x9c, 0x78, 1, 4}, 9},
        {"0.0", {0x00}, 1},
        {"1.39", {0x4f}, 1},
        {"2.5.29.15", {0x55, 0x1d, 0x0f}, 3},
        {"2.999.3", {0x88, 0x37, 0x03}, 3},
        {"1.2.18446744073709551615",
         {0x2a, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
         11},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(buffer) der = {0};
        struct der_element got = {0};
        EXPECT_OK(der_write_oid(&der, rows[i].text));
        EXPECT_OK(read_one(buffer_view(&der), &got));
        EXPECT(got.tag == OID);
        EXPECT(slice_equal(got.content, (slice){rows[i].bytes, rows[i].size}));
        EXPECT(der_oid_is(got.content, rows[i].text));
        EXPECT(!der_oid_is(got.content, "1.2.3"));
        EXPECT(!der_oid_is((slice){got.content.data, got.content.size - 1}, rows[i].text));
    }
}

TEST(what_is_no_dotted_identifier_equals_nothing)
{
    static const char *const wrong[] = {
        "",
        "1",
        "1.",
        "3.1",
        ".1.2",
        "1.40",
        "1..2",
        "1.2.",
        "1.2.x",
        "1.2 .3",
        "01.2",
        "1.02",
        "1.-2.3",
        "1.2.18446744073709551616",
        ("1.2.18446744073709551615.18446744073709551615.18446744073709551615."
         "18446744073709551615.18446744073709551615.18446744073709551615.18446744073709551615"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        SCOPED(buffer) der = {0};
        EXPECT_FAIL(MALFORMED, der_write_oid(&der, wrong[i]));
        EXPECT(der.size == 0);
        EXPECT(!der_oid_is((slice){NULL, 0}, wrong[i]));
    }
}

TEST(the_check_looks_into_what_is_nested)
{
    static const uint8_t right[] = {0x30, 0x0a, 0x01, 0x01, 0xff, 0x31,
                                    0x03, 0x02, 0x01, 0x00, 0x05, 0x00};
    static const uint8_t bits[] = {0x30, 0x07, 0x03, 0x01, 0x00, 0x03, 0x02, 0x02, 0x04};
    EXPECT_OK(der_check(SLICE(right)));
    EXPECT_OK(der_check(SLICE(bits)));
    static const struct {
        uint8_t bytes[12];
        size_t size;
        const char *why;
    } wrong[] = {
        {{0x30, 0x03, 0x01, 0x01, 0x01}, 5, "a truth of another value"},
        {{0x30, 0x04, 0x01, 0x02, 0xff, 0xff}, 6, "a truth of two bytes"},
        {{0x30, 0x04, 0x02, 0x02, 0x00, 0x01}, 6, "a padded integer"},
        {{0x30, 0x02, 0x02, 0x00}, 4, "an empty integer"},
        {{0x30, 0x03, 0x05, 0x01, 0x00}, 5, "a null with content"},
        {{0x30, 0x04, 0x03, 0x02, 0x02, 0x03}, 6, "an unused bit that is set"},
        {{0x30, 0x04, 0x03, 0x02, 0x08, 0x00}, 6, "eight unused bits"},
        {{0x30, 0x03, 0x03, 0x01, 0x01}, 5, "an unused bit of no byte"},
        {{0x30, 0x02, 0x03, 0x00}, 4, "a bit string without its first octet"},
        {{0x24, 0x03, 0x04, 0x01, 0x00}, 5, "a string in pieces"},
        {{0x30, 0x04, 0xa0, 0x80, 0x00, 0x00}, 6, "an indefinite length inside"},
        {{0x30, 0x03, 0x04, 0x02, 0x00}, 5, "a longer element than its parent"},
        {{0x05, 0x00, 0x05, 0x00}, 4, "two elements"},
        {{0}, 0, "nothing"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const status got = der_check((slice){wrong[i].bytes, wrong[i].size});
        EXPECT(got.fault);
        if (!got.fault)
            printf("  accepted %s\n", wrong[i].why);
    }
}

TEST(nesting_has_a_limit)
{
    SCOPED(buffer) der = {0};
    for (int depth = 0; depth < 40; depth++) {
        SCOPED(buffer) outer = {0};
        EXPECT_OK(der_write(&outer, SEQUENCE, buffer_view(&der)));
        buffer_clear(&der);
        der = buffer_take(&outer);
        if (depth < 32)
            EXPECT_OK(der_check(buffer_view(&der)));
    }
    EXPECT_FAIL(EXHAUSTED, der_check(buffer_view(&der)));
}

/* X.690, 8.1.2.4: numbers of one to four bytes; as Android has them, 503 and 704 */
TEST(explicit_tags_of_any_number_come_back)
{
    static const uint32_t numbers[] = {0, 1, 30, 31, 127, 128, 503, 704, 16383, 16384, 0xfffffff};
    static const uint8_t of_704[] = {0xbf, 0x85, 0x40, 0x02, 0x05, 0x00};
    SCOPED(buffer) known = {0};
    EXPECT_OK(der_write_explicit(&known, 704, (slice){of_704 + 4, 2}));
    EXPECT(slice_equal(buffer_view(&known), SLICE(of_704)));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        SCOPED(buffer) der = {0};
        uint32_t number = UINT32_MAX;
        slice content = {0};
        EXPECT_OK(der_write_explicit(&der, numbers[i], slice_of_text("content")));
        struct reader reader = reader_of(buffer_view(&der));
        EXPECT_OK(der_read_explicit(&reader, &number, &content));
        EXPECT_OK(reader_finish(&reader));
        EXPECT(number == numbers[i] && slice_equal(content, slice_of_text("content")));
        for (size_t size = 0; size < der.size; size++) {
            reader = reader_of((slice){der.data, size});
            EXPECT_FAIL(TRUNCATED, der_read_explicit(&reader, &number, &content));
            EXPECT(number == numbers[i] && reader.left.size == size);
        }
    }
    SCOPED(buffer) none = {0};
    EXPECT_FAIL(EXHAUSTED, der_write_explicit(&none, 0x10000000, (slice){0}));
}

TEST(explicit_tags_in_another_form_or_class_are_malformed)
{
    static const uint8_t cases[][8] = {
        {0xbf, 0x1e, 0x00},                         /* 30 in two bytes */
        {0xbf, 0x80, 0x85, 0x40, 0x00},             /* a leading zero */
        {0xbf, 0x81, 0x80, 0x80, 0x80, 0x00, 0x00}, /* five bytes */
        {0x82, 0x00},                               /* primitive */
        {0x62, 0x00},                               /* of an application */
        {0x30, 0x00},                               /* universal */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reader reader = reader_of(SLICE(cases[i]));
        uint32_t number = 99;
        slice content;
        EXPECT_FAIL(MALFORMED, der_read_explicit(&reader, &number, &content));
        EXPECT(number == 99);
    }
}

TEST(a_boolean_is_00_or_ff)
{
    for (unsigned value = 0; value < 256; value++) {
        const uint8_t content = (uint8_t)value;
        bool got = false;
        if (value == 0 || value == 0xff) {
            EXPECT_OK(der_boolean((slice){&content, 1}, &got));
            EXPECT(got == (value == 0xff));
        } else {
            EXPECT_FAIL(MALFORMED, der_boolean((slice){&content, 1}, &got));
        }
    }
    bool got;
    EXPECT_FAIL(MALFORMED, der_boolean((slice){0}, &got));
    EXPECT_FAIL(MALFORMED, der_boolean((slice){(const uint8_t *)"\0\0", 2}, &got));
}
