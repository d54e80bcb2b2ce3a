/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/digests.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2, .hash_size = 32}};
static const struct spdm_scene in_1_3 = {
    .shape = {.version = SPDM_1_3, .hash_size = 48, .responder_is_multi_key = true}};

static const uint8_t ask[] = {0x12, 0x81, 0, 0};
static const uint8_t two_digests[4 + 64] = {0x12, 0x01, 0, 0x81, [4] = 0xA1, [36] = 0xA2};
/* Slots 1 and 4 of eight, with what multi-key adds: ids, models, usages. */
static const uint8_t two_keys[4 + 96 + 2 + 2 + 4] = {
    0x13, 0x01, 0xFF, 0x12, [4] = 0xA1, [52] = 0xA2, [100] = 7, 9, 1, 3, 0x03, 0x40, 0x0F, 0x80};

TEST(digests_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_get_digests, &in_1_2, SLICE(ask));
    expect_message(spdm_again_digests, &in_1_2, SLICE(two_digests));
    expect_message(spdm_again_digests, &in_1_3, SLICE(two_keys));
}

TEST(each_slot_has_what_digests_tells_of_it)
{
    struct spdm_digests got;
    struct reader reader = reader_of(SLICE(two_keys));
    EXPECT_OK(spdm_digests_read(&reader, &in_1_3.shape, &got));
    EXPECT(got.supported_slots == 0xFF && got.provisioned_slots == 0x12);
    EXPECT(got.slots[0].digest.size == 0 && got.slots[7].digest.size == 0);
    EXPECT(got.slots[1].digest.size == 48 && got.slots[1].digest.data[0] == 0xA1);
    EXPECT(got.slots[4].digest.data[0] == 0xA2);
    EXPECT(got.slots[1].key_pair_id == 7 && got.slots[4].key_pair_id == 9);
    EXPECT(got.slots[1].certificate_model == SPDM_DEVICE_CERT);
    EXPECT(got.slots[4].certificate_model == SPDM_GENERIC_CERT);
    EXPECT(got.slots[1].key_usage ==
           (SPDM_USE_KEY_EXCHANGE | SPDM_USE_CHALLENGE | SPDM_USE_STANDARDS));
    EXPECT(got.slots[4].key_usage == 0x800F);
}

TEST(a_slot_provisioned_but_not_supported_is_refused_from_1_3_on)
{
    EXPECT_OK(with_byte(spdm_again_digests, &in_1_3, SLICE(two_keys), 2, 0x12));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_digests, &in_1_3, SLICE(two_keys), 2, 0xEF));
    EXPECT_OK(with_byte(spdm_again_digests, &in_1_2, SLICE(two_digests), 2, 0x01));
}

TEST(a_mask_of_all_slots_takes_all_digests)
{
    uint8_t bytes[4 + 8 * 32] = {0x12, 0x01, 0, 0xFF};
    expect_message(spdm_again_digests, &in_1_2, SLICE(bytes));
}
