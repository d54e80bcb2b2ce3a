/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};

/* As recorded (shared/spdm, tcp-12-p384-maconly-mutdig, frames 33 to 36). */
TEST(key_update_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex("12e90229", &v1_2, spdm_again_key_update);
    expect_hex("12690229", &v1_2, spdm_again_key_update_ack);
    expect_hex("12e903a5", &v1_2, spdm_again_key_update);
    expect_hex("126903a5", &v1_2, spdm_again_key_update_ack);
}

TEST(key_update_has_one_of_three_operations)
{
    for (unsigned operation = 0; operation < 256; operation++) {
        const status got =
            hex_with("12e90229", 2, (uint8_t)operation, &v1_2, spdm_again_key_update);
        const status answered =
            hex_with("12690229", 2, (uint8_t)operation, &v1_2, spdm_again_key_update_ack);
        EXPECT(!got.fault == (operation >= 1 && operation <= 3));
        EXPECT(!answered.fault == !got.fault);
    }
}

TEST(a_request_is_not_taken_for_its_answer)
{
    EXPECT_FAIL(MALFORMED, hex_with("12e90229", 1, 0x69, &v1_2, spdm_again_key_update));
    EXPECT_FAIL(MALFORMED, hex_with("12690229", 1, 0xE9, &v1_2, spdm_again_key_update_ack));
}
