/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/merge.h"

#include "test.h"

static struct facts whole, part;

static const struct renaming claims[] = {{.from = "report_data", .to = "hardware_report_data"},
                                         {0}};
static const struct renaming checks[] = {
    {"binding", "runtime_data", "WHOLE_UNBOUND"}, {"event_log", "hardware_event_log", NULL}, {0}};

static void begin(void)
{
    memset(&whole, 0, sizeof whole);
    memset(&part, 0, sizeof part);
}

static bool is_so(const char *name, enum check_result result, const char *reason)
{
    const struct check *const check = facts_check(&whole, name);
    return check && check->result == result && strcmp(check->reason, reason) == 0;
}

TEST(every_check_of_a_part_counts_under_its_new_name)
{
    begin();
    check_pass(&part, "signature");
    check_pass(&part, "chain");
    check_fail(&part, "binding", "PART_UNBOUND", "of another");
    check_skip(&part, "event_log", "PART_LOG_MISSING", "none");
    check_pass(&whole, "binding");
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.check_count == 5 && !facts_authentic(&whole));
    EXPECT(is_so("runtime_data", CHECK_FAIL, "WHOLE_UNBOUND"));
    EXPECT(is_so("hardware_event_log", CHECK_SKIPPED, "PART_LOG_MISSING"));
    EXPECT(is_so("signature", CHECK_PASS, "") && is_so("binding", CHECK_PASS, ""));
    EXPECT(strcmp(facts_check(&whole, "runtime_data")->detail, "of another") == 0);
}

/* The binding of a part is none of the whole. */
TEST(a_binding_that_only_a_part_has_is_not_enough)
{
    begin();
    check_pass(&part, "signature");
    check_pass(&part, "chain");
    check_pass(&part, "binding");
    EXPECT(facts_authentic(&part));
    facts_merge(&whole, &part, claims, checks);
    EXPECT(!facts_authentic(&whole));
    check_pass(&whole, "binding");
    EXPECT(facts_authentic(&whole));
}

TEST(claims_of_a_part_are_copied_under_their_new_names)
{
    static const uint8_t ours[] = {1, 2, 3}, theirs[] = {4, 5};
    begin();
    claim_bytes(&whole.claims, "report_data", SLICE(ours));
    claim_bytes(&part.claims, "report_data", SLICE(theirs));
    claim_number(&part.claims, "version", 5);
    facts_merge(&whole, &part, claims, checks);
    memset(&part, 0xee, sizeof part);
    EXPECT(slice_equal(claims_bytes(&whole.claims, "report_data"), SLICE(ours)));
    EXPECT(slice_equal(claims_bytes(&whole.claims, "hardware_report_data"), SLICE(theirs)));
    EXPECT(claims_find(&whole.claims, "version")->number == 5);
}

TEST(a_whole_holds_as_long_as_its_first_part_to_end)
{
    begin();
    part.valid_until_s = 200;
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.valid_until_s == 200);
    part.valid_until_s = 300;
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.valid_until_s == 200);
    part.valid_until_s = 100;
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.valid_until_s == 100);
}

TEST(what_did_not_fit_a_part_or_the_whole_is_never_authentic)
{
    begin();
    part.overflowed = true;
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.overflowed);
    begin();
    part.claims.overflowed = true;
    facts_merge(&whole, &part, claims, checks);
    EXPECT(whole.claims.overflowed);
}
