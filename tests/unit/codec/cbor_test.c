/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/cbor.h"

#include "test.h"

#include "codec/text.h"

/* Bytes from hex, alive until the test program ends. */
static slice bytes_of(const char *hex)
{
    static uint8_t space[16][512];
    static size_t turn;
    uint8_t *const bytes = space[turn++ % 16];
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), bytes, strlen(hex) / 2));
    return (slice){bytes, strlen(hex) / 2};
}

static status read_one(const char *hex, struct cbor_item *out)
{
    struct reader reader = reader_of(bytes_of(hex));
    struct cbor_item item;
    TRY(cbor_read(&reader, &item));
    TRY(reader_finish(&reader));
    *out = item;
    return OK;
}

static status skip_one(const char *hex)
{
    struct reader reader = reader_of(bytes_of(hex));
    slice item;
    TRY(cbor_skip(&reader, &item));
    EXPECT(item.size == strlen(hex) / 2);
    return reader_finish(&reader);
}

/* RFC 8949, Appendix A, "Examples of Encoded CBOR Data Items" */
static const struct {
    const char *hex;
    enum cbor_kind kind;
    uint64_t number;
} numbers[] = {
    {"00", CBOR_UINT, 0},
    {"01", CBOR_UINT, 1},
    {"0a", CBOR_UINT, 10},
    {"17", CBOR_UINT, 23},
    {"1818", CBOR_UINT, 24},
    {"1819", CBOR_UINT, 25},
    {"1864", CBOR_UINT, 100},
    {"1903e8", CBOR_UINT, 1000},
    {"1a000f4240", CBOR_UINT, 1000000},
    {"1b000000e8d4a51000", CBOR_UINT, 1000000000000},
    {"1bffffffffffffffff", CBOR_UINT, UINT64_MAX},
    {"3bffffffffffffffff", CBOR_NEGATIVE, UINT64_MAX},
    {"20", CBOR_NEGATIVE, 0},
    {"29", CBOR_NEGATIVE, 9},
    {"3863", CBOR_NEGATIVE, 99},
    {"3903e7", CBOR_NEGATIVE, 999},
    {"f4", CBOR_BOOL, false},
    {"f5", CBOR_BOOL, true},
    {"f6", CBOR_NULL, 0},
};

static void write_item(struct writer *writer, const struct cbor_item *item)
{
    switch (item->kind) {
    case CBOR_UINT:
        cbor_write_uint(writer, item->number);
        break;
    case CBOR_NEGATIVE:
        cbor_write_negative(writer, item->number);
        break;
    case CBOR_BOOL:
        cbor_write_bool(writer, item->number);
        break;
    default:
        cbor_write_null(writer);
        break;
    }
}

TEST(the_numbers_of_the_specification_are_read_and_written)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint8_t space[9];
        struct writer writer = writer_over(space, sizeof space);
        struct cbor_item item = {0};
        slice written;
        EXPECT_OK(read_one(numbers[i].hex, &item));
        EXPECT(item.kind == numbers[i].kind && item.number == numbers[i].number);
        write_item(&writer, &item);
        EXPECT_OK(writer_finish(&writer, &written));
        EXPECT(slice_equal(written, bytes_of(numbers[i].hex)));
    }
}

/* RFC 8949, Appendix A */
static const char *const whole_items[] = {
    "40",
    "4401020304",
    "60",
    "6449455446",
    "62c3bc",
    "63e6b0b4",
    "64f0908591",
    "80",
    "83010203",
    "8301820203820405",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "a0",
    "a201020304",
    "a26161016162820203",
    "826161a161626163",
    "a56161614161626142616361436164614461656145",
    "c11a514b67b0",
    "d74401020304",
    "d818456449455446",
    "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
};

TEST(the_strings_arrays_maps_and_tags_of_the_specification_are_read)
{
    for (size_t i = 0; i < sizeof whole_items / sizeof *whole_items; i++)
        EXPECT_OK(skip_one(whole_items[i]));
}

TEST(an_item_cut_anywhere_is_refused_and_leaves_cursor_and_out_untouched)
{
    for (size_t i = 0; i < sizeof whole_items / sizeof *whole_items; i++) {
        const slice whole = bytes_of(whole_items[i]);
        for (size_t size = 0; size < whole.size; size++) {
            struct reader reader = reader_of((slice){whole.data, size});
            slice out = {0};
            EXPECT_FAIL(TRUNCATED, cbor_skip(&reader, &out));
            EXPECT(!out.data && reader.left.size == size && reader.left.data == whole.data);
        }
    }
}

