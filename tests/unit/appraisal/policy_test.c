/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

/* ---- what is accepted ---- */

TEST(a_policy_reads_what_it_was_written_to_say)
{
    struct policy *const policy =
        policy_of("trust: [ sim/trust, other.pem ]\n"
                  "endorsements: sim/endorsements\n" TDX_POLICY "    claims:\n"
                  "      pks: false\n"
                  "      body.rtmr1: [ \"" MRTD_HEX "\" ]\n"
                  "      pck.sgxtype: [ 0, 1 ]\n"
                  "    minimum:\n"
                  "      pck.pcesvn: 11\n"
                  "      pck.comps: [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, "
                  "12, 13, 14, 15, 16 ]\n"
                  "    tcb_status: [ UpToDate, SWHardeningNeeded ]\n");
    struct problem problem;
    EXPECT(strcmp(policy_trust_path(policy, 0), "sim/trust") == 0);
    EXPECT(strcmp(policy_trust_path(policy, 1), "other.pem") == 0);
    EXPECT(!policy_trust_path(policy, 2));
    EXPECT(strcmp(policy_endorsements_path(policy, 0), "sim/endorsements") == 0);
    EXPECT(!policy_endorsements_path(policy, 1));
    EXPECT(!policy_insecure_knob(policy, 0));
    EXPECT_OK(policy_fits_link(policy, &problem));
    policy_free(policy);
}

static bool fits_link(const char *text, struct problem *problem)
{
    struct policy *const policy = policy_of(text);
    const bool fits = !policy_fits_link(policy, problem).fault;
    policy_free(policy);
    return fits;
}

/* C10, P2 */
TEST(a_link_takes_only_policies_that_pin_measurement_and_identity_or_say_insecurely)
{
    struct problem problem = {0};
    EXPECT(fits_link(TDX_POLICY, &problem));
    EXPECT(fits_link(TDX_ENTRY "    identity: { key: \"" KEY_HEX "\" }\n", &problem));
    EXPECT(fits_link(TDX_ENTRY "    insecure_any_instance: true\n", &problem));
    EXPECT(fits_link("accept: [ { platform: tdx, insecure_any_measurement: true, "
                     "insecure_any_instance: true } ]",
                     &problem));
    EXPECT(!fits_link(TDX_ENTRY, &problem));
    EXPECT(problem.line == 2 && strstr(problem.text, "insecure_any_instance"));
    EXPECT(!fits_link("accept: [ { platform: tdx, insecure_any_measurement: true } ]", &problem));
    EXPECT(!fits_link(TDX_POLICY "  - platform: tdx\n    measurement: " OTHER_MRTD_HEX "\n",
                      &problem));
    EXPECT(problem.line == 5);
}

TEST(a_policy_names_its_platforms_once_each)
{
    struct policy *const policy =
        policy_of("accept:\n"
                  "  - { platform: snp, insecure_any_measurement: true }\n"
                  "  - { platform: tdx, insecure_any_measurement: true }\n"
                  "  - { platform: snp, insecure_any_measurement: true }\n");
    EXPECT(strcmp(policy_platform(policy, 0), "snp") == 0);
    EXPECT(strcmp(policy_platform(policy, 1), "tdx") == 0);
    EXPECT(!policy_platform(policy, 2));
    EXPECT(!policy_platform(policy_built_in("strict"), 0)); /* any */
    policy_free(policy);
}

TEST(insecure_knobs_are_listed_once_each_and_only_when_they_are_on)
{
    struct policy *const policy = policy_of(
        "accept:\n"
        "  - { platform: tdx, insecure_any_measurement: true, insecure_allow_debug: true, "
        "insecure_allow_migration: false }\n"
        "  - { platform: tdx, insecure_any_measurement: true, insecure_any_instance: true "
        "}\n");
    EXPECT(strcmp(policy_insecure_knob(policy, 0), "insecure_any_measurement") == 0);
    EXPECT(strcmp(policy_insecure_knob(policy, 1), "insecure_any_instance") == 0);
    EXPECT(strcmp(policy_insecure_knob(policy, 2), "insecure_allow_debug") == 0);
    EXPECT(!policy_insecure_knob(policy, 3));
    policy_free(policy);
}

