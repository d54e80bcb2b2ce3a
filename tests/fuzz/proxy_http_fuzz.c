/* SPDX-License-Identifier: Apache-2.0 */

/* Anything to an HTTP proxy: what is passed on is one head, which means the same when read again.
 */

#include "proxy/http.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As the service will read it: from its first line to the first empty one, and no byte behind. */
static void expect_one_head(slice head)
{
    static const uint8_t end[] = "\r\n\r\n";
    const uint8_t *const blank = memmem(head.data, head.size, end, sizeof end - 1);
    assert(blank && (size_t)(blank - head.data) + sizeof end - 1 == head.size);
    assert(!memchr(head.data, 0, head.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http_login logins[] = {{0}, {"u", "p"}};
    SCOPED(http_asking) asking = {0};
    if (!size)
        return 0;
    const slice bytes = {data + 1, size - 1};
    if (http_asking_read(bytes, &logins[data[0] & 1], &asking).fault) {
        assert(!asking.head.data && !asking.size);
        return 0;
    }
    assert(asking.size <= bytes.size && *asking.to.host && asking.to.port);
    assert(asking.is_tunnel == !asking.head.size);
    if (!asking.is_tunnel)
        expect_one_head(buffer_view(&asking.head));
    return 0;
}
