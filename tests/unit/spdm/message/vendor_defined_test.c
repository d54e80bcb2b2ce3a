/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, doe-12-p256-chacha-oneway-idekm-tdisp, frames 33 and 36). */
static const char request[] = "12fe00000300020100040000000001";
static const char response[] = "127e0000030002010008000003000000000001";

/* Laid out by hand after the specification's tables: 1.4's large form, and a body without id. */
static const char large[] = "14fe80000300020100000003000000a1a2a3";
static const char without_id[] = "14fe00000000000300a1a2a3";

static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};
static const struct spdm_scene v1_4 = {.shape.version = SPDM_1_4};

TEST(vendor_defined_messages_are_written_as_they_were_read_and_refused_when_cut)
{
    expect_hex(request, &v1_2, spdm_again_vendor_defined_request);
    expect_hex(response, &v1_2, spdm_again_vendor_defined_response);
    expect_hex(large, &v1_4, spdm_again_vendor_defined_request);
    expect_hex(without_id, &v1_4, spdm_again_vendor_defined_request);
}

TEST(a_vendor_defined_message_tells_its_fields)
{
    struct buffer bytes = hex_bytes(large);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_vendor_defined got;
    EXPECT_OK(spdm_vendor_defined_request_read(&reader, &v1_4.shape, &got));
    EXPECT(got.is_large && got.body == SPDM_BODY_PCI_SIG && got.vendor_id.size == 2);
    EXPECT(got.payload.size == 3 && got.payload.data[0] == 0xA1);
    buffer_clear(&bytes);
}

TEST(before_1_4_there_is_no_large_form)
{
    EXPECT_OK(hex_with(request, 2, 0x80, &v1_2, spdm_again_vendor_defined_request));
    expect_hex_as("12fe800003000201000100a1", "12fe000003000201000100a1", &v1_2,
                  spdm_again_vendor_defined_request);
}

/* P30 */
TEST(a_length_that_passes_the_end_is_refused)
{
    EXPECT_FAIL(TRUNCATED, hex_with(request, 6, 0xFF, &v1_2, spdm_again_vendor_defined_request));
    EXPECT_FAIL(TRUNCATED, hex_with(request, 10, 0xFF, &v1_2, spdm_again_vendor_defined_request));
    EXPECT_FAIL(TRUNCATED, hex_with(large, 14, 0xFF, &v1_4, spdm_again_vendor_defined_request));
}

TEST(a_request_is_not_taken_for_its_answer)
{
    EXPECT_FAIL(MALFORMED, hex_with(request, 1, 0x7E, &v1_2, spdm_again_vendor_defined_request));
    EXPECT_FAIL(MALFORMED, hex_with(response, 1, 0xFE, &v1_2, spdm_again_vendor_defined_response));
}
