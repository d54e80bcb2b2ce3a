/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tsm.h"

#include "evidence/snp/collect.h"
#include "evidence/tdx/collect.h"

#include "test.h"
#include "tsm_mount.h"

#include <dirent.h>
#include <sys/stat.h>

enum { SNP_SIZE = 1184, SNP_AT = 0x50, TDX_SIZE = 700, TDX_AT = 48 + 520 };

/* No signatures here: a driver that puts the report data where the format has it. */
static status answer(size_t size, size_t at, slice report_data, struct buffer *out)
{
    static const uint8_t zeros[SNP_SIZE];
    TRY(buffer_append(out, (slice){zeros, size}));
    memcpy(out->data + at, report_data.data, report_data.size);
    return OK;
}

static status answer_snp(const struct sim_machine *machine, unsigned privlevel, slice report_data,
                         struct buffer *out)
{
    (void)machine;
    TRY(answer(SNP_SIZE, SNP_AT, report_data, out));
    out->data[0x30] = (uint8_t)privlevel;
    return OK;
}

static status answer_tdx(const struct sim_machine *machine, unsigned privlevel, slice report_data,
                         struct buffer *out)
{
    (void)machine, (void)privlevel;
    TRY(answer(TDX_SIZE, TDX_AT, report_data, out));
    out->data[0] = 4;
    return OK;
}

static const uint8_t certificates[] = "the host's certificates";
static const struct sim_machine snp = {
    .provider = "sev_guest",
    .has_privlevels = true,
    .has_certificates = true,
    .report = answer_snp,
    .certificates = {certificates, sizeof certificates},
};
static const struct sim_machine tdx = {.provider = "tdx_guest", .report = answer_tdx};
static const uint8_t binding[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};

static bool is_empty(const char *path)
{
    DIR *const folder = opendir(path);
    size_t count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count == 2; /* . and .. */
}

/* Collects SNP evidence from a mount with this fault; the mount must be empty afterwards. */
static status collect_with(struct sim_tsm_settings settings, bool *out_mounted)
{
    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    *out_mounted = tsm_mount_start(&snp, &settings, &mount);
    if (!*out_mounted)
        return OK;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    const status collected = snp_collect(&request, &report, &table);
    EXPECT(is_empty(mount.path));
    EXPECT(collected.fault ? report.size == 0 && table.size == 0
                           : report.size == SNP_SIZE && table.size == sizeof certificates);
    return collected;
}

#define EXPECT_UNAVAILABLE(what_word, ...)                                                         \
    do {                                                                                           \
        bool mounted_;                                                                             \
        const status got_ = collect_with((struct sim_tsm_settings){__VA_ARGS__}, &mounted_);       \
        EXPECT(!mounted_ || (got_.fault && got_.fault->failure == FAILURE_UNAVAILABLE &&           \
                             strstr(got_.fault->what, what_word)));                                \
    } while (0)

TEST(evidence_comes_with_the_hosts_certificates_and_leaves_no_request_behind)
{
    bool mounted;
    EXPECT_OK(collect_with((struct sim_tsm_settings){0}, &mounted));
}

TEST(a_quote_is_collected_and_checked_for_our_binding)
{
    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    if (!tsm_mount_start(&tdx, &(struct sim_tsm_settings){0}, &mount))
        return;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    EXPECT(tdx_is_here(&request) && !snp_is_here(&request));
    EXPECT_OK(tdx_collect(&request, &quote, &nothing));
    EXPECT(quote.size == TDX_SIZE && nothing.size == 0);
    EXPECT(is_empty(mount.path));
}

TEST(D2_a_second_writer_is_noticed_and_the_request_made_again)
{
    bool mounted;
    EXPECT_OK(collect_with(
        (struct sim_tsm_settings){.fault = SIM_FAULT_SECOND_WRITER, .fault_count = 2}, &mounted));
}

TEST(D2_a_second_writer_who_never_stops_is_an_error)
{
    EXPECT_UNAVAILABLE("somebody else", .fault = SIM_FAULT_SECOND_WRITER);
}