TEST(strict_is_built_in_pins_no_measurement_and_guards_no_link)
{
    const struct policy *const strict = policy_built_in("strict");
    struct problem problem;
    EXPECT(strict && !policy_built_in("Strict") && !policy_built_in(""));
    EXPECT_FAIL(MALFORMED, policy_fits_link(strict, &problem));
    EXPECT(strstr(problem.text, "no measurement"));
    EXPECT(!policy_trust_path(strict, 0) && !policy_endorsements_path(strict, 0));
}

TEST(evidence_that_can_be_bound_to_nothing_guards_no_link)
{
    struct policy *const policy = policy_of("accept:\n"
                                            "  - platform: sev\n"
                                            "    insecure_any_measurement: true\n"
                                            "    insecure_any_instance: true\n");
    struct problem problem;
    EXPECT_FAIL(MALFORMED, policy_fits_link(policy, &problem));
    EXPECT(problem.line == 2 && strstr(problem.text, "nothing binds it to a channel"));
    policy_free(policy);
}

TEST(a_description_is_sentences_with_every_pin_and_every_danger)
{
    struct policy *const policy =
        policy_of("trust: sim\n" TDX_POLICY "    minimum: { pck.pcesvn: 11 }\n"
                  "    insecure_allow_debug: true\n");
    SCOPED(buffer) text = {0};
    EXPECT_OK(policy_describe(policy, &text));
    EXPECT_OK(buffer_append(&text, (slice){(const uint8_t *)"", 1}));
    const char *const words = (const char *)text.data;
    EXPECT(strstr(words, "pinned roots (simulated or test evidence too), the roots in sim.\n"));
    EXPECT(strstr(words, "  Its measurement is 0102030405060708....\n"));
    EXPECT(strstr(words, "whose platform_instance_id is a0a1a2a3a4a5a6a7....\n"));
    EXPECT(strstr(words, "  Its pck.pcesvn is at least 11.\n"));
    EXPECT(strstr(words, "  Its TCB status is UpToDate.\n"));
    EXPECT(strstr(words, "body.rtmr1"));
    EXPECT(strstr(words, "INSECURE") && strstr(words, "insecure_allow_debug"));
    EXPECT(!strstr(words, "debug is refused"));
    EXPECT(!strstr(words, "Guards no link"));
    policy_free(policy);
}

TEST(the_built_in_policy_is_described_too)
{
    SCOPED(buffer) text = {0};
    EXPECT_OK(policy_describe(policy_built_in("strict"), &text));
    EXPECT_OK(buffer_append(&text, (slice){(const uint8_t *)"", 1}));
    EXPECT(strstr((const char *)text.data, "Accepts every platform"));
    EXPECT(strstr((const char *)text.data, "Guards no link"));
}

/* ---- what is refused, with its line ---- */

static bool is_refused(const char *text, int line, const char *says)
{
    struct policy *policy = NULL;
    struct problem problem = {.line = -1};
    const status read = policy_read(slice_of_text(text), &policy, &problem);
    const bool refused = read.fault && read.fault->failure == FAILURE_MALFORMED && !policy &&
                         problem.line == line && strstr(problem.text, says);
    if (!refused)
        printf("  %s\n  gave line %d: %s\n", text, problem.line, read.fault ? problem.text : "ok");
    if (!read.fault)
        policy_free(policy);
    return refused;
}

/* C1, C9, E41 */
TEST(a_policy_that_accepts_nobody_is_a_mistake)
{
    EXPECT(is_refused("", 0, "no policy"));
    EXPECT(is_refused("# nothing\n", 0, "no policy"));
    EXPECT(is_refused("trust: sim\n", 0, "accepts nobody"));
    EXPECT(is_refused("accept: []\n", 1, "list"));
    EXPECT(is_refused("accept:\n", 1, "list"));
    EXPECT(is_refused("accept: { platform: tdx }\n", 1, "list"));
    EXPECT(is_refused("accept: all\n", 1, "list"));
    EXPECT(is_refused("- platform: tdx\n", 0, "no policy"));
    EXPECT(is_refused("accept:\n  - tdx\n", 2, "mapping"));
}

