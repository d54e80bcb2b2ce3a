/* SPDX-License-Identifier: Apache-2.0 */

/* Reports of real Hygon machines, and synthetic ones with one thing wrong each. */

#include "csv_samples.h"
#include "manifest_claims.h"

enum { REAL_SAMPLES = 2, SYNTHETIC_SAMPLES = 23 };

static size_t claims_compared;

/* Their manifests' names for what is one thing on every platform. */
static const char *our_name(const char *key)
{
    return strcmp(key, "measure") == 0 ? "measurement" : key;
}

/* `edited`: the manifest has what was there before somebody changed it. */
static void compare_with_manifest(const struct facts *facts, const struct sample *sample,
                                  const char *edited)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(sample->manifest.root, "claims"), key, value)
    {
        if (edited && strcmp(key, edited) == 0)
            continue;
        const bool is_policy_text = strcmp(key, "policy") == 0 && json_is_string(value);
        SCOPED(json) wanted = {.root = json_object()};
        json_object_set(wanted.root, is_policy_text ? "policy.raw" : our_name(key), value);
        claims_compared += compare_claims(facts, "", wanted.root);
    }
}

static bool may_be_skipped(const struct check *check)
{
    return strcmp(check->reason, "CSV_BINDING_NOT_ASKED") == 0 ||
           strcmp(check->reason, "CSV_MAC_NOT_COMPARABLE") == 0;
}

