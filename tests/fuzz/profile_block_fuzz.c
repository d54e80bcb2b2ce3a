/* SPDX-License-Identifier: Apache-2.0 */

/* A record of measurements with evidence in it: what is read is written again, and read the same.
 */

#include "profile/fresh.h"

#include "spdm/message/measurement_block.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD_SIZE_MAX = 1 << 17 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t space[RECORD_SIZE_MAX];
    struct writer record = writer_over(space, sizeof space);
    struct profile_block block, again;
    if (profile_block_read((slice){data, size}, &block).fault)
        return 0;
    assert(block.platform && block.platform->recognises(block.evidence));
    assert(!profile_block_write(&record, &block).fault && !record.out_of_space);
    assert(!profile_block_read((slice){space, record.size}, &again).fault);
    assert(again.platform == block.platform && slice_equal(again.evidence, block.evidence));
    assert(slice_equal(again.endorsements, block.endorsements) || !again.endorsements.size);
    return 0;
}
