/* SPDX-License-Identifier: Apache-2.0 */

/* Simulated realms: every profile and form, lifecycles, bindings; and collecting from one. */

#include "codec/cbor.h"
#include "evidence/cca/collect.h"
#include "evidence/cca/token.h"
#include "sim/cca.h"

#include "arm_samples.h"
#include "tsm_mount.h"

extern const struct platform cca_platform;

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0xd1, [63] = 0x99};

static void trust(struct endorsements *endorsements, const struct private_key *key)
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    EXPECT_OK(private_key_public(key, &public));
    EXPECT_OK(public_key_spki(&public, &spki));
    EXPECT_OK(endorsements_trust(endorsements, buffer_view(&spki)));
}

static void launch(const struct sim_cca_settings *settings, struct sim_cca *out)
{
    SCOPED(private_key) cpak = {0};
    EXPECT_OK(private_key_generate(CURVE_P384, &cpak));
    EXPECT_OK(sim_cca_launch(&cpak, settings, out));
}

/* Verifies a realm of these settings for those who trust its platform. */
static void verify_settings(const struct sim_cca_settings *settings, struct facts *facts)
{
    SCOPED(sim_cca) realm = {0};
    SCOPED(buffer) token = {0};
    SCOPED(endorsements) trusting = {0};
    launch(settings, &realm);
    trust(&trusting, &realm.cpak);
    EXPECT_OK(sim_cca_token(&realm, SLICE(binding), &token));
    EXPECT(platform_of(buffer_view(&token)) == &cca_platform);
    EXPECT_OK(
        arm_verify_bound(&cca_platform, buffer_view(&token), SLICE(binding), &trusting, facts));
    expect_known_claims(&cca_platform, facts);
}

/* E15 */
TEST(E15_a_simulated_realm_of_every_form_is_authentic_for_those_who_trust_its_platform)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    for (int form = 0; form < 4; form++) {
        struct sim_cca_settings settings = sim_cca_defaults();
        settings.is_old = form & 1;
        settings.is_wrapped = form & 2;
        verify_settings(&settings, facts);
        EXPECT(facts_authentic(facts) && facts->valid_until_s == NO_END_S);
        print_failures(facts);
        EXPECT(claims_find(&facts->claims, "collection_tag")->number ==
               (settings.is_wrapped ? 907 : 399));
        EXPECT(!claims_find(&facts->claims, "realm_profile") == settings.is_old);
    }
    free(facts);
}

/* E9, E34 */
TEST(E34_only_a_secured_platform_is_vouched_for_and_a_debugged_one_is_a_claim)
{
    static const struct {
        uint16_t lifecycle;
        bool authentic, debug;
        const char *state;
    } rows[] = {
        {0x0000, false, false, "unknown"},
        {0x1000, false, false, "assembly_and_test"},
        {0x20ff, false, false, "rot_provisioning"},
        {0x2fff, false, false, "invalid"},
        {0x3000, true, false, "secured"},
        {0x30ff, true, false, "secured"},
        {0x3100, false, false, "invalid"},
        {0x4000, true, true, "non_rot_debug"},
        {0x50ff, true, true, "recoverable_rot_debug"},
        {0x6000, false, false, "decommissioned"},
        {0x7000, false, false, "invalid"},
        {0xffff, false, false, "invalid"},
    };
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sim_cca_settings settings = sim_cca_defaults();
        settings.lifecycle = rows[i].lifecycle;
        verify_settings(&settings, facts);
        EXPECT(facts_authentic(facts) == rows[i].authentic);
        EXPECT(claim_is_flag(facts, "debug", rows[i].debug));
        EXPECT(claim_is_text(facts, "lifecycle_state", rows[i].state));
        const struct check *const check = facts_check(facts, "lifecycle");
        EXPECT(check &&
               strcmp(check->reason, rows[i].debug       ? "CCA_LIFECYCLE_DEBUG"
                                     : rows[i].authentic ? ""
                                                         : "CCA_LIFECYCLE_NOT_SECURED") == 0);
    }
    free(facts);
}

/* E34 */
TEST(E34_a_realm_key_that_the_platform_did_not_vouch_for_is_refused_in_both_forms)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    for (int is_old = 0; is_old < 2; is_old++) {
        struct sim_cca_settings settings = sim_cca_defaults();
        settings.unbound = true;
        settings.is_old = is_old;
        verify_settings(&settings, facts);
        EXPECT(strcmp(failure_of(facts, "attestation_key"), "CCA_RAK_UNBOUND") == 0);
        EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "platform_signature"), "pass") == 0);
        EXPECT(!facts_authentic(facts));
    }
    free(facts);
}

/* Two good tokens, of two realms. */
TEST(E34_the_tokens_of_two_realms_make_no_third)
{
    const struct sim_cca_settings settings = sim_cca_defaults();
    SCOPED(sim_cca) one = {0};
    SCOPED(sim_cca) other = {0};
    SCOPED(buffer) token = {0};
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    launch(&settings, &one);
    launch(&settings, &other);
    trust(&trusting, &one.cpak);
    trust(&trusting, &other.cpak);
    const struct buffer own = one.platform;
    one.platform = other.platform;
    EXPECT_OK(sim_cca_token(&one, SLICE(binding), &token));
    one.platform = own;
    EXPECT_OK(arm_verify(&cca_platform, buffer_view(&token), &trusting, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "attestation_key"), "CCA_RAK_UNBOUND") == 0);
    free(facts);
}