TEST(every_claim_of_the_real_reports_is_told_by_inspection)
{
    static const char *const ids[REAL_SAMPLES] = {"hygon-csv/csv1-full-chain",
                                                  "hygon-csv/csv3-report-pek-only"};
    if (samples_are_absent("CSV reports"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    claims_compared = 0;
    for (size_t i = 0; i < REAL_SAMPLES; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        SCOPED(endorsements) endorsements = {0};
        csv_endorse(&endorsements, &sample);
        memset(facts, 0, sizeof *facts);
        EXPECT(csv_platform.recognises(buffer_view(&sample.evidence)));
        EXPECT_OK(csv_platform.inspect(buffer_view(&sample.evidence), &endorsements, facts));
        compare_with_manifest(facts, &sample, NULL);
        expect_known_claims(&csv_platform, facts);
        EXPECT(facts->check_count == 0);
    }
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared == 2 * 25);
    free(facts);
}

/* E9, E10 */
TEST(E9_the_real_report_with_its_chain_is_authentic_under_hygons_root)
{
    if (samples_are_absent("a CSV report with its chain"))
        return;
    SCOPED(sample) sample = sample_open("hygon-csv/csv1-full-chain");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    csv_endorse(&endorsements, &sample);
    EXPECT(endorsements.count == 3); /* HRK, HSK, CEK */
    EXPECT_OK(csv_verify_sample(&sample, &endorsements, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    for (size_t i = 0; i < facts->check_count; i++)
        EXPECT(facts->checks[i].result == CHECK_PASS || may_be_skipped(&facts->checks[i]));
    EXPECT(claim_is_flag(facts, "debug", false));
    EXPECT(claim_is_flag(facts, "migratable", true));
    expect_known_claims(&csv_platform, facts);
    free(facts);
}

TEST(what_hygons_server_answers_is_all_that_a_report_needs)
{
    if (samples_are_absent("a CSV report with its chain"))
        return;
    SCOPED(sample) sample = sample_open("hygon-csv/csv1-full-chain");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    endorse_with_file(&endorsements, &sample, "hsk_cek.cert");
    EXPECT(endorsements.count == 2);
    EXPECT_OK(csv_verify_sample(&sample, &endorsements, facts));
    EXPECT(facts_authentic(facts)); /* the root is built in */
    free(facts);
}

TEST(E35_a_report_without_the_certificates_of_its_chip_is_not_authentic)
{
    if (samples_are_absent("CSV reports"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(sample) whole = sample_open("hygon-csv/csv1-full-chain");
    SCOPED(sample) lone = sample_open("hygon-csv/csv3-report-pek-only");
    SCOPED(endorsements) endorsements = {0};
    EXPECT_OK(csv_verify_sample(&whole, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "CSV_CERTIFICATE_MISSING") == 0);
    EXPECT(!facts_authentic(facts));

    /* Whose certificates are not public: signed by its PEK, which nobody vouches for. */
    csv_endorse(&endorsements, &lone);
    EXPECT_OK(csv_verify_sample(&lone, &endorsements, facts));
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "mac"), "skipped") == 0);
    EXPECT(strcmp(failure_of(facts, "chain"), "CSV_CERTIFICATE_MISSING") == 0);
    EXPECT(!facts_authentic(facts));

    csv_endorse(&endorsements, &whole); /* another chip's */
    EXPECT_OK(csv_verify_sample(&lone, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "CSV_CHAIN_BROKEN") == 0);
    free(facts);
}

TEST(the_page_that_the_driver_returns_is_the_report_and_zeros)
{
    if (samples_are_absent("a page of a CSV report"))
        return;
    SCOPED(sample) sample = sample_open("hygon-csv/csv3-report-pek-only");
    SCOPED(buffer) page = file_read(sample.folder, "report_page.bin");
    SCOPED(endorsements) none = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT(csv_platform.recognises(buffer_view(&page)));
    EXPECT_OK(csv_verify_bound(buffer_view(&page), (slice){NULL, 0}, &none, facts));
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    page.data[page.size - 1] = 1;
    EXPECT_FAIL(MALFORMED, csv_verify_bound(buffer_view(&page), (slice){NULL, 0}, &none, facts));
    free(facts);
}

/* Each name of the manifests' checker, and how it is told here; `check` NULL: not read at all. */
static const struct {
    const char *id; /* where one name is told in several ways; NULL: everywhere */
    const char *expected;
    const char *check;
    const char *reason;
} translations[] = {
    {"csv2-short", "length", NULL, ""},
    {"csv2-short", "mac", NULL, ""},
    {NULL, "mac", "mac", "CSV_MAC_INVALID"},
    {NULL, "report signature", "signature", "CSV_SIGNATURE_INVALID"},
    {NULL, "sig algo", "signature_algorithm", "CSV_SIGNATURE_ALGORITHM_UNSUPPORTED"},
    {NULL, "hsk signature", "chain", "CSV_CHAIN_BROKEN"},
    {NULL, "cek signature", "chain", "CSV_CHAIN_BROKEN"},
    {NULL, "pek signature", "chain", "CSV_CHAIN_BROKEN"},
    {NULL, "hsk usage", "usage", "CSV_USAGE_MISMATCH"},
    {NULL, "pek usage", "usage", "CSV_USAGE_MISMATCH"},
};

/* True when it is ours to refuse by. */
static bool expect_told(const char *id, const char *expected, const struct facts *facts,
                        status result)
{
    if (strcmp(expected, "debug") == 0) {
        EXPECT(claim_is_flag(facts, "debug", true)); /* for policy */
        return false;
    }
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
        if (strcmp(expected, translations[i].expected) != 0 ||
            (translations[i].id && strcmp(strchr(id, '/') + 1, translations[i].id) != 0))
            continue;
        EXPECT(translations[i].check
                   ? strcmp(failure_of(facts, translations[i].check), translations[i].reason) == 0
                   : result.fault != NULL);
        return true;
    }
    printf("  %s has no translation\n", expected);
    EXPECT(false);
    return true;
}

static status verify_synthetic(const struct sample *sample, bool trusted, struct facts *facts)
{
    SCOPED(endorsements) endorsements = {0};
    csv_endorse(&endorsements, sample);
    if (trusted)
        trust_file(&endorsements, sample->folder, "hrk.cert");
    return csv_verify_sample(sample, &endorsements, facts);
}

static const char *edited_claim(const char *id)
{
    if (strstr(id, "policy-edited"))
        return "policy";
    return strstr(id, "serial-edited") ? "chip_serial" : NULL;
}

static void compare_synthetic(const char *id, const struct sample *sample)
{
    size_t index;
    json_t *name;
    bool ours = false;
    const json_t *const expected = json_object_get(sample->manifest.root, "expected");
    struct facts *const facts = calloc(1, sizeof *facts);
    const status result = verify_synthetic(sample, true, facts);
    json_array_foreach(json_object_get(expected, "failing_checks"), index, name) ours =
        expect_told(id, json_string_value(name), facts, result) || ours;
    EXPECT(result.fault || facts_authentic(facts) == !ours);
    if (!result.fault && !ours)
        print_failures(facts);
    if (!result.fault) {
        compare_with_manifest(facts, sample, edited_claim(id));
        expect_known_claims(&csv_platform, facts);
    }
    free(facts);
}

/* E3, E8, E9, E10, E16, E35 */
TEST(every_synthetic_report_is_told_to_be_wrong_in_what_is_wrong_with_it)
{
    if (samples_are_absent("synthetic CSV reports"))
        return;
    EXPECT(samples_each("synthetic-csv", "", compare_synthetic) == SYNTHETIC_SAMPLES);
}

TEST(an_empty_user_id_is_left_to_policy)
{
    if (samples_are_absent("a CSV report with an empty user id"))
        return;
    SCOPED(sample) sample = sample_open("synthetic-csv/csv2-uid-empty");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(verify_synthetic(&sample, true, facts));
    EXPECT(facts_authentic(facts));
    EXPECT(strcmp(facts_check(facts, "user_id")->reason, "CSV_USER_ID_EMPTY") == 0);
    free(facts);
}

/* The log of a real machine, whose registers the synthetic reports have. */
TEST(E30_registers_that_the_event_log_does_not_lead_to_are_told)
{
    static const struct {
        const char *id, *result, *reason;
    } cases[] = {{"synthetic-csv/csv2-v2-valid", "pass", ""},
                 {"synthetic-csv/csv3-v2-rtmr-nolog", "fail", "CSV_EVENT_LOG_MISMATCH"}};
    if (samples_are_absent("a CSV event log"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(sample) with_log = {0};
    path_join(samples_root(), "eventlog/ccel-csv-sm3", with_log.folder);
    SCOPED(buffer) log = file_read(with_log.folder, "event_log.bin");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SCOPED(sample) sample = sample_open(cases[i].id);
        SCOPED(endorsements) endorsements = {0};
        csv_endorse(&endorsements, &sample);
        trust_file(&endorsements, sample.folder, "hrk.cert");
        EXPECT_OK(csv_verify_sample(&sample, &endorsements, facts));
        EXPECT(strcmp(facts_check(facts, "event_log")->reason, "CSV_EVENT_LOG_MISSING") == 0);
        EXPECT(facts_authentic(facts));
        EXPECT_OK(endorsements_add(&endorsements, buffer_view(&log)));
        EXPECT_OK(csv_verify_sample(&sample, &endorsements, facts));
        EXPECT(strcmp(result_name(facts, "event_log"), cases[i].result) == 0);
        EXPECT(strcmp(failure_of(facts, "event_log"), cases[i].reason) == 0);
        EXPECT(facts_authentic(facts) == (*cases[i].reason == 0));
    }
    free(facts);
}

static void refuse_under_hygons_root(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    const status result = verify_synthetic(sample, false, facts);
    EXPECT(result.fault || *failure_of(facts, "chain"));
    EXPECT(result.fault || !facts_authentic(facts));
    free(facts);
}

TEST(E18_roots_that_only_bear_hygons_name_are_refused)
{
    if (samples_are_absent("synthetic CSV reports"))
        return;
    EXPECT(samples_each("synthetic-csv", "", refuse_under_hygons_root) == SYNTHETIC_SAMPLES);
}

/* E8, E29: the certificates of many chips beside one another, some of them forged. */
TEST(among_the_certificates_of_many_machines_each_report_finds_its_own)
{
    static const char *const ids[] = {"synthetic-csv/csv1-valid", "synthetic-csv/csv3-valid",
                                      "hygon-csv/csv1-full-chain", "synthetic-csv/csv2-v2-valid",
                                      "synthetic-csv/csv2-pek-order"};
    if (samples_are_absent("certificates of many machines"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        csv_endorse(&endorsements, &sample);
        trust_file(&endorsements, sample.folder, "hrk.cert");
    }
    for (size_t round = 0; round < 2; round++) /* found, then remembered */
        for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
            SCOPED(sample) sample = sample_open(ids[i]);
            EXPECT_OK(csv_verify_sample(&sample, &endorsements, facts));
            EXPECT(facts_authentic(facts));
            print_failures(facts);
        }
    free(facts);
}
