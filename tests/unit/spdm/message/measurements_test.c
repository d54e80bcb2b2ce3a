/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurements.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_0 = {
    .shape = {.version = SPDM_1_0, .hash_size = 32, .signature_size = 64}, .was_asked = true};
static const struct spdm_scene in_1_1 = {.shape = {.version = SPDM_1_1}, .was_asked = true};
static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2}};
static const struct spdm_scene in_1_3 = {
    .shape = {.version = SPDM_1_3, .hash_size = 32, .signature_size = 64}, .was_asked = true};

static const uint8_t ask_unsigned[] = {0x12, 0xE0, 0x02, 0xFF};
static const uint8_t ask_1_0[36] = {0x10, 0xE0, 1, 0xFF, [4] = 0xA1};
static const uint8_t ask_1_1[37] = {0x11, 0xE0, 1, 0xFF, [4] = 0xA1, [36] = 2};
static const uint8_t ask_1_3[45] = {0x13, 0xE0, 7, 0x05, [4] = 0xA1, [36] = 0x0F, [37] = 0xA2};
static const uint8_t ask_unsigned_1_3[12] = {0x13, 0xE0, 0, 0, [4] = 0xA2};

/* The number of indices alone; then two blocks of one byte each, and everything else. */
static const uint8_t count_1_2[4 + 4 + 32 + 2] = {0x12, 0x60, 8, 0};
static const uint8_t all_1_3[4 + 4 + 16 + 32 + 2 + 1 + 8 + 64] = {
    0x13, 0x60, 0,    0x2F, 2,           16,       0, 0,    1,           1,
    4,    0,    0x81, 1,    0,           0xD1,     2, 1,    4,           0,
    0x01, 1,    0,    0xD2, [24] = 0xB1, [56] = 1, 0, 0xB2, [59] = 0xB3, [67] = 0xB4};

TEST(measurements_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_get_measurements, &in_1_2, SLICE(ask_unsigned));
    expect_message(spdm_again_get_measurements, &in_1_0, SLICE(ask_1_0));
    expect_message(spdm_again_get_measurements, &in_1_1, SLICE(ask_1_1));
    expect_message(spdm_again_get_measurements, &in_1_3, SLICE(ask_1_3));
    expect_message(spdm_again_get_measurements, &in_1_3, SLICE(ask_unsigned_1_3));
    expect_message(spdm_again_measurements, &in_1_2, SLICE(count_1_2));
    expect_message(spdm_again_measurements, &in_1_3, SLICE(all_1_3));
}

TEST(measurements_are_read_by_the_table_in_the_specification)
{
    struct spdm_get_measurements asked;
    struct spdm_measurements got;
    struct reader reader = reader_of(SLICE(ask_1_3));
    EXPECT_OK(spdm_get_measurements_read(&reader, &in_1_3.shape, &asked));
    EXPECT(asked.asks_signature && asked.asks_raw && asked.asks_new && asked.operation == 5);
    EXPECT(asked.nonce[0] == 0xA1 && asked.slot == SPDM_SLOT_RAW_KEY && asked.context[0] == 0xA2);
    reader = reader_of(SLICE(all_1_3));
    EXPECT_OK(spdm_measurements_read(&reader, &in_1_3.shape, true, &got));
    EXPECT(got.slot == SPDM_SLOT_RAW_KEY && got.change == SPDM_UNCHANGED);
    EXPECT(got.block_count == 2 && got.record.size == 16 && got.record.data[7] == 0xD1);
    EXPECT(got.nonce[0] == 0xB1 && got.opaque.size == 1 && got.opaque.data[0] == 0xB2);
    EXPECT(got.context[0] == 0xB3 && got.signature.size == 64 && got.signature.data[0] == 0xB4);
    reader = reader_of(SLICE(count_1_2));
    EXPECT_OK(spdm_measurements_read(&reader, &in_1_2.shape, false, &got));
    EXPECT(got.index_count == 8 && got.block_count == 0 && got.signature.size == 0);
}

TEST(what_a_version_reserves_in_measurements_is_not_seen)
{
    uint8_t bytes[sizeof ask_1_1];
    struct spdm_get_measurements asked;
    struct spdm_measurements got;
    memcpy(bytes, ask_1_1, sizeof bytes);
    bytes[2] = 7;
    struct reader reader = reader_of(SLICE(bytes));
    EXPECT_OK(spdm_get_measurements_read(&reader, &in_1_1.shape, &asked));
    EXPECT(asked.asks_signature && !asked.asks_raw && !asked.asks_new && asked.slot == 2);
    reader = reader_of(SLICE(bytes));
    EXPECT_OK(spdm_get_measurements_read(&reader, &in_1_0.shape, &asked));
    EXPECT(asked.slot == 0 && reader.left.size == 1);

    const uint8_t marked[4 + 4 + 32 + 2] = {0x12, 0x60, 8, 0x25};
    reader = reader_of(SLICE(marked)); /* not signed: neither slot nor change */
    EXPECT_OK(spdm_measurements_read(&reader, &in_1_2.shape, false, &got));
    EXPECT(got.slot == 0 && got.change == SPDM_CHANGE_UNKNOWN);
    reader = reader_of(SLICE(marked));
    EXPECT_OK(spdm_measurements_read(&reader, &in_1_1.shape, true, &got));
    EXPECT(got.slot == 5 && got.change == SPDM_CHANGE_UNKNOWN);
}

TEST(a_record_that_is_not_its_blocks_is_refused)
{
    spdm_again *const again = spdm_again_measurements;
    const slice message = SLICE(all_1_3);
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, message, 4, 1)); /* blocks */
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, message, 4, 3));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, message, 18, 5)); /* a block beyond it */
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, message, 8, 0));  /* an index */
    EXPECT_FAIL(TRUNCATED, with_byte(again, &in_1_3, message, 7, 1));  /* 2^16 bytes more */
}

TEST(a_slot_or_change_that_is_none_and_a_long_opaque_field_are_refused)
{
    spdm_again *const again = spdm_again_measurements;
    EXPECT_OK(with_byte(again, &in_1_3, SLICE(all_1_3), 3, 0x07));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, SLICE(all_1_3), 3, 0x08));
    EXPECT_FAIL(MALFORMED, with_byte(again, &in_1_3, SLICE(all_1_3), 3, 0x30));
    EXPECT_FAIL(EXHAUSTED, with_byte(again, &in_1_3, SLICE(all_1_3), 57, 4));
    EXPECT_FAIL(MALFORMED,
                with_byte(spdm_again_get_measurements, &in_1_3, SLICE(ask_1_3), 36, 0x0E));
}
