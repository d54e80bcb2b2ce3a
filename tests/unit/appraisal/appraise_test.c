/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

/* Appraises a TD under a policy written here; `key` as hex, NULL outside a channel. */
static struct appraisal judge_facts(const struct facts *facts, const char *policy_text,
                                    const char *key_hex, int64_t now_s)
{
    struct appraisal appraisal = {0};
    SCOPED(buffer) key = {0};
    struct policy *const policy = policy_text ? policy_of(policy_text) : NULL;
    if (key_hex)
        EXPECT_OK(hex_read(slice_of_text(key_hex), &key));
    EXPECT_OK(appraise(facts, policy, buffer_view(&key), now_s, &appraisal));
    policy_free(policy);
    return appraisal;
}

static struct appraisal judge_td(const struct td *td, const char *policy_text)
{
    struct facts *const facts = facts_of(td);
    const struct appraisal appraisal = judge_facts(facts, policy_text, KEY_HEX, NOW_S);
    free(facts);
    return appraisal;
}

static bool is_accepted(const struct appraisal *appraisal)
{
    if (appraisal->verdict != VERDICT_ACCEPTED)
        print_reasons(appraisal);
    return appraisal->verdict == VERDICT_ACCEPTED && appraisal->reason_count == 0 &&
           appraisal->valid_until_s == LATER_S;
}

/* Denied for this reason and no other. */
static bool is_denied_for(const struct appraisal *appraisal, const char *reason)
{
    const bool is_so = appraisal->verdict == VERDICT_DENIED && appraisal->reason_count == 1 &&
                       strcmp(appraisal->reasons[0], reason) == 0 && appraisal->valid_until_s == 0;
    if (!is_so)
        print_reasons(appraisal);
    return is_so;
}

static bool td_is_accepted(struct td td, const char *policy_text)
{
    const struct appraisal appraisal = judge_td(&td, policy_text);
    return is_accepted(&appraisal);
}

static bool td_is_denied_for(struct td td, const char *policy_text, const char *reason)
{
    const struct appraisal appraisal = judge_td(&td, policy_text);
    return is_denied_for(&appraisal, reason);
}

#define TD_WITH(change)                                                                            \
    __extension__({                                                                                \
        struct td td_ = good_td();                                                                 \
        td_.change;                                                                                \
        td_;                                                                                       \
    })

/* ---- devices ---- */

#define ANY_TD "      - { platform: tdx, insecure_any_measurement: true }\n"
#define THE_TD "      - { platform: tdx, measurement: \"" MRTD_HEX "\" }\n"

/* A TD that brings two others, the one with the code that is pinned and one with other code. */
static struct appraisal judge_with_two(const char *devices, bool other_is_first)
{
    const struct td td = good_td();
    const struct td other = TD_WITH(mrtd_first = 0xff);
    struct facts *const facts = facts_of(&td);
    struct facts *const first = facts_of(other_is_first ? &other : &td);
    struct facts *const second = facts_of(other_is_first ? &td : &other);
    struct facts *const both = calloc(2, sizeof *both);
    struct appraisal appraisal = {0};
    char text[1024];
    snprintf(text, sizeof text, TDX_POLICY "    devices:\n%s", devices);
    struct policy *const policy = policy_of(text);
    both[0] = *first;
    both[1] = *second;
    EXPECT_OK(appraise_with_devices(facts, both, 2, policy, (slice){0}, NOW_S, &appraisal));
    policy_free(policy);
    free(both);
    free(second);
    free(first);
    free(facts);
    return appraisal;
}

