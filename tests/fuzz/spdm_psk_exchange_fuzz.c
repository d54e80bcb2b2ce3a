/* SPDX-License-Identifier: Apache-2.0 */

/* PSK_EXCHANGE and PSK_EXCHANGE_RSP from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_psk_exchange, spdm_again_psk_exchange_rsp,
                                         NULL};
    return spdm_fuzz(data, size, agains);
}
