/* SPDX-License-Identifier: Apache-2.0 */

/* VENDOR_DEFINED_REQUEST and VENDOR_DEFINED_RESPONSE from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_vendor_defined_request,
                                         spdm_again_vendor_defined_response, NULL};
    return spdm_fuzz(data, size, agains);
}
