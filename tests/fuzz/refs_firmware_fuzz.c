/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as firmware: what is read lies inside, and a digest comes out or a refusal. */

#include "refs/firmware.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct firmware firmware;
    if (firmware_read((slice){data, size}, &firmware).fault)
        return 0;
    assert(firmware.section_count <= FIRMWARE_SECTIONS_MAX);
    assert(firmware.image.data == data && firmware.image.size == size);
    return 0;
}
