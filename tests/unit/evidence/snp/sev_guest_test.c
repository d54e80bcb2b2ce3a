/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/sev_guest.h"

#include "evidence/snp/collect.h"
#include "sim/sev_guest.h"

#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sev-guest.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The driver's errors are those of the kernel's drivers/virt/coco/sev-guest/sev-guest.c; its calls
 * are made here with the kernel's own header, which our code does without. */

enum { REPORT_SIZE = 1184, REPORT_DATA_AT = 0x50, VMPL_AT = 0x30, PAGE = 4096 };

static uint8_t table[PAGE + 100] = "the host's certificates";
static const uint8_t binding[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};

/* No signatures here: a firmware that puts the report data where the format has it. */
static status answer(const struct sim_machine *machine, unsigned vmpl, slice report_data,
                     struct buffer *out)
{
    static const uint8_t zeros[REPORT_SIZE];
    (void)machine;
    TRY(buffer_append(out, SLICE(zeros)));
    memcpy(out->data + REPORT_DATA_AT, report_data.data, report_data.size);
    out->data[VMPL_AT] = (uint8_t)vmpl;
    return OK;
}

static const struct sim_machine plain = {
    .provider = "sev_guest", .report = answer, .certificates = {table, sizeof table}};
static const struct sim_machine below_svsm = {
    .provider = "sev_guest", .report = answer, .privlevel_floor = 2};
static const struct sim_machine without_certificates = {.provider = "sev_guest", .report = answer};
static const struct sim_machine with_too_many = {
    .provider = "sev_guest", .report = answer, .certificates = {table, 512 << 10}};

/* Runs `part` on a machine with this device. */
static void with_device(const struct sim_machine *machine, struct sim_tsm_settings settings,
                        void (*part)(void *context), void *context)
{
    SCOPED(sim_stage) stage = {0};
    struct sim_sev_guest guest;
    EXPECT_OK(sim_stage_open(&settings, &stage));
    EXPECT_OK(sim_sev_guest_make(machine, &settings, &guest));
    const struct sim_device device = sim_sev_guest_device(&guest);
    EXPECT_OK(sim_stage_device(&stage, &device));
    on_stage(&stage, part, context);
}

static void collect_plain(void *unused)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const struct collection elsewhere = {.tsm_root = "/no/such/folder", .binding = SLICE(binding)};
    (void)unused;
    EXPECT(snp_is_here(&request));
    EXPECT(!snp_is_here(&elsewhere));
    EXPECT_OK(snp_collect(&request, &report, &certificates));
    EXPECT(report.size == REPORT_SIZE && report.data[VMPL_AT] == 0);
    EXPECT(memcmp(report.data + REPORT_DATA_AT, binding, sizeof binding) == 0);
    EXPECT(certificates.size == 2 * PAGE && memcmp(certificates.data, table, sizeof table) == 0);
    EXPECT_FAIL(UNAVAILABLE, snp_collect(&elsewhere, &report, &certificates));
}

TEST(a_report_comes_with_the_hosts_certificates_through_the_device)
{
    with_device(&plain, (struct sim_tsm_settings){0}, collect_plain, NULL);
}

static void collect_bare(void *unused)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    (void)unused;
    EXPECT_OK(snp_device_report(SLICE(binding), &report, &certificates));
    EXPECT(report.size == REPORT_SIZE && certificates.size == 0);
    EXPECT_FAIL(INTERNAL, snp_device_report((slice){binding, 63}, &report, &certificates));
}

TEST(a_host_need_not_have_certificates)
{
    with_device(&without_certificates, (struct sim_tsm_settings){0}, collect_bare, NULL);
}

static void collect_below(void *unused)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    (void)unused;
    EXPECT_OK(snp_device_report(SLICE(binding), &report, &certificates));
    EXPECT(report.size == REPORT_SIZE && report.data[VMPL_AT] == 2);
}

TEST(the_most_privileged_level_that_the_guest_may_speak_for_is_asked)
{
    with_device(&below_svsm, (struct sim_tsm_settings){0}, collect_below, NULL);
}

/* What collecting must say, and that nothing is written then. */
static void collect_refused(void *word)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const status got = snp_collect(&request, &report, &certificates);
    EXPECT(got.fault && strstr(got.fault->what, word));
    if (got.fault && !strstr(got.fault->what, word))
        printf("  said: %s\n", got.fault->what);
    EXPECT(report.size == 0 && certificates.size == 0);
}