/* C2 */
TEST(unknown_keys_are_told_with_the_nearest_known_one)
{
    EXPECT(is_refused("acept: []\n", 1, "'accept'"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    mesurement: 00\n", 3, "'measurement'"));
    EXPECT(
        is_refused(TDX_ENTRY "    insecure_allow_debugging: true\n", 4, "'insecure_allow_debug'"));
    EXPECT(is_refused(TDX_ENTRY "    identity: { platform_instance: \"" PIID_HEX "\" }\n", 4,
                      "platform_instance_id"));
}

/* C3 */
TEST(keys_values_and_pins_that_repeat_or_contradict_are_told)
{
    EXPECT(is_refused(TDX_ENTRY "    measurement: \"" OTHER_MRTD_HEX "\"\n", 4, "line 3"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement:\n      - " MRTD_HEX
                      "\n      - " MRTD_HEX "\n",
                      5, "twice"));
    EXPECT(is_refused(TDX_ENTRY "    insecure_any_measurement: true\n", 3, "contradict"));
    EXPECT(is_refused(TDX_POLICY "    insecure_any_instance: true\n", 4, "contradict"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { debug: true }\n", 4, "insecure_allow_debug"));
    EXPECT(
        is_refused(TDX_ENTRY "    claims: { migratable: true }\n", 4, "insecure_allow_migration"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { collateral_not_yet_valid: true }\n", 4, "never"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.pcesvn: 13 }\n"
                                "    minimum: { pck.pcesvn: 11 }\n",
                      5, "exact value"));
    EXPECT(is_refused("trust: [ a, a ]\n", 1, "twice"));
}

/* C4, C5 */
TEST(values_of_another_kind_or_size_are_told)
{
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: \"0102\"\n", 3, "48 bytes"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: \"" MRTD_HEX "00\"\n", 3,
                      "48 bytes"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: image.bin\n", 3, "hex"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: { a: b }\n", 3, "value"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: [ [ \"" MRTD_HEX "\" ] ]\n", 3,
                      "value"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pks: 1 }\n", 4, "true or false"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pks: \"true\" }\n", 4, "true or false"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.pcesvn: eleven }\n", 4, "number"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.pcesvn: -1 }\n", 4, "number"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.comps: 3 }\n", 4, "list of numbers"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.comps: [ 3, 3 ] }\n", 4, "16 numbers"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.comps: [ 256 ] }\n", 4, "255"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { advisory_ids: [ INTEL-SA-1 ] }\n", 4, "compare"));
    EXPECT(is_refused(TDX_ENTRY "    minimum: { pks: true }\n", 4, "not a number"));
    EXPECT(is_refused(TDX_ENTRY "    minimum: { pck.pcesvn: [ 1, 2 ] }\n", 4, "one number"));
    EXPECT(is_refused(TDX_ENTRY "    insecure_any_instance: yes\n", 4, "true or false"));
    EXPECT(is_refused("trust: { a: b }\n", 1, "value"));
}

TEST(a_platform_or_status_that_does_not_exist_is_told_with_the_nearest)
{
    EXPECT(is_refused("accept:\n  - measurement: 00\n", 2, "begins with a platform"));
    EXPECT(is_refused("accept:\n  - platform: tdxx\n", 2, "'tdx'"));
    EXPECT(is_refused("accept:\n  - platform: [ tdx ]\n", 2, "text"));
    EXPECT(is_refused(TDX_ENTRY "    tcb_status: uptodate\n", 4, "'UpToDate'"));
    EXPECT(is_refused(TDX_ENTRY "    tcb_status: Revoked\n", 4, "no policy can ask for"));
    EXPECT(is_refused(TDX_ENTRY "    vmpl: 0\n", 4, "no vmpl"));
}

