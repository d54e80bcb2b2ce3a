/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, mctp-14-p384-multikey, frames 39 to 44), the answer without the zeros
 * that its responder took behind it. */
static const char get[] = "14fc000001";
static const char info[] =
    "147c000018013f0001000100ff010000010000000f0003300d06092a864886f70d0101010500040700000004"
    "00000000";
static const char set[] = "14fd00000100000000000000000400000000";
static const char erase[] = "14fd010001";

/* The same in 1.3, which has nothing of post-quantum algorithms. */
static const char info_1_3[] =
    "137c000018013f0001000100ff010000010000000f0003300d06092a864886f70d0101010500";
static const char set_1_3[] = "13fd02000200010008000000ff";

static const struct spdm_scene v1_3 = {.shape.version = SPDM_1_3};
static const struct spdm_scene v1_4 = {.shape.version = SPDM_1_4};

TEST(key_pair_messages_are_written_as_they_were_read_and_refused_when_cut)
{
    expect_hex(get, &v1_4, spdm_again_get_key_pair_info);
    expect_hex(info, &v1_4, spdm_again_key_pair_info);
    expect_hex(info_1_3, &v1_3, spdm_again_key_pair_info);
    expect_hex(set, &v1_4, spdm_again_set_key_pair_info);
    expect_hex(set_1_3, &v1_3, spdm_again_set_key_pair_info);
    expect_hex(erase, &v1_4, spdm_again_set_key_pair_info);
    expect_hex("147d0000", &v1_4, spdm_again_set_key_pair_info_ack);
}

TEST(key_pair_info_tells_its_fields)
{
    struct buffer bytes = hex_bytes(info);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_key_pair_info got;
    EXPECT_OK(spdm_key_pair_info_read(&reader, &v1_4.shape, &got));
    EXPECT(got.total == 24 && got.key_pair_id == 1 && got.capabilities == 0x3F);
    EXPECT(got.usage_capabilities == 1 && got.usage == 1);
    EXPECT(got.algorithm_capabilities == 0x1FF && got.algorithm == SPDM_KEY_PAIR_RSA_2048);
    EXPECT(got.slots == 3 && got.public_key_info.size == 15);
    EXPECT(got.post_quantum_capabilities == 7 && got.post_quantum_algorithm == 0);
    buffer_clear(&bytes);
}

TEST(set_key_pair_info_tells_its_fields)
{
    struct buffer bytes = hex_bytes(set_1_3);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_set_key_pair_info got;
    EXPECT_OK(spdm_set_key_pair_info_read(&reader, &v1_3.shape, &got));
    EXPECT(got.operation == SPDM_KEY_PAIR_GENERATE && got.key_pair_id == 2 && got.usage == 1);
    EXPECT(got.algorithm == SPDM_KEY_PAIR_P256 && got.slots == 0xFF);
    EXPECT(got.post_quantum_algorithm == 0);
    buffer_clear(&bytes);
}

TEST(set_key_pair_info_has_one_of_three_operations)
{
    EXPECT_FAIL(MALFORMED, hex_with(set_1_3, 2, 3, &v1_3, spdm_again_set_key_pair_info));
    EXPECT_FAIL(MALFORMED, hex_with(set_1_3, 2, 0xFF, &v1_3, spdm_again_set_key_pair_info));
}

/* Their length is the sender's to choose. */
TEST(post_quantum_bits_may_be_fewer_or_more_bytes_but_none_above_those_we_know)
{
    expect_hex_as("14fd000001000000000000000000", "14fd00000100000000000000000400000000", &v1_4,
                  spdm_again_set_key_pair_info);
    expect_hex_as("14fd0000010000000000000000020201", "14fd00000100000000000000000402010000", &v1_4,
                  spdm_again_set_key_pair_info);
    expect_hex_as("14fd000001000000000000000005020000000000",
                  "14fd00000100000000000000000402000000", &v1_4, spdm_again_set_key_pair_info);
    EXPECT_FAIL(UNSUPPORTED, hex_with("14fd0000010000000000000000050200000001", 0, 0x14, &v1_4,
                                      spdm_again_set_key_pair_info));
}
