/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tdx.h"

#include "codec/text.h"
#include "evidence/platform.h"

#include "sim.h"
#include "test.h"

enum { NOW_S = 1768435200, DAY_S = 86400 };

static uint8_t report_data[64] = {'r', [63] = 'd'};

/* A TD on a fresh platform, and what its vendor publishes. */
struct bench {
    struct sim_state state;
    struct sim_tdx td;
    struct buffer quote;
    struct endorsements endorsements;
    struct facts facts;
};

static void bench_free(struct bench *bench)
{
    sim_tdx_clear(&bench->td);
    sim_state_clear(&bench->state);
    buffer_clear(&bench->quote);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static void add_collateral(struct bench *bench)
{
    status (*const makers[])(const struct sim_state *state, int64_t now_s, struct buffer *out) = {
        sim_intel_tcb_info, sim_intel_qe_identity, sim_intel_root_crl, sim_intel_pck_crl};
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
    struct sim_tdx_settings settings = sim_tdx_defaults(&bench->state);
    settings.quote_version = quote_version;
    settings.tcb_status = tcb_status;
    settings.debug = debug;
    EXPECT_OK(sim_tdx_launch(&bench->state, &settings, &bench->td));
    EXPECT_OK(sim_tdx_quote(&bench->td, SLICE(report_data), &bench->quote));
    add_collateral(bench);
    return bench;
}

static bool is_authentic(struct bench *bench, int64_t now_s)
{
    const struct verification request = {.evidence = buffer_view(&bench->quote),
                                         .binding = SLICE(report_data),
                                         .endorsements = &bench->endorsements,
                                         .now_s = now_s};
    memset(&bench->facts, 0, sizeof bench->facts);
    EXPECT_OK(platform_named("tdx")->verify(&request, &bench->facts));
    return facts_authentic(&bench->facts);
}

static bool claims(const struct bench *bench, const char *name, const char *text)
{
    return slice_equal(claims_bytes(&bench->facts.claims, name), slice_of_text(text));
}

/* E15 */
TEST(a_simulated_quote_is_authentic_under_the_simulators_root_and_no_other)
{
    for (uint16_t version = 4; version <= 5; version++) {
        struct bench *const bench = bench_of(version, "UpToDate", false);
        EXPECT(!is_authentic(bench, NOW_S));
        EXPECT(strcmp(facts_check(&bench->facts, "chain")->reason, "TDX_ROOT_UNTRUSTED") == 0);

        SCOPED(buffer) other = {0};
        SCOPED(public_key) key = {0};
        SCOPED(private_key) fresh = {0};
        SCOPED(certificate) look_alike = {0};
        char name[SIM_SUBJECT_SIZE];
        sim_state_subject(&bench->state,
                          "CN=Intel SGX Root CA/O=cix simulator/OU=", "/L=Santa Clara/ST=CA/C=US",
                          name);
        const struct certificate_request request = {.subject = name,
                                                    .serial = 1,
                                                    .not_before_s = NOW_S - DAY_S,
                                                    .not_after_s = NOW_S + DAY_S,
                                                    .is_ca = true,
                                                    .path_length = 1};
        EXPECT_OK(private_key_generate(CURVE_P256, &fresh));
        EXPECT_OK(private_key_public(&fresh, &key));
        EXPECT_OK(
            certificate_issue(&request, &key, NULL, &fresh, SIGNATURE_ECDSA_SHA256, &look_alike));
        EXPECT_OK(certificate_der(&look_alike, &other));
        EXPECT_OK(endorsements_trust(&bench->endorsements, buffer_view(&other)));
        EXPECT(!is_authentic(bench, NOW_S)); /* E18: the name is right, the key is not */

        trust_root(bench);
        EXPECT(is_authentic(bench, NOW_S));
        EXPECT(claims(bench, "tcb_status", "UpToDate"));
        bench_free(bench);
    }
}

TEST(a_platform_is_at_the_tcb_status_it_was_put_at)
{
    const char *name;
    for (size_t i = 0; (name = sim_intel_status(i)); i++) {
        struct bench *const bench = bench_of(i % 2 ? 4 : 5, name, false);
        trust_root(bench);
        EXPECT(is_authentic(bench, NOW_S) == (strcmp(name, "Revoked") != 0));
        EXPECT(claims(bench, "tcb_status", name));
        EXPECT(claims(bench, "platform_status", name));
        EXPECT(claims(bench, "tdx_module_status", "UpToDate"));
        EXPECT(claims(bench, "qe_status", "UpToDate"));
        bench_free(bench);
    }
}

/* E9 */
TEST(a_debug_td_says_so)
{
    for (int debug = 0; debug < 2; debug++) {
        struct bench *const bench = bench_of(4, "UpToDate", debug);
        trust_root(bench);
        EXPECT(is_authentic(bench, NOW_S));
        const struct claim *const claim = claims_find(&bench->facts.claims, "debug");
        EXPECT(claim && claim->number == (uint64_t)debug);
        bench_free(bench);
    }
}

/* E21, E22 */
TEST(simulated_collateral_ends_after_thirty_days)
{
    struct bench *const bench = bench_of(4, "UpToDate", false);
    trust_root(bench);
    EXPECT(is_authentic(bench, NOW_S + 30 * DAY_S));
    EXPECT(bench->facts.valid_until_s == NOW_S + 30 * DAY_S);
    EXPECT(!is_authentic(bench, NOW_S + 30 * DAY_S + 1));
    EXPECT(!is_authentic(bench, NOW_S - DAY_S)); /* the CRLs are not in force yet */
    bench_free(bench);
}

/* Where FORMATS and Intel's "Quote Format" put each field, read here without our own readers. */
static bool is_at(slice bytes, size_t offset, const void *expected, size_t size)
{
    return offset + size <= bytes.size && memcmp(bytes.data + offset, expected, size) == 0;
}

static uint32_t le32_at(slice bytes, size_t offset)
{
    const uint8_t *const at = bytes.data + offset;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void compare_layout(struct bench *bench, size_t body, size_t body_size)
{
    static const uint8_t vendor[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                     0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
    static const uint8_t zeros[48] = {0};
    const struct sim_tdx_settings *const settings = &bench->td.settings;
    const slice quote = buffer_view(&bench->quote);
    const size_t signature_data = body + body_size;
    const size_t certification = signature_data + 4 + 64 + 64;
    const size_t inner = certification + 6 + 384 + 64;

    EXPECT(quote.data[0] == settings->quote_version && quote.data[1] == 0);
    EXPECT(le32_at(quote, 4) == 0x81 && is_at(quote, 12, vendor, sizeof vendor));
    EXPECT(is_at(quote, body + 64, zeros, 48)); /* MRSIGNERSEAM */
    EXPECT(is_at(quote, body + 112, zeros, 8)); /* SEAM attributes */
    EXPECT(le32_at(quote, body + 120) == (settings->debug ? 0x10000001 : 0x10000000));
    EXPECT((quote.data[body + 128] & 3) == 3); /* XFAM: x87 and SSE */
    EXPECT(is_at(quote, body + 136, settings->mrtd, 48));
    EXPECT(is_at(quote, body + 184, settings->mr_config_id, 48));
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++)
        EXPECT(is_at(quote, body + 328 + 48 * i, settings->rtmr[i], 48));
    EXPECT(is_at(quote, body + 520, report_data, 64));
    if (body_size == 648) /* TEE_TCB_SVN2 as TEE_TCB_SVN; MRSERVICETD */
        EXPECT(is_at(quote, body + 584, quote.data + body, 16) &&
               is_at(quote, body + 600, zeros, 48));

    EXPECT(le32_at(quote, signature_data) == quote.size - signature_data - 4);
    EXPECT(quote.data[certification] == 6 &&
           le32_at(quote, certification + 2) == quote.size - certification - 6);
    EXPECT(quote.data[inner] == 32 && quote.data[inner + 1] == 0); /* QE authentication data */
    EXPECT(quote.data[inner + 2 + 32] == 5 &&
           le32_at(quote, inner + 2 + 32 + 2) == quote.size - inner - 2 - 32 - 6);
    EXPECT(is_at(quote, inner + 2 + 32 + 6, "-----BEGIN CERTIFICATE-----", 27));
}

TEST(a_version_4_quote_has_the_layout_of_the_format)
{
    struct bench *const bench = bench_of(4, "UpToDate", true);
    compare_layout(bench, 48, 584);
    bench_free(bench);
}

TEST(a_version_5_quote_has_the_layout_of_the_format)
{
    struct bench *const bench = bench_of(5, "UpToDate", false);
    EXPECT(bench->quote.data[48] == 3 && le32_at(buffer_view(&bench->quote), 50) == 648);
    compare_layout(bench, 54, 648);
    bench_free(bench);
}

TEST(what_hardware_would_not_do_is_refused)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_tdx) td = {0};
    SCOPED(buffer) quote = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_tdx_settings settings = sim_tdx_defaults(&state);
    settings.quote_version = 3;
    EXPECT_FAIL(UNSUPPORTED, sim_tdx_launch(&state, &settings, &td));
    settings = sim_tdx_defaults(&state);
    settings.tcb_status = "NotSupported";
    EXPECT_FAIL(UNSUPPORTED, sim_tdx_launch(&state, &settings, &td));
    settings = sim_tdx_defaults(&state);
    EXPECT_OK(sim_tdx_launch(&state, &settings, &td));
    EXPECT_FAIL(MALFORMED, sim_tdx_quote(&td, (slice){report_data, 63}, &quote));
}
