/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};

/* As recorded (shared/spdm, mctp-12-p256-aes128-mut, frames 47 and 48), and without its one bit. */
TEST(end_session_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex("12ec0100", &v1_2, spdm_again_end_session);
    expect_hex("12ec0000", &v1_2, spdm_again_end_session);
    expect_hex("126c0000", &v1_2, spdm_again_end_session_ack);
}

TEST(what_is_reserved_in_end_session_is_not_looked_at_and_not_repeated)
{
    expect_hex_as("12ecffff", "12ec0100", &v1_2, spdm_again_end_session);
    expect_hex_as("12ecfeff", "12ec0000", &v1_2, spdm_again_end_session);
    expect_hex_as("126cffff", "126c0000", &v1_2, spdm_again_end_session_ack);
}
