/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};

/* As recorded (shared/spdm, mctp-12-p256-aes128-mut, frames 35 and 36). */
TEST(heartbeat_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex("12e80000", &v1_2, spdm_again_heartbeat);
    expect_hex("12680000", &v1_2, spdm_again_heartbeat_ack);
}

TEST(what_is_reserved_in_a_heartbeat_is_not_looked_at_and_not_repeated)
{
    expect_hex_as("12e8ffff", "12e80000", &v1_2, spdm_again_heartbeat);
    expect_hex_as("1268ffff", "12680000", &v1_2, spdm_again_heartbeat_ack);
}

TEST(a_heartbeat_is_not_taken_for_its_answer)
{
    EXPECT_FAIL(MALFORMED, hex_with("12e80000", 1, 0x68, &v1_2, spdm_again_heartbeat));
    EXPECT_FAIL(MALFORMED, hex_with("12680000", 1, 0xE8, &v1_2, spdm_again_heartbeat_ack));
}
