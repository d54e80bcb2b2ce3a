/* SPDX-License-Identifier: Apache-2.0 */

/* PSK_FINISH and PSK_FINISH_RSP from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_psk_finish, spdm_again_psk_finish_rsp, NULL};
    return spdm_fuzz(data, size, agains);
}
