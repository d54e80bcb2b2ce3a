/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever is read is written back byte for byte: there is one spelling of each message. */

#include "atls/cmw.h"
#include "atls/exchange.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice bytes = {data, size};
    SCOPED(buffer) written = {0};
    SCOPED(buffer) record = {0};
    struct exchange_message message;
    struct cmw cmw;
    if (!cmw_read(bytes, &cmw).fault) {
        assert(!cmw_write(&cmw, &record).fault);
        assert(slice_equal(buffer_view(&record), bytes));
    }
    if (exchange_read(bytes, &message).fault)
        return 0;
    const status wrote = exchange_write(&message, &written);
    assert(!wrote.fault || wrote.fault->failure == FAILURE_EXHAUSTED);
    assert(wrote.fault || slice_equal(buffer_view(&written), bytes));
    return 0;
}
