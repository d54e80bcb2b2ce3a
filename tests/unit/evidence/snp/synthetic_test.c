/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reports that are validly signed with one thing wrong each. Their manifests name what a strict
 * checker finds; here is how each of those is told, and whether it is ours or policy's to refuse.
 */

#include "manifest_claims.h"
#include "snp_samples.h"

enum { SYNTHETIC_SAMPLES = 68 };

/* `check` NULL: the report is not read. `reason` of a failed or skipped check, or a true claim. */
static const struct {
    const char *expected;
    const char *check;
    const char *reason;
    bool for_policy;
} translations[] = {
    {"version", NULL, "", false},
    {"length", NULL, "", false},
    {"algo", "signature_algorithm", "SNP_SIGNATURE_ALGORITHM_UNSUPPORTED", false},
    {"report signature", "signature", "SNP_SIGNATURE_INVALID", false},
    {"signature range", "signature", "SNP_SIGNATURE_INVALID", false},
    {"signature tail", "reserved", "SNP_RESERVED_NOT_ZERO", false},
    {"reserved", "reserved", "SNP_RESERVED_NOT_ZERO", false},
    {"bit17", "policy", "SNP_POLICY_MALFORMED", false},
    {"policy bits", "policy", "SNP_POLICY_BITS_UNKNOWN", true},
    {"reported>committed", "tcb_order", "SNP_REPORTED_TCB_ABOVE_COMMITTED", false},
    {"launch>current", "tcb_order", "SNP_LAUNCH_TCB_ABOVE_CURRENT", false},
    {"provisional", "committed_firmware", "SNP_FIRMWARE_PROVISIONAL", true},
    {"chip masked", "chip_id", "SNP_CHIP_ID_MASKED", true},
    {"chip id", "chip_id", "SNP_CHIP_ID_MISMATCH", false},
    {"certificate tcb", "tcb", "SNP_TCB_MISMATCH", false},
    {"ext .3.8", "certificate", "SNP_CERTIFICATE_MALFORMED", false},
    {"hwid ext", "certificate", "SNP_CERTIFICATE_MALFORMED", false},
    {"curve", "certificate", "SNP_CERTIFICATE_MALFORMED", false},
    {"signing key flag", "signing_key", "SNP_SIGNING_KEY_MISMATCH", false},
    {"intermediate name", "signing_key", "SNP_ISSUER_MISMATCH", false},
    {"cpuid product", "product", "SNP_PRODUCT_MISMATCH", false},
    {"product name", "product", "SNP_PRODUCT_MISMATCH", false},
    {"leaf signature", "chain", "SNP_CHAIN_BROKEN", false},
    {"intermediate signature", "chain", "SNP_CHAIN_BROKEN", false},
    {"leaf issuer", "chain", "SNP_CHAIN_INCOMPLETE", false},
    {"ca flag", "chain", "SNP_CHAIN_BROKEN", false},
    {"dates", "validity", "SNP_CERTIFICATE_EXPIRED", false},
    {"revoked", "revocation", "SNP_CERTIFICATE_REVOKED", false},
    {"crl signature", "revocation", "SNP_CRL_SIGNATURE_INVALID", false},
    {"crl dates", "revocation", "SNP_CRL_EXPIRED", false},
};

/* Where several of the strict checker's names meet one reason of ours, or one of several. */
static const struct {
    const char *id;
    const char *expected;
    const char *check;
    const char *reason;
} exceptions[] = {
    {"milan-vcek-leaf-by-ark", "leaf signature", "chain", "SNP_CHAIN_INCOMPLETE"},
    {"milan-vcek-leaf-not-yet", "dates", "validity", "SNP_CERTIFICATE_NOT_YET_VALID"},
    {"genoa-vcek-flag-none", "signing key flag", "signing_key", "SNP_REPORT_UNSIGNED"},
    {"turin-vcek-cpuid-unknown", "cpuid product", "product", "SNP_PRODUCT_UNKNOWN"},
    {"turin-vcek-no-ucode-ext", "certificate tcb", "tcb", "SNP_CERTIFICATE_MALFORMED"},
    {"genoa-vcek-hypervisor", "vmpl", "vmpl", "SNP_REPORT_OF_HYPERVISOR"},
};

static bool was_told(const struct facts *facts, const char *check, const char *reason)
{
    const struct check *const found = facts_check(facts, check);
    return found && found->result != CHECK_PASS && strcmp(found->reason, reason) == 0;
}

