/* SPDX-License-Identifier: Apache-2.0 */

/* The samples' manifests say what Intel's own library concluded; we must conclude the same. */

#include "dcap_samples.h"

static size_t claims_compared;

static void compare_with_manifest(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    endorse_with_set(&endorsements, sample, "");
    EXPECT_OK(tdx_platform.inspect(buffer_view(&sample->evidence), &endorsements, facts));
    claims_compared += compare_claims(facts, "", json_object_get(sample->manifest.root, "claims"));
    EXPECT(slice_equal(claims_bytes(&facts->claims, "measurement"),
                       claims_bytes(&facts->claims, "body.mrtd")));
    EXPECT(slice_equal(claims_bytes(&facts->claims, "report_data"),
                       claims_bytes(&facts->claims, "body.report_data")));
    EXPECT(facts->check_count == 0);
    expect_known_claims(&tdx_platform, facts);
    free(facts);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("claims of TDX samples"))
        return;
    EXPECT(samples_each("tdx", "", compare_with_manifest) == 17 + 1);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > 17 * 40);
}

static size_t sets_verified;

static void verify_set(const struct sample *sample, slice evidence, const json_t *set)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    const int64_t at_s = time_of(text_of(set, "verify_at"));
    endorse_with_set(&endorsements, sample, text_of(set, "dir"));

    EXPECT_OK(tdx_verify_at(evidence, &endorsements, at_s, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    compare_status(facts, json_object_get(set, "expected"));
    EXPECT(claim_is_flag(facts, "collateral_not_yet_valid", false));
    EXPECT(facts->valid_until_s == time_of(text_of(set, "valid_until")));
    sets_verified++;
    free(facts);
}

static void verify_all_sets(const char *id, const struct sample *sample)
{
    size_t index;
    json_t *set;
    (void)id;
    json_array_foreach(json_object_get(sample->manifest.root, "collateral_sets"), index, set)
    {
        verify_set(sample, buffer_view(&sample->evidence), set);
    }
}

TEST(every_sample_has_the_status_that_intels_library_gave_it_with_each_collateral)
{
    if (samples_are_absent("collateral of TDX samples"))
        return;
    samples_each("tdx", "v", verify_all_sets);
    printf("  %zu collateral sets\n", sets_verified);
    EXPECT(sets_verified >= 26);
}

/* E3: what may follow is told, and changes nothing. */
TEST(E3_padding_after_the_quote_is_tolerated_and_told)
{
    if (samples_are_absent("a padded quote"))
        return;
    SCOPED(sample) sample = sample_open("tdx/v4-gcp-2026");
    SCOPED(buffer) padded = file_read(sample.folder, "evidence.padded.bin");
    const json_t *const set =
        json_array_get(json_object_get(sample.manifest.root, "collateral_sets"), 0);
    struct facts *const facts = calloc(1, sizeof *facts);
    verify_set(&sample, buffer_view(&padded), set);
    EXPECT_OK(tdx_platform.inspect(buffer_view(&padded), NULL, facts));
    const struct claim *const trailing = claims_find(&facts->claims, "trailing_bytes");
    EXPECT(trailing && trailing->number == padded.size - sample.evidence.size);
    free(facts);
}

/*
 * Intel's sample of its own library: signatures and chain are good under the root beside it. Its
 * fields are random numbers, so its enclave and module are not those its collateral describes, and
 * Intel's library too refuses it for that once it is given the QE identity.
 */
TEST(a_root_of_the_callers_is_trusted_when_named_and_only_then)
{
    static const char *const good[] = {"signature",  "attestation_key", "qe_report_signature",
                                       "chain",      "validity",        "pck_extension",
                                       "revocation", "tcb_info",        "tcb_info_signer"};
    if (samples_are_absent("a quote under its own root"))
        return;
    SCOPED(sample) sample = sample_open("tdx/intel-sample-own-root");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t at_s = time_of("2024-06-01T00:00:00Z");
    endorse_with_set(&endorsements, &sample, "");

    EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements, at_s, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "TDX_ROOT_UNTRUSTED") == 0);

    trust_file(&endorsements, sample.folder, "trustedRootCaCert.pem");
    EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements, at_s, facts));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        EXPECT(strcmp(result_name(facts, good[i]), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "qe_report"), "TDX_QE_IDENTITY_MISMATCH") == 0);
    EXPECT(strcmp(failure_of(facts, "tdx_module"), "TDX_MODULE_MISMATCH") == 0);
    free(facts);
}

/* E18: the chain is whole and its names are right; the key is not Intel's. */
TEST(E18_a_root_that_only_looks_like_intels_is_refused)
{
    if (samples_are_absent("a quote of preproduction hardware"))
        return;
    SCOPED(sample) sample = sample_open("tdx/negative-nonproduction-root");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(
        tdx_verify_at(buffer_view(&sample.evidence), NULL, time_of("2023-09-21T02:46:24Z"), facts));
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "qe_report_signature"), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "chain"), "TDX_ROOT_UNTRUSTED") == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}
