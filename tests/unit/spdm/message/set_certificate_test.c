/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* Laid out by hand after the specification's tables: a chain of a header, a hash of four bytes in
 * place of a longer one, and two bytes of certificates. */
static const char v1_2_request[] = "12ee03000a000000a1a2a3a43000";
static const char v1_3_request[] = "13ee15070a000000a1a2a3a43000";
static const char v1_4_request[] = "14ee15070a000000a1a2a3a43000";

static const struct spdm_scene v1_2 = {.shape = {.version = SPDM_1_2, .hash_size = 4}};
static const struct spdm_scene v1_3 = {.shape = {.version = SPDM_1_3, .hash_size = 4}};
static const struct spdm_scene v1_4 = {.shape = {.version = SPDM_1_4, .hash_size = 4}};

TEST(set_certificate_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(v1_2_request, &v1_2, spdm_again_set_certificate);
    expect_hex(v1_3_request, &v1_3, spdm_again_set_certificate);
    expect_hex(v1_4_request, &v1_4, spdm_again_set_certificate);
    expect_hex("126e0300", &v1_2, spdm_again_set_certificate_rsp);
}

TEST(set_certificate_tells_its_fields)
{
    struct buffer bytes = hex_bytes(v1_3_request);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_set_certificate got;
    EXPECT_OK(spdm_set_certificate_read(&reader, &v1_3.shape, &got));
    EXPECT(got.slot == 5 && got.certificate_model == 1 && !got.erases && got.key_pair_id == 7);
    EXPECT(got.chain.size == 10 && got.chain.data[0] == 10);
    buffer_clear(&bytes);
}

TEST(from_1_3_a_slot_can_be_erased_and_before_the_bit_is_not_looked_at)
{
    expect_hex("13ee8507", &v1_3, spdm_again_set_certificate);
    EXPECT_FAIL(TRUNCATED, hex_with("12ee8500", 0, 0x12, &v1_2, spdm_again_set_certificate));
    expect_hex_as("12eef3070a000000a1a2a3a43000", v1_2_request, &v1_2, spdm_again_set_certificate);
}

TEST(a_chain_that_is_too_short_for_its_header_or_longer_than_we_take_is_refused)
{
    for (uint8_t size = 0; size < 8; size++) {
        EXPECT_FAIL(MALFORMED, hex_with(v1_3_request, 4, size, &v1_3, spdm_again_set_certificate));
        EXPECT_FAIL(MALFORMED, hex_with(v1_4_request, 4, size, &v1_4, spdm_again_set_certificate));
    }
    EXPECT_FAIL(TRUNCATED, hex_with(v1_3_request, 5, 0xFF, &v1_3, spdm_again_set_certificate));
    EXPECT_FAIL(EXHAUSTED, hex_with(v1_4_request, 6, 1, &v1_4, spdm_again_set_certificate));
    EXPECT_OK(hex_with(v1_3_request, 6, 1, &v1_3, spdm_again_set_certificate)); /* reserved */
}

TEST(a_chain_goes_into_a_slot_that_there_is)
{
    EXPECT_FAIL(MALFORMED, hex_with(v1_3_request, 2, 0x18, &v1_3, spdm_again_set_certificate));
    EXPECT_FAIL(MALFORMED, hex_with(v1_3_request, 2, 0x1F, &v1_3, spdm_again_set_certificate));
    EXPECT_FAIL(MALFORMED, hex_with("126e0300", 2, 8, &v1_2, spdm_again_set_certificate_rsp));
}