/* ---- the collection, which nobody signs ---- */

/* Writes a collection of what `members` say: 'p' and 'r' the tokens, 'P' and 'R' these in each
 * other's place, 'c' its kind, 'x' another. */
static status read_collection(uint64_t tag, const char *members, bool inlined)
{
    const struct sim_cca_settings settings = sim_cca_defaults();
    SCOPED(sim_cca) realm = {0};
    SCOPED(buffer) whole = {0};
    uint8_t space[8192];
    struct writer writer = writer_over(space, sizeof space);
    struct cca_token parts;
    slice bytes;
    launch(&settings, &realm);
    EXPECT_OK(sim_cca_token(&realm, SLICE(binding), &whole));
    EXPECT_OK(cca_token_read(buffer_view(&whole), &parts));
    struct reader reader = reader_of(buffer_view(&whole));
    struct cbor_item item;
    slice platform, realms;
    uint64_t key;
    size_t count;
    EXPECT_OK(cbor_read(&reader, &item));
    EXPECT_OK(cbor_read_map(&reader, 2, &count));
    EXPECT_OK(cbor_read_uint(&reader, UINT64_MAX, &key));
    EXPECT_OK(cbor_read_bytes(&reader, SIZE_MAX, &platform));
    EXPECT_OK(cbor_read_uint(&reader, UINT64_MAX, &key));
    EXPECT_OK(cbor_read_bytes(&reader, SIZE_MAX, &realms));
    cbor_write_tag(&writer, tag);
    cbor_write_map(&writer, strlen(members));
    for (; *members; members++) {
        const slice token = *members == 'p' || *members == 'R' ? platform : realms;
        const bool as_platform = *members == 'p' || *members == 'P';
        if (*members == 'c') {
            cbor_write_text(&writer, slice_of_text("__cmwc_t"));
            cbor_write_text(&writer, slice_of_text("tag:example.org,2026:kind"));
            continue;
        }
        cbor_write_uint(&writer, as_platform ? 44234 : *members == 'x' ? 44242 : 44241);
        if (inlined)
            write_bytes(&writer, token);
        else
            cbor_write_bytes(&writer, token);
    }
    EXPECT_OK(writer_finish(&writer, &bytes));
    return cca_token_read(bytes, &parts);
}

/* E33, E37, E39 */
TEST(E39_a_collection_holds_one_platform_and_one_realm_and_nothing_else)
{
    EXPECT_OK(read_collection(399, "pr", false));
    EXPECT_OK(read_collection(399, "rp", false));
    EXPECT_OK(read_collection(399, "pr", true));
    EXPECT_OK(read_collection(907, "prc", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "PR", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "Pr", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "pR", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "p", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "r", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "rr", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "pp", false));
    EXPECT_FAIL(UNSUPPORTED, read_collection(399, "prx", false));
    EXPECT_FAIL(EXHAUSTED, read_collection(399, "prcx", false));
    EXPECT_FAIL(UNSUPPORTED, read_collection(400, "pr", false));
    EXPECT_FAIL(MALFORMED, read_collection(399, "", false));
}

/* ---- collecting ---- */

static status collect(const struct sim_machine *machine, struct sim_tsm_settings settings,
                      bool *out_mounted, struct buffer *out)
{
    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) endorsements = {0};
    *out_mounted = tsm_mount_start(machine, &settings, &mount);
    if (!*out_mounted)
        return OK;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    EXPECT(cca_is_here(&request) || settings.fault == SIM_FAULT_GONE);
    const status collected = cca_collect(&request, out, &endorsements);
    EXPECT(endorsements.size == 0);
    return collected;
}

/* D2, D5 */
TEST(a_token_is_collected_through_configfs_tsm_and_its_faults_are_errors)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
    } rows[] = {
        {SIM_FAULT_GONE, FAILURE_UNAVAILABLE},      {SIM_FAULT_FAILED, FAILURE_UNAVAILABLE},
        {SIM_FAULT_TIMED_OUT, FAILURE_UNAVAILABLE}, {SIM_FAULT_OLD_REPORT, FAILURE_UNAUTHENTIC},
        {SIM_FAULT_OVERSIZED, FAILURE_UNAVAILABLE},
    };
    const struct sim_cca_settings settings = sim_cca_defaults();
    SCOPED(sim_cca) realm = {0};
    SCOPED(buffer) token = {0};
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    bool mounted;
    launch(&settings, &realm);
    trust(&trusting, &realm.cpak);
    EXPECT_OK(collect(&realm.machine, (struct sim_tsm_settings){0}, &mounted, &token));
    if (mounted) {
        EXPECT_OK(
            arm_verify_bound(&cca_platform, buffer_view(&token), SLICE(binding), &trusting, facts));
        EXPECT(facts_authentic(facts));
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && mounted; i++) {
        SCOPED(buffer) none = {0};
        const struct sim_tsm_settings faulty = {.fault = rows[i].fault, .timeout_ms = 50};
        const status collected = collect(&realm.machine, faulty, &mounted, &none);
        EXPECT(collected.fault && collected.fault->failure == rows[i].failure);
        if (collected.fault && collected.fault->failure != rows[i].failure)
            printf("  fault %d: %s\n", (int)rows[i].fault, collected.fault->what);
        EXPECT(none.size == 0);
    }
    free(facts);
}
