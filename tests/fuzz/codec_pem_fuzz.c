/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as PEM: each block that is accepted is written and read the same. */

#include "codec/text.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size};
    char label[PEM_LABEL_SIZE_MAX], label_again[PEM_LABEL_SIZE_MAX];
    for (;;) {
        const slice before = text;
        SCOPED(buffer) der = {0};
        SCOPED(buffer) written = {0};
        SCOPED(buffer) again = {0};
        if (pem_read_next(&text, label, &der).fault) {
            assert(text.data == before.data && text.size == before.size && !der.data);
            return 0;
        }
        assert(text.size < before.size && der.size);
        assert(!pem_write(label, buffer_view(&der), &written).fault);
        slice left = buffer_view(&written);
        assert(!pem_read_next(&left, label_again, &again).fault && left.size == 0);
        assert(strcmp(label, label_again) == 0);
        assert(slice_equal(buffer_view(&der), buffer_view(&again)));
    }
}
