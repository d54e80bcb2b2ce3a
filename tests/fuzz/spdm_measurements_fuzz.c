/* SPDX-License-Identifier: Apache-2.0 */

/* Measurements from anybody; the blocks of a record are each written as they were. */

#include "spdm_fuzz.h"

#include "spdm/message/measurement_block.h"

static void blocks(slice record)
{
    static uint8_t space[SPDM_FUZZ_SIZE_MAX];
    struct reader reader = reader_of(record);
    struct spdm_measurement_block block;
    struct spdm_device_mode mode;
    struct spdm_structured_manifest manifest;
    while (reader.left.size && !spdm_measurement_block_read(&reader, &block).fault) {
        struct writer writer = writer_over(space, sizeof space);
        spdm_measurement_block_write(&writer, &block);
        assert(slice_equal((slice){space, writer.size}, block.whole));
        if (!spdm_device_mode_read(block.value, &mode).fault)
            assert(block.value.size == SPDM_DEVICE_MODE_SIZE);
        if (!spdm_structured_manifest_read(block.value, &manifest).fault)
            assert(manifest.manifest.size + manifest.format.vendor_id.size + 2 == block.value.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_measurements, spdm_again_measurements,
                                         NULL};
    if (size > 2)
        blocks((slice){data + 2, size - 2});
    return spdm_fuzz(data, size, agains);
}
