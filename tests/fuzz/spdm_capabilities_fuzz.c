/* SPDX-License-Identifier: Apache-2.0 */

/* Capabilities of either side, and whether they contradict each other, from anybody. */

#include "spdm_fuzz.h"

static void contradictions(slice message)
{
    struct reader request = reader_of(message), response = reader_of(message);
    struct spdm_capabilities caps;
    if (!spdm_get_capabilities_read(&request, &caps).fault &&
        !spdm_capabilities_check(&caps, SPDM_REQUESTER).fault)
        assert(caps.version < SPDM_1_1 || !(caps.flags & SPDM_PSK_WITH_CONTEXT));
    if (!spdm_capabilities_read(&response, &caps).fault &&
        !spdm_capabilities_check(&caps, SPDM_RESPONDER).fault)
        assert((caps.flags & SPDM_MEAS_CAP) != SPDM_MEAS_CAP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_capabilities, spdm_again_capabilities,
                                         NULL};
    if (size > 2)
        contradictions((slice){data + 2, size - 2});
    return spdm_fuzz(data, size, agains);
}
