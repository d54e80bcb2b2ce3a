/* SPDX-License-Identifier: Apache-2.0 */

/* A real Naples platform, and synthetic SEV and SEV-ES guests with one thing wrong each. */

#include "manifest_claims.h"
#include "samples.h"

enum { SYNTHETIC_SAMPLES = 9, REPORT_SIZE = 208, SIGNED_SIZE = 0x34, CERTIFICATE_SIZE = 2084 };

extern const struct platform sev_platform;

static const char *const certificates[] = {"ark.cert", "ask.cert", "cek.cert", "oca.cert",
                                           "pek.cert"};

/* `unwanted` NULL: all of them. */
static void endorse(struct endorsements *endorsements, const char *folder, const char *unwanted)
{
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        if (unwanted && strcmp(certificates[i], unwanted) == 0)
            continue;
        SCOPED(buffer) bytes = file_read(folder, certificates[i]);
        EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
    }
}

static status verify(slice evidence, slice binding, const struct endorsements *endorsements,
                     struct facts *out)
{
    const struct verification request = {.evidence = evidence,
                                         .binding = binding,
                                         .endorsements = endorsements,
                                         .now_s = 1767225600}; /* certificates have no dates */
    memset(out, 0, sizeof *out);
    return sev_platform.verify(&request, out);
}

static const slice no_binding = {NULL, 0};

/* ---- a real platform: its PDH is what it shows, signed by its PEK ---- */

static struct sample open_naples(void)
{
    struct sample sample = {0};
    path_join(samples_root(), "sev/naples-platform-chain", sample.folder);
    sample.manifest = json_of_file(sample.folder, "manifest.json");
    sample.evidence = file_read(sample.folder, "pdh.cert");
    return sample;
}

/* E9, E10 */
TEST(E9_the_chain_of_a_real_platform_is_authentic_under_amds_root)
{
    if (samples_are_absent("the chain of a Naples platform"))
        return;
    SCOPED(sample) sample = open_naples();
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    endorse(&endorsements, sample.folder, NULL);
    EXPECT(endorsements.count == 5);
    EXPECT(sev_platform.recognises(buffer_view(&sample.evidence)));
    EXPECT_OK(verify(buffer_view(&sample.evidence), no_binding, &endorsements, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    for (size_t i = 0; i < facts->check_count; i++)
        EXPECT(facts->checks[i].result == CHECK_PASS ||
               strcmp(facts->checks[i].reason, "SEV_BINDING_NOT_ASKED") == 0);
    EXPECT(compare_claims(facts, "", json_object_get(sample.manifest.root, "claims")) == 4 * 5);
    expect_known_claims(&sev_platform, facts);
    memset(facts, 0, sizeof *facts);
    EXPECT_OK(sev_platform.inspect(buffer_view(&sample.evidence), &endorsements, facts));
    EXPECT(compare_claims(facts, "", json_object_get(sample.manifest.root, "claims")) == 4 * 5);
    EXPECT(facts->check_count == 0);
    free(facts);
}

TEST(every_certificate_of_the_chain_is_missed)
{
    static const struct {
        const char *unwanted, *check, *result, *reason;
    } cases[] = {
        {"ark.cert", "chain", "fail", "SEV_CHAIN_INCOMPLETE"},
        {"ask.cert", "chain", "fail", "SEV_CHAIN_INCOMPLETE"},
        {"cek.cert", "chain", "fail", "SEV_CHAIN_INCOMPLETE"},
        {"pek.cert", "chain", "fail", "SEV_CERTIFICATE_MISSING"},
        {"oca.cert", "owner", "skipped", "SEV_OWNER_UNKNOWN"},
    };
    if (samples_are_absent("the chain of a Naples platform"))
        return;
    SCOPED(sample) sample = open_naples();
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SCOPED(endorsements) endorsements = {0};
        endorse(&endorsements, sample.folder, cases[i].unwanted);
        EXPECT_OK(verify(buffer_view(&sample.evidence), no_binding, &endorsements, facts));
        EXPECT(strcmp(result_name(facts, cases[i].check), cases[i].result) == 0);
        EXPECT(strcmp(facts_check(facts, cases[i].check)->reason, cases[i].reason) == 0);
        EXPECT(facts_authentic(facts) == (i == 4));
    }
    free(facts);
}

/* What is signed of each certificate, and its signatures: every byte has a bit that matters. */
TEST(E4_no_flipped_bit_of_a_signed_certificate_is_accepted)
{
    enum { SIGNED = 0x414 };
    if (samples_are_absent("the chain of a Naples platform"))
        return;
    SCOPED(sample) sample = open_naples();
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t accepted = 0;
    SCOPED(endorsements) endorsements = {0};
    endorse(&endorsements, sample.folder, NULL);
    for (size_t bit = 0; bit < 8 * SIGNED; bit++) {
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!verify(buffer_view(&sample.evidence), no_binding, &endorsements, facts).fault &&
            facts_authentic(facts))
            accepted++;
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        SCOPED(buffer) changed = file_read(sample.folder, certificates[i]);
        const size_t signed_size = changed.size == CERTIFICATE_SIZE ? SIGNED : changed.size - 256;
        for (size_t at = 0; at < signed_size; at += 7) {
            SCOPED(endorsements) others = {0};
            endorse(&others, sample.folder, certificates[i]);
            changed.data[at] ^= 1;
            (void)!endorsements_add(&others, buffer_view(&changed)).fault;
            EXPECT_OK(verify(buffer_view(&sample.evidence), no_binding, &others, facts));
            const bool is_owners = strcmp(certificates[i], "oca.cert") == 0;
            if (is_owners ? strcmp(result_name(facts, "owner"), "pass") == 0
                          : facts_authentic(facts)) {
                printf("  byte %zx of %s changed unseen\n", at, certificates[i]);
                accepted++;
            }
            changed.data[at] ^= 1;
        }
    }
    EXPECT(accepted == 0);
    free(facts);
}