/* D2, D5 */
TEST(what_the_device_does_wrong_is_an_error_and_never_evidence)
{
    static const struct {
        enum sim_fault fault;
        const char *word;
    } rows[] = {
        {SIM_FAULT_BUSY, "throttles"},
        {SIM_FAULT_TIMED_OUT, "in time"},
        {SIM_FAULT_INTERRUPTED, "interrupted"},
        {SIM_FAULT_UNLOADED, "message key"},
        {SIM_FAULT_FAILED, "firmware failed"},
        {SIM_FAULT_GONE, "absent"},
        {SIM_FAULT_OVERSIZED, "another size"},
        {SIM_FAULT_EMPTY, "another size"},
        {SIM_FAULT_OLD_REPORT, "other report data"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        with_device(&plain, (struct sim_tsm_settings){.fault = rows[i].fault}, collect_refused,
                    (void *)(uintptr_t)rows[i].word);
    with_device(&with_too_many, (struct sim_tsm_settings){0}, collect_refused,
                (void *)(uintptr_t) "too large");
}

TEST(a_busy_host_is_asked_again)
{
    with_device(&plain, (struct sim_tsm_settings){.fault = SIM_FAULT_BUSY, .fault_count = 3},
                collect_plain, NULL);
    with_device(&plain, (struct sim_tsm_settings){.fault = SIM_FAULT_INTERRUPTED, .fault_count = 3},
                collect_plain, NULL);
}

static void collect_nowhere(void *unused)
{
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT(!snp_is_here(&request));
    collect_refused((void *)(uintptr_t) "configfs-tsm is absent");
}

TEST(a_machine_without_the_device_is_no_snp_guest)
{
    SCOPED(sim_stage) stage = {0};
    EXPECT_OK(sim_stage_open(&(struct sim_tsm_settings){0}, &stage));
    on_stage(&stage, collect_nowhere, NULL);
}

/* The driver itself, called as any program would. */
static void call_driver(void *unused)
{
    static struct snp_report_resp response;
    static uint8_t certificates[2 * PAGE];
    struct snp_report_req report = {.vmpl = 1};
    struct snp_ext_report_req extended = {.certs_len = 0};
    struct snp_guest_request_ioctl call = {
        .msg_version = 1, .req_data = (uintptr_t)&report, .resp_data = (uintptr_t)&response};
    (void)unused;
    const int file = open("/dev/sev-guest", O_RDWR);
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == 0 && call.exitinfo2 == 0);
    EXPECT(response.data[4] == (REPORT_SIZE & 0xff) && response.data[32 + VMPL_AT] == 1);
    report.vmpl = 4; /* refused by the firmware, inside its message */
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == 0 && response.data[0] == 0x16);
    call.resp_data = 0;
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == -1 && errno == EINVAL);
    call.resp_data = 16;
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == -1 && errno == EFAULT);
    call.msg_version = 0;
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == -1 && errno == EINVAL);
    EXPECT(ioctl(file, SNP_GET_REPORT, 16) == -1 && errno == EFAULT);
    EXPECT(ioctl(file, _IO('S', 9), &call) == -1 && errno == EINVAL);

    call = (struct snp_guest_request_ioctl){
        .msg_version = 1, .req_data = (uintptr_t)&extended, .resp_data = (uintptr_t)&response};
    EXPECT(ioctl(file, _IO('S', 9), &call) == -1 && errno == ENOTTY);
    EXPECT(ioctl(file, SNP_GET_EXT_REPORT, &call) == -1 && errno == EIO);
    EXPECT(call.vmm_error == SNP_GUEST_VMM_ERR_INVALID_LEN && extended.certs_len == 2 * PAGE);
    extended.certs_address = (uintptr_t)certificates;
    extended.certs_len = PAGE;
    EXPECT(ioctl(file, SNP_GET_EXT_REPORT, &call) == -1 && errno == EIO);
    EXPECT(extended.certs_len == 2 * PAGE);
    EXPECT(ioctl(file, SNP_GET_EXT_REPORT, &call) == 0 && call.exitinfo2 == 0);
    EXPECT(memcmp(certificates, table, sizeof table) == 0);
    extended.certs_len = PAGE + 1;
    EXPECT(ioctl(file, SNP_GET_EXT_REPORT, &call) == -1 && errno == EINVAL);
    extended.certs_len = 5 * PAGE;
    EXPECT(ioctl(file, SNP_GET_EXT_REPORT, &call) == -1 && errno == EINVAL);
    close(file);
}

TEST(the_device_answers_as_the_kernels_driver_does)
{
    with_device(&plain, (struct sim_tsm_settings){0}, call_driver, NULL);
}

static void call_busy_driver(void *unused)
{
    static struct snp_report_resp response;
    struct snp_report_req report = {.vmpl = 0};
    struct snp_guest_request_ioctl call = {
        .msg_version = 1, .req_data = (uintptr_t)&report, .resp_data = (uintptr_t)&response};
    (void)unused;
    const int file = open("/dev/sev-guest", O_RDWR);
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == -1 && errno == EAGAIN);
    EXPECT(call.vmm_error == SNP_GUEST_VMM_ERR_BUSY);
    EXPECT(ioctl(file, SNP_GET_REPORT, &call) == 0 && call.exitinfo2 == 0);
    close(file);
}

TEST(a_throttling_host_is_told_in_the_calls_second_error)
{
    with_device(&plain, (struct sim_tsm_settings){.fault = SIM_FAULT_BUSY, .fault_count = 1},
                call_busy_driver, NULL);
}

static void derive_keys(void *unused)
{
    SCOPED(secret) first = {0};
    SCOPED(secret) again = {0};
    SCOPED(secret) other = {0};
    SCOPED(secret) none = {0};
    const struct snp_key_request request = {.fields = SNP_KEY_MEASUREMENT | SNP_KEY_POLICY};
    const struct snp_key_request to_tcb = {.fields = SNP_KEY_TCB, .tcb = 7};
    const struct snp_key_request impossible = {.vmpl = 9};
    (void)unused;
    EXPECT_OK(snp_device_derive_key(&request, &first));
    EXPECT_OK(snp_device_derive_key(&request, &again));
    EXPECT_OK(snp_device_derive_key(&to_tcb, &other));
    EXPECT(first.size == 32 && equal_in_constant_time(secret_view(&first), secret_view(&again)));
    EXPECT(!equal_in_constant_time(secret_view(&first), secret_view(&other)));
    EXPECT_FAIL(UNAVAILABLE, snp_device_derive_key(&impossible, &none));
    EXPECT(none.size == 0);
}

TEST(a_guest_gets_the_same_key_for_the_same_request)
{
    with_device(&plain, (struct sim_tsm_settings){0}, derive_keys, NULL);
}
