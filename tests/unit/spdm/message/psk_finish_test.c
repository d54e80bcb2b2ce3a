/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, doe-12-p256-chacha-oneway-idekm-tdisp, frames 125 and 126). */
static const char request[] =
    "12e700008d88b52146333a384f72d325802ef9e4e57260e3281005240a62666f0deb924e";

static const struct spdm_scene v1_2 = {.shape = {.version = SPDM_1_2, .hash_size = 32}};
static const struct spdm_scene v1_4 = {.shape = {.version = SPDM_1_4, .hash_size = 4}};

TEST(psk_finish_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(request, &v1_2, spdm_again_psk_finish);
    expect_hex("12670000", &v1_2, spdm_again_psk_finish_rsp);
}

/* Laid out by hand after the specification's tables. */
TEST(from_1_4_psk_finish_and_its_response_have_an_opaque_field)
{
    expect_hex("14e700000000a1a2a3a4", &v1_4, spdm_again_psk_finish);
    expect_hex("14e700000300010203a1a2a3a4", &v1_4, spdm_again_psk_finish);
    expect_hex("146700000000", &v1_4, spdm_again_psk_finish_rsp);
    expect_hex("146700000300010203", &v1_4, spdm_again_psk_finish_rsp);
}

TEST(an_opaque_field_past_the_limit_is_refused)
{
    EXPECT_FAIL(EXHAUSTED, hex_with("14e700000104a1a2a3a4", 0, 0x14, &v1_4, spdm_again_psk_finish));
    EXPECT_FAIL(EXHAUSTED, hex_with("146700000104", 0, 0x14, &v1_4, spdm_again_psk_finish_rsp));
}