#define SNP_ENTRY "accept:\n  - platform: snp\n    measurement: \"" MRTD_HEX "\"\n"

TEST(what_is_particular_to_snp_is_read_and_its_mistakes_are_told)
{
    static const char chip[] = "01010101010101010101010101010101";
    char text[1024];
    for (size_t quarters = 1; quarters <= 4; quarters++) {
        int used = snprintf(text, sizeof text, SNP_ENTRY "    identity: { chip_id: \"");
        for (size_t i = 0; i < quarters; i++)
            used += snprintf(text + used, sizeof text - (size_t)used, "%s", chip);
        snprintf(text + used, sizeof text - (size_t)used, "\" }\n");
        if (quarters == 4)
            policy_free(policy_of(text));
        else
            EXPECT(is_refused(text, 4, "64 or 8 bytes"));
    }
    policy_free(policy_of(SNP_ENTRY
                          "    identity: { chip_id: \"0101010101010101\" }\n"
                          "    vmpl: [ 0, 3 ]\n"
                          "    claims: { policy.smt_allowed: 0, platform_info: \"0x25\" }\n"));
    EXPECT(is_refused(SNP_ENTRY "    vmpl: 4\n", 4, "levels 0 to 3"));
    EXPECT(is_refused(SNP_ENTRY "    vmpl: []\n", 4, "empty list"));
    EXPECT(is_refused(SNP_ENTRY "    tcb_status: UpToDate\n", 4, "no tcb_status"));
    EXPECT(is_refused(SNP_ENTRY "    claims: { policy.smt: false }\n", 4, "'policy.smt_allowed'"));
    EXPECT(is_refused(SNP_ENTRY "    claims: { vmpl: 1 }\n", 4, "own"));
    EXPECT(is_refused(SNP_ENTRY "    claims: { provisional: true }\n", 4,
                      "insecure_allow_provisional_firmware"));
    EXPECT(is_refused(SNP_ENTRY "    identity: { platform_instance_id: \"" PIID_HEX "\" }\n", 4,
                      "key, chip_id"));
    /* P2 */
    EXPECT(is_refused(SNP_ENTRY "    identity: { host_data: \"" PIID_HEX PIID_HEX "\" }\n", 4,
                      "runs the image elsewhere"));
}