TEST(devices_come_in_any_order_whichever_place_they_would_fit_first)
{
    for (int i = 0; i < 2; i++) {
        struct appraisal got = judge_with_two(ANY_TD THE_TD, i);
        EXPECT(is_accepted(&got));
        got = judge_with_two(THE_TD ANY_TD, i);
        EXPECT(is_accepted(&got));
        got = judge_with_two(THE_TD THE_TD, i);
        EXPECT(got.verdict == VERDICT_DENIED && has_reason(&got, "DEVICE_MISSING") &&
               has_reason(&got, "TDX_MEASUREMENT_NOT_ACCEPTED"));
        got = judge_with_two(ANY_TD, i);
        EXPECT(is_denied_for(&got, "DEVICE_NOT_ACCEPTED"));
        got = judge_with_two(THE_TD, i);
        EXPECT(got.verdict == VERDICT_DENIED);
        got = judge_with_two(ANY_TD ANY_TD THE_TD, i);
        EXPECT(is_denied_for(&got, "DEVICE_MISSING"));
    }
}

/* ---- measurement and identity ---- */

TEST(the_pinned_code_on_the_pinned_platform_is_accepted)
{
    EXPECT(td_is_accepted(good_td(), TDX_POLICY));
}

TEST(other_code_is_denied)
{
    EXPECT(
        td_is_denied_for(TD_WITH(mrtd_first = 0xff), TDX_POLICY, "TDX_MEASUREMENT_NOT_ACCEPTED"));
    EXPECT(td_is_accepted(TD_WITH(mrtd_first = 0xff),
                          "accept: [ { platform: tdx, measurement: [ \"" MRTD_HEX
                          "\", \"" OTHER_MRTD_HEX "\" ], insecure_any_instance: true } ]"));
    EXPECT(td_is_accepted(TD_WITH(mrtd_first = 0xff),
                          "accept: [ { platform: tdx, insecure_any_measurement: true } ]"));
}

/* P2 */
TEST(the_same_code_on_another_platform_is_denied)
{
    EXPECT(td_is_denied_for(TD_WITH(piid_first = 0xb0), TDX_POLICY,
                            "TDX_PLATFORM_INSTANCE_ID_NOT_ACCEPTED"));
    EXPECT(td_is_accepted(TD_WITH(piid_first = 0xb0),
                          TDX_ENTRY "    identity: { platform_instance_id: [ \"" PIID_HEX
                                    "\", \"" OTHER_PIID_HEX "\" ] }\n"));
    EXPECT(
        td_is_accepted(TD_WITH(piid_first = 0xb0), TDX_ENTRY "    insecure_any_instance: true\n"));
}

/* E40 */
TEST(a_pinned_claim_that_the_evidence_does_not_make_is_denied)
{
    EXPECT(td_is_denied_for(TD_WITH(has_no_piid = true), TDX_POLICY,
                            "TDX_PLATFORM_INSTANCE_ID_MISSING"));
    EXPECT(td_is_denied_for(good_td(),
                            TDX_ENTRY "    claims: { body.tee_tcb_svn2: "
                                      "\"00010203040506070809101112131415\" }\n",
                            "TDX_BODY_TEE_TCB_SVN2_MISSING"));
    EXPECT(td_is_denied_for(good_td(), TDX_ENTRY "    minimum: { qe_report.isvsvn: 1 }\n",
                            "TDX_QE_REPORT_ISVSVN_MISSING"));
}

TEST(every_kind_of_identity_that_is_named_must_match)
{
    static const char both[] = TDX_ENTRY "    identity: { ppid: \"" PPID_HEX
                                         "\", platform_instance_id: \"" PIID_HEX "\" }\n";
    EXPECT(td_is_accepted(good_td(), both));
    EXPECT(td_is_denied_for(TD_WITH(piid_first = 0xb0), both,
                            "TDX_PLATFORM_INSTANCE_ID_NOT_ACCEPTED"));
}

static const char key_policy[] = TDX_ENTRY "    identity: { key: \"" KEY_HEX "\" }\n";

TEST(a_pinned_key_is_the_one_that_the_channel_proved)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    struct appraisal got = judge_facts(facts, key_policy, KEY_HEX, NOW_S);
    EXPECT(is_accepted(&got));
    got = judge_facts(facts, key_policy, OTHER_MRTD_HEX, NOW_S);
    EXPECT(is_denied_for(&got, "KEY_NOT_ACCEPTED"));
    got = judge_facts(facts, key_policy, NULL, NOW_S);
    EXPECT(is_denied_for(&got, "KEY_NOT_PROVED"));
    got = judge_facts(facts, key_policy, "d1d1d1d1", NOW_S);
    EXPECT(is_denied_for(&got, "KEY_NOT_PROVED"));
    free(facts);
}

