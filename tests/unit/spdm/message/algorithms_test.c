/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/algorithms.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_0 = {.shape = {.version = SPDM_1_0}};
static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2}};
static const struct spdm_scene in_1_3 = {.shape = {.version = SPDM_1_3}};
static const struct spdm_scene in_1_4 = {.shape = {.version = SPDM_1_4}};

/* As recorded (shared/spdm): mctp-10-p256-chal-meas. */
static const uint8_t offer_1_0[32] = {0x10, 0xE3, 0, 0, 32, 0, 1, 0, 0x10, [12] = 1};
static const uint8_t selection_1_0[36] = {0x10, 0x63, 0, 0, 36, 0, 1, 0, 2, [12] = 0x10, [16] = 1};

/* 1.2 with every list: 32 + 4 + 8 bytes, and tables of 4 + 4 and 4. */
static const uint8_t offer_1_2[56] = {
    0x12, 0xE3, 2, 0,    56, 0,        1, 0x02,        0x90,        0,           0,
    0,    0x03, 0, 0,    0,  [28] = 1, 2, [32] = 0xA1, [36] = 0xA2, [40] = 0xA3, [44] = 2,
    0x21, 0x18, 0, 0xA4, 0,  0,        0, 3,           0x20,        0x06,        0};
/* One of each. */
static const uint8_t selection_1_4[36 + 3 * 4 + 4] = {
    0x14, 0x63, 3, 0, 52,   0, 1, 0x12, 0x04, 0, 0, 0, [16] = 0x02, [20] = 0x02, [31] = 1, [36] = 3,
    0x20, 0x02, 0, 5, 0x21, 0, 0, 0xA5, 0,    0, 0, 7, 0x20,        0x02,        0};

TEST(algorithms_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_negotiate_algorithms, &in_1_0, SLICE(offer_1_0));
    expect_message(spdm_again_algorithms, &in_1_0, SLICE(selection_1_0));
    expect_message(spdm_again_negotiate_algorithms, &in_1_2, SLICE(offer_1_2));
    expect_message(spdm_again_algorithms, &in_1_4, SLICE(selection_1_4));
}

TEST(an_offer_is_read_by_the_table_in_the_specification)
{
    struct spdm_algorithm_set got;
    struct reader reader = reader_of(SLICE(offer_1_2));
    EXPECT_OK(spdm_negotiate_algorithms_read(&reader, &in_1_2.shape, &got));
    EXPECT(got.measurement_specifications == 1 && got.other_params == SPDM_OPAQUE_FORMAT_1);
    EXPECT(got.base_asym == 0x90 && got.base_hash == 3);
    EXPECT(got.extended_asym.size == 4 && got.extended_asym.data[0] == 0xA1);
    EXPECT(got.extended_hash.size == 8 && got.extended_hash.data[4] == 0xA3);
    const struct spdm_algorithm_table *const dhe = &got.tables[SPDM_TABLE_DHE];
    EXPECT(dhe->is_present && dhe->algorithms == 0x18 && dhe->extended.data[0] == 0xA4);
    EXPECT(got.tables[SPDM_TABLE_AEAD].algorithms == 6);
    EXPECT(!got.tables[SPDM_TABLE_KEY_SCHEDULE].is_present);
}

TEST(a_selection_is_read_by_the_table_in_the_specification)
{
    struct spdm_algorithms got;
    struct reader reader = reader_of(SLICE(selection_1_4));
    EXPECT_OK(spdm_algorithms_read(&reader, &in_1_4.shape, &got));
    EXPECT(got.measurement_hash == 4 && got.selected.base_asym == 0);
    EXPECT(got.selected.base_hash == 2 && got.selected.pqc_asym == 2);
    EXPECT(got.selected.log_specifications == 1 && got.selected.other_params == 0x12);
    EXPECT(got.selected.tables[SPDM_TABLE_KEY_SCHEDULE].extended.data[0] == 0xA5);
    EXPECT(got.selected.tables[SPDM_TABLE_KEM].algorithms == 2);
}

TEST(what_a_version_reserves_is_not_seen)
{
    struct spdm_algorithm_set got;
    uint8_t bytes[32];
    memcpy(bytes, offer_1_0, sizeof bytes);
    bytes[2] = 1;              /* tables */
    bytes[7] = 0x12;           /* other parameters */
    bytes[16] = bytes[31] = 1; /* PQC, log */
    struct reader reader = reader_of(SLICE(bytes));
    EXPECT_OK(spdm_negotiate_algorithms_read(&reader, &in_1_0.shape, &got));
    EXPECT(got.other_params == 0 && got.pqc_asym == 0 && got.log_specifications == 0);
}

