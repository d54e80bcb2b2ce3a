/* SPDX-License-Identifier: Apache-2.0 */

/* The edges of validity. Intel's library minds what has expired, a strict policy also what is yet
 * to begin; TIMES.json has both verdicts. */

#include "dcap_samples.h"

/* E21 */
TEST(E21_evidence_and_collateral_hold_to_the_last_second_of_their_dates)
{
    if (!samples_are_absent("times at the edges of validity"))
        EXPECT(check_times(&tdx_platform, "tdx/") == 16);
}
