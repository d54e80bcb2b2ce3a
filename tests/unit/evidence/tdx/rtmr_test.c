/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/rtmr.h"

#include "evidence/tdx/collect.h"
#include "sim/tdx_guest.h"

#include "sim.h"
#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOW_S = 1768435200, RTMR2_IN_QUOTE = 48 + 328 + 2 * 48 };

struct bench {
    struct sim_state state;
    struct sim_tdx td;
    struct sim_tdx_guest guest;
    struct sim_stage stage;
};

static void bench_clear(struct bench *bench)
{
    sim_stage_clear(&bench->stage);
    sim_tdx_clear(&bench->td);
    sim_state_clear(&bench->state);
}

static void bench_start(struct bench *bench)
{
    const struct sim_tsm_settings settings = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &bench->state));
    const struct sim_tdx_settings td = sim_tdx_defaults(&bench->state);
    EXPECT_OK(sim_tdx_launch(&bench->state, &td, &bench->td));
    bench->guest = sim_tdx_guest_of(&bench->td, &settings);
    EXPECT_OK(sim_stage_open(&settings, &bench->stage));
    const struct sim_device device = sim_tdx_guest_device(&bench->guest);
    EXPECT_OK(sim_stage_device(&bench->stage, &device));
    EXPECT_OK(sim_stage_service(&bench->stage, "qgs", sim_tdx_quoting_service, &bench->guest));
    EXPECT_OK(sim_stage_port(&bench->stage, VMADDR_CID_HOST, 4050, "qgs"));
}

/* spec: Intel TDX Module, "TDG.MR.RTMR.EXTEND" */
static void extend(uint8_t value[48], const uint8_t digest[48])
{
    struct digest extended;
    EXPECT_OK(digest_of_two(HASH_SHA384, (slice){value, 48}, (slice){digest, 48}, &extended));
    memcpy(value, extended.data, 48);
}

static void extend_and_quote(void *unused)
{
    static const uint8_t digest[48] = {0xd1, [47] = 0x6e}, binding[64] = {1};
    uint8_t before[48], after[48];
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT_OK(tdx_rtmr_read(2, before));
    EXPECT_OK(tdx_rtmr_extend(2, digest));
    extend(before, digest);
    EXPECT_OK(tdx_rtmr_read(2, after));
    EXPECT(memcmp(before, after, 48) == 0);
    EXPECT_OK(tdx_collect(&request, &quote, &nothing));
    EXPECT(quote.size > RTMR2_IN_QUOTE + 48 && memcmp(quote.data + RTMR2_IN_QUOTE, after, 48) == 0);
    EXPECT_FAIL(INTERNAL, tdx_rtmr_read(4, after));
    EXPECT_FAIL(INTERNAL, tdx_rtmr_extend(4, digest));
}

TEST(what_is_extended_is_read_back_and_quoted)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench);
    EXPECT_OK(sim_tdx_guest_show_measurements(&bench.guest, &bench.stage));
    on_stage(&bench.stage, extend_and_quote, NULL);
}

static void look_at_files(void *context)
{
    static const uint8_t digest[64] = {0};
    const struct bench *const bench = context;
    uint8_t value[64];
    struct stat about;
    const int file = open(TDX_MEASUREMENTS "/rtmr3:sha384", O_RDWR);
    EXPECT(file >= 0 && fstat(file, &about) == 0 && S_ISREG(about.st_mode));
    EXPECT(write(file, digest, 47) == -1 && errno == EINVAL);
    EXPECT(write(file, digest, 49) == -1 && errno == EINVAL);
    EXPECT(pwrite(file, digest, 48, 1) == -1 && errno == EINVAL);
    EXPECT(read(file, value, sizeof value) == 48 && read(file, value, sizeof value) == 0);
    close(file);
    const int mrtd = open(TDX_MEASUREMENTS "/mrtd:sha384", O_RDONLY);
    EXPECT(read(mrtd, value, sizeof value) == 48 &&
           memcmp(value, bench->td.settings.mrtd, 48) == 0);
    close(mrtd);
    EXPECT(stat(TDX_MEASUREMENTS, &about) == 0 && S_ISDIR(about.st_mode));
    EXPECT(access(TDX_MEASUREMENTS "/rtmr4:sha384", F_OK) == -1 && errno == ENOENT);
}

TEST(the_files_are_those_of_the_kernel)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench);
    EXPECT_OK(sim_tdx_guest_show_measurements(&bench.guest, &bench.stage));
    on_stage(&bench.stage, look_at_files, &bench);
}

static void find_none(void *unused)
{
    static const uint8_t digest[48] = {1};
    uint8_t value[48];
    (void)unused;
    EXPECT_FAIL(UNAVAILABLE, tdx_rtmr_read(0, value));
    EXPECT_FAIL(UNAVAILABLE, tdx_rtmr_extend(3, digest));
}

TEST(an_older_kernel_has_no_registers)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench);
    on_stage(&bench.stage, find_none, NULL);
}
