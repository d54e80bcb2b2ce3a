/* SPDX-License-Identifier: Apache-2.0 */

/* The six messages about events from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_supported_event_types,
                                         spdm_again_supported_event_types,
                                         spdm_again_subscribe_event_types,
                                         spdm_again_subscribe_event_types_ack,
                                         spdm_again_send_event,
                                         spdm_again_event_ack,
                                         NULL};
    return spdm_fuzz(data, size, agains);
}
