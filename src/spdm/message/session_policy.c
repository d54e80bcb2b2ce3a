/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/session_policy.h"

enum { TERMINATION_POLICY = 1, EVENT_ALL_POLICY = 1 << 1 };

struct spdm_session_policy spdm_session_policy_of(uint8_t field, const struct spdm_shape *shape)
{
    return (struct spdm_session_policy){
        .survives_update = shape->version >= SPDM_1_2 && (field & TERMINATION_POLICY),
        .wants_events = shape->version >= SPDM_1_3 && (field & EVENT_ALL_POLICY),
    };
}

uint8_t spdm_session_policy_field(struct spdm_session_policy policy, const struct spdm_shape *shape)
{
    uint8_t field = 0;
    if (policy.survives_update && shape->version >= SPDM_1_2)
        field |= TERMINATION_POLICY;
    if (policy.wants_events && shape->version >= SPDM_1_3)
        field |= EVENT_ALL_POLICY;
    return field;
}
