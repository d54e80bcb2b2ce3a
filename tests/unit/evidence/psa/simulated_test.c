/* SPDX-License-Identifier: Apache-2.0 */

/* Simulated devices: both profiles, nonces of every size, callers, lifecycles. */

#include "sim/psa.h"

#include "arm_samples.h"

extern const struct platform psa_platform;

static const uint8_t nonce[65] = {0xb1, 0xd1, [63] = 0x99};

struct device {
    struct private_key iak;
    struct endorsements trusting;
};

static void device_clear(struct device *device)
{
    private_key_clear(&device->iak);
    endorsements_clear(&device->trusting);
}

static void device_make(struct device *out)
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    EXPECT_OK(private_key_generate(CURVE_P256, &out->iak));
    EXPECT_OK(private_key_public(&out->iak, &public));
    EXPECT_OK(public_key_spki(&public, &spki));
    EXPECT_OK(endorsements_trust(&out->trusting, buffer_view(&spki)));
}

static void verify_settings(const struct device *device, const struct sim_psa_settings *settings,
                            slice asked, struct facts *facts)
{
    SCOPED(buffer) token = {0};
    EXPECT_OK(sim_psa_token(settings, &device->iak, asked, &token));
    EXPECT(platform_of(buffer_view(&token)) == &psa_platform);
    EXPECT_OK(
        arm_verify_bound(&psa_platform, buffer_view(&token), asked, &device->trusting, facts));
    expect_known_claims(&psa_platform, facts);
}

/* E15 */
TEST(E15_a_simulated_device_of_either_profile_is_authentic_for_those_who_trust_its_key)
{
    static const size_t sizes[] = {32, 48, 64};
    SCOPED(device) device = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    device_make(&device);
    for (unsigned profile = 1; profile <= 2; profile++)
        for (size_t i = 0; i < 3; i++) {
            struct sim_psa_settings settings = sim_psa_defaults();
            SCOPED(buffer) token = {0};
            settings.profile = profile;
            verify_settings(&device, &settings, (slice){nonce, sizes[i]}, facts);
            EXPECT(facts_authentic(facts) && facts->valid_until_s == NO_END_S);
            print_failures(facts);
            EXPECT(claims_bytes(&facts->claims, "report_data").size == sizes[i]);
            EXPECT_OK(sim_psa_token(&settings, &device.iak, (slice){nonce, sizes[i]}, &token));
            EXPECT_OK(arm_verify(&psa_platform, buffer_view(&token), NULL, facts));
            EXPECT(strcmp(failure_of(facts, "chain"), "PSA_ROOT_UNTRUSTED") == 0);
        }
    free(facts);
}

TEST(a_caller_outside_of_the_secure_world_has_a_negative_number)
{
    static const struct {
        int32_t client_id;
        const char *text;
    } rows[] = {{3002, "3002"},
                {1, "1"},
                {-1, "-1"},
                {INT32_MAX, "2147483647"},
                {INT32_MIN, "-2147483648"}};
    SCOPED(device) device = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    device_make(&device);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim_psa_settings settings = sim_psa_defaults();
        settings.client_id = rows[i].client_id;
        verify_settings(&device, &settings, (slice){nonce, 32}, facts);
        EXPECT(facts_authentic(facts) && claim_is_text(facts, "client_id", rows[i].text));
    }
    free(facts);
}

/* E9 */
TEST(E9_only_a_secured_device_is_vouched_for_and_a_debugged_one_is_a_claim)
{
    static const struct {
        uint16_t lifecycle;
        bool authentic, debug;
    } rows[] = {
        {0x0000, false, false}, {0x2000, false, false}, {0x3000, true, false},
        {0x30ff, true, false},  {0x3100, false, false}, {0x4000, true, true},
        {0x5001, true, true},   {0x6000, false, false},
    };
    SCOPED(device) device = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    device_make(&device);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim_psa_settings settings = sim_psa_defaults();
        settings.lifecycle = rows[i].lifecycle;
        verify_settings(&device, &settings, (slice){nonce, 64}, facts);
        EXPECT(facts_authentic(facts) == rows[i].authentic);
        EXPECT(claim_is_flag(facts, "debug", rows[i].debug));
        EXPECT(rows[i].authentic ||
               strcmp(failure_of(facts, "lifecycle"), "PSA_LIFECYCLE_NOT_SECURED") == 0);
    }
    free(facts);
}

/* Of another size, or with an instance id that is of no known type. */
TEST(nonces_and_instance_ids_of_other_forms_are_not_read)
{
    static const size_t sizes[] = {0, 1, 31, 33, 47, 49, 63, 65};
    const struct sim_psa_settings settings = sim_psa_defaults();
    SCOPED(device) device = {0};
    SCOPED(buffer) token = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    device_make(&device);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        EXPECT_FAIL(MALFORMED,
                    sim_psa_token(&settings, &device.iak, (slice){nonce, sizes[i]}, &token));
    EXPECT_OK(sim_psa_token(&settings, &device.iak, (slice){nonce, 32}, &token));
    static const uint8_t before_id[] = {0x19, 0x01, 0x00, 0x58, 33, 0x01}; /* 256: bytes(33) */
    uint8_t *const at = memmem(token.data, token.size, before_id, sizeof before_id);
    EXPECT(at);
    if (at)
        at[5] = 0x02;
    EXPECT_FAIL(MALFORMED, arm_verify(&psa_platform, buffer_view(&token), NULL, facts));
    free(facts);
}
