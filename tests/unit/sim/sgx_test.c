/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sgx.h"

#include "evidence/platform.h"

#include "sim.h"
#include "test.h"

enum { NOW_S = 1768435200, DAY_S = 86400 };

static uint8_t report_data[64] = {'r', [63] = 'd'};

/* An enclave on a fresh platform, and what its vendor publishes. */
struct bench {
    struct sim_state state;
    struct sim_sgx enclave;
    struct buffer quote;
    struct endorsements endorsements;
    struct facts facts;
};

static void bench_free(struct bench *bench)
{
    sim_sgx_clear(&bench->enclave);
    sim_state_clear(&bench->state);
    buffer_clear(&bench->quote);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

/* What is published of TDs lies beside, as in the simulator's folder. */
static void add_collateral(struct bench *bench)
{
    status (*const makers[])(const struct sim_state *state, int64_t now_s, struct buffer *out) = {
        sim_intel_tcb_info,        sim_intel_qe_identity, sim_intel_sgx_tcb_info,
        sim_intel_sgx_qe_identity, sim_intel_root_crl,    sim_intel_pck_crl};
    SCOPED(buffer) signer = {0};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        SCOPED(buffer) file = {0};
        EXPECT_OK(makers[i](&bench->state, NOW_S, &file));
        EXPECT_OK(endorsements_add(&bench->endorsements, buffer_view(&file)));
    }
    EXPECT_OK(certificate_der(&bench->state.tcb_signing, &signer));
    EXPECT_OK(endorsements_add(&bench->endorsements, buffer_view(&signer)));
}

static void trust_root(struct bench *bench)
{
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&bench->state.intel_root, &root));
    EXPECT_OK(endorsements_trust(&bench->endorsements, buffer_view(&root)));
}

static struct bench *bench_of(uint16_t quote_version, const char *tcb_status, bool debug)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    EXPECT_OK(sim_state_for_tests(NOW_S, &bench->state));
    struct sim_sgx_settings settings = sim_sgx_defaults(&bench->state);
    settings.quote_version = quote_version;
    settings.tcb_status = tcb_status;
    settings.debug = debug;
    EXPECT_OK(sim_sgx_launch(&bench->state, &settings, &bench->enclave));
    EXPECT_OK(sim_sgx_quote(&bench->enclave, SLICE(report_data), &bench->quote));
    add_collateral(bench);
    return bench;
}

static bool is_authentic(struct bench *bench)
{
    const struct verification request = {.evidence = buffer_view(&bench->quote),
                                         .binding = SLICE(report_data),
                                         .endorsements = &bench->endorsements,
                                         .now_s = NOW_S};
    memset(&bench->facts, 0, sizeof bench->facts);
    EXPECT_OK(platform_named("sgx")->verify(&request, &bench->facts));
    return facts_authentic(&bench->facts);
}

static bool claims(const struct bench *bench, const char *name, const char *text)
{
    return slice_equal(claims_bytes(&bench->facts.claims, name), slice_of_text(text));
}

/* E15 */
TEST(a_simulated_quote_is_authentic_under_the_simulators_root_and_no_other)
{
    for (uint16_t version = 3; version <= 5; version++) {
        struct bench *const bench = bench_of(version, "UpToDate", false);
        EXPECT(platform_of(buffer_view(&bench->quote)) == platform_named("sgx"));
        EXPECT(!is_authentic(bench));
        EXPECT(strcmp(facts_check(&bench->facts, "chain")->reason, "SGX_ROOT_UNTRUSTED") == 0);
        trust_root(bench);
        EXPECT(is_authentic(bench));
        EXPECT(claims(bench, "tcb_status", "UpToDate") && claims(bench, "tcb_info.id", "SGX"));
        EXPECT(slice_equal(claims_bytes(&bench->facts.claims, "measurement"),
                           SLICE(bench->enclave.settings.mrenclave)));
        bench_free(bench);
    }
}

TEST(a_platform_is_at_the_tcb_status_it_was_put_at)
{
    for (size_t i = 0; sim_intel_status(i); i++) {
        struct bench *const bench = bench_of(3, sim_intel_status(i), false);
        trust_root(bench);
        EXPECT(is_authentic(bench) == (strcmp(sim_intel_status(i), "Revoked") != 0));
        EXPECT(claims(bench, "tcb_status", sim_intel_status(i)));
        bench_free(bench);
    }
}

/* E9 */
TEST(a_debug_enclave_says_so)
{
    for (int debug = 0; debug < 2; debug++) {
        struct bench *const bench = bench_of(3, "UpToDate", debug);
        trust_root(bench);
        EXPECT(is_authentic(bench));
        const struct claim *const claim = claims_find(&bench->facts.claims, "debug");
        EXPECT(claim && claim->number == (uint64_t)debug);
        bench_free(bench);
    }
}

TEST(what_cannot_be_simulated_is_refused)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_sgx) enclave = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_sgx_settings settings = sim_sgx_defaults(&state);
    settings.quote_version = 2;
    EXPECT_FAIL(UNSUPPORTED, sim_sgx_launch(&state, &settings, &enclave));
    settings = sim_sgx_defaults(&state);
    settings.tcb_status = "Splendid";
    EXPECT_FAIL(UNSUPPORTED, sim_sgx_launch(&state, &settings, &enclave));
    settings = sim_sgx_defaults(&state);
    EXPECT_OK(sim_sgx_launch(&state, &settings, &enclave));
    SCOPED(buffer) quote = {0};
    EXPECT_FAIL(MALFORMED, sim_sgx_quote(&enclave, (slice){report_data, 63}, &quote));
}