TEST(another_length_than_the_messages_own_is_refused)
{
    for (unsigned length = 0; length < 256; length++) {
        const status offer = with_byte(spdm_again_negotiate_algorithms, &in_1_2, SLICE(offer_1_2),
                                       4, (uint8_t)length);
        const status selection =
            with_byte(spdm_again_algorithms, &in_1_4, SLICE(selection_1_4), 4, (uint8_t)length);
        EXPECT(!offer.fault == (length == 56));
        EXPECT(!selection.fault == (length == 52));
    }
}

TEST(tables_unknown_twice_out_of_order_or_of_another_width_are_refused)
{
    spdm_again *const again = spdm_again_negotiate_algorithms;
    const slice offer = SLICE(offer_1_2);
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_2, offer, 44, 1));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_2, offer, 44, 3)); /* twice */
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_2, offer, 44, 4)); /* before 3 */
    EXPECT_OK(with_byte(again, &in_1_2, offer, 52, 5));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, offer, 52, 6)); /* from 1.4 on */
    EXPECT_OK(with_byte(again, &in_1_4, offer, 52, 7));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_4, offer, 52, 8));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_2, offer, 53, 0x10));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_2, offer, 53, 0x40));
}

TEST(too_many_extended_algorithms_are_refused)
{
    uint8_t bytes[32 + 21 * 4] = {0x12, 0xE3, 0, 0, 32 + 20 * 4};
    const slice twenty = {bytes, 32 + 20 * 4};
    bytes[28] = 12;
    bytes[29] = 8;
    expect_same_again(spdm_again_negotiate_algorithms, &in_1_2, twenty);
    bytes[4] += 4;
    bytes[29] = 9;
    EXPECT_FAIL(EXHAUSTED,
                with_byte(spdm_again_negotiate_algorithms, &in_1_2, SLICE(bytes), 29, 9));

    bytes[0] = 0x10;
    bytes[4] = 32 + 8 * 4;
    bytes[28] = 3;
    bytes[29] = 5;
    expect_same_again(spdm_again_negotiate_algorithms, &in_1_0, (slice){bytes, 64});
    EXPECT_FAIL(EXHAUSTED,
                with_byte(spdm_again_negotiate_algorithms, &in_1_0, SLICE(bytes), 29, 6));
}

TEST(an_offer_may_not_pass_128_bytes)
{
    /* 20 extended algorithms are 112 bytes, so four tables fit beside them and a fifth does not. */
    uint8_t bytes[32 + 80 + 5 * 4] = {0x14, 0xE3, 4, 0, 128, [28] = 20};
    for (uint8_t i = 0; i < 5; i++) {
        bytes[112 + 4 * i] = 2 + i;
        bytes[113 + 4 * i] = 0x20;
    }
    expect_same_again(spdm_again_negotiate_algorithms, &in_1_4, (slice){bytes, 128});
    bytes[2] = 5;
    bytes[4] = 132;
    EXPECT_FAIL(EXHAUSTED, with_byte(spdm_again_negotiate_algorithms, &in_1_4, SLICE(bytes), 2, 5));
}

/* P28 */
TEST(several_selected_where_one_can_be_are_refused)
{
    /* The byte, a value with one bit or none, and one with two. */
    static const uint8_t fields[][3] = {
        {6, 0, 3},        {7, 1, 3},  {8, 0x80, 0x84},
        {12, 0x10, 0x90}, {16, 1, 3}, {20, 0, 0x12},
        {31, 0, 3},       {38, 4, 6}, {42, 0, 1} /* beside an extended one */,
        {50, 0, 6}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const slice message = SLICE(selection_1_4);
        EXPECT_OK(with_byte(spdm_again_algorithms, &in_1_4, message, fields[i][0], fields[i][1]));
        EXPECT_FAIL(MALFORMED,
                    with_byte(spdm_again_algorithms, &in_1_4, message, fields[i][0], fields[i][2]));
    }
    const uint8_t two_extended[36 + 8] = {0x12, 0x63, 0, 0, 44, 0, [32] = 2};
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_algorithms, &in_1_2, SLICE(two_extended), 0, 0x12));
}
