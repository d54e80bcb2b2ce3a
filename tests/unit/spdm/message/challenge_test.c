/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/challenge.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_0 = {
    .shape = {.version = SPDM_1_0, .hash_size = 32, .signature_size = 64}};
static const struct spdm_scene in_1_3 = {
    .shape = {.version = SPDM_1_3, .hash_size = 32, .signature_size = 64}, .was_asked = true};

static const uint8_t ask_1_0[36] = {0x10, 0x83, 7, 1, [4] = 0xA1};
static const uint8_t ask_1_3[44] = {0x13, 0x83, 0xFF, 0xFF, [4] = 0xA1, [36] = 0xA2};
static const uint8_t auth_1_0[4 + 32 + 32 + 2 + 64] = {0x10, 0x03,       2,
                                                       0x05, [4] = 0xB1, [70] = 0xB6};
static const uint8_t auth_1_3[4 + 32 + 32 + 32 + 2 + 3 + 8 + 64] = {
    0x13,        0x03,      0x8F, 0,    [4] = 0xB1,   [36] = 0xB2,
    [68] = 0xB3, [100] = 3, 0,    0xB4, [105] = 0xB5, [113] = 0xB6};

TEST(challenges_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_challenge, &in_1_0, SLICE(ask_1_0));
    expect_message(spdm_again_challenge, &in_1_3, SLICE(ask_1_3));
    expect_message(spdm_again_challenge_auth, &in_1_0, SLICE(auth_1_0));
    expect_message(spdm_again_challenge_auth, &in_1_3, SLICE(auth_1_3));
}

TEST(challenges_are_read_by_the_table_in_the_specification)
{
    struct spdm_challenge asked;
    struct spdm_challenge_auth got;
    struct reader reader = reader_of(SLICE(ask_1_3));
    EXPECT_OK(spdm_challenge_read(&reader, &in_1_3.shape, &asked));
    EXPECT(asked.slot == SPDM_SLOT_RAW_KEY && asked.summary == SPDM_SUMMARY_ALL);
    EXPECT(asked.nonce[0] == 0xA1 && asked.context[0] == 0xA2);
    reader = reader_of(SLICE(auth_1_3));
    EXPECT_OK(spdm_challenge_auth_read(&reader, &in_1_3.shape, true, &got));
    EXPECT(got.slot == SPDM_SLOT_RAW_KEY && got.asks_mutual && got.provisioned_slots == 0);
    EXPECT(got.chain_hash.size == 32 && got.chain_hash.data[0] == 0xB1);
    EXPECT(got.nonce[0] == 0xB2);
    EXPECT(got.summary_hash.size == 32 && got.summary_hash.data[0] == 0xB3);
    EXPECT(got.opaque.size == 3 && got.opaque.data[0] == 0xB4);
    EXPECT(got.context[0] == 0xB5);
    EXPECT(got.signature.size == 64 && got.signature.data[0] == 0xB6);
    reader = reader_of(SLICE(auth_1_0));
    EXPECT_OK(spdm_challenge_auth_read(&reader, &in_1_0.shape, false, &got));
    EXPECT(got.slot == 2 && !got.asks_mutual && got.provisioned_slots == 5);
    EXPECT(got.summary_hash.size == 0 && got.signature.data[0] == 0xB6);
}

TEST(a_slot_or_a_summary_that_is_none_is_refused)
{
    for (unsigned value = 0; value < 256; value++) {
        const uint8_t byte = (uint8_t)value;
        EXPECT(!with_byte(spdm_again_challenge, &in_1_0, SLICE(ask_1_0), 2, byte).fault ==
               (value < 8 || value == 0xFF));
        EXPECT(!with_byte(spdm_again_challenge, &in_1_0, SLICE(ask_1_0), 3, byte).fault ==
               (value < 2 || value == 0xFF));
        EXPECT(!with_byte(spdm_again_challenge_auth, &in_1_0, SLICE(auth_1_0), 2, byte).fault ==
               ((value & 15) < 8 || (value & 15) == 15));
    }
}

/* P30 */
TEST(an_opaque_field_beyond_its_limit_is_refused)
{
    static uint8_t bytes[sizeof auth_1_0 + 2000];
    memcpy(bytes, auth_1_0, 68);
    bytes[69] = 4;
    expect_same_again(spdm_again_challenge_auth, &in_1_0, (slice){bytes, sizeof auth_1_0 + 1024});
    EXPECT_FAIL(EXHAUSTED, with_byte(spdm_again_challenge_auth, &in_1_0, SLICE(bytes), 68, 1));
}
