/* SPDX-License-Identifier: Apache-2.0 */

/* GET_CSR and CSR from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_csr, spdm_again_csr, NULL};
    return spdm_fuzz(data, size, agains);
}
