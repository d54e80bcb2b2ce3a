/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The security lifecycle of a platform: the upper byte of what a token says is the state, the lower
 * one the implementation's own.
 * spec: RFC 9783, "Security Lifecycle"
 */

#include "evidence/facts.h"

/* "secured", "recoverable_debug"; "invalid" where no state is. */
const char *arm_lifecycle_name(uint64_t lifecycle);

/* Somebody may debug the platform, or parts beside its root of trust. */
bool arm_lifecycle_is_debug(uint64_t lifecycle);

/* The claims `lifecycle`, `lifecycle_state` and `debug`. */
void arm_lifecycle_claim(struct claims *claims, uint64_t lifecycle);

/* The check "lifecycle": passes when secured, is left to policy when debugged, and fails else. */
void arm_lifecycle_check(struct facts *facts, uint64_t lifecycle, const char *debug_reason,
                         const char *not_secured_reason);
