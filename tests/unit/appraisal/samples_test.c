/* SPDX-License-Identifier: Apache-2.0 */

/* Policies on evidence of real machines, and on vectors with one thing wrong each. */

#include "appraisal/appraise.h"
#include "snp_samples.h"

static bool has_flag(const struct facts *facts, const char *name)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    return claim && claim->number;
}

static struct appraisal appraise_under(const struct facts *facts, const struct policy *policy,
                                       int64_t now_s)
{
    struct appraisal appraisal = {0};
    EXPECT_OK(appraise(facts, policy, (slice){NULL, 0}, now_s, &appraisal));
    return appraisal;
}

static bool has_reason(const struct appraisal *appraisal, const char *reason)
{
    for (size_t i = 0; i < appraisal->reason_count; i++)
        if (strcmp(appraisal->reasons[i], reason) == 0)
            return true;
    return false;
}

static void print_reasons(const struct appraisal *appraisal)
{
    printf("  %s:", verdict_name(appraisal->verdict));
    for (size_t i = 0; i < appraisal->reason_count; i++)
        printf(" %s", appraisal->reasons[i]);
    printf("\n");
}

/* The verdict under a policy written here; everything in it but the pins is as the text says. */
static struct appraisal appraise_written(const struct facts *facts, const char *text, int64_t now_s)
{
    struct policy *policy = NULL;
    struct problem problem = {0};
    EXPECT_OK(policy_read(slice_of_text(text), &policy, &problem));
    if (!policy) {
        printf("  line %d: %s\n", problem.line, problem.text);
        return (struct appraisal){0};
    }
    const struct appraisal appraisal = appraise_under(facts, policy, now_s);
    policy_free(policy);
    return appraisal;
}

static void write_claim(const struct facts *facts, const char *name, char out[2 * 64 + 1])
{
    const slice value = claims_bytes(&facts->claims, name);
    out[0] = 0;
    if (value.size <= 64)
        hex_write(value, out);
}

/* ---- strict ---- */

static size_t accepted_count;

static void expect_strict(const struct facts *facts, int64_t now_s, bool in_order)
{
    const struct appraisal got = appraise_under(facts, policy_built_in("strict"), now_s);
    const enum verdict expected = in_order ? VERDICT_ACCEPTED : VERDICT_DENIED;
    EXPECT(got.verdict == expected);
    EXPECT(got.valid_until_s == (in_order ? facts->valid_until_s : 0));
    if (got.verdict != expected)
        print_reasons(&got);
    accepted_count += got.verdict == VERDICT_ACCEPTED;
    const struct appraisal authentic = appraise_under(facts, NULL, now_s);
    EXPECT(authentic.verdict == VERDICT_ACCEPTED && authentic.reason_count == 0);
}

static void judge_snp(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    snp_endorse(&endorsements, sample, NULL);
    EXPECT_OK(
        snp_verify_at(buffer_view(&sample->evidence), &endorsements, snp_time(sample), facts));
    const json_t *const claims = json_object_get(sample->manifest.root, "claims");
    const json_t *const policy = json_object_get(claims, "policy");
    expect_strict(facts, snp_time(sample),
                  !json_integer_value(json_object_get(policy, "debug_allowed")) &&
                      !json_integer_value(json_object_get(policy, "migrate_ma_allowed")) &&
                      !json_integer_value(json_object_get(claims, "vmpl")) &&
                      json_equal(json_object_get(claims, "committed_tcb"),
                                 json_object_get(claims, "current_tcb")) &&
                      strcmp(text_of(claims, "committed_firmware"),
                             text_of(claims, "current_firmware")) == 0);
    free(facts);
}

/* E9, E10 */
TEST(strict_accepts_the_real_snp_reports_whose_manifests_show_no_doubt)
{
    if (samples_are_absent("SNP samples"))
        return;
    accepted_count = 0;
    const size_t count = samples_each("snp", "milan", judge_snp) +
                         samples_each("snp", "genoa", judge_snp) +
                         samples_each("snp", "turin", judge_snp);
    printf("  %zu of %zu accepted\n", accepted_count, count);
    EXPECT(count == 14 && accepted_count > 0 && accepted_count < count);
}