/* ---- claims and minimum ---- */

TEST(a_claim_is_compared_exactly)
{
    static const char rtmr1_of_twos[] =
        TDX_POLICY "    claims: { body.rtmr1: \"020202020202020202020202020202020202020202020202"
                   "020202020202020202020202020202020202020202020202\" }\n";
    EXPECT(td_is_accepted(good_td(), rtmr1_of_twos));
    EXPECT(td_is_denied_for(TD_WITH(rtmr[1] = 3), rtmr1_of_twos, "TDX_BODY_RTMR1_NOT_ACCEPTED"));
    EXPECT(td_is_accepted(good_td(), TDX_POLICY "    claims: { pck.pcesvn: [ 12, 13 ] }\n"));
    EXPECT(td_is_denied_for(good_td(), TDX_POLICY "    claims: { pck.pcesvn: [ 12, 14 ] }\n",
                            "TDX_PCK_PCESVN_NOT_ACCEPTED"));
    EXPECT(td_is_accepted(good_td(), TDX_POLICY "    claims: { debug: false }\n"));
    EXPECT(td_is_accepted(good_td(), TDX_POLICY "    claims: { pck.comps: [ [ 0, 0, 0, 0, 0, 0, 0, "
                                                "0, 0, 0, 0, 0, 0, 0, 0, 0 ], [ 7, 7, 2, 2, 3, 1, "
                                                "0, 3, 0, 0, 0, 0, 0, 0, 0, 0 ] ] }\n"));
    EXPECT(td_is_denied_for(good_td(),
                            TDX_POLICY "    claims: { pck.comps: [ 7, 7, 2, 2, 3, 1, 0, 4, 0, 0, "
                                       "0, 0, 0, 0, 0, 0 ] }\n",
                            "TDX_PCK_COMPS_NOT_ACCEPTED"));
}

TEST(a_minimum_is_reached_or_denied)
{
    EXPECT(td_is_accepted(good_td(), TDX_POLICY "    minimum: { pck.pcesvn: 13 }\n"));
    EXPECT(td_is_denied_for(good_td(), TDX_POLICY "    minimum: { pck.pcesvn: 14 }\n",
                            "TDX_TCB_BELOW_MINIMUM"));
}

TEST(a_minimum_of_several_numbers_holds_for_each)
{
    EXPECT(td_is_accepted(good_td(), TDX_POLICY "    minimum: { pck.comps: [ 7, 7, 0, 0, 0, 0, 0, "
                                                "3, 0, 0, 0, 0, 0, 0, 0, 0 ] }\n"));
    EXPECT(td_is_denied_for(good_td(),
                            TDX_POLICY "    minimum: { pck.comps: [ 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, "
                                       "0, 0, 0, 0, 0, 0 ] }\n",
                            "TDX_TCB_BELOW_MINIMUM"));
}

/* ---- what is refused by default ---- */

/* E9 */
TEST(debug_is_denied_unless_the_policy_allows_it)
{
    static const char allowing[] = TDX_POLICY "    insecure_allow_debug: true\n";
    EXPECT(td_is_denied_for(TD_WITH(debug = true), TDX_POLICY, "TDX_DEBUG_ALLOWED"));
    EXPECT(td_is_denied_for(TD_WITH(profiling = true), TDX_POLICY, "TDX_DEBUG_ALLOWED"));
    EXPECT(td_is_accepted(TD_WITH(debug = true), allowing));
    EXPECT(td_is_accepted(TD_WITH(profiling = true), allowing));
}

