/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/facts.h"

#include "test.h"

static struct facts facts;

static void begin(void)
{
    memset(&facts, 0, sizeof facts);
}

static void pass_what_is_needed(void)
{
    begin();
    check_pass(&facts, "signature");
    check_pass(&facts, "chain");
    check_skip(&facts, "binding", "X_BINDING_NOT_ASKED", "nothing to compare with");
}

TEST(facts_without_checks_are_not_authentic)
{
    begin();
    EXPECT(!facts_authentic(&facts));
}

TEST(signature_chain_and_a_look_at_the_binding_make_facts_authentic)
{
    static const char *const needed[] = {"signature", "chain", "binding"};
    pass_what_is_needed();
    EXPECT(facts_authentic(&facts));
    for (size_t missing = 0; missing < 3; missing++) {
        begin();
        for (size_t i = 0; i < 3; i++)
            if (i != missing)
                check_pass(&facts, needed[i]);
        EXPECT(!facts_authentic(&facts));
    }
}

TEST(a_skipped_signature_or_chain_is_not_enough)
{
    begin();
    check_skip(&facts, "signature", "X", "not looked at");
    check_pass(&facts, "chain");
    check_pass(&facts, "binding");
    EXPECT(!facts_authentic(&facts));
    begin();
    check_pass(&facts, "signature");
    check_skip(&facts, "chain", "X", "not looked at");
    check_pass(&facts, "binding");
    EXPECT(!facts_authentic(&facts));
}

TEST(one_failed_check_is_enough_against)
{
    pass_what_is_needed();
    check_skip(&facts, "revocation", "X_CRL_MISSING", "no list");
    EXPECT(facts_authentic(&facts));
    check_fail(&facts, "tcb", "X_TCB_MISMATCH", "levels differ");
    EXPECT(!facts_authentic(&facts));
}

TEST(checks_or_claims_that_did_not_fit_are_counted_against)
{
    pass_what_is_needed();
    facts.claims.overflowed = true;
    EXPECT(!facts_authentic(&facts));
    pass_what_is_needed();
    static char names[CHECKS_MAX][8];
    for (size_t i = 0; i < CHECKS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "c%zu", i);
        if (i < CHECKS_MAX - 3)
            check_pass(&facts, names[i]);
    }
    EXPECT(facts_authentic(&facts));
    check_pass(&facts, "one too many");
    EXPECT(facts.overflowed && !facts_authentic(&facts));
}

TEST(a_check_tells_its_reason_and_its_detail_in_printable_characters)
{
    begin();
    check_fail(&facts, "a", "X_A", "level %d of '%s'", 3, "line\nend\x1b[31m");
    const struct check *const check = facts_check(&facts, "a");
    EXPECT(check && check->result == CHECK_FAIL);
    EXPECT(strcmp(check->reason, "X_A") == 0);
    EXPECT(strcmp(check->detail, "level 3 of 'line?end?[31m'") == 0);
    char text[2 * CHECK_DETAIL_SIZE];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    check_skip(&facts, "b", "X_B", "%s", text);
    EXPECT(strlen(facts_check(&facts, "b")->detail) == CHECK_DETAIL_SIZE - 1);
}

TEST(a_status_becomes_a_check)
{
    begin();
    check_status(&facts, "good", "X_GOOD", OK);
    check_status(&facts, "bad", "X_BAD", FAIL(UNAUTHENTIC, "it does not verify"));
    EXPECT(facts_check(&facts, "good")->result == CHECK_PASS);
    EXPECT(facts_check(&facts, "bad")->result == CHECK_FAIL);
    EXPECT(strcmp(facts_check(&facts, "bad")->detail, "it does not verify") == 0);
    EXPECT(!facts_check(&facts, "none"));
}
