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
    EXPECT(sgx_platform.recognises(buffer_view(&sample->evidence)));
    EXPECT_OK(sgx_platform.inspect(buffer_view(&sample->evidence), &endorsements, facts));
    claims_compared += compare_claims(facts, "", json_object_get(sample->manifest.root, "claims"));
    EXPECT(slice_equal(claims_bytes(&facts->claims, "measurement"),
                       claims_bytes(&facts->claims, "body.mrenclave")));
    EXPECT(slice_equal(claims_bytes(&facts->claims, "report_data"),
                       claims_bytes(&facts->claims, "body.report_data")));
    EXPECT(facts->check_count == 0);
    expect_known_claims(&sgx_platform, facts);
    free(facts);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("claims of SGX samples"))
        return;
    EXPECT(samples_each("sgx", "", compare_with_manifest) == 19);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > 18 * 25);
}

static size_t sets_verified;

static void verify_set(const struct sample *sample, const json_t *set)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    endorse_with_set(&endorsements, sample, text_of(set, "dir"));

    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample->evidence), &endorsements,
                        time_of(text_of(set, "verify_at")), facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    compare_status(facts, json_object_get(set, "expected"));
    expect_known_claims(&sgx_platform, facts);
    EXPECT(claim_is_flag(facts, "collateral_not_yet_valid", false));
    EXPECT(facts->valid_until_s == time_of(text_of(set, "valid_until")));
    const json_t *const debug =
        json_object_get(json_object_get(sample->manifest.root, "claims"), "debug");
    EXPECT(claim_is_flag(facts, "debug", json_is_true(debug)));
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
        verify_set(sample, set);
    }
}

TEST(every_sample_has_the_status_that_intels_library_gave_it_with_each_collateral)
{
    if (samples_are_absent("collateral of SGX samples"))
        return;
    samples_each("sgx", "", verify_all_sets);
    printf("  %zu collateral sets\n", sets_verified);
    EXPECT(sets_verified == 21);
}

/* What does not depend on collateral, told of samples that came without. */
static void verify_alone(const char *id, struct facts *facts)
{
    SCOPED(sample) sample = sample_open(id);
    const json_t *const at = json_object_get(sample.manifest.root, "verification_time");
    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample.evidence), NULL,
                        time_of(text_of(at, "at")), facts));
    EXPECT(!facts_authentic(facts)); /* there is no CRL */
}

TEST(samples_without_collateral_have_good_signatures_and_chains_and_are_not_authentic)
{
    static const char *const ids[] = {"sgx/gramine-certifier", "sgx/integritee-1"};
    if (samples_are_absent("samples without collateral"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        verify_alone(ids[i], facts);
        EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "attestation_key"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "qe_report_signature"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
        EXPECT(strcmp(failure_of(facts, "revocation"), "SGX_CRL_MISSING") == 0);
        EXPECT(strcmp(failure_of(facts, "tcb_info"), "SGX_COLLATERAL_MISSING") == 0);
    }
    free(facts);
}

/*
 * Two samples that their manifests call negative for their root carry Intel's: the certificate of
 * 2018, which Intel has issued anew since, with the same key. `openssl verify` accepts both chains,
 * one of which is not in order from leaf to root. E18
 */
TEST(E18_intels_root_is_told_by_its_key_and_a_forged_link_below_it_is_refused)
{
    if (samples_are_absent("negative samples"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    verify_alone("sgx/negative-nonproduction-root-fortanix", facts);
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "revocation"), "SGX_CRL_MISSING") == 0);
    verify_alone("sgx/negative-corrupted-fortanix", facts);
    EXPECT(strcmp(failure_of(facts, "signature"), "SGX_SIGNATURE_INVALID") == 0);
    EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
    verify_alone("sgx/negative-oe-bad-chain", facts);
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "chain"), "SGX_CHAIN_BROKEN") == 0);
    free(facts);
}
