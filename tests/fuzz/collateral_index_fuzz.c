/* SPDX-License-Identifier: Apache-2.0 */

/* An index that somebody changed: what is read of it writes and reads the same. */

#include "collateral/index.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(entries) entries = {0};
    SCOPED(entries) again = {0};
    SCOPED(buffer) text = {0};
    if (entries_read((slice){data, size}, &entries).fault)
        return 0;
    for (size_t i = 1; i < entries.count; i++)
        assert(strcmp(entries.items[i - 1].name, entries.items[i].name) < 0);
    assert(!entries_write(&entries, &text).fault);
    assert(!entries_read(buffer_view(&text), &again).fault);
    for (size_t i = 0, kept = 0; i < entries.count; i++) {
        if (entries.items[i].trust == ROOT_UNTRUSTED)
            continue;
        assert(strcmp(entries.items[i].name, again.items[kept].name) == 0);
        assert(entries.items[i].next_update_s == again.items[kept++].next_update_s);
    }
    return 0;
}
