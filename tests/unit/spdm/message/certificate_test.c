/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/certificate.h"

#include "spdm/message/digests.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2}};
static const struct spdm_scene in_1_3 = {.shape = {.version = SPDM_1_3}};
static const struct spdm_scene in_1_4 = {.shape = {.version = SPDM_1_4}};

static const uint8_t ask[] = {0x12, 0x82, 3, 0, 0x10, 0x20, 0xFF, 0xFF};
static const uint8_t ask_large[] = {0x14, 0x82, 0x83, 1,    0, 0, 0, 0,
                                    0x10, 0x20, 0x30, 0x40, 1, 2, 3, 4};
static const uint8_t answer[] = {0x12, 0x02, 3, 0, 2, 0, 0x34, 0x12, 0xAA, 0xBB};
static const uint8_t answer_large[] = {0x14, 0x02, 0x84, 2,    0,    0,    0,    0,    3,   0,
                                       0,    0,    0x78, 0x56, 0x34, 0x12, 0xAA, 0xBB, 0xCC};

TEST(portions_of_both_forms_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_get_certificate, &in_1_2, SLICE(ask));
    expect_message(spdm_again_get_certificate, &in_1_4, SLICE(ask_large));
    expect_message(spdm_again_certificate, &in_1_2, SLICE(answer));
    expect_message(spdm_again_certificate, &in_1_4, SLICE(answer_large));
}

TEST(portions_are_read_by_the_table_in_the_specification)
{
    struct spdm_get_certificate asked;
    struct spdm_certificate got;
    struct reader reader = reader_of(SLICE(ask));
    EXPECT_OK(spdm_get_certificate_read(&reader, &in_1_2.shape, &asked));
    EXPECT(asked.slot == 3 && !asked.is_large && !asked.asks_slot_size);
    EXPECT(asked.offset == 0x2010 && asked.length == 0xFFFF);
    reader = reader_of(SLICE(ask_large));
    EXPECT_OK(spdm_get_certificate_read(&reader, &in_1_4.shape, &asked));
    EXPECT(asked.slot == 3 && asked.is_large && asked.asks_slot_size);
    EXPECT(asked.offset == 0x40302010 && asked.length == 0x04030201);
    reader = reader_of(SLICE(answer));
    EXPECT_OK(spdm_certificate_read(&reader, &in_1_2.shape, &got));
    EXPECT(got.slot == 3 && got.portion.size == 2 && got.portion.data[1] == 0xBB);
    EXPECT(got.remainder_size == 0x1234);
    reader = reader_of(SLICE(answer_large));
    EXPECT_OK(spdm_certificate_read(&reader, &in_1_4.shape, &got));
    EXPECT(got.slot == 4 && got.is_large && got.certificate_model == SPDM_ALIAS_CERT);
    EXPECT(got.portion.size == 3 && got.remainder_size == 0x12345678);
}

TEST(the_large_form_is_of_1_4_and_the_slots_size_of_1_3)
{
    struct spdm_get_certificate asked;
    struct reader reader = reader_of(SLICE(ask_large));
    EXPECT_OK(spdm_get_certificate_read(&reader, &in_1_3.shape, &asked));
    EXPECT(!asked.is_large && asked.asks_slot_size && reader.left.size == 8);
    reader = reader_of(SLICE(ask_large));
    EXPECT_OK(spdm_get_certificate_read(&reader, &in_1_2.shape, &asked));
    EXPECT(!asked.is_large && !asked.asks_slot_size);
}

TEST(a_slot_without_a_chain_is_refused)
{
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_get_certificate, &in_1_2, SLICE(ask), 2, 8));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_get_certificate, &in_1_2, SLICE(ask), 2, 0xF));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_certificate, &in_1_2, SLICE(answer), 2, 0xF));
}

/* P29 */
TEST(a_portion_that_says_it_is_more_than_there_is_ends_too_soon)
{
    EXPECT_FAIL(TRUNCATED, with_byte(spdm_again_certificate, &in_1_2, SLICE(answer), 5, 0xFF));
    EXPECT_FAIL(TRUNCATED,
                with_byte(spdm_again_certificate, &in_1_4, SLICE(answer_large), 11, 0xFF));
}
