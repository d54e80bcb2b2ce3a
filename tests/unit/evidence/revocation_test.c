/* SPDX-License-Identifier: Apache-2.0 */

/* Which of several lists of one issuer counts when. */

#include "evidence/revocation.h"
#include "test.h"

/* In both orders, for the answer must not depend on it. */
static bool is_chosen(const struct crl *wanted, const struct crl *other, int64_t now_s)
{
    const struct crl_set one = {.crls = {wanted, other}, .count = 2};
    const struct crl_set two = {.crls = {other, wanted}, .count = 2};
    return crl_set_at(&one, now_s) == wanted && crl_set_at(&two, now_s) == wanted;
}

/* E22 */
TEST(the_newest_list_that_is_issued_counts)
{
    static const struct crl january = {.this_update_s = 100, .next_update_s = 200};
    static const struct crl february = {.this_update_s = 150, .next_update_s = 250};
    EXPECT(is_chosen(&january, &february, 149));
    EXPECT(is_chosen(&february, &january, 150));
    EXPECT(is_chosen(&february, &january, 251));
    EXPECT(is_chosen(&february, &january, 99)); /* neither: both are still to come */
    EXPECT(!crl_set_at(&(struct crl_set){0}, 150));
}

/* E22 */
TEST(an_older_list_with_longer_dates_does_not_come_back)
{
    static const struct crl old = {.this_update_s = 100, .next_update_s = 900};
    static const struct crl renewed = {.this_update_s = 150, .next_update_s = 250};
    EXPECT(is_chosen(&renewed, &old, 200));
    EXPECT(is_chosen(&renewed, &old, 300));
    EXPECT(!crl_is_in_force(&renewed, 300));
}

TEST(of_two_lists_of_one_moment_the_one_with_longer_dates_counts)
{
    static const struct crl brief = {.this_update_s = 100, .next_update_s = 200};
    static const struct crl lasting = {.this_update_s = 100, .next_update_s = 300};
    EXPECT(is_chosen(&lasting, &brief, 250));
}
