/* SPDX-License-Identifier: Apache-2.0 */

/* HEARTBEAT, KEY_UPDATE and END_SESSION, and their answers, from anybody. */

#include "spdm_again_sessions.h"
#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_heartbeat,
                                         spdm_again_heartbeat_ack,
                                         spdm_again_key_update,
                                         spdm_again_key_update_ack,
                                         spdm_again_end_session,
                                         spdm_again_end_session_ack,
                                         NULL};
    return spdm_fuzz(data, size, agains);
}
