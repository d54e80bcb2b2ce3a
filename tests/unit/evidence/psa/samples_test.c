/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens of test devices under the keys that came with them, with the claims decoded there. */

#include "arm_samples.h"

extern const struct platform psa_platform;

enum { SAMPLES = 5 };

static const struct arm_name names[] = {
    {"10", "report_data"},
    {"2397", "boot_seed"},
    {"256", "instance_id"},
    {"2396", "implementation_id"},
    {"2394", "client_id"},
    {"2395", "lifecycle"},
    {"2399", "components"},
    {"2400", "verification_service"},
    {"265", "profile"},
    {"2398", "certification_reference"},
    {"-75008", "report_data"},
    {"-75004", "boot_seed"},
    {"-75009", "instance_id"},
    {"-75003", "implementation_id"},
    {"-75001", "client_id"},
    {"-75002", "lifecycle"},
    {"-75006", "components"},
    {"-75010", "verification_service"},
    {"-75000", "profile"},
    {"-75005", "certification_reference"},
    {0},
};

static size_t claims_compared;

static void inspect_sample(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    (void)id;
    EXPECT_OK(psa_platform.inspect(buffer_view(&sample->evidence), NULL, facts));
    claims_compared += arm_compare(facts, names, json_object_get(sample->manifest.root, "claims"));
    EXPECT(claim_is_flag(facts, "debug", false));
    expect_known_claims(&psa_platform, facts);
    free(facts);
}

/* What cannot be verified for being a COSE_Mac0 can be looked at. */
TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("PSA tokens"))
        return;
    EXPECT(samples_each("psa", "tfm-", inspect_sample) == 3);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared == 3 * (9 + 2 * 5));
}

static void verify_sample(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) trusting = {0};
    (void)id;
    EXPECT(platform_of(buffer_view(&sample->evidence)) == &psa_platform);
    trust_file(&trusting, sample->folder, "iak_pub.pem");
    EXPECT_OK(arm_verify(&psa_platform, buffer_view(&sample->evidence), &trusting, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    EXPECT_OK(arm_verify(&psa_platform, buffer_view(&sample->evidence), NULL, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "PSA_ROOT_UNTRUSTED") == 0);
    free(facts);
}

/* E15 */
TEST(a_signed_token_is_authentic_under_its_devices_key_and_under_no_other)
{
    if (samples_are_absent("PSA tokens"))
        return;
    EXPECT(samples_each("psa", "tfm-psa-2-sign1", verify_sample) == 1);
    EXPECT(samples_each("psa", "tfm-psa-iot-1-sign1", verify_sample) == 1);
}

TEST(E7_a_token_with_a_mac_is_unsupported_and_so_are_profiles_that_nobody_described)
{
    static const char *const malformed[] = {"psa/negative-malformed", "psa/negative-missing-claim"};
    if (samples_are_absent("PSA tokens"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(sample) mac = sample_open("psa/tfm-psa-2-mac0-unsupported");
    const status result = arm_verify(&psa_platform, buffer_view(&mac.evidence), NULL, facts);
    EXPECT(result.fault && result.fault->failure == FAILURE_UNSUPPORTED);
    EXPECT(result.fault && strstr(result.fault->what, "COSE_Mac0"));
    EXPECT(platform_of(buffer_view(&mac.evidence)) == &psa_platform);
    for (size_t i = 0; i < 2; i++) {
        SCOPED(sample) sample = sample_open(malformed[i]);
        EXPECT_FAIL(MALFORMED,
                    arm_verify(&psa_platform, buffer_view(&sample.evidence), NULL, facts));
    }
    free(facts);
}

/* E1, E2, E3, E4 */
TEST(E4_a_token_cut_longer_or_with_a_flipped_bit_is_refused)
{
    if (samples_are_absent("PSA tokens"))
        return;
    SCOPED(sample) sample = sample_open("psa/tfm-psa-2-sign1");
    SCOPED(endorsements) trusting = {0};
    SCOPED(buffer) longer = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t accepted = 0;
    trust_file(&trusting, sample.folder, "iak_pub.pem");
    for (size_t size = 0; size < sample.evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, sample.evidence.data, size);
        EXPECT(arm_verify(&psa_platform, (slice){exact, size}, &trusting, facts).fault);
        free(exact);
    }
    EXPECT_OK(buffer_append(&longer, buffer_view(&sample.evidence)));
    EXPECT_OK(buffer_append(&longer, (slice){(const uint8_t *)"", 1}));
    EXPECT_FAIL(MALFORMED, arm_verify(&psa_platform, buffer_view(&longer), &trusting, facts));
    for (size_t bit = 0; bit < 8 * sample.evidence.size; bit++) {
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const status read =
            arm_verify(&psa_platform, buffer_view(&sample.evidence), &trusting, facts);
        accepted += !read.fault && facts_authentic(facts);
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    free(facts);
}

/* E11, E12 */
TEST(E11_a_token_is_bound_to_its_whole_nonce)
{
    if (samples_are_absent("PSA tokens"))
        return;
    SCOPED(sample) sample = sample_open("psa/tfm-psa-2-sign1"); /* its nonce is all zero */
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    uint8_t binding[BINDING_SIZE] = {0};
    trust_file(&trusting, sample.folder, "iak_pub.pem");
    for (size_t size = 1; size <= sizeof binding; size++) {
        EXPECT_OK(arm_verify_bound(&psa_platform, buffer_view(&sample.evidence),
                                   (slice){binding, size}, &trusting, facts));
        EXPECT(facts_authentic(facts) == (size == sizeof binding));
    }
    binding[63] = 1;
    EXPECT_OK(arm_verify_bound(&psa_platform, buffer_view(&sample.evidence), SLICE(binding),
                               &trusting, facts));
    EXPECT(strcmp(failure_of(facts, "binding"), "PSA_BINDING_MISMATCH") == 0);
    free(facts);
}
