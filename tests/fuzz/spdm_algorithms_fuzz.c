/* SPDX-License-Identifier: Apache-2.0 */

/* An offer of algorithms, and a selection, from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_negotiate_algorithms, spdm_again_algorithms,
                                         NULL};
    return spdm_fuzz(data, size, agains);
}