TEST(migration_is_denied_unless_the_policy_allows_it)
{
    EXPECT(td_is_denied_for(TD_WITH(migratable = true), TDX_POLICY, "TDX_MIGRATION_ALLOWED"));
    EXPECT(td_is_accepted(TD_WITH(migratable = true),
                          TDX_POLICY "    insecure_allow_migration: true\n"));
}

TEST(collateral_from_the_future_is_denied_and_nothing_allows_it)
{
    EXPECT(td_is_denied_for(TD_WITH(not_yet_valid = true),
                            TDX_POLICY "    insecure_allow_debug: true\n"
                                       "    insecure_allow_migration: true\n"
                                       "    insecure_allow_provisional_firmware: true\n"
                                       "    insecure_allow_missing_revocation_list: true\n",
                            "TDX_COLLATERAL_NOT_YET_VALID"));
}

/* E28 */
TEST(every_tcb_status_but_up_to_date_is_denied_by_default_and_accepted_where_listed)
{
    static const char *const statuses[] = {"SWHardeningNeeded",
                                           "ConfigurationNeeded",
                                           "ConfigurationAndSWHardeningNeeded",
                                           "OutOfDate",
                                           "OutOfDateConfigurationNeeded",
                                           "TDRelaunchAdvised",
                                           "TDRelaunchAdvisedConfigurationNeeded",
                                           "NotSupported"};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        char policy[1024];
        struct td td = TD_WITH(tcb_status = statuses[i]);
        const struct appraisal got = judge_td(&td, TDX_POLICY);
        EXPECT(got.verdict == VERDICT_DENIED);
        EXPECT(has_reason(&got, "TDX_TCB_STATUS_NOT_ACCEPTED"));
        EXPECT(has_reason(&got, "TDX_TCB_NOT_UP_TO_DATE"));
        snprintf(policy, sizeof policy, TDX_POLICY "    tcb_status: [ UpToDate, %s ]\n",
                 statuses[i]);
        EXPECT(td_is_accepted(td, policy));
        EXPECT(td_is_accepted(good_td(), policy));
    }
    EXPECT(td_is_denied_for(good_td(), TDX_POLICY "    tcb_status: OutOfDate\n",
                            "TDX_TCB_STATUS_NOT_ACCEPTED"));
}

/* Every check that was left open and of which the policy says nothing. */
TEST(a_check_that_was_skipped_is_denied_for_its_own_reason)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    set_check(facts, "something_new", CHECK_SKIPPED, "TDX_SOMETHING_NEW_UNCHECKED");
    struct appraisal got = judge_facts(facts, TDX_POLICY, NULL, NOW_S);
    EXPECT(is_denied_for(&got, "TDX_SOMETHING_NEW_UNCHECKED"));
    set_check(facts, "something_new", CHECK_PASS, "");
    set_check(facts, "revocation", CHECK_SKIPPED, "TDX_CRL_MISSING");
    got = judge_facts(facts, TDX_POLICY, NULL, NOW_S);
    EXPECT(is_denied_for(&got, "TDX_CRL_MISSING"));
    got = judge_facts(facts, TDX_POLICY "    insecure_allow_missing_revocation_list: true\n", NULL,
                      NOW_S);
    EXPECT(is_accepted(&got));
    set_check(facts, "revocation", CHECK_PASS, "");
    set_check(facts, "event_log", CHECK_SKIPPED, "TDX_EVENT_LOG_MISSING");
    got = judge_facts(facts, TDX_POLICY, NULL, NOW_S);
    EXPECT(is_accepted(&got));
    set_check(facts, "padding", CHECK_SKIPPED, "TDX_TRAILING_BYTES"); /* no rule speaks of it */
    got = judge_facts(facts, TDX_POLICY, NULL, NOW_S);
    EXPECT(is_denied_for(&got, "TDX_TRAILING_BYTES"));
    free(facts);
}