TEST(a_message_is_written_and_read_back)
{
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    slice written, text, bytes;
    size_t count;
    bool flag = false;
    uint64_t number;
    cbor_write_tag(&writer, 23);
    cbor_write_map(&writer, 2);
    cbor_write_uint(&writer, 1);
    cbor_write_array(&writer, 2);
    cbor_write_bool(&writer, true);
    cbor_write_bytes(&writer, bytes_of("aabb"));
    cbor_write_text(&writer, slice_of_text("a"));
    cbor_write_uint(&writer, 300);
    EXPECT_OK(writer_finish(&writer, &written));
    /* Diagnostic notation: 23({1: [true, h'aabb'], "a": 300}) */
    EXPECT(slice_equal(written, bytes_of("d7a20182f542aabb616119012c")));

    struct reader reader = reader_of(written);
    struct cbor_item tag = {0};
    EXPECT(cbor_peek(&reader) == CBOR_TAG);
    EXPECT_OK(cbor_read(&reader, &tag));
    EXPECT(tag.kind == CBOR_TAG && tag.number == 23);
    EXPECT_OK(cbor_read_map(&reader, 2, &count));
    EXPECT(count == 2);
    EXPECT_OK(cbor_read_uint(&reader, 1, &number));
    EXPECT_OK(cbor_read_array(&reader, 2, &count));
    EXPECT(cbor_peek(&reader) == CBOR_BOOL);
    EXPECT_OK(cbor_read_bool(&reader, &flag));
    EXPECT(flag);
    EXPECT_OK(cbor_read_bytes(&reader, 2, &bytes));
    EXPECT(slice_equal(bytes, bytes_of("aabb")));
    EXPECT_OK(cbor_read_text(&reader, 1, &text));
    EXPECT(slice_equal(text, slice_of_text("a")));
    EXPECT_OK(cbor_read_uint(&reader, 300, &number));
    EXPECT(number == 300 && cbor_peek(&reader) == CBOR_END);
    EXPECT_OK(reader_finish(&reader));
}

/* E33 */
TEST(what_is_not_deterministic_is_refused)
{
    static const char *const refused[] = {
        "1817",               /* 23 in two bytes */
        "1900ff",             /* 255 in three */
        "1a0000ffff",         /* 65535 in five */
        "1b00000000ffffffff", /* 2^32 - 1 in nine */
        "3817",               /* -24 in two bytes */
        "5801aa",             /* lengths of one that are too long */
        "780161",
        "590001aa",
        "980100",
        "b8010000",
        "d81700",             /* tag 23 in two bytes */
        "5f42010243030405ff", /* indefinite, RFC 8949, Appendix A */
        "7f657374726561646d696e67ff",
        "9fff",
        "9f0102ff",
        "bf61610161629f0203ffff",
        "ff",
        "f90000", /* floats */
        "fa47c35000",
        "fb3ff199999999999a",
        "f7", /* undefined */
        "f0", /* simple(16) */
        "f8ff",
        "f814", /* false in two bytes */
        "1c",   /* reserved */
        "5d",
        "fe",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct cbor_item item = {.number = 99};
        EXPECT_FAIL(MALFORMED, read_one(refused[i], &item));
        EXPECT(item.number == 99 && item.kind == CBOR_END);
        EXPECT_FAIL(MALFORMED, skip_one(refused[i]));
    }
}

TEST(every_tag_of_one_byte_is_read)
{
    for (uint8_t tag = 0; tag < 24; tag++) {
        const uint8_t bytes[] = {(uint8_t)(0xc0 + tag), 0xf6};
        struct reader reader = reader_of(SLICE(bytes));
        struct cbor_item item = {0};
        EXPECT_OK(cbor_read(&reader, &item));
        EXPECT(item.kind == CBOR_TAG && item.number == tag && reader.left.size == 1);
    }
}

/* E33 */
TEST(duplicate_and_unsorted_keys_are_refused_at_every_level)
{
    static const char *const refused[] = {
        "a201000100",         /* {1: 0, 1: 0} */
        "a202000100",         /* {2: 0, 1: 0} */
        "a2616200616100",     /* {"b": 0, "a": 0} */
        "a2616100616100",     /* {"a": 0, "a": 0} */
        "a220000100",         /* {-1: 0, 1: 0} */
        "a2616100186400",     /* {"a": 0, 100: 0}: shorter, but not before (that was RFC 7049) */
        "a100a201000100",     /* one map inside another */
        "a1a20100010000",     /* ... as its key */
        "a10081d7a202000100", /* ... in an array and a tag */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct reader reader = reader_of(bytes_of(refused[i]));
        size_t count = 99;
        EXPECT_FAIL(MALFORMED, cbor_read_map(&reader, 10, &count));
        EXPECT(count == 99 && reader.left.size == strlen(refused[i]) / 2);
        EXPECT_FAIL(MALFORMED, skip_one(refused[i]));
    }
}

