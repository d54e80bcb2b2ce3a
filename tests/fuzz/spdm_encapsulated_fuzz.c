/* SPDX-License-Identifier: Apache-2.0 */

/* The four messages of encapsulation from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {
        spdm_again_get_encapsulated_request, spdm_again_encapsulated_request,
        spdm_again_deliver_encapsulated_response, spdm_again_encapsulated_response_ack, NULL};
    return spdm_fuzz(data, size, agains);
}