static void judge_tdx(const char *id, const struct sample *sample)
{
    size_t index;
    json_t *set;
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    json_array_foreach(json_object_get(sample->manifest.root, "collateral_sets"), index, set)
    {
        SCOPED(endorsements) endorsements = {0};
        const int64_t at_s = time_of(text_of(set, "verify_at"));
        const json_t *const claims = json_object_get(sample->manifest.root, "claims");
        const char *const attributes = text_of(json_object_get(claims, "body"), "td_attributes");
        const char *const final = text_of(json_object_get(set, "expected"), "final");
        endorse_with_set(&endorsements, sample, text_of(set, "dir"));
        EXPECT_OK(tdx_verify_at(buffer_view(&sample->evidence), &endorsements, at_s, facts));
        /* Hex, little-endian: bit 0 is DEBUG, bit 29 MIGRATABLE. */
        expect_strict(facts, at_s,
                      strcmp(final, "UpToDate") == 0 && strncmp(attributes, "00", 2) == 0 &&
                          strchr("01", attributes[6]) && attributes[6]);
    }
    free(facts);
}

/* E9, E28 */
TEST(strict_accepts_the_real_quotes_that_intels_library_calls_up_to_date)
{
    if (samples_are_absent("TDX samples"))
        return;
    accepted_count = 0;
    samples_each("tdx", "v", judge_tdx);
    printf("  %zu accepted\n", accepted_count);
    EXPECT(accepted_count > 5);
}

static size_t judged_count;

static void judge_synthetic(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    const char *const expected =
        text_of(json_object_get(sample->manifest.root, "expected"), "verdict");
    snp_endorse(&endorsements, sample, NULL);
    trust_file(&endorsements, sample->folder, "ark.der");
    const status result =
        snp_verify_at(buffer_view(&sample->evidence), &endorsements, snp_time(sample), facts);
    if (result.fault) {
        EXPECT(strncmp(expected, "reject", 6) == 0);
    } else {
        const struct appraisal got =
            appraise_under(facts, policy_built_in("strict"), snp_time(sample));
        EXPECT((got.verdict == VERDICT_ACCEPTED) == (strcmp(expected, "accept") == 0));
        EXPECT(got.verdict != VERDICT_UNAUTHENTIC || strcmp(expected, "policy") != 0);
        EXPECT((got.reason_count == 0) == (got.verdict == VERDICT_ACCEPTED));
        if ((got.verdict == VERDICT_ACCEPTED) != (strcmp(expected, "accept") == 0))
            print_reasons(&got);
    }
    judged_count++;
    free(facts);
}

/* E8, E10, E22, E29 */
TEST(strict_accepts_exactly_the_vectors_that_a_strict_checker_accepts)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    judged_count = 0;
    samples_each("synthetic-snp", "", judge_synthetic);
    printf("  %zu vectors\n", judged_count);
    EXPECT(judged_count > 60);
}

/* ---- policies that pin ---- */