TEST(the_specifications_order_of_keys_is_accepted)
{
    /* RFC 8949, 4.2.1: 10, 100, -1, "z", "aa", [100], [-1], false */
    EXPECT_OK(skip_one("a80a001864002000617a006261610081186400812000f400"));
}

/* E33, E42 */
TEST(a_text_must_be_utf8)
{
    static const char *const refused[] = {
        "6180",     "61ff",       "61c3",       "62c080",     "62c1bf", "63e08080",
        "63eda080", "64f08080bf", "64f4908080", "64f5808080", "62c328", "63e28228",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_FAIL(MALFORMED, skip_one(refused[i]));
    EXPECT_OK(skip_one("64f48fbfbf"));
    EXPECT_OK(skip_one("63efbfbf"));
    EXPECT_OK(skip_one("6100"));
}

/* E33 */
TEST(another_kind_or_a_number_above_its_limit_is_refused)
{
    struct reader reader = reader_of(bytes_of("182a"));
    uint64_t number = 99;
    size_t count = 99;
    bool flag = false;
    slice out = {0};
    EXPECT_FAIL(MALFORMED, cbor_read_uint(&reader, 41, &number));
    EXPECT_FAIL(MALFORMED, cbor_read_bytes(&reader, 99, &out));
    EXPECT_FAIL(MALFORMED, cbor_read_text(&reader, 99, &out));
    EXPECT_FAIL(MALFORMED, cbor_read_array(&reader, 99, &count));
    EXPECT_FAIL(MALFORMED, cbor_read_map(&reader, 99, &count));
    EXPECT_FAIL(MALFORMED, cbor_read_bool(&reader, &flag));
    EXPECT(number == 99 && count == 99 && !out.data && !flag);
    EXPECT_OK(cbor_read_uint(&reader, 42, &number));
    EXPECT(number == 42);

    reader = reader_of(bytes_of("43010203"));
    EXPECT_FAIL(MALFORMED, cbor_read_bytes(&reader, 2, &out));
    EXPECT_OK(cbor_read_bytes(&reader, 3, &out));
    reader = reader_of(bytes_of("83010203"));
    EXPECT_FAIL(MALFORMED, cbor_read_array(&reader, 2, &count));
    EXPECT_OK(cbor_read_array(&reader, 3, &count));
    reader = reader_of(bytes_of("a201020304"));
    EXPECT_FAIL(MALFORMED, cbor_read_map(&reader, 1, &count));
    EXPECT_OK(cbor_read_map(&reader, 2, &count));
}

/* E42 */
TEST(counts_and_lengths_beyond_the_input_are_refused_at_once)
{
    static const char *const refused[] = {
        "9bffffffffffffffff00",
        "bbffffffffffffffff0000",
        "5bffffffffffffffff00",
        "7bffffffffffffffff00",
        "9a7fffffff",
        "ba7fffffff",
        "8301",
        "a20102",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct cbor_item item = {.number = 99};
        EXPECT_FAIL(TRUNCATED, read_one(refused[i], &item));
        EXPECT_FAIL(TRUNCATED, skip_one(refused[i]));
    }
}

/* E42 */
TEST(nesting_has_a_limit)
{
    uint8_t nested[CBOR_DEPTH_MAX + 2];
    slice out;
    memset(nested, 0x81, sizeof nested); /* arrays of one */
    nested[CBOR_DEPTH_MAX] = 0;
    struct reader reader = reader_of((slice){nested, CBOR_DEPTH_MAX + 1});
    EXPECT_OK(cbor_skip(&reader, &out));
    nested[CBOR_DEPTH_MAX] = 0xc1; /* a tag counts too */
    nested[CBOR_DEPTH_MAX + 1] = 0;
    reader = reader_of(SLICE(nested));
    EXPECT_FAIL(EXHAUSTED, cbor_skip(&reader, &out));
}

TEST(bytes_left_over_are_refused)
{
    struct cbor_item item = {.number = 99};
    EXPECT_FAIL(MALFORMED, read_one("0000", &item));
    EXPECT(item.number == 99);
}

static status tolerant_skip_one(const char *hex)
{
    struct reader reader = reader_of(bytes_of(hex));
    slice item = {0};
    TRY(cbor_tolerant_skip(&reader, &item));
    EXPECT(item.size == strlen(hex) / 2);
    return reader_finish(&reader);
}

TEST(tolerant_reading_takes_keys_in_any_order_and_containers_of_untold_size)
{
    static const char *const taken[] = {
        "a202000100",             /* {2: 0, 1: 0} */
        "a2616200616100",         /* {"b": 0, "a": 0} */
        "bf61610161629f0203ffff", /* {_ "a": 1, "b": [_ 2, 3]}: RFC 8949, appendix A */
        "9fff",
        "bfff",
        "9f01820203bf0400ffd2f6ff", /* [_ 1, [2, 3], {_ 4: 0}, 18(null)] */
    };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        EXPECT_OK(tolerant_skip_one(taken[i]));
        for (size_t size = 0; size < strlen(taken[i]) / 2; size++) {
            const slice whole = bytes_of(taken[i]);
            struct reader reader = reader_of((slice){whole.data, size});
            slice item = {0};
            EXPECT_FAIL(TRUNCATED, cbor_tolerant_skip(&reader, &item));
            EXPECT(!item.data && reader.left.size == size);
        }
    }
    /* What is in order is taken all the same. */
    EXPECT_OK(tolerant_skip_one("a80a001864002000617a006261610081186400812000f400"));
}

