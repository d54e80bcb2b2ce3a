/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snp.h"

#include "evidence/platform.h"

#include "sim.h"
#include "test.h"

enum { NOW_S = 1768435200, DAY_S = 86400, REPORT_SIZE = 1184 };

static uint8_t report_data[64] = {'r', [63] = 'd'};

/* A guest on a fresh chip, with its host's certificate table and the vendor's CRL. */
struct bench {
    struct sim_state state;
    struct sim_snp guest;
    struct buffer report;
    struct endorsements endorsements;
    struct facts facts;
};

static void bench_free(struct bench *bench)
{
    sim_snp_clear(&bench->guest);
    sim_state_clear(&bench->state);
    buffer_clear(&bench->report);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static struct bench *bench_of(enum sim_product product, uint32_t report_version,
                              void (*change)(struct sim_snp_settings *settings))
{
    struct bench *const bench = calloc(1, sizeof *bench);
    SCOPED(buffer) crl = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &bench->state));
    struct sim_snp_settings settings = sim_snp_defaults(&bench->state, product);
    settings.report_version = report_version;
    if (change)
        change(&settings);
    EXPECT_OK(sim_snp_launch(&bench->state, &settings, &bench->guest));
    EXPECT_OK(sim_snp_report(&bench->guest, SLICE(report_data), &bench->report));
    EXPECT_OK(endorsements_add(&bench->endorsements, buffer_view(&bench->guest.certificate_table)));
    EXPECT_OK(sim_amd_crl(&bench->state, product, NOW_S, &crl));
    EXPECT_OK(endorsements_add(&bench->endorsements, buffer_view(&crl)));
    return bench;
}

static void trust_root(struct bench *bench, enum sim_product product)
{
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&bench->state.ark[product], &root));
    EXPECT_OK(endorsements_trust(&bench->endorsements, buffer_view(&root)));
}

static bool is_authentic(struct bench *bench)
{
    const struct verification request = {.evidence = buffer_view(&bench->report),
                                         .binding = SLICE(report_data),
                                         .endorsements = &bench->endorsements,
                                         .now_s = NOW_S};
    memset(&bench->facts, 0, sizeof bench->facts);
    EXPECT_OK(platform_named("snp")->verify(&request, &bench->facts));
    return facts_authentic(&bench->facts);
}

static const uint32_t versions[] = {2, 3, 5};
enum { VERSIONS = sizeof versions / sizeof *versions };

/* E15 */
TEST(a_simulated_report_is_authentic_under_the_simulators_root_and_no_other)
{
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        for (size_t i = product == SIM_TURIN ? 1 : 0; i < VERSIONS; i++) { /* none of 2 */
            struct bench *const bench = bench_of(product, versions[i], NULL);
            EXPECT(!is_authentic(bench));
            trust_root(bench, product);
            EXPECT(is_authentic(bench));
            for (size_t at = 0; at < bench->facts.check_count; at++)
                if (bench->facts.checks[at].result == CHECK_FAIL)
                    printf("  %s: %s\n", bench->facts.checks[at].name,
                           bench->facts.checks[at].detail);
            bench_free(bench);
        }
}

/* Trusting something else of a simulator's, or another simulator, is not trusting its root. */
TEST(a_certificate_that_is_no_root_of_the_chain_does_not_make_it_authentic)
{
    struct bench *const bench = bench_of(SIM_GENOA, 3, NULL);
    struct bench *const other = bench_of(SIM_GENOA, 3, NULL);
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&other->state.ask[SIM_MILAN], &root)); /* not a root at all */
    EXPECT_OK(endorsements_trust(&bench->endorsements, buffer_view(&root)));
    EXPECT(!is_authentic(bench));
    bench_free(other);
    bench_free(bench);
}

static void set_everything(struct sim_snp_settings *settings)
{
    settings->guest_svn = 0x01020304;
    settings->vmpl = 1;
    settings->debug = true;
    settings->migratable = true;
    memset(settings->measurement, 'm', sizeof settings->measurement);
    memset(settings->host_data, 'h', sizeof settings->host_data);
}