TEST(evidence_holds_to_the_last_second_of_what_it_rests_on)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    struct appraisal got = judge_facts(facts, TDX_POLICY, NULL, LATER_S);
    EXPECT(is_accepted(&got));
    got = judge_facts(facts, TDX_POLICY, NULL, LATER_S + 1);
    EXPECT(is_denied_for(&got, "TDX_OUT_OF_DATE"));
    facts->valid_until_s = 0; /* nobody said how long */
    got = judge_facts(facts, TDX_POLICY, NULL, NOW_S);
    EXPECT(is_denied_for(&got, "TDX_OUT_OF_DATE"));
    free(facts);
}

/* ---- authenticity ---- */

/* The most that a policy can allow. */
static const char lax[] = "accept:\n"
                          "  - platform: tdx\n"
                          "    insecure_any_measurement: true\n"
                          "    insecure_any_instance: true\n"
                          "    insecure_allow_debug: true\n"
                          "    insecure_allow_migration: true\n"
                          "    insecure_allow_provisional_firmware: true\n"
                          "    insecure_allow_missing_revocation_list: true\n"
                          "    insecure_allow_masked_chip_id: true\n"
                          "    insecure_allow_key_bound_evidence: true\n"
                          "    tcb_status: [ UpToDate, OutOfDate, NotSupported ]\n";

TEST(no_policy_allows_a_failed_check)
{
    const struct td td = good_td();
    struct facts *const good = facts_of(&td);
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < good->check_count; i++) {
        const char *const policies[] = {lax, TDX_POLICY, NULL};
        *facts = *good;
        set_check(facts, good->checks[i].name, CHECK_FAIL, "TDX_SOMETHING_INVALID");
        for (size_t j = 0; j < 3; j++) {
            const struct appraisal got = judge_facts(facts, policies[j], KEY_HEX, NOW_S);
            EXPECT(got.verdict == VERDICT_UNAUTHENTIC && got.valid_until_s == 0);
            EXPECT(got.reason_count == 1 && strcmp(got.reasons[0], "TDX_SOMETHING_INVALID") == 0);
        }
    }
    free(facts);
    free(good);
}

/* E11: evidence that was made once for a key proves nothing about now. */
TEST(E11_evidence_that_is_not_fresh_is_denied_unless_the_policy_says_so)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    set_check(facts, "freshness", CHECK_SKIPPED, "EVIDENCE_NOT_FRESH");
    const struct appraisal denied = judge_facts(facts, TDX_POLICY, KEY_HEX, NOW_S);
    EXPECT(denied.verdict == VERDICT_DENIED && denied.reason_count == 1);
    EXPECT(strcmp(denied.reasons[0], "EVIDENCE_NOT_FRESH") == 0);
    const struct appraisal allowed = judge_facts(
        facts, TDX_POLICY "    insecure_allow_key_bound_evidence: true\n", KEY_HEX, NOW_S);
    EXPECT(allowed.verdict == VERDICT_ACCEPTED);
    free(facts);
}

/* E11: in a channel evidence that nobody compared with the binding is worth nothing. */
TEST(in_a_channel_the_binding_must_have_been_checked)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    set_check(facts, "binding", CHECK_SKIPPED, "TDX_BINDING_NOT_ASKED");
    struct appraisal got = judge_facts(facts, lax, KEY_HEX, NOW_S);
    EXPECT(got.verdict == VERDICT_UNAUTHENTIC && has_reason(&got, "BINDING_NOT_CHECKED"));
    got = judge_facts(facts, NULL, KEY_HEX, NOW_S);
    EXPECT(got.verdict == VERDICT_UNAUTHENTIC);
    got = judge_facts(facts, lax, NULL, NOW_S);
    EXPECT(is_accepted(&got));
    free(facts);
}

