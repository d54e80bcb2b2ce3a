/* SPDX-License-Identifier: Apache-2.0 */

/* An answer of a TDX host's quoting service: what it counts is what it has, and the quote ends it.
 */

#include "evidence/tdx/qgs.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_SIZE = 24, QUOTE_SIZE_AT = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice quote = {NULL, 77};
    if (tdx_qgs_quote_in((slice){data, size}, &quote).fault) {
        assert(quote.size == 77); /* untouched */
        return 0;
    }
    assert(quote.size > 0 && size >= HEAD_SIZE && quote.size <= size - HEAD_SIZE);
    assert(quote.data + quote.size == data + size);
    assert(quote.size == (size_t)(data[QUOTE_SIZE_AT] | data[QUOTE_SIZE_AT + 1] << 8 |
                                  data[QUOTE_SIZE_AT + 2] << 16));
    for (size_t i = 12; i < 16; i++)
        assert(data[i] == 0); /* no error code comes with a quote */
    return 0;
}
