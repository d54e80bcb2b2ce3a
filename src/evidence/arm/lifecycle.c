/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/arm/lifecycle.h"

enum { UNKNOWN, ASSEMBLY, PROVISIONING, SECURED, DEBUG, RECOVERABLE_DEBUG, DECOMMISSIONED, STATES };

static const char *const names[STATES] = {
    [UNKNOWN] = "unknown",
    [ASSEMBLY] = "assembly_and_test",
    [PROVISIONING] = "rot_provisioning",
    [SECURED] = "secured",
    [DEBUG] = "non_rot_debug",
    [RECOVERABLE_DEBUG] = "recoverable_rot_debug",
    [DECOMMISSIONED] = "decommissioned",
};

/* Each state takes a range of 256; the numbers between are nobody's. */
static uint64_t state_of(uint64_t lifecycle)
{
    return (lifecycle & 0x0f00) == 0 && lifecycle >> 12 < STATES ? lifecycle >> 12 : STATES;
}

const char *arm_lifecycle_name(uint64_t lifecycle)
{
    const uint64_t state = state_of(lifecycle);
    return state < STATES ? names[state] : "invalid";
}

bool arm_lifecycle_is_debug(uint64_t lifecycle)
{
    const uint64_t state = state_of(lifecycle);
    return state == DEBUG || state == RECOVERABLE_DEBUG;
}

void arm_lifecycle_claim(struct claims *claims, uint64_t lifecycle)
{
    claim_number(claims, "lifecycle", lifecycle);
    claim_text(claims, "lifecycle_state", arm_lifecycle_name(lifecycle));
    claim_flag(claims, "debug", arm_lifecycle_is_debug(lifecycle));
}

void arm_lifecycle_check(struct facts *facts, uint64_t lifecycle, const char *debug_reason,
                         const char *not_secured_reason)
{
    if (state_of(lifecycle) == SECURED)
        check_pass(facts, "lifecycle");
    else if (arm_lifecycle_is_debug(lifecycle))
        check_skip(facts, "lifecycle", debug_reason,
                   "the platform can be debugged; policy decides");
    else
        check_fail(facts, "lifecycle", not_secured_reason, "the platform is not secured: %s",
                   arm_lifecycle_name(lifecycle));
}
