/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm): signed, mctp-12-p256-aes128-mut, frame 31; tcp-14-p256-aes256-mut,
 * frame 39; unsigned, mctp-13-p256-rawpubkey, frame 13. */
static const char signed_1_2[] =
    "12e50100909d6a1c76fd91c34fdd6301e16219752def399a32c969560014cfe78fe4d3bf7e260778785edaf2"
    "29998fdad1a57164f4d6ff2eba37d147c60f3486d19a3dc36e535c2ed60301162d8db46a19e39e353ec986d0"
    "a75a6726b85ac450a4f1e140";
static const char signed_1_4[] =
    "14e501000000b2419a445b42aa1c1377b15741d10d395fa6ea3b3a9e03b690656864645881ad4ad993a6d1a3"
    "301d4402a579907f377c22aa210b05002f200029a6c08cdcd5cc7b4d474350dd391125eaabd89f8ba7e0e0df"
    "69ff908e4292a4ce90c05666628c";
static const char unsigned_1_3[] =
    "13e5000064940c64488bab9a8073d28852a762d7eef6fc54205a2c3a7adf6a20d91d51c6";

/* Frames 14 of the last, and 54 of mctp-14-p384-multikey. */
static const char response_1_3[] =
    "13650000ef6fe804e89a4a6fc19d1d60ce6a4b10b66ced66fe1a923bb21947f0b75ca528";
static const char response_1_4[] =
    "146500000000c07c9e5cc91699cb83b450853820e646bfad50205d59645252250deb0fc0fb273879a05d57b2"
    "96e0d403af1dd3942466";

static struct spdm_scene scene_of(uint8_t version, size_t hash_size)
{
    return (struct spdm_scene){.shape = {.version = version,
                                         .hash_size = hash_size,
                                         .requester_signature_size = 64,
                                         .handshake_in_the_clear = true}};
}

enum { ATTRIBUTES = 2, SLOT = 3, OPAQUE_SIZE_HIGH = 5 };

TEST(finish_is_written_as_it_was_read_and_refused_when_cut)
{
    const struct spdm_scene v1_2 = scene_of(SPDM_1_2, 32), v1_3 = scene_of(SPDM_1_3, 32),
                            v1_4 = scene_of(SPDM_1_4, 32);
    expect_hex(signed_1_2, &v1_2, spdm_again_finish);
    expect_hex(unsigned_1_3, &v1_3, spdm_again_finish);
    expect_hex(signed_1_4, &v1_4, spdm_again_finish);
}

TEST(finish_rsp_is_written_as_it_was_read_and_refused_when_cut)
{
    const struct spdm_scene v1_3 = scene_of(SPDM_1_3, 32), v1_4 = scene_of(SPDM_1_4, 48);
    expect_hex(response_1_3, &v1_3, spdm_again_finish_rsp);
    expect_hex(response_1_4, &v1_4, spdm_again_finish_rsp);
}

TEST(finish_rsp_of_an_encrypted_handshake_has_no_verify_data)
{
    struct spdm_scene v1_3 = scene_of(SPDM_1_3, 32), v1_4 = scene_of(SPDM_1_4, 32);
    v1_3.shape.handshake_in_the_clear = v1_4.shape.handshake_in_the_clear = false;
    expect_hex("13650000", &v1_3, spdm_again_finish_rsp);
    expect_hex("146500000000", &v1_4, spdm_again_finish_rsp);
    expect_hex("146500000300aabbcc", &v1_4, spdm_again_finish_rsp);
}

TEST(a_signed_finish_names_a_slot_and_an_unsigned_one_does_not)
{
    const struct spdm_scene v1_2 = scene_of(SPDM_1_2, 32), v1_3 = scene_of(SPDM_1_3, 32);
    EXPECT_OK(hex_with(signed_1_2, SLOT, 7, &v1_2, spdm_again_finish));
    EXPECT_OK(hex_with(signed_1_2, SLOT, SPDM_SLOT_RAW_KEY, &v1_2, spdm_again_finish));
    EXPECT_FAIL(MALFORMED, hex_with(signed_1_2, SLOT, 8, &v1_2, spdm_again_finish));
    EXPECT_FAIL(MALFORMED, hex_with(signed_1_2, SLOT, 0xF, &v1_2, spdm_again_finish));
    EXPECT_OK(hex_with(unsigned_1_3, SLOT, 8, &v1_3, spdm_again_finish));
}

TEST(a_finish_that_says_it_is_signed_has_room_for_a_signature)
{
    const struct spdm_scene v1_3 = scene_of(SPDM_1_3, 32);
    EXPECT_FAIL(TRUNCATED, hex_with(unsigned_1_3, ATTRIBUTES, 1, &v1_3, spdm_again_finish));
}

TEST(an_opaque_field_of_1_4_past_the_limit_is_refused)
{
    const struct spdm_scene v1_4 = scene_of(SPDM_1_4, 32);
    EXPECT_FAIL(EXHAUSTED, hex_with(signed_1_4, OPAQUE_SIZE_HIGH, 5, &v1_4, spdm_again_finish));
    EXPECT_FAIL(EXHAUSTED,
                hex_with(response_1_4, OPAQUE_SIZE_HIGH, 5, &v1_4, spdm_again_finish_rsp));
}