/* What policy decides by a claim and no check says. */
static bool is_claimed(const struct facts *facts, const char *expected)
{
    const struct claim *const vmpl = claims_find(&facts->claims, "vmpl");
    return (strcmp(expected, "debug") == 0 && claim_is_flag(facts, "debug", true)) ||
           (strcmp(expected, "migrate") == 0 && claim_is_flag(facts, "migratable", true)) ||
           (strcmp(expected, "vmpl") == 0 && vmpl && vmpl->number > 0 && vmpl->number < 4);
}

/* True when the failing check is ours to refuse by. */
static bool expect_told(const char *id, const struct facts *facts, status result,
                        const char *expected)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (strcmp(strchr(id, '/') + 1, exceptions[i].id) == 0 &&
            strcmp(expected, exceptions[i].expected) == 0) {
            EXPECT(was_told(facts, exceptions[i].check, exceptions[i].reason));
            return true;
        }
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++)
        if (strcmp(expected, translations[i].expected) == 0) {
            const bool told = translations[i].check
                                  ? was_told(facts, translations[i].check, translations[i].reason)
                                  : result.fault != NULL;
            if (!told && !result.fault)
                printf("  %s is not told as %s\n", expected, translations[i].reason);
            EXPECT(told || (result.fault && !translations[i].for_policy));
            return !translations[i].for_policy;
        }
    EXPECT(is_claimed(facts, expected));
    return false;
}

static status verify_synthetic(const struct sample *sample, bool trusted, struct facts *facts)
{
    SCOPED(endorsements) endorsements = {0};
    snp_endorse(&endorsements, sample, NULL);
    if (trusted)
        trust_file(&endorsements, sample->folder, "ark.der");
    return snp_verify_at(buffer_view(&sample->evidence), &endorsements, snp_time(sample), facts);
}

static bool is_number(const struct facts *facts, const char *name, const json_t *expected)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    return claim && (json_int_t)claim->number == json_integer_value(expected);
}

/* These manifests have names of their own, and an FMC level also for processors without. */
static void compare_synthetic_claims(const struct facts *facts, const json_t *claims)
{
    const json_t *const tcb = json_object_get(claims, "reported_tcb_components");
    const bool is_turin = strcmp(text_of(claims, "product"), "Turin") == 0;
    EXPECT(claim_is_text(facts, "product", text_of(claims, "product")));
    EXPECT(same_bytes(claims_bytes(&facts->claims, "measurement"), text_of(claims, "measurement")));
    EXPECT(is_number(facts, "reported_tcb.bootloader", json_object_get(tcb, "bl")));
    EXPECT(is_number(facts, "reported_tcb.tee", json_object_get(tcb, "tee")));
    EXPECT(is_number(facts, "reported_tcb.snp", json_object_get(tcb, "snp")));
    EXPECT(is_number(facts, "reported_tcb.microcode", json_object_get(tcb, "uc")));
    EXPECT(is_turin ? is_number(facts, "reported_tcb.fmc", json_object_get(tcb, "fmc"))
                    : !claims_find(&facts->claims, "reported_tcb.fmc"));
}

static void compare_with_manifest(const char *id, const struct sample *sample)
{
    size_t index;
    json_t *name;
    bool ours = false;
    const json_t *const expected = json_object_get(sample->manifest.root, "expected");
    struct facts *const facts = calloc(1, sizeof *facts);
    const status result = verify_synthetic(sample, true, facts);

    json_array_foreach(json_object_get(expected, "failing_checks"), index, name) ours =
        expect_told(id, facts, result, json_string_value(name)) || ours;
    EXPECT(result.fault || facts_authentic(facts) == !ours);
    if (!result.fault && !ours)
        print_failures(facts);
    if (!result.fault && facts_check(facts, "product")->result)
        compare_synthetic_claims(facts, json_object_get(sample->manifest.root, "claims"));
    free(facts);
}

/* E3, E7, E8, E9, E10, E16, E17, E19, E20, E21, E22, E29 */
TEST(every_synthetic_report_is_told_to_be_wrong_in_what_is_wrong_with_it)
{
    if (samples_are_absent("synthetic SNP reports"))
        return;
    EXPECT(samples_each("synthetic-snp", "", compare_with_manifest) == SYNTHETIC_SAMPLES);
}

static void refuse_under_amds_roots(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    const status result = verify_synthetic(sample, false, facts);
    EXPECT(result.fault || !facts_authentic(facts));
    EXPECT(result.fault || *failure_of(facts, "chain"));
    free(facts);
}

TEST(E18_roots_that_only_bear_amds_names_are_refused)
{
    if (samples_are_absent("synthetic SNP reports"))
        return;
    EXPECT(samples_each("synthetic-snp", "", refuse_under_amds_roots) == SYNTHETIC_SAMPLES);
}
