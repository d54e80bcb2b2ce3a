/* SPDX-License-Identifier: Apache-2.0 */

/* Side claims of a link: whatever is read is written again as the same bytes. */

#include "evidence/devices.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct devices devices = {0};
    SCOPED(buffer) again = {0};
    if (devices_read((slice){data, size}, &devices).fault) {
        assert(devices.count == 0);
        return 0;
    }
    assert(devices.count <= DEVICES_MAX && !devices.count == !size);
    assert(!devices_write(&devices, &again).fault);
    assert(slice_equal(buffer_view(&again), (slice){data, size}));
    return 0;
}