/* Verifies a synthetic SNP vector, which is authentic under the root that lies beside it. */
static int64_t verify_vector(const char *id, struct facts *facts)
{
    SCOPED(sample) sample = sample_open(id);
    SCOPED(endorsements) endorsements = {0};
    snp_endorse(&endorsements, &sample, NULL);
    trust_file(&endorsements, sample.folder, "ark.der");
    EXPECT_OK(
        snp_verify_at(buffer_view(&sample.evidence), &endorsements, snp_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    return snp_time(&sample);
}

/* `more` is further lines of the entry. */
static struct appraisal pin_vector(const char *id, const char *chip_claim, const char *more)
{
    char text[2048], measurement[129], chip[129];
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t now_s = verify_vector(id, facts);
    write_claim(facts, "measurement", measurement);
    write_claim(facts, chip_claim, chip);
    snprintf(text, sizeof text,
             "accept:\n"
             "  - platform: snp\n"
             "    measurement: \"%s\"\n"
             "    identity: { chip_id: \"%s\" }\n"
             "%s",
             measurement, chip, more);
    const struct appraisal appraisal = appraise_written(facts, text, now_s);
    free(facts);
    return appraisal;
}

#define ONES "01010101010101010101010101010101"
#define ANY_CODE_ON_CHIP(quarter)                                                                  \
    "accept:\n  - platform: snp\n    insecure_any_measurement: true\n"                             \
    "    identity: { chip_id: \"" quarter quarter quarter quarter "\" }\n"
#define WITHOUT_CRL "    insecure_allow_missing_revocation_list: true\n"

static bool is_only(const struct appraisal *appraisal, const char *reason)
{
    const bool is_so = appraisal->verdict == VERDICT_DENIED && appraisal->reason_count == 1 &&
                       strcmp(appraisal->reasons[0], reason) == 0;
    if (!is_so)
        print_reasons(appraisal);
    return is_so;
}

static bool is_accepted(const struct appraisal *appraisal)
{
    if (appraisal->verdict != VERDICT_ACCEPTED)
        print_reasons(appraisal);
    return appraisal->verdict == VERDICT_ACCEPTED;
}

/* E22 */
TEST(a_written_policy_wants_a_revocation_list_or_says_that_it_does_not)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got = pin_vector("synthetic-snp/milan-vcek-crl-empty", "chip_id", "");
    EXPECT(is_accepted(&got));
    got = pin_vector("synthetic-snp/milan-vcek-r5", "chip_id", "");
    EXPECT(is_only(&got, "SNP_CRL_MISSING"));
    got = pin_vector("synthetic-snp/milan-vcek-r5", "chip_id", WITHOUT_CRL);
    EXPECT(is_accepted(&got));
}

TEST(a_chip_of_turin_is_pinned_by_its_eight_bytes_or_by_the_whole_field)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got = pin_vector("synthetic-snp/turin-vcek-r3", "chip_id", WITHOUT_CRL);
    EXPECT(is_accepted(&got));
    got = pin_vector("synthetic-snp/turin-vcek-r3", "cert_hwid", WITHOUT_CRL);
    EXPECT(is_accepted(&got));
}

TEST(the_first_bytes_of_a_longer_chip_id_pin_nobody)
{
    char text[512], chip[129];
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t now_s = verify_vector("synthetic-snp/milan-vcek-r5", facts);
    write_claim(facts, "chip_id", chip);
    snprintf(text, sizeof text,
             "accept:\n  - platform: snp\n    insecure_any_measurement: true\n"
             "    identity: { chip_id: \"%.16s\" }\n" WITHOUT_CRL,
             chip);
    const struct appraisal got = appraise_written(facts, text, now_s);
    EXPECT(is_only(&got, "SNP_CHIP_ID_NOT_ACCEPTED"));
    free(facts);
}

/* E29: only a VCEK names a chip; what a report under a VLEK says of it is not certified. */
TEST(a_chip_cannot_be_pinned_under_a_vlek)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t now_s = verify_vector("synthetic-snp/genoa-vlek-r5", facts);
    struct appraisal got = appraise_written(facts, ANY_CODE_ON_CHIP(ONES) WITHOUT_CRL, now_s);
    EXPECT(is_only(&got, "SNP_CHIP_ID_MISSING"));
    got = appraise_written(
        facts, "accept:\n  - platform: snp\n    insecure_any_measurement: true\n" WITHOUT_CRL,
        now_s);
    EXPECT(is_accepted(&got));
    free(facts);
}

/* E29: the certificate names the chip that the report hides. */
TEST(a_masked_chip_id_is_denied_unless_allowed_and_the_certificate_still_names_it)
{
    static const char id[] = "synthetic-snp/milan-vcek-chip-zero";
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got = pin_vector(id, "certified_chip_id", WITHOUT_CRL);
    EXPECT(is_only(&got, "SNP_CHIP_ID_MASKED"));
    got = pin_vector(id, "certified_chip_id",
                     WITHOUT_CRL "    insecure_allow_masked_chip_id: true\n");
    EXPECT(is_accepted(&got));
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t now_s = verify_vector(id, facts);
    got = appraise_written(
        facts, ANY_CODE_ON_CHIP(ONES) WITHOUT_CRL "    insecure_allow_masked_chip_id: true\n",
        now_s);
    EXPECT(is_only(&got, "SNP_CHIP_ID_NOT_ACCEPTED"));
    free(facts);
}

