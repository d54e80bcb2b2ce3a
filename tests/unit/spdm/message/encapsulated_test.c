/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

static const struct spdm_scene v1_1 = {.shape.version = SPDM_1_1};
static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};

/* As recorded (shared/spdm, mctp-12-p256-aes128-mut, frames 25 to 30): what is wrapped is left. */
TEST(encapsulation_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex("12ea0000", &v1_2, spdm_again_get_encapsulated_request);
    expect_hex("126a0100", &v1_2, spdm_again_encapsulated_request);
    expect_hex("12eb0100", &v1_2, spdm_again_deliver_encapsulated_response);
    expect_hex("126b020101000000", &v1_2, spdm_again_encapsulated_response_ack);
    expect_hex("126b000002000000", &v1_2, spdm_again_encapsulated_response_ack);
}

/* As recorded (mctp-11-rsapss3072-ffdhe3072, frames 36 and 38). */
TEST(before_1_2_an_acknowledgement_does_not_say_what_it_is_of)
{
    expect_hex("116b0201", &v1_1, spdm_again_encapsulated_response_ack);
    expect_hex("116b0000", &v1_1, spdm_again_encapsulated_response_ack);
}

/* Laid out by hand after the specification's tables. */
TEST(an_acknowledgement_may_name_the_slot_to_sign_with)
{
    expect_hex("126b00020200000003", &v1_2, spdm_again_encapsulated_response_ack);
    expect_hex("116b000203", &v1_1, spdm_again_encapsulated_response_ack);
    EXPECT_FAIL(MALFORMED,
                hex_with("116b000203", 4, 8, &v1_1, spdm_again_encapsulated_response_ack));
}

TEST(an_acknowledgement_brings_one_of_three_things)
{
    EXPECT_FAIL(MALFORMED,
                hex_with("126b020101000000", 3, 3, &v1_2, spdm_again_encapsulated_response_ack));
    EXPECT_FAIL(MALFORMED,
                hex_with("116b0201", 3, 0xFF, &v1_1, spdm_again_encapsulated_response_ack));
}

TEST(the_wrapped_message_goes_on_where_the_wrapper_ended)
{
    const uint8_t wrapped[] = {0x12, 0xEB, 0x07, 0, 0x12, 0x69, 0x03, 0xA5};
    struct reader reader = reader_of(SLICE(wrapped));
    struct spdm_key_update ack;
    uint8_t request_id = 0;
    EXPECT_OK(spdm_deliver_encapsulated_response_read(&reader, &request_id));
    EXPECT_OK(spdm_key_update_ack_read(&reader, &ack));
    EXPECT_OK(reader_finish(&reader));
    EXPECT(request_id == 7 && ack.operation == SPDM_VERIFY_NEW_KEY && ack.tag == 0xA5);
}