TEST(D2_a_busy_or_interrupted_tee_is_asked_again)
{
    bool mounted;
    EXPECT_OK(collect_with((struct sim_tsm_settings){.fault = SIM_FAULT_BUSY, .fault_count = 4},
                           &mounted));
    EXPECT_OK(collect_with(
        (struct sim_tsm_settings){.fault = SIM_FAULT_INTERRUPTED, .fault_count = 4}, &mounted));
}

TEST(D2_a_tee_that_stays_busy_is_an_error_within_a_few_seconds)
{
    EXPECT_UNAVAILABLE("busy", .fault = SIM_FAULT_BUSY);
    EXPECT_UNAVAILABLE("interrupted", .fault = SIM_FAULT_INTERRUPTED);
}

TEST(D2_a_timeout_of_the_quoting_service_is_an_error)
{
    EXPECT_UNAVAILABLE("in time", .fault = SIM_FAULT_TIMED_OUT);
    EXPECT_UNAVAILABLE("in time", .delay_ms = 2000, .timeout_ms = 50);
}

TEST(D2_another_provider_is_an_error)
{
    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    if (!tsm_mount_start(&tdx, &(struct sim_tsm_settings){0}, &mount))
        return;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    EXPECT_FAIL(UNAVAILABLE, snp_collect(&request, &report, &table));
    EXPECT(report.size == 0 && is_empty(mount.path));
}

TEST(each_error_of_the_kernel_has_its_own_words)
{
    EXPECT_UNAVAILABLE("no TEE", .fault = SIM_FAULT_GONE);
    EXPECT_UNAVAILABLE("no TEE", .fault = SIM_FAULT_UNLOADED);
    EXPECT_UNAVAILABLE("service failed", .fault = SIM_FAULT_FAILED);
    EXPECT_UNAVAILABLE("larger", .fault = SIM_FAULT_OVERSIZED);
    EXPECT_UNAVAILABLE("empty", .fault = SIM_FAULT_EMPTY);
}

TEST(D5_an_old_report_is_caught_by_the_self_check)
{
    bool mounted;
    const status got =
        collect_with((struct sim_tsm_settings){.fault = SIM_FAULT_OLD_REPORT}, &mounted);
    EXPECT(!mounted || (got.fault && got.fault->failure == FAILURE_UNAUTHENTIC));

    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    if (!tsm_mount_start(&tdx, &(struct sim_tsm_settings){.fault = SIM_FAULT_OLD_REPORT}, &mount))
        return;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    EXPECT_FAIL(UNAUTHENTIC, tdx_collect(&request, &quote, &nothing));
    EXPECT(quote.size == 0);
}

TEST(a_kernel_below_vmpl_0_asks_for_its_own_level)
{
    struct sim_machine lower = snp;
    SCOPED(tsm_mount) mount = {0};
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    lower.privlevel_floor = 2;
    if (!tsm_mount_start(&lower, &(struct sim_tsm_settings){0}, &mount))
        return;
    const struct collection request = {.tsm_root = mount.path, .binding = SLICE(binding)};
    EXPECT_OK(snp_collect(&request, &report, &table));
    EXPECT(report.size == SNP_SIZE && report.data[0x30] == 2);
}

TEST(a_binding_of_another_size_is_never_asked_for)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    EXPECT_FAIL(INTERNAL,
                tsm_report("/nonexistent", "sev_guest", (slice){binding, 63}, &report, &table));
    EXPECT_FAIL(INTERNAL, tsm_report("/nonexistent", "sev_guest", (slice){0}, &report, &table));
}

TEST(a_machine_without_configfs_tsm_is_no_tee)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    EXPECT(!tsm_provides("/nonexistent", "sev_guest"));
    EXPECT_FAIL(UNAVAILABLE,
                tsm_report("/nonexistent", "sev_guest", SLICE(binding), &report, &table));
}

TEST(a_plain_folder_is_not_taken_for_configfs_tsm)
{
    char path[] = "/tmp/cix-tsm-plain-XXXXXX";
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    EXPECT(mkdtemp(path));
    EXPECT(!tsm_provides(path, "sev_guest"));
    EXPECT_FAIL(UNAVAILABLE, tsm_report(path, "sev_guest", SLICE(binding), &report, &table));
    EXPECT(is_empty(path));
    rmdir(path);
}