static bool all(const uint8_t *bytes, uint8_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

/* Where FORMATS and AMD's "ATTESTATION_REPORT" put each field, read here without our reader. */
static void compare_layout(const struct bench *bench)
{
    const uint8_t *const report = bench->report.data;
    const struct sim_snp_settings *const settings = &bench->guest.settings;
    static const uint8_t svn[] = {4, 3, 2, 1};
    EXPECT(bench->report.size == REPORT_SIZE);
    EXPECT(report[0] == settings->report_version && memcmp(report + 4, svn, 4) == 0);
    EXPECT(report[0x0a] == 0x0f); /* policy: SMT, the bit that is one, migration, debug */
    EXPECT(report[0x30] == 1 && report[0x34] == 1);
    EXPECT(memcmp(report + 0x50, report_data, 64) == 0);
    EXPECT(all(report + 0x90, 'm', 48) && all(report + 0xc0, 'h', 32));
    EXPECT(all(report + 0xe0, 0, 96));     /* no keys of an ID block */
    EXPECT(all(report + 0x160, 0xff, 32)); /* no migration agent */
    EXPECT(memcmp(report + 0x1a0, settings->chip_id, 64) == 0);
    EXPECT(memcmp(report + 0x38, report + 0x180, 8) == 0); /* current and reported TCB */
    EXPECT(memcmp(report + 0x38, report + 0x1e0, 8) == 0); /* committed */
    EXPECT(memcmp(report + 0x38, report + 0x1f0, 8) == 0); /* at launch */
    EXPECT(report[0x3f] == settings->tcb.microcode);
    if (settings->product == SIM_TURIN)
        EXPECT(report[0x38] == settings->tcb.fmc && report[0x39] == settings->tcb.boot_loader &&
               report[0x3a] == settings->tcb.tee && report[0x3b] == settings->tcb.snp);
    else
        EXPECT(report[0x38] == settings->tcb.boot_loader && report[0x39] == settings->tcb.tee &&
               report[0x3e] == settings->tcb.snp);
    EXPECT(report[0x188] == (settings->report_version < 3     ? 0
                             : settings->product == SIM_TURIN ? 0x1a
                                                              : 0x19));
    EXPECT(all(report + 0x18b, 0, 21) && all(report + 0x208, 0, 0x2a0 - 0x208));
    EXPECT(all(report + 0x2a0 + 48, 0, 24) && all(report + 0x2e8 + 48, 0, 24));
    EXPECT(all(report + 0x330, 0, 368));
}

TEST(a_report_has_the_layout_of_the_format)
{
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        for (size_t i = product == SIM_TURIN ? 1 : 0; i < VERSIONS; i++) { /* none of 2 */
            struct bench *const bench = bench_of(product, versions[i], set_everything);
            compare_layout(bench);
            bench_free(bench);
        }
}

/* E9, E10: they are facts, and authentic; policy decides. */
TEST(what_a_guest_was_launched_with_is_claimed)
{
    struct bench *const bench = bench_of(SIM_MILAN, 5, set_everything);
    trust_root(bench, SIM_MILAN);
    is_authentic(bench);
    const struct claims *const claims = &bench->facts.claims;
    const struct claim *const vmpl = claims_find(claims, "vmpl");
    EXPECT(vmpl && vmpl->number == 1);
    EXPECT(all(claims_bytes(claims, "measurement").data, 'm', 48));
    EXPECT(all(claims_bytes(claims, "host_data").data, 'h', 32));
    bench_free(bench);
}

TEST(a_masked_chip_id_is_zeros_and_said)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    SCOPED(buffer) report = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_MILAN);
    settings.masks_chip_id = true;
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    EXPECT_OK(sim_snp_report(&guest, SLICE(report_data), &report));
    EXPECT(all(report.data + 0x1a0, 0, 64) && report.data[0x48] == 2);
}

TEST(a_guest_speaks_for_its_own_level_and_lesser_ones_only)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_GENOA);
    settings.vmpl = 2;
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    EXPECT(guest.machine.privlevel_floor == 2);
    for (unsigned level = 0; level < 5; level++) {
        SCOPED(buffer) report = {0};
        const status made =
            guest.machine.report(&guest.machine, level, SLICE(report_data), &report);
        if (level < 2 || level > 3)
            EXPECT_FAIL(DENIED, made);
        else
            EXPECT(!made.fault && report.data[0x30] == level);
    }
}

TEST(what_hardware_would_not_do_is_refused)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_MILAN);
    settings.report_version = 4;
    EXPECT_FAIL(UNSUPPORTED, sim_snp_launch(&state, &settings, &guest));
    settings = sim_snp_defaults(&state, SIM_MILAN);
    settings.tcb.fmc = 1;
    EXPECT_FAIL(UNSUPPORTED, sim_snp_launch(&state, &settings, &guest));
    settings = sim_snp_defaults(&state, SIM_TURIN);
    settings.report_version = 2;
    EXPECT_FAIL(UNSUPPORTED, sim_snp_launch(&state, &settings, &guest));
    settings = sim_snp_defaults(&state, SIM_TURIN);
    settings.chip_id[8] = 1;
    EXPECT_FAIL(UNSUPPORTED, sim_snp_launch(&state, &settings, &guest));
    settings = sim_snp_defaults(&state, SIM_MILAN);
    settings.vmpl = 4;
    EXPECT_FAIL(UNSUPPORTED, sim_snp_launch(&state, &settings, &guest));
}
