/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A simulator's state in memory, at once: from the throw-away keys in tests/vectors/sim. */

#include "sim/state.h"

#include "vectors/sim/keys.h"

__attribute__((unused)) static status sim_state_for_tests(int64_t now_s, struct sim_state *out)
{
    SCOPED(sim_keys) keys = {0};
    TRY(sim_keys_read(sim_test_keys, &keys));
    return sim_state_make(&keys, now_s, out);
}
