/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_trip_test.h"

static const struct spdm_shape v1_2 = {.version = SPDM_1_2};

/* As recorded (shared/spdm, tcp-12-p384-maconly-mutdig, frames 33 to 36). */
TEST(key_update_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_trip("12e90229", &v1_2, false, trip_key_update);
    expect_trip("12690229", &v1_2, false, trip_key_update_ack);
    expect_trip("12e903a5", &v1_2, false, trip_key_update);
    expect_trip("126903a5", &v1_2, false, trip_key_update_ack);
}

TEST(key_update_has_one_of_three_operations)
{
    for (unsigned operation = 0; operation < 256; operation++) {
        const status got =
            trip_with("12e90229", 2, (uint8_t)operation, &v1_2, false, trip_key_update);
        const status answered =
            trip_with("12690229", 2, (uint8_t)operation, &v1_2, false, trip_key_update_ack);
        EXPECT(!got.fault == (operation >= 1 && operation <= 3));
        EXPECT(!answered.fault == !got.fault);
    }
}

TEST(a_request_is_not_taken_for_its_answer)
{
    EXPECT_FAIL(MALFORMED, trip_with("12e90229", 1, 0x69, &v1_2, false, trip_key_update));
    EXPECT_FAIL(MALFORMED, trip_with("12690229", 1, 0xE9, &v1_2, false, trip_key_update_ack));
}
