/* SPDX-License-Identifier: Apache-2.0 */

#include "peers.h"

#include <malloc.h>

/* What the allocator keeps for a thread differs by a chunk or two; less than a byte a connection.
 */
enum { SETTLING = 4096 };

/* R12: caches and allocators have settled after the first thousand. */
TEST(ten_thousand_connections_leave_nothing_behind)
{
    struct peers peers;
    size_t before = 0;
    for (int i = 0; i < 11000; i++) {
        prepare(&peers);
        open_as(&peers, PURPOSE_LINK, PURPOSE_NONE);
        exchange(&peers);
        if (!both_open(&peers))
            abort();
        part(&peers);
        if (i == 1000)
            before = mallinfo2().uordblks;
    }
    EXPECT(mallinfo2().uordblks <= before + SETTLING);
}