/* E10 */
TEST(a_vmpl_is_accepted_only_where_it_is_listed)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got = pin_vector("synthetic-snp/milan-vcek-vmpl1", "chip_id", WITHOUT_CRL);
    EXPECT(is_only(&got, "SNP_VMPL_NOT_ACCEPTED"));
    got =
        pin_vector("synthetic-snp/milan-vcek-vmpl1", "chip_id", WITHOUT_CRL "    vmpl: [ 0, 1 ]\n");
    EXPECT(is_accepted(&got));
    got =
        pin_vector("synthetic-snp/turin-vcek-vmpl3", "chip_id", WITHOUT_CRL "    vmpl: [ 0, 1 ]\n");
    EXPECT(is_only(&got, "SNP_VMPL_NOT_ACCEPTED"));
    got = pin_vector("synthetic-snp/milan-vcek-r5", "chip_id", WITHOUT_CRL "    vmpl: 1\n");
    EXPECT(is_only(&got, "SNP_VMPL_NOT_ACCEPTED"));
}

/* E9 */
TEST(debug_migration_and_provisional_firmware_are_each_denied_unless_allowed)
{
    static const struct {
        const char *id, *reason, *knob;
    } cases[] = {
        {"synthetic-snp/turin-vcek-debug", "SNP_DEBUG_ALLOWED", "insecure_allow_debug"},
        {"synthetic-snp/genoa-vcek-migrate", "SNP_MIGRATION_ALLOWED", "insecure_allow_migration"},
        {"synthetic-snp/turin-vcek-provisional", "SNP_FIRMWARE_PROVISIONAL",
         "insecure_allow_provisional_firmware"},
    };
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char more[256];
        struct appraisal got = pin_vector(cases[i].id, "chip_id", WITHOUT_CRL);
        EXPECT(is_only(&got, cases[i].reason));
        snprintf(more, sizeof more, WITHOUT_CRL "    %s: true\n", cases[i].knob);
        got = pin_vector(cases[i].id, "chip_id", more);
        EXPECT(is_accepted(&got));
    }
}

TEST(unknown_policy_bits_are_denied)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    const struct appraisal got =
        pin_vector("synthetic-snp/turin-vcek-policy-high", "chip_id", WITHOUT_CRL);
    EXPECT(is_only(&got, "SNP_POLICY_BITS_UNKNOWN"));
}

TEST(a_minimum_tcb_holds_for_reports_too)
{
    static const char id[] = "synthetic-snp/milan-vcek-r5"; /* SNP level 16 */
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got =
        pin_vector(id, "chip_id", WITHOUT_CRL "    minimum: { reported_tcb.snp: 16 }\n");
    EXPECT(is_accepted(&got));
    got = pin_vector(id, "chip_id", WITHOUT_CRL "    minimum: { reported_tcb.snp: 17 }\n");
    EXPECT(is_only(&got, "SNP_TCB_BELOW_MINIMUM"));
    got = pin_vector(id, "chip_id", WITHOUT_CRL "    minimum: { reported_tcb.fmc: 0 }\n");
    EXPECT(is_only(&got, "SNP_REPORTED_TCB_FMC_MISSING"));
}

TEST(claims_of_a_report_are_compared_exactly)
{
    static const char id[] = "synthetic-snp/milan-vcek-r5";
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct appraisal got = pin_vector(
        id, "chip_id", WITHOUT_CRL "    claims: { product: Milan, signing_key: VCEK }\n");
    EXPECT(is_accepted(&got));
    got = pin_vector(id, "chip_id", WITHOUT_CRL "    claims: { product: Mila }\n");
    EXPECT(is_only(&got, "SNP_PRODUCT_NOT_ACCEPTED"));
}

/* Evidence of one platform and a policy for another. */
TEST(a_platform_that_no_entry_names_is_denied)
{
    if (samples_are_absent("synthetic SNP vectors"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t now_s = verify_vector("synthetic-snp/milan-vcek-r5", facts);
    const struct appraisal got = appraise_written(
        facts, "accept: [ { platform: tdx, insecure_any_measurement: true } ]", now_s);
    EXPECT(is_only(&got, "PLATFORM_NOT_ACCEPTED"));
    EXPECT(!has_flag(facts, "debug") && !has_reason(&got, "SNP_CRL_MISSING"));
    free(facts);
}
