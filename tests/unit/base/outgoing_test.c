/* SPDX-License-Identifier: Apache-2.0 */
#include "base/outgoing.h"

#include "test.h"

#include <string.h>

/* Each byte's place in all that was ever written tells what it must be. */
static bool put(struct outgoing *outgoing, size_t *written, size_t size)
{
    uint8_t *const room = outgoing_room(outgoing, size);
    if (!room)
        return false;
    for (size_t i = 0; i < size; i++)
        room[i] = (uint8_t)((*written + i) * 31 >> 3);
    outgoing_add(outgoing, size);
    *written += size;
    return true;
}

static bool is_next(slice view, size_t taken)
{
    for (size_t i = 0; i < view.size; i++)
        if (view.data[i] != (uint8_t)((taken + i) * 31 >> 3))
            return false;
    return true;
}

TEST(bytes_leave_in_the_order_in_which_they_came_however_both_are_cut)
{
    struct outgoing outgoing = {0};
    size_t written = 0, taken = 0;
    for (size_t i = 0; i < 4000; i++) {
        EXPECT(put(&outgoing, &written, 1 + i * 7 % 1500));
        const slice view = outgoing_view(&outgoing);
        EXPECT(view.size == written - taken && is_next(view, taken));
        const size_t size = i * 11 % 1490 < view.size ? i * 11 % 1490 : view.size;
        outgoing_sent(&outgoing, size);
        taken += size;
    }
    outgoing_clear(&outgoing);
}

TEST(it_holds_nothing_while_it_is_empty_and_no_more_than_what_is_behind_needs)
{
    struct outgoing outgoing = {0};
    size_t written = 0;
    EXPECT(!outgoing_view(&outgoing).data && !outgoing_view(&outgoing).size);
    EXPECT(put(&outgoing, &written, 5000));
    outgoing_sent(&outgoing, 5000);
    EXPECT(!outgoing.data && !outgoing.capacity && !outgoing_view(&outgoing).size);
    for (size_t i = 0; i < 10000; i++) { /* always one behind */
        EXPECT(put(&outgoing, &written, 1000));
        outgoing_sent(&outgoing, i ? 1000 : 0);
    }
    EXPECT(outgoing_view(&outgoing).size == 1000 && outgoing.capacity <= 16000);
    outgoing_sent(&outgoing, SIZE_MAX);
    EXPECT(!outgoing.data && !outgoing_view(&outgoing).size);
    outgoing_clear(&outgoing);
}

TEST(beyond_its_limit_there_is_no_room_and_what_it_had_stays)
{
    struct outgoing outgoing = {0};
    size_t written = 0;
    EXPECT(put(&outgoing, &written, 1000));
    EXPECT(!outgoing_room(&outgoing, OUTGOING_SIZE_MAX - 999));
    EXPECT(!outgoing_room(&outgoing, SIZE_MAX));
    EXPECT(outgoing_view(&outgoing).size == 1000 && is_next(outgoing_view(&outgoing), 0));
    EXPECT(put(&outgoing, &written, OUTGOING_SIZE_MAX - 1000));
    EXPECT(!outgoing_room(&outgoing, 1));
    outgoing_clear(&outgoing);
}
