/* SPDX-License-Identifier: Apache-2.0 */

/* A lane whose ids run out is replaced. The lane's source is part of this program, so that the test
 * need not open two thousand million streams. */

#include "link/lane.c"

#include "gateway/route.h"
#include "gateway/wire.h"
#include "world.h"

static struct lane *first_lane(const struct side *side)
{
    for (struct wire *wire = side->gateway->shards[0].wires; wire; wire = wire->next)
        if (wire->carrier.lane)
            return wire->carrier.lane;
    return NULL;
}

TEST(when_a_lanes_ids_run_out_the_next_stream_gets_a_new_lane_and_the_last_goes_on)
{
    SCOPED(world) world = {0};
    world_begin(&world, 1);
    struct pair first = join(&world);
    EXPECT(writes(first.app, "one") && reads(first.service, "one"));
    usleep(200000); /* both gateways wait for events now */
    first_lane(world.client)->next_own_id = UINT32_MAX;
    first_lane(world.server)->next_peer_id = UINT32_MAX;
    struct pair last = join(&world);
    EXPECT(writes(last.app, "last") && reads(last.service, "last"));
    struct pair next = join(&world);
    EXPECT(writes(next.app, "next") && reads(next.service, "next"));
    EXPECT(writes(next.service, "back") && reads(next.app, "back"));
    EXPECT(writes(last.app, "on") && reads(last.service, "on"));
    EXPECT(writes(first.app, "on") && reads(first.service, "on"));
    EXPECT(atomic_load(&world.client->gateway->shards[0].lane_count) == 2);
    part(&first);
    part(&last);
    part(&next);
}