/* E14 */
TEST(zero_refuses)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    struct appraisal got = judge_facts(facts, NULL, NULL, NOW_S);
    EXPECT(got.verdict == VERDICT_UNAUTHENTIC && has_reason(&got, "EVIDENCE_NOT_AUTHENTIC"));
    facts->platform = "tdx";
    got = judge_facts(facts, lax, NULL, NOW_S);
    EXPECT(got.verdict == VERDICT_UNAUTHENTIC && has_reason(&got, "EVIDENCE_NOT_AUTHENTIC"));
    check_pass(facts, "signature");
    check_pass(facts, "chain");
    check_pass(facts, "binding");
    facts->platform = "no such platform";
    got = judge_facts(facts, NULL, NULL, NOW_S);
    EXPECT(got.verdict == VERDICT_UNAUTHENTIC);
    facts->platform = "tdx"; /* authentic, and says nothing of itself */
    got = judge_facts(facts, lax, NULL, NOW_S);
    EXPECT(got.verdict == VERDICT_DENIED && has_reason(&got, "TDX_TCB_STATUS_MISSING"));
    EXPECT(strcmp(verdict_name((struct appraisal){0}.verdict), "none") == 0);
    free(facts);
}

TEST(without_a_policy_only_authenticity_is_judged)
{
    EXPECT(td_is_accepted(TD_WITH(debug = true), NULL));
    EXPECT(td_is_accepted(TD_WITH(tcb_status = "OutOfDate"), NULL));
}

TEST(verdicts_have_the_names_of_the_command_lines_contract)
{
    EXPECT(strcmp(verdict_name(VERDICT_ACCEPTED), "accepted") == 0);
    EXPECT(strcmp(verdict_name(VERDICT_DENIED), "denied") == 0);
    EXPECT(strcmp(verdict_name(VERDICT_UNAUTHENTIC), "unauthentic") == 0);
    EXPECT(strcmp(verdict_name(VERDICT_MALFORMED), "malformed") == 0);
}

/* ---- several entries ---- */

TEST(one_entry_must_hold_in_full)
{
    static const char two[] = "accept:\n"
                              "  - platform: tdx\n"
                              "    measurement: \"" OTHER_MRTD_HEX "\"\n"
                              "    identity: { platform_instance_id: \"" PIID_HEX "\" }\n"
                              "  - platform: tdx\n"
                              "    measurement: \"" MRTD_HEX "\"\n"
                              "    identity: { platform_instance_id: \"" OTHER_PIID_HEX "\" }\n"
                              "    minimum: { pck.pcesvn: 20 }\n";
    EXPECT(td_is_accepted(TD_WITH(mrtd_first = 0xff), two));
    /* The first entry is nearer: one reason, not two. */
    EXPECT(td_is_denied_for(good_td(), two, "TDX_MEASUREMENT_NOT_ACCEPTED"));
    EXPECT(td_is_accepted(TD_WITH(piid_first = 0xb0; td_.pcesvn = 20), two));
}

/* ---- the built-in policy ---- */

TEST(strict_accepts_what_is_in_order_and_denies_every_doubt)
{
    struct td variants[] = {good_td(), good_td(), good_td(), good_td(), good_td()};
    variants[1].debug = variants[2].migratable = variants[3].not_yet_valid = true;
    variants[4].tcb_status = "SWHardeningNeeded";
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct facts *const facts = facts_of(&variants[i]);
        struct appraisal got;
        EXPECT_OK(appraise(facts, policy_built_in("strict"), (slice){0}, NOW_S, &got));
        EXPECT(got.verdict == (i == 0 ? VERDICT_ACCEPTED : VERDICT_DENIED));
        free(facts);
    }
}

/* ---- later rounds ---- */

/* The verdict on `later` on a link whose first round was of `first`. */
static struct appraisal judge_again(const struct td *first, const struct td *later)
{
    static const char any[] = "accept: [ { platform: tdx, insecure_any_measurement: true, "
                              "insecure_any_instance: true } ]";
    struct facts *const first_facts = facts_of(first);
    struct facts *const later_facts = facts_of(later);
    const struct appraisal first_appraisal = judge_facts(first_facts, any, KEY_HEX, NOW_S);
    struct appraisal later_appraisal = judge_facts(later_facts, any, KEY_HEX, NOW_S);
    appraise_again(first_facts, &first_appraisal, later_facts, &later_appraisal);
    free(first_facts);
    free(later_facts);
    return later_appraisal;
}

