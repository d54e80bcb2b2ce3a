/* SPDX-License-Identifier: Apache-2.0 */

/* The edges of validity. Intel's library minds what has expired, a strict policy also what is yet
 * to begin; TIMES.json has both verdicts. */

#include "samples.h"

static void check_vector(const json_t *vector)
{
    SCOPED(sample) sample = sample_open(text_of(vector, "sample"));
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    endorse_with_set(&endorsements, &sample, text_of(vector, "collateral"));

    EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements,
                            time_of(text_of(vector, "at")), facts));
    const bool accepted = facts_authentic(facts);
    const bool strictly = accepted && claim_is_flag(facts, "collateral_not_yet_valid", false);
    EXPECT(accepted == json_is_true(json_object_get(vector, "accept_time")));
    EXPECT(strictly == json_is_true(json_object_get(vector, "strict_time")));
    if (!accepted)
        EXPECT(facts->valid_until_s < time_of(text_of(vector, "at")));
    free(facts);
}

/* E21 */
TEST(E21_evidence_and_collateral_hold_to_the_last_second_of_their_dates)
{
    size_t index, count = 0;
    json_t *vector;
    if (samples_are_absent("times at the edges of validity"))
        return;
    SCOPED(json) times = json_of_file(samples_root(), "TIMES.json");
    json_array_foreach(json_object_get(times.root, "vectors"), index, vector)
    {
        if (strncmp(text_of(vector, "sample"), "tdx/", 4) != 0)
            continue;
        const int before = test_failures;
        check_vector(vector);
        if (test_failures != before)
            printf("  %s %s\n", text_of(vector, "sample"), text_of(vector, "case"));
        count++;
    }
    EXPECT(count == 16);
}
