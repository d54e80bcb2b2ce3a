/* SPDX-License-Identifier: Apache-2.0 */

/* IDE_KM from anybody: CXL's when the first byte is odd. What is read is written as many bytes. */

#include "spdm/message/idekm.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t once[1 << 20], twice[1 << 20];
    struct writer writer = writer_over(once, sizeof once), again = writer_over(twice, sizeof twice);
    struct spdm_idekm message;
    if (size == 0 || size > sizeof once)
        return 0;
    const bool is_cxl = data[0] & 1;
    if (spdm_idekm_read((slice){data + 1, size - 1}, is_cxl, &message).fault)
        return 0;
    spdm_idekm_write(&writer, is_cxl, &message);
    assert(!writer.out_of_space && writer.size == size - 1);
    assert(!spdm_idekm_read((slice){once, writer.size}, is_cxl, &message).fault);
    spdm_idekm_write(&again, is_cxl, &message);
    assert(slice_equal((slice){once, writer.size}, (slice){twice, again.size}));
    return 0;
}
