/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_trip_test.h"

static const struct spdm_shape v1_2 = {.version = SPDM_1_2};

/* As recorded (shared/spdm, mctp-12-p256-aes128-mut, frames 47 and 48), and without its one bit. */
TEST(end_session_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_trip("12ec0100", &v1_2, false, trip_end_session);
    expect_trip("12ec0000", &v1_2, false, trip_end_session);
    expect_trip("126c0000", &v1_2, false, trip_end_session_ack);
}

TEST(what_is_reserved_in_end_session_is_not_looked_at_and_not_repeated)
{
    expect_trip_to("12ecffff", "12ec0100", &v1_2, trip_end_session);
    expect_trip_to("12ecfeff", "12ec0000", &v1_2, trip_end_session);
    expect_trip_to("126cffff", "126c0000", &v1_2, trip_end_session_ack);
}