static bool may_follow(struct td later)
{
    const struct td first = good_td();
    const struct appraisal appraisal = judge_again(&first, &later);
    return is_accepted(&appraisal);
}

static bool may_not_follow_for(struct td later, const char *reason)
{
    const struct td first = good_td();
    const struct appraisal appraisal = judge_again(&first, &later);
    return is_denied_for(&appraisal, reason);
}

TEST(a_later_round_of_the_same_guest_is_accepted)
{
    EXPECT(may_follow(good_td()));
}

TEST(a_later_round_with_another_measurement_is_denied)
{
    EXPECT(may_not_follow_for(TD_WITH(mrtd_first = 0xff), "TDX_MEASUREMENT_CHANGED"));
    EXPECT(may_not_follow_for(TD_WITH(rtmr[0] = 9), "TDX_MEASUREMENT_CHANGED"));
    EXPECT(may_not_follow_for(TD_WITH(rtmr[1] = 9), "TDX_MEASUREMENT_CHANGED"));
    EXPECT(may_not_follow_for(TD_WITH(rtmr[2] = 9), "TDX_MEASUREMENT_CHANGED"));
    EXPECT(may_follow(TD_WITH(rtmr[3] = 9))); /* software extends it while it runs */
}

TEST(a_later_round_of_another_instance_is_denied)
{
    EXPECT(may_not_follow_for(TD_WITH(piid_first = 0xb0), "TDX_INSTANCE_CHANGED"));
    EXPECT(may_not_follow_for(TD_WITH(has_no_piid = true), "TDX_INSTANCE_CHANGED"));
}

/* E23: also the number of the collateral. */
TEST(during_a_link_the_tcb_may_only_rise)
{
    EXPECT(may_follow(TD_WITH(pcesvn = 14)));
    EXPECT(may_follow(TD_WITH(components[2] = 3)));
    EXPECT(may_not_follow_for(TD_WITH(pcesvn = 12), "TDX_TCB_WENT_DOWN"));
    EXPECT(may_not_follow_for(TD_WITH(components[2] = 1), "TDX_TCB_WENT_DOWN"));
    EXPECT(
        may_not_follow_for(TD_WITH(components[2] = 1; td_.components[0] = 9), "TDX_TCB_WENT_DOWN"));
    EXPECT(may_not_follow_for(TD_WITH(evaluation_number = 16), "TDX_TCB_WENT_DOWN"));
}

TEST(nothing_follows_a_round_that_was_not_accepted)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    const struct appraisal accepted = judge_facts(facts, TDX_POLICY, KEY_HEX, NOW_S);
    struct appraisal first = {0}, later = accepted;
    appraise_again(facts, &first, facts, &later);
    EXPECT(later.verdict == VERDICT_DENIED && has_reason(&later, "FIRST_ROUND_NOT_ACCEPTED"));
    first = later = (struct appraisal){0};
    appraise_again(facts, &first, facts, &later);
    EXPECT(later.verdict == VERDICT_DENIED && has_reason(&later, "TDX_MEASUREMENT_CHANGED"));
    free(facts);
}

TEST(a_later_round_keeps_a_worse_verdict)
{
    const struct td td = good_td();
    struct facts *const facts = facts_of(&td);
    struct facts *const other = facts_of(&td);
    const struct appraisal first = judge_facts(facts, TDX_POLICY, KEY_HEX, NOW_S);
    set_check(other, "signature", CHECK_FAIL, "TDX_SIGNATURE_INVALID");
    struct appraisal later = judge_facts(other, TDX_POLICY, KEY_HEX, NOW_S);
    appraise_again(facts, &first, other, &later);
    EXPECT(later.verdict == VERDICT_UNAUTHENTIC);
    other->platform = "snp";
    later = first;
    appraise_again(facts, &first, other, &later);
    EXPECT(later.verdict == VERDICT_DENIED && has_reason(&later, "PLATFORM_CHANGED"));
    free(facts);
    free(other);
}
