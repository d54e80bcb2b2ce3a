/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/error.h"
#include "spdm/message/respond_if_ready.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2}};

/* The first two as recorded (shared/spdm): mctp-10-p256-chal-meas, mctp-14-mldsa65-mlkem768-mut. */
static const uint8_t invalid[] = {0x10, 0x7F, 0x01, 0x00};
static const uint8_t large[] = {0x14, 0x7F, 0x0F, 0x00, 0x01};
static const uint8_t too_large[] = {0x12, 0x7F, 0x0D, 0, 0x78, 0x56, 0x34, 0x12};
static const uint8_t chain_too_large[] = {0x14, 0x7F, 0x12, 0, 0x00, 0x00, 0x01, 0x00};
static const uint8_t not_ready[] = {0x12, 0x7F, 0x42, 0, 12, 0x83, 0xA1, 3};
static const uint8_t vendors[] = {0x12, 0x7F, 0xFF, 3, 2, 0x01, 0x00, 'd', 'a', 't'};
static const uint8_t again[] = {0x12, 0xFF, 0x83, 0xA1};

TEST(errors_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_error, &in_1_2, SLICE(invalid));
    expect_message(spdm_again_error, &in_1_2, SLICE(large));
    expect_message(spdm_again_error, &in_1_2, SLICE(too_large));
    expect_message(spdm_again_error, &in_1_2, SLICE(chain_too_large));
    expect_message(spdm_again_error, &in_1_2, SLICE(not_ready));
    expect_message(spdm_again_respond_if_ready, &in_1_2, SLICE(again));
    expect_same_again(spdm_again_error, &in_1_2, SLICE(vendors));
    expect_cuts_refused(spdm_again_error, &in_1_2, (slice){vendors, 7}); /* to the id's end */
}

static struct spdm_error error_of(slice bytes)
{
    struct spdm_error got = {0};
    struct reader reader = reader_of(bytes);
    EXPECT_OK(spdm_error_read(&reader, &got));
    return got;
}

TEST(each_code_has_its_own_data)
{
    EXPECT(error_of(SLICE(invalid)).version == SPDM_1_0);
    EXPECT(error_of(SLICE(invalid)).code == SPDM_INVALID_REQUEST);
    EXPECT(error_of(SLICE(large)).handle == 1);
    EXPECT(error_of(SLICE(too_large)).size == 0x12345678);
    EXPECT(error_of(SLICE(chain_too_large)).size == 0x10000);
    const struct spdm_not_ready later = error_of(SLICE(not_ready)).not_ready;
    EXPECT(later.retry_exponent == 12 && later.request_code == SPDM_CHALLENGE);
    EXPECT(later.token == 0xA1 && later.retry_multiplier == 3);
    const struct spdm_error vendor = error_of(SLICE(vendors));
    EXPECT(vendor.data == 3 && vendor.vendor_id.size == 2 && vendor.vendor_data.size == 3);
}

TEST(a_code_that_we_do_not_know_is_an_error_all_the_same)
{
    const uint8_t unknown[] = {0x12, 0x7F, 0x77, 0x55};
    expect_message(spdm_again_error, &in_1_2, SLICE(unknown));
    EXPECT(error_of(SLICE(unknown)).code == 0x77 && error_of(SLICE(unknown)).data == 0x55);
}

TEST(a_response_put_off_for_ever_is_refused)
{
    EXPECT_OK(with_byte(spdm_again_error, &in_1_2, SLICE(not_ready), 4, 31));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_error, &in_1_2, SLICE(not_ready), 4, 32));
}

TEST(a_vendors_error_has_a_limit)
{
    uint8_t bytes[4 + SPDM_ERROR_EXTENDED_SIZE_MAX + 1] = {0x12, 0x7F, 0xFF, 0, 2};
    expect_same_again(spdm_again_error, &in_1_2, (slice){bytes, sizeof bytes - 1});
    EXPECT_FAIL(EXHAUSTED, with_byte(spdm_again_error, &in_1_2, SLICE(bytes), 4, 2));
}

TEST(respond_if_ready_names_the_request_and_its_token)
{
    struct spdm_respond_if_ready got;
    struct reader reader = reader_of(SLICE(again));
    EXPECT_OK(spdm_respond_if_ready_read(&reader, &got));
    EXPECT(got.request_code == SPDM_CHALLENGE && got.token == 0xA1);
}
