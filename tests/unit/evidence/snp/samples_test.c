/* SPDX-License-Identifier: Apache-2.0 */

/* Reports of real machines: authentic at their manifest's time, with the claims it decoded. */

#include "manifest_claims.h"
#include "snp_samples.h"

enum { REAL_SAMPLES = 14 };

static size_t claims_compared;

static void compare_with_manifest(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    snp_endorse(&endorsements, sample, NULL);
    EXPECT_OK(snp_platform.inspect(buffer_view(&sample->evidence), &endorsements, facts));
    claims_compared += compare_claims(facts, "", json_object_get(sample->manifest.root, "claims"));
    expect_known_claims(&snp_platform, facts);
    EXPECT(facts->check_count == 0);
    EXPECT(strcmp(facts->platform, "snp") == 0);
    free(facts);
}

static size_t each_real_sample(void (*visit)(const char *id, const struct sample *sample))
{
    return samples_each("snp", "milan", visit) + samples_each("snp", "genoa", visit) +
           samples_each("snp", "turin", visit);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("claims of SNP samples"))
        return;
    EXPECT(each_real_sample(compare_with_manifest) == REAL_SAMPLES);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > REAL_SAMPLES * 45);
}

static bool may_be_skipped(const struct check *check)
{
    static const char *const reasons[] = {"SNP_BINDING_NOT_ASKED", "SNP_CRL_MISSING",
                                          "SNP_CHIP_ID_NOT_CERTIFIED", "SNP_FIRMWARE_PROVISIONAL"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(check->reason, reasons[i]) == 0)
            return true;
    return false;
}

static void expect_authentic(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    const json_t *const times = json_object_get(sample->manifest.root, "verification_time");
    const json_t *const expected = json_object_get(sample->manifest.root, "expected");
    snp_endorse(&endorsements, sample, NULL);
    EXPECT(snp_platform.recognises(buffer_view(&sample->evidence)));
    EXPECT_OK(
        snp_verify_at(buffer_view(&sample->evidence), &endorsements, snp_time(sample), facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    for (size_t i = 0; i < facts->check_count; i++)
        EXPECT(facts->checks[i].result == CHECK_PASS || may_be_skipped(&facts->checks[i]));
    EXPECT(claim_is_flag(facts, "debug", json_is_true(json_object_get(expected, "debug"))));
    EXPECT(facts->valid_until_s == time_of(text_of(times, "valid_until")));
    expect_known_claims(&snp_platform, facts);

    /* E21: to the second, and not a second more. */
    const int64_t from_s = time_of(text_of(times, "valid_from"));
    const int64_t until_s = time_of(text_of(times, "valid_until"));
    const struct {
        int64_t now_s;
        const char *reason;
    } edges[] = {{from_s, ""},
                 {until_s, ""},
                 {from_s - 1, "SNP_CERTIFICATE_NOT_YET_VALID"},
                 {until_s + 1, "SNP_CERTIFICATE_EXPIRED"}};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        EXPECT_OK(
            snp_verify_at(buffer_view(&sample->evidence), &endorsements, edges[i].now_s, facts));
        EXPECT(strcmp(failure_of(facts, "validity"), edges[i].reason) == 0);
        EXPECT(facts_authentic(facts) == (*edges[i].reason == 0));
    }
    free(facts);
}

/* E9, E10, E21 */
TEST(E21_every_real_report_is_authentic_within_the_dates_of_its_certificates)
{
    if (samples_are_absent("SNP samples"))
        return;
    EXPECT(each_real_sample(expect_authentic) == REAL_SAMPLES);
}

TEST(a_certificate_table_as_the_kernel_hands_it_out_is_all_a_report_needs)
{
    if (samples_are_absent("a certificate table"))
        return;
    SCOPED(sample) sample = sample_open("snp/genoa-v3-vcek-tsm-report");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) table = file_read(sample.folder, "auxblob.bin");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&table)));
    EXPECT(endorsements.count == 3);
    EXPECT_OK(
        snp_verify_at(buffer_view(&sample.evidence), &endorsements, snp_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E8, E29: of the certificates of fourteen reports each report finds its own. */
TEST(among_the_certificates_of_many_machines_each_report_finds_its_own)
{
    static const char *const ids[] = {"snp/genoa-v3-vcek-siena-trustee-json",
                                      "snp/genoa-v3-vcek-tsm-report",
                                      "snp/genoa-v5-vcek-siena",
                                      "snp/milan-v2-debug-librats",
                                      "snp/milan-v2-idblock-authorkey",
                                      "snp/milan-v2-vcek-cmc",
                                      "snp/milan-v2-vcek-debug-policy",
                                      "snp/milan-v2-vcek-trustee",
                                      "snp/milan-v2-vcek-virtee",
                                      "snp/milan-v2-vlek-vmpl1",
                                      "snp/milan-v3-vcek-aci",
                                      "snp/milan-v3-vlek-vmpl1",
                                      "snp/turin-v5-vcek",
                                      "snp/turin-v5-vcek-ms"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    if (samples_are_absent("certificates of many machines"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < COUNT; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        snp_endorse(&endorsements, &sample, NULL);
    }
    for (size_t round = 0; round < 2; round++) /* found, then remembered */
        for (size_t i = 0; i < COUNT; i++) {
            SCOPED(sample) sample = sample_open(ids[i]);
            EXPECT_OK(snp_verify_at(buffer_view(&sample.evidence), &endorsements, snp_time(&sample),
                                    facts));
            EXPECT(facts_authentic(facts));
            print_failures(facts);
        }
    free(facts);
}

static status verify_with_leaf(const struct sample *sample, const char *leaf, struct facts *facts)
{
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) certificate = file_read(sample->folder, leaf);
    snp_endorse(&endorsements, sample, "vcek");
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&certificate)));
    return snp_verify_at(buffer_view(&sample->evidence), &endorsements, snp_time(sample), facts);
}

TEST(certificates_of_another_chip_are_refused_by_signature_and_chip)
{
    if (samples_are_absent("certificates of another chip"))
        return;
    SCOPED(sample) sample = sample_open("snp/milan-v2-vcek-trustee");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(verify_with_leaf(&sample, "vcek.der", facts));
    EXPECT(facts_authentic(facts));
    static const char *const foreign[] = {"negative/vcek-not-matching-new.der",
                                          "negative/vcek-not-matching-legacy.der"};
    for (size_t i = 0; i < 2; i++) {
        EXPECT_OK(verify_with_leaf(&sample, foreign[i], facts));
        EXPECT(!facts_authentic(facts));
        EXPECT(strcmp(failure_of(facts, "signature"), "SNP_SIGNATURE_INVALID") == 0);
    }
    free(facts);
}
