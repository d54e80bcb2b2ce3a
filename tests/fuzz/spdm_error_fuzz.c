/* SPDX-License-Identifier: Apache-2.0 */

/* ERROR, and what asks again after it, from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_error, spdm_again_respond_if_ready, NULL};
    return spdm_fuzz(data, size, agains);
}
