/* SPDX-License-Identifier: Apache-2.0 */

/* SET_CERTIFICATE and SET_CERTIFICATE_RSP from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_set_certificate, spdm_again_set_certificate_rsp,
                                         NULL};
    return spdm_fuzz(data, size, agains);
}
