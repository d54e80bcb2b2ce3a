/* SPDX-License-Identifier: Apache-2.0 */

/* GET_DIGESTS and DIGESTS from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_digests, spdm_again_digests, NULL};
    return spdm_fuzz(data, size, agains);
}
