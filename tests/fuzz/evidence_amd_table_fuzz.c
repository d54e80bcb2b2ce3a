/* SPDX-License-Identifier: Apache-2.0 */

/* A certificate table from a host: every entry lies inside it, and behind its head. */

#include "evidence/snp/table.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENTRY_SIZE = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snp_table table;
    volatile uint8_t sum = 0;
    if (snp_table_read((slice){data, size}, &table).fault)
        return 0;
    assert(table.count <= SNP_TABLE_ENTRIES_MAX);
    for (size_t i = 0; i < table.count; i++) {
        const slice content = table.entries[i].content;
        for (size_t j = 0; j < i; j++)
            assert(table.entries[i].kind == SNP_TABLE_OTHER ||
                   table.entries[i].kind != table.entries[j].kind);
        if (content.size == 0)
            continue;
        assert(content.data >= data + (table.count + 1) * ENTRY_SIZE);
        assert(content.data + content.size <= data + size);
        for (size_t at = 0; at < content.size; at++)
            sum = (uint8_t)(sum + content.data[at]);
    }
    return 0;
}
