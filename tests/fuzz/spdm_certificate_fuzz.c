/* SPDX-License-Identifier: Apache-2.0 */

/* Portions of a certificate chain, and requests for them, from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_certificate, spdm_again_certificate, NULL};
    return spdm_fuzz(data, size, agains);
}
