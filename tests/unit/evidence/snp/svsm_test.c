/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/svsm.h"

#include "evidence/tsm.h"
#include "sim/snp.h"

#include "sim.h"
#include "test.h"
#include "tsm_mount.h"

enum { NOW_S = 1768435200, VMPL_AT = 0x30 };

static const uint8_t nonce[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};

/* A guest whose kernel runs at `vmpl`, behind a mount. */
struct bench {
    struct sim_state state;
    struct sim_snp guest;
    struct tsm_mount mount;
};

static void bench_clear(struct bench *bench)
{
    tsm_mount_clear(&bench->mount);
    sim_snp_clear(&bench->guest);
    sim_state_clear(&bench->state);
}

static bool bench_start(struct bench *bench, uint32_t vmpl, enum sim_fault fault)
{
    const struct sim_tsm_settings tsm = {.fault = fault};
    EXPECT_OK(sim_state_for_tests(NOW_S, &bench->state));
    struct sim_snp_settings settings = sim_snp_defaults(&bench->state, SIM_GENOA);
    settings.vmpl = vmpl;
    EXPECT_OK(sim_snp_launch(&bench->state, &settings, &bench->guest));
    return tsm_mount_start(&bench->guest.machine, &tsm, &bench->mount);
}

TEST(a_vtpm_is_vouched_for_by_a_report_of_vmpl_0)
{
    SCOPED(bench) bench = {.mount = {.server = 0}};
    SCOPED(snp_svsm_evidence) evidence = {.report = {0}};
    if (!bench_start(&bench, 2, SIM_FAULT_NONE))
        return;
    const struct collection request = {.tsm_root = bench.mount.path, .binding = SLICE(nonce)};
    EXPECT_OK(snp_svsm_collect(&request, &evidence));
    EXPECT(evidence.report.size == 1184 && evidence.report.data[VMPL_AT] == 0);
    EXPECT(slice_equal(buffer_view(&evidence.manifest), bench.guest.machine.manifest));
    EXPECT(slice_equal(buffer_view(&evidence.table), bench.guest.machine.certificates));
}

TEST(a_report_vouches_for_one_nonce_and_one_manifest)
{
    const uint8_t manifest[] = {1, 2, 3};
    struct digest digest;
    EXPECT_OK(digest_of_two(HASH_SHA512, SLICE(nonce), SLICE(manifest), &digest));
    const slice data = {digest.data, digest.size};
    EXPECT(snp_svsm_vouches(data, SLICE(nonce), SLICE(manifest)));
    EXPECT(!snp_svsm_vouches(data, (slice){nonce, 63}, SLICE(manifest)));
    EXPECT(!snp_svsm_vouches(data, SLICE(nonce), (slice){manifest, 2}));
    EXPECT(!snp_svsm_vouches((slice){digest.data, 63}, SLICE(nonce), SLICE(manifest)));
}

TEST(without_an_svsm_nobody_answers_for_a_vtpm)
{
    SCOPED(bench) bench = {.mount = {.server = 0}};
    SCOPED(snp_svsm_evidence) evidence = {.report = {0}};
    if (!bench_start(&bench, 0, SIM_FAULT_NONE))
        return;
    const struct collection request = {.tsm_root = bench.mount.path, .binding = SLICE(nonce)};
    EXPECT_FAIL(UNAVAILABLE, snp_svsm_collect(&request, &evidence));
    EXPECT(evidence.report.size == 0);
}

/* D2, D5 */
TEST(what_the_svsm_does_wrong_is_an_error_and_never_evidence)
{
    static const struct {
        enum sim_fault fault;
        enum failure failure;
    } rows[] = {
        {SIM_FAULT_BUSY, FAILURE_UNAVAILABLE},      {SIM_FAULT_FAILED, FAILURE_UNAVAILABLE},
        {SIM_FAULT_TIMED_OUT, FAILURE_UNAVAILABLE}, {SIM_FAULT_SECOND_WRITER, FAILURE_UNAVAILABLE},
        {SIM_FAULT_EMPTY, FAILURE_UNAVAILABLE},     {SIM_FAULT_OLD_REPORT, FAILURE_UNAUTHENTIC},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(bench) bench = {.mount = {.server = 0}};
        SCOPED(snp_svsm_evidence) evidence = {.report = {0}};
        if (!bench_start(&bench, 2, rows[i].fault))
            return;
        const struct collection request = {.tsm_root = bench.mount.path, .binding = SLICE(nonce)};
        const status got = snp_svsm_collect(&request, &evidence);
        EXPECT(got.fault && got.fault->failure == rows[i].failure);
        EXPECT(evidence.report.size == 0 && evidence.manifest.size == 0);
    }
}

TEST(an_unknown_service_is_refused)
{
    static const struct tsm_service unknown = {"svsm", "00000000-0000-0000-0000-000000000001"};
    SCOPED(bench) bench = {.mount = {.server = 0}};
    SCOPED(snp_svsm_evidence) evidence = {.report = {0}};
    if (!bench_start(&bench, 2, SIM_FAULT_NONE))
        return;
    EXPECT_FAIL(UNAVAILABLE,
                tsm_service_report(bench.mount.path, "sev_guest", &unknown, SLICE(nonce),
                                   &evidence.report, &evidence.manifest, &evidence.table));
}