TEST(a_malformed_authority_is_no_endorsement)
{
    if (samples_are_absent("the chain of a Naples platform"))
        return;
    SCOPED(sample) sample = open_naples();
    SCOPED(buffer) bad = file_read(sample.folder, "negative/ark.cert.bad");
    SCOPED(endorsements) endorsements = {0};
    EXPECT(endorsements_add(&endorsements, buffer_view(&bad)).fault);
    EXPECT(endorsements_trust(&endorsements, buffer_view(&bad)).fault);
    EXPECT(endorsements.count == 0 && endorsements.anchor_count == 0);
}

/* ---- reports ---- */

static status verify_synthetic(const struct sample *sample, bool trusted, struct facts *facts)
{
    SCOPED(endorsements) endorsements = {0};
    endorse(&endorsements, sample->folder, NULL);
    if (trusted)
        trust_file(&endorsements, sample->folder, "ark.cert");
    return verify(buffer_view(&sample->evidence), no_binding, &endorsements, facts);
}

/* Each name of the manifests' checker, and how it is told here; `check` NULL: not read at all. */
static const struct {
    const char *expected, *check, *reason;
} translations[] = {
    {"length", NULL, ""},
    {"report signature", "signature", "SEV_SIGNATURE_INVALID"},
    {"ask signature", "chain", "SEV_CHAIN_BROKEN"},
    {"pek signature", "chain", "SEV_CHAIN_BROKEN"},
    {"pek usage", "usage", "SEV_USAGE_MISMATCH"},
};

/* True when it is ours to refuse by. */
static bool expect_told(const char *expected, const struct facts *facts, status result)
{
    if (strcmp(expected, "debug") == 0) {
        EXPECT(claim_is_flag(facts, "debug", true)); /* for policy */
        return false;
    }
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++) {
        if (strcmp(expected, translations[i].expected) != 0)
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

/* `edited`: the manifest has what was there before somebody changed it. */
static void compare_claims_of(const struct facts *facts, const struct sample *sample,
                              const char *edited)
{
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"policy", "policy.raw"}, {"mnonce", "mnonce"}, {"launch_digest", "measurement"}};
    json_t *const claims = json_object_get(sample->manifest.root, "claims");
    EXPECT(json_object_size(claims) == sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        SCOPED(json) wanted = {.root = json_object()};
        if (edited && strcmp(names[i].theirs, edited) == 0)
            continue;
        json_object_set(wanted.root, names[i].ours, json_object_get(claims, names[i].theirs));
        EXPECT(compare_claims(facts, "", wanted.root) == 1);
    }
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
        expect_told(json_string_value(name), facts, result) || ours;
    EXPECT(result.fault || facts_authentic(facts) == !ours);
    if (!result.fault && !ours)
        print_failures(facts);
    if (!result.fault) {
        compare_claims_of(facts, sample,
                          strstr(id, "policy-edited")   ? "policy"
                          : strstr(id, "digest-edited") ? "launch_digest"
                                                        : NULL);
        expect_known_claims(&sev_platform, facts);
    }
    free(facts);
}

