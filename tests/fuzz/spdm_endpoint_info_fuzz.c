/* SPDX-License-Identifier: Apache-2.0 */

/* What kind of thing an endpoint is, and its list of classes, from anybody. */

#include "spdm_fuzz.h"

static void classes(slice info)
{
    static uint8_t space[SPDM_FUZZ_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct reader reader = reader_of(info);
    struct spdm_device_class device_class;
    uint8_t count;
    if (spdm_device_classes_read(&reader, &count).fault)
        return;
    const slice list = reader.left;
    for (size_t i = 0; i < count; i++) {
        assert(!spdm_device_class_read(&reader, &device_class).fault);
        spdm_device_class_write(&writer, &device_class);
    }
    assert(reader.left.size == 0);
    assert(slice_equal((slice){space, writer.size}, list));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_endpoint_info, spdm_again_endpoint_info,
                                         NULL};
    if (size > 2)
        classes((slice){data + 2, size - 2});
    return spdm_fuzz(data, size, agains);
}