/* E40 */
TEST(claims_that_cannot_exist_are_told_with_the_nearest)
{
    EXPECT(is_refused(TDX_ENTRY "    claims: { body.mrtdd: 00 }\n", 4, "'body.mrtd'"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { rtmr1: 00 }\n", 4, "'body.rtmr1'"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { body: { rtmr1: 00 } }\n", 4, "group"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { colour: blue }\n", 4, "no claim 'colour'"));
    EXPECT(is_refused(TDX_ENTRY "    minimum: { pcesvn: 3 }\n", 4, "'pck.pcesvn'"));
}

TEST(what_has_a_key_of_its_own_is_not_a_claim)
{
    EXPECT(is_refused(TDX_ENTRY "    claims: { measurement: \"" MRTD_HEX "\" }\n", 4, "own"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { tcb_status: UpToDate }\n", 4, "own"));
    EXPECT(is_refused(TDX_ENTRY "    claims: { pck.piid: \"" PIID_HEX "\" }\n", 4,
                      "identity: { platform_instance_id"));
}

/* E41 */
TEST(empty_and_zero_pins_are_told)
{
    EXPECT(is_refused("accept:\n  - platform: tdx\n", 2, "pins no measurement"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    insecure_any_measurement: false\n", 2,
                      "pins no measurement"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: []\n", 3, "empty list"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement:\n", 3, "empty"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: \"\"\n", 3, "empty"));
    EXPECT(is_refused("accept:\n  - platform: tdx\n    measurement: "
                      "\"00000000000000000000000000000000000000000000000000000000000000000000000000"
                      "0000000000000000000000\"\n",
                      3, "all zero"));
    EXPECT(is_refused(TDX_ENTRY "    identity: {}\n", 4, "empty"));
    EXPECT(is_refused(TDX_ENTRY "    identity:\n", 4, "empty"));
    EXPECT(is_refused(TDX_ENTRY "    identity: { key: [] }\n", 4, "empty list"));
    EXPECT(is_refused(TDX_ENTRY "    identity: { ppid: \"00000000000000000000000000000000\" }\n", 4,
                      "all zero"));
    EXPECT(is_refused(TDX_ENTRY "    claims: {}\n", 4, "empty"));
    EXPECT(is_refused(TDX_ENTRY "    minimum:\n", 4, "empty"));
    EXPECT(is_refused(TDX_ENTRY "    tcb_status: []\n", 4, "empty list"));
    EXPECT(is_refused("trust: []\n" TDX_POLICY, 1, "empty list"));
    EXPECT(is_refused("trust: \"\"\n" TDX_POLICY, 1, "empty"));
}

/* P2 */
TEST(launch_data_is_not_an_identity)
{
    EXPECT(is_refused(TDX_ENTRY "    identity: { body.mrconfigid: \"" MRTD_HEX "\" }\n", 4,
                      "runs the image elsewhere"));
}

#define KEY_DIGEST_HEX "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
#define AZURE_ENTRY(claims)                                                                        \
    "accept:\n  - platform: azure_tdx\n    measurement: \"" MRTD_HEX "\"\n" claims                 \
    "    insecure_any_instance: true\n"

/* The measurement of such a VM is its provider's, and the same for every customer. */
TEST(who_pins_what_runs_below_the_guest_pins_the_guest_too)
{
    struct problem problem = {0};
    EXPECT(is_refused(AZURE_ENTRY(""), 3, "pcrs."));
    EXPECT(is_refused(AZURE_ENTRY("    claims: { vm_configuration.secure_boot: true }\n"), 3,
                      "pin the guest too"));
    EXPECT(fits_link(AZURE_ENTRY("    claims: { pcrs.sha256.4: \"" KEY_DIGEST_HEX "\" }\n"),
                     &problem));
    EXPECT(fits_link("accept: [ { platform: azure_tdx, insecure_any_measurement: true, "
                     "insecure_any_instance: true } ]",
                     &problem));
}

TEST(more_than_the_limits_is_told)
{
    static char text[4 << 20];
    size_t used = (size_t)snprintf(text, sizeof text, "accept:\n");
    for (size_t i = 0; i < 65; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "  - { platform: tdx, insecure_any_measurement: true }\n");
    EXPECT(is_refused(text, 1, "more than 64 entries"));
    used = (size_t)snprintf(text, sizeof text, TDX_ENTRY "    identity:\n      ppid:\n");
    for (size_t i = 0; i < 1025; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "        - %032zx\n", i + 1);
    EXPECT(is_refused(text, 5, "more than 1024 values"));
    used = (size_t)snprintf(text, sizeof text, "trust:\n");
    for (size_t i = 0; i < 65; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "  - file%zu\n", i);
    EXPECT(is_refused(text, 1, "more than 64 files"));
    used = (size_t)snprintf(text, sizeof text, "trust: \"");
    memset(text + used, 'a', 1001);
    snprintf(text + used + 1001, sizeof text - used - 1001, "\"\n");
    EXPECT(is_refused(text, 1, "longer than 1000"));
}

/* Half a policy either means less than the whole or is refused; it is never read wrongly. */
TEST(a_policy_cut_anywhere_is_refused_or_leaves_out_nothing_that_it_demands)
{
    static const char whole[] = TDX_POLICY;
    for (size_t size = 0; size + 1 < sizeof whole - 1; size++) {
        struct policy *policy = NULL;
        struct problem problem = {0}, unfit;
        if (policy_read((slice){(const uint8_t *)whole, size}, &policy, &problem).fault) {
            EXPECT(!policy && problem.text[0]);
            continue;
        }
        EXPECT(size < sizeof whole - 1 && policy_fits_link(policy, &unfit).fault);
        policy_free(policy);
    }
}