/* E33, E42 */
TEST(E33_tolerant_reading_takes_nothing_that_could_be_read_in_two_ways)
{
    static const char *const refused[] = {
        "a201000100",     /* a key twice */
        "a3010002000100", /* ... and not beside its like */
        "bf01000100ff",   /* ... in a map of untold size */
        "a100a201000100", /* ... in a map inside */
        "bf01ff",         /* a key without a value */
        "ff",             /* an end of nothing */
        "81ff",
        "5f42010243030405ff", /* strings of untold size */
        "7f657374726561646d696e67ff",
        "1817", /* not the shortest */
        "5801ff",
        "b8010100",
        "f90000",
        "f7",
        "61ff", /* not UTF-8 */
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_FAIL(MALFORMED, tolerant_skip_one(refused[i]));
    EXPECT_FAIL(TRUNCATED, tolerant_skip_one("9bffffffffffffffff00"));
    EXPECT_FAIL(TRUNCATED, tolerant_skip_one("bbffffffffffffffff0000"));
}

TEST(tolerant_reading_hands_out_whole_members_as_received)
{
    struct cbor_member pairs[3];
    slice items[3];
    size_t count = 99;
    struct reader reader = reader_of(bytes_of("bf02a20300010061610403f5ff05"));
    EXPECT_FAIL(EXHAUSTED, cbor_tolerant_read_map(&reader, 2, pairs, &count));
    EXPECT_FAIL(MALFORMED, cbor_tolerant_read_array(&reader, 3, items, &count));
    EXPECT(count == 99 && reader.left.size == 14);
    EXPECT_OK(cbor_tolerant_read_map(&reader, 3, pairs, &count));
    EXPECT(count == 3 && reader.left.size == 1);
    EXPECT(slice_equal(pairs[0].key, bytes_of("02")));
    EXPECT(slice_equal(pairs[0].value, bytes_of("a203000100")));
    EXPECT(slice_equal(pairs[1].key, bytes_of("6161")));
    EXPECT(slice_equal(pairs[2].value, bytes_of("f5")));

    reader = reader_of(bytes_of("9f01820203410aff"));
    EXPECT_FAIL(EXHAUSTED, cbor_tolerant_read_array(&reader, 2, items, &count));
    EXPECT_FAIL(MALFORMED, cbor_tolerant_read_map(&reader, 3, pairs, &count));
    EXPECT_OK(cbor_tolerant_read_array(&reader, 3, items, &count));
    EXPECT(count == 3 && !reader.left.size && slice_equal(items[1], bytes_of("820203")));
}

/* E42 */
TEST(E42_tolerant_reading_ends_quickly_on_keys_and_nesting_without_end)
{
    enum { KEYS = CBOR_TOLERANT_KEYS_MAX + 1 };
    uint8_t space[4 * KEYS + 16];
    slice out;
    for (size_t keys = KEYS - 1; keys <= KEYS; keys++) {
        struct writer writer = writer_over(space, sizeof space);
        slice map;
        cbor_write_map(&writer, keys);
        for (size_t key = 0; key < keys; key++) {
            cbor_write_uint(&writer, key);
            cbor_write_null(&writer);
        }
        EXPECT_OK(writer_finish(&writer, &map));
        struct reader reader = reader_of(map);
        if (keys == KEYS)
            EXPECT_FAIL(EXHAUSTED, cbor_tolerant_skip(&reader, &out));
        else
            EXPECT_OK(cbor_tolerant_skip(&reader, &out));
    }
    static const uint8_t openings[] = {0x81, 0x9f, 0xc1, 0xbf};
    for (size_t i = 0; i < sizeof openings; i++) {
        memset(space, openings[i], CBOR_DEPTH_MAX + 2);
        struct reader reader = reader_of((slice){space, CBOR_DEPTH_MAX + 2});
        EXPECT_FAIL(EXHAUSTED, cbor_tolerant_skip(&reader, &out));
    }
}
