/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens of simulators under the keys that came with them, with the claims decoded there. */

#include "arm_samples.h"

extern const struct platform cca_platform;

enum { SAMPLES = 5 };

static const struct arm_name platform_names[] = {
    {"265", "profile"},
    {"10", "platform_challenge"},
    {"2396", "implementation_id"},
    {"256", "instance_id"},
    {"2401", "configuration"},
    {"2395", "lifecycle"},
    {"2402", "hash_algorithm"},
    {"2400", "verification_service"},
    {"2399", "components"},
    {0},
};

static const struct arm_name realm_names[] = {
    {"265", "realm_profile"},
    {"10", "report_data"},
    {"256", "realm_instance_id"},
    {"44236", "realm_hash_algorithm"},
    {"44240", "rak_hash_algorithm"},
    {"44235", "personalisation_value"},
    {"44237", "rak"},
    {"44238", "measurement"},
    {"44243", "realm_claim_44243"},
    {0},
};

static size_t claims_compared;

static void compare_rems(const struct facts *facts, const json_t *rems)
{
    static const char *const names[] = {"rem0", "rem1", "rem2", "rem3"};
    EXPECT(json_array_size(rems) == 4);
    for (size_t i = 0; i < 4; i++)
        arm_expect(facts, names[i], json_array_get(rems, i));
}

static void inspect_sample(const char *id, const struct sample *sample)
{
    const json_t *const claims = json_object_get(sample->manifest.root, "claims");
    json_t *const realm = json_object_get(claims, "realm");
    struct facts *const facts = calloc(1, sizeof *facts);
    (void)id;
    EXPECT(platform_of(buffer_view(&sample->evidence)) == &cca_platform);
    EXPECT_OK(cca_platform.inspect(buffer_view(&sample->evidence), NULL, facts));
    EXPECT(facts->check_count == 0 && strcmp(facts->platform, "cca") == 0);
    claims_compared += arm_compare(facts, platform_names, json_object_get(claims, "platform"));
    claims_compared += arm_compare(facts, realm_names, realm);
    compare_rems(facts, json_object_get(realm, "44239"));
    arm_expect(facts, "collection_tag", json_object_get(claims, "collection_tag"));
    claims_compared += 5;
    EXPECT(claim_is_flag(facts, "debug", false));
    EXPECT(claim_is_text(facts, "lifecycle_state", "secured"));
    expect_known_claims(&cca_platform, facts);
    free(facts);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("CCA tokens"))
        return;
    EXPECT(samples_each("cca", "", inspect_sample) == SAMPLES);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > 200);
}

static void verify_sample(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) trusting = {0};
    const bool is_positive = strcmp(text_of(sample->manifest.root, "kind"), "positive") == 0;
    (void)id;
    trust_file(&trusting, sample->folder, "cpak_pub.pem");
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&sample->evidence), &trusting, facts));
    EXPECT(facts_authentic(facts) == is_positive);
    if (is_positive)
        print_failures(facts);
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "platform_signature"), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "attestation_key"), is_positive ? "" : "CCA_RAK_UNBOUND") == 0);

    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&sample->evidence), NULL, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "CCA_ROOT_UNTRUSTED") == 0);
    free(facts);
}

/* E15, E34 */
TEST(E34_every_token_is_authentic_under_its_key_but_for_the_one_whose_realm_key_is_unbound)
{
    if (samples_are_absent("CCA tokens"))
        return;
    EXPECT(samples_each("cca", "", verify_sample) == SAMPLES);
}

/* E11, E12 */
TEST(E11_a_token_is_bound_to_its_challenge_and_to_no_other)
{
    if (samples_are_absent("CCA tokens"))
        return;
    SCOPED(sample) sample = sample_open("cca/tfm-cmw-907");
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    const slice evidence = buffer_view(&sample.evidence);
    uint8_t binding[BINDING_SIZE];
    slice challenge;
    trust_file(&trusting, sample.folder, "cpak_pub.pem");
    EXPECT_OK(cca_platform.report_data(evidence, &challenge));
    EXPECT(challenge.size == BINDING_SIZE);
    memcpy(binding, challenge.data, sizeof binding);
    EXPECT_OK(arm_verify_bound(&cca_platform, evidence, SLICE(binding), &trusting, facts));
    EXPECT(facts_authentic(facts) && strcmp(result_name(facts, "binding"), "pass") == 0);
    EXPECT_OK(arm_verify_bound(&cca_platform, evidence, (slice){binding, 48}, &trusting, facts));
    EXPECT(!facts_authentic(facts)); /* what follows is not zero */
    for (size_t at = 0; at < sizeof binding; at++) {
        binding[at] ^= 0x80;
        EXPECT_OK(arm_verify_bound(&cca_platform, evidence, SLICE(binding), &trusting, facts));
        EXPECT(strcmp(failure_of(facts, "binding"), "CCA_BINDING_MISMATCH") == 0);
        EXPECT(!facts_authentic(facts));
        binding[at] ^= 0x80;
    }
    free(facts);
}

/* E18: the sample under ES256 has another key. */
TEST(a_key_that_did_not_sign_is_told_from_none)
{
    if (samples_are_absent("CCA tokens"))
        return;
    SCOPED(sample) sample = sample_open("cca/draft-ffm-399-profiles");
    SCOPED(sample) other = sample_open("cca/veraison-399");
    SCOPED(endorsements) wrong_curve = {0};
    SCOPED(endorsements) both = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    trust_file(&wrong_curve, other.folder, "cpak_pub.pem");
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&sample.evidence), &wrong_curve, facts));
    EXPECT(strcmp(result_name(facts, "platform_signature"), "skipped") == 0);
    EXPECT(strcmp(failure_of(facts, "chain"), "CCA_ROOT_UNTRUSTED") == 0);

    trust_file(&both, other.folder, "cpak_pub.pem");
    trust_file(&both, sample.folder, "cpak_pub.pem");
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&sample.evidence), &both, facts));
    EXPECT(facts_authentic(facts));
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&other.evidence), &both, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

static void cut_anywhere(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    (void)id;
    for (size_t size = 0; size < sample->evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, sample->evidence.data, size);
        const status result = arm_verify(&cca_platform, (slice){exact, size}, NULL, facts);
        EXPECT(result.fault && facts->claims.count == 0);
        free(exact);
    }
    SCOPED(buffer) longer = {0};
    EXPECT_OK(buffer_append(&longer, buffer_view(&sample->evidence)));
    EXPECT_OK(buffer_append(&longer, (slice){(const uint8_t *)"", 1}));
    EXPECT_FAIL(MALFORMED, arm_verify(&cca_platform, buffer_view(&longer), NULL, facts));
    free(facts);
}

/* E1, E2, E3 */
TEST(E2_a_token_cut_anywhere_or_with_anything_behind_it_is_not_read)
{
    if (samples_are_absent("CCA tokens"))
        return;
    EXPECT(samples_each("cca", "", cut_anywhere) == SAMPLES);
}

/* The tag and the collection's keys are signed by nobody, and still leave nothing to change. */
TEST(E4_no_flipped_bit_of_a_token_is_accepted)
{
    if (samples_are_absent("CCA tokens"))
        return;
    SCOPED(sample) sample = sample_open("cca/veraison-399");
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t accepted = 0;
    trust_file(&trusting, sample.folder, "cpak_pub.pem");
    for (size_t bit = 0; bit < 8 * sample.evidence.size; bit++) {
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const status read =
            arm_verify(&cca_platform, buffer_view(&sample.evidence), &trusting, facts);
        accepted += !read.fault && facts_authentic(facts);
        sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&sample.evidence), &trusting, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}