/* E3, E8, E9, E10, E16 */
TEST(every_synthetic_report_is_told_to_be_wrong_in_what_is_wrong_with_it)
{
    if (samples_are_absent("synthetic SEV reports"))
        return;
    EXPECT(samples_each("synthetic-sev", "", compare_synthetic) == SYNTHETIC_SAMPLES);
}

static void refuse_under_amds_roots(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    const status result = verify_synthetic(sample, false, facts);
    EXPECT(result.fault || *failure_of(facts, "chain"));
    EXPECT(result.fault || !facts_authentic(facts));
    free(facts);
}

TEST(E18_roots_that_nobody_knows_are_refused)
{
    if (samples_are_absent("synthetic SEV reports"))
        return;
    EXPECT(samples_each("synthetic-sev", "", refuse_under_amds_roots) == SYNTHETIC_SAMPLES);
}

TEST(a_shared_key_is_a_claim_for_policies)
{
    if (samples_are_absent("synthetic SEV reports"))
        return;
    SCOPED(sample) sample = sample_open("synthetic-sev/sev-share");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(verify_synthetic(&sample, true, facts));
    EXPECT(claims_find(&facts->claims, "policy.noks")->number == 0);
    EXPECT(facts_authentic(facts));
    free(facts);
}

TEST(E4_no_flipped_bit_of_a_report_is_accepted)
{
    if (samples_are_absent("synthetic SEV reports"))
        return;
    SCOPED(sample) sample = sample_open("synthetic-sev/sev-valid");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t accepted = 0, not_by_signature = 0;
    endorse(&endorsements, sample.folder, NULL);
    trust_file(&endorsements, sample.folder, "ark.cert");
    for (size_t bit = 0; bit < 8 * REPORT_SIZE; bit++) {
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const status result =
            verify(buffer_view(&sample.evidence), no_binding, &endorsements, facts);
        accepted += !result.fault && facts_authentic(facts);
        not_by_signature += bit < 8 * SIGNED_SIZE && !*failure_of(facts, "signature");
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT(not_by_signature == 0);
    EXPECT_OK(verify(buffer_view(&sample.evidence), no_binding, &endorsements, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E1, E2, E3 */
static void cut_anywhere(slice whole)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) none = {0};
    for (size_t size = 0; size <= whole.size + 1; size++) {
        if (size == whole.size)
            continue;
        uint8_t *const exact = calloc(1, size ? size : 1); /* so that reading past it is seen */
        memcpy(exact, whole.data, size < whole.size ? size : whole.size);
        EXPECT(verify((slice){exact, size}, no_binding, &none, facts).fault);
        EXPECT(facts->check_count == 0);
        EXPECT(sev_platform.inspect((slice){exact, size}, NULL, facts).fault);
        EXPECT(!sev_platform.recognises((slice){exact, size}));
        free(exact);
    }
    free(facts);
}

TEST(E2_evidence_cut_anywhere_or_with_a_byte_behind_it_is_not_read)
{
    if (samples_are_absent("SEV evidence"))
        return;
    SCOPED(sample) report = sample_open("synthetic-sev/sev-valid");
    SCOPED(sample) naples = open_naples();
    cut_anywhere(buffer_view(&report.evidence));
    cut_anywhere(buffer_view(&naples.evidence));
}

/* ---- what it cannot do ---- */

TEST(E11_no_sev_evidence_is_bound_to_anything)
{
    static const uint8_t binding[BINDING_SIZE];
    EXPECT(!platform_can_bind(&sev_platform));
    EXPECT(platform_can_bind(platform_named("snp")));
    if (samples_are_absent("SEV reports"))
        return;
    SCOPED(sample) sample = sample_open("synthetic-sev/sev-valid");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    endorse(&endorsements, sample.folder, NULL);
    trust_file(&endorsements, sample.folder, "ark.cert");
    EXPECT_OK(verify(buffer_view(&sample.evidence), SLICE(binding), &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "binding"), "SEV_BINDING_IMPOSSIBLE") == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}
