/* SPDX-License-Identifier: Apache-2.0 */

/* What a channel does when both ends are honest. */

#include "peers.h"

TEST(two_attested_ends_open_and_carry_data_both_ways)
{
    struct peers peers;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("question")));
    EXPECT_OK(say(&peers.server, slice_of_text("answer")));
    exchange(&peers);
    EXPECT(peers.server.frame_count == 1 && peers.server.frame_bytes == 8);
    EXPECT(peers.client.frame_count == 1 && memcmp(peers.client.last_frame, "answer", 6) == 0);
    part(&peers);
}
