/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/reader.h"

#include "test.h"

static const uint8_t message[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                                  15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
                                  29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41};

struct fields {
    uint8_t u8;
    uint16_t le16, be16;
    uint32_t le32, be32;
    uint64_t le64, be64;
    slice bytes;
    uint8_t exact[4];
};

static status read_fields(slice bytes, struct fields *out)
{
    struct reader reader = reader_of(bytes);
    struct fields fields;
    fields.u8 = read_u8(&reader);
    fields.le16 = read_le16(&reader);
    fields.be16 = read_be16(&reader);
    fields.le32 = read_le32(&reader);
    fields.be32 = read_be32(&reader);
    fields.le64 = read_le64(&reader);
    fields.be64 = read_be64(&reader);
    fields.bytes = read_bytes(&reader, 8);
    read_exactly(&reader, fields.exact, sizeof fields.exact);
    TRY(reader_finish(&reader));
    *out = fields;
    return OK;
}

TEST(fields_are_read_in_their_byte_order)
{
    static const uint8_t exact[] = {38, 39, 40, 41};
    struct fields fields;
    EXPECT_OK(read_fields(SLICE(message), &fields));
    EXPECT(fields.u8 == 1);
    EXPECT(fields.le16 == 0x0302 && fields.be16 == 0x0405);
    EXPECT(fields.le32 == 0x09080706 && fields.be32 == 0x0a0b0c0d);
    EXPECT(fields.le64 == 0x1514131211100f0e && fields.be64 == 0x161718191a1b1c1d);
    EXPECT(slice_equal(fields.bytes, (slice){message + 29, 8}) &&
           fields.bytes.data == message + 29);
    EXPECT(memcmp(fields.exact, exact, sizeof exact) == 0);
}

TEST(high_bits_survive)
{
    static const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct reader reader = reader_of(SLICE(ones));
    EXPECT(read_le64(&reader) == UINT64_MAX);
    reader = reader_of(SLICE(ones));
    EXPECT(read_be64(&reader) == UINT64_MAX);
    reader = reader_of(SLICE(ones));
    EXPECT(read_le32(&reader) == UINT32_MAX && read_be32(&reader) == UINT32_MAX);
}

TEST(a_message_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    for (size_t size = 0; size < sizeof message; size++) {
        struct fields fields = {.u8 = 99};
        EXPECT_FAIL(TRUNCATED, read_fields((slice){message, size}, &fields));
        EXPECT(fields.u8 == 99);
    }
}

TEST(bytes_left_over_are_refused)
{
    struct reader reader = reader_of(SLICE(message));
    read_bytes(&reader, sizeof message - 1);
    EXPECT_FAIL(MALFORMED, reader_finish(&reader));
    read_u8(&reader);
    EXPECT_OK(reader_finish(&reader));
}

TEST(after_a_short_read_everything_is_zero_even_what_would_fit)
{
    static const uint8_t two[] = {0xaa, 0xbb};
    uint8_t exact[2] = {7, 7};
    struct reader reader = reader_of(SLICE(two));
    EXPECT(read_le32(&reader) == 0);
    EXPECT(read_u8(&reader) == 0 && read_be16(&reader) == 0);
    EXPECT(read_bytes(&reader, 1).size == 0 && read_bytes(&reader, 0).size == 0);
    read_exactly(&reader, exact, sizeof exact);
    EXPECT(exact[0] == 0 && exact[1] == 0);
    EXPECT_FAIL(TRUNCATED, reader_finish(&reader));
}

TEST(a_size_near_the_largest_number_does_not_wrap)
{
    struct reader reader = reader_of(SLICE(message));
    read_u8(&reader);
    EXPECT(read_bytes(&reader, SIZE_MAX).size == 0);
    EXPECT_FAIL(TRUNCATED, reader_finish(&reader));
}

TEST(an_empty_message_is_whole)
{
    struct reader reader = reader_of((slice){0});
    EXPECT(read_bytes(&reader, 0).size == 0);
    EXPECT_OK(reader_finish(&reader));
}
