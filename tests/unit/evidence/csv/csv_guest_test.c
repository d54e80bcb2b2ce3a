/* SPDX-License-Identifier: Apache-2.0 */

/* Reports of a simulated guest, collected through its device, against what verification says. */

#include "evidence/csv/collect.h"

#include "evidence/facts.h"
#include "sim/csv.h"

#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

extern const struct platform csv_platform;

static const uint8_t binding[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};
static struct sim_csv_vendor vendor;

static const struct sim_csv_vendor *the_vendor(void)
{
    SCOPED(buffer) text = {0};
    if (vendor.pek.pkey)
        return &vendor;
    EXPECT_OK(sim_csv_vendor_make(&text));
    EXPECT_OK(sim_csv_vendor_read(buffer_view(&text), &vendor));
    return &vendor;
}

/* Runs `part` on a machine with this device; certificates lie where Hygon's tools put them. */
static void with_guest(const struct sim_csv_settings *settings, struct sim_tsm_settings faults,
                       bool has_certificates, void (*part)(void *context), void *context)
{
    SCOPED(sim_stage) stage = {0};
    SCOPED(buffer) hsk_cek = {0};
    struct sim_csv guest;
    char path[96];
    EXPECT_OK(sim_stage_open(&faults, &stage));
    EXPECT_OK(sim_csv_launch(the_vendor(), settings, &guest));
    guest.faults = sim_faults_of(&faults);
    const struct sim_device device = sim_csv_device(&guest);
    EXPECT_OK(sim_stage_device(&stage, &device));
    EXPECT_OK(sim_csv_hsk_cek(the_vendor(), &hsk_cek));
    snprintf(path, sizeof path, "/opt/csv/hsk_cek/%s/hsk_cek.cert", vendor.serial);
    EXPECT_OK(sim_stage_place(&stage, "/opt/hygon", NULL));
    if (has_certificates)
        EXPECT_OK(sim_stage_file(&stage, path, buffer_view(&hsk_cek)));
    else
        EXPECT_OK(sim_stage_place(&stage, "/opt/csv", NULL));
    on_stage(&stage, part, context);
}

static bool is_text(const struct facts *facts, const char *name, const char *text)
{
    return slice_equal(claims_bytes(&facts->claims, name), slice_of_text(text));
}

static void judge(slice evidence, slice certificates, const char *format)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    EXPECT_OK(endorsements_add(&endorsements, certificates));
    EXPECT_OK(endorsements_trust(&endorsements, SLICE(vendor.hrk_certificate)));
    const struct verification request = {
        .evidence = evidence, .binding = SLICE(binding), .endorsements = &endorsements};
    EXPECT(csv_platform.recognises(evidence));
    EXPECT_OK(csv_platform.verify(&request, facts));
    EXPECT(facts_authentic(facts));
    EXPECT(strcmp(facts->format, format) == 0);
    EXPECT(is_text(facts, "chip_serial", vendor.serial));
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            printf("  failed: %s (%s)\n", facts->checks[i].name, facts->checks[i].detail);
    free(facts);
}

static void collect_and_judge(void *format)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection request = {.binding = SLICE(binding)};
    EXPECT(csv_is_here(&request));
    EXPECT_OK(csv_collect(&request, &report, &certificates));
    EXPECT(certificates.size == SIM_CSV_ROOT_SIZE + SIM_CSV_CERTIFICATE_SIZE);
    judge(buffer_view(&report), buffer_view(&certificates), format);
}

TEST(a_legacy_report_comes_through_the_device_and_is_authentic)
{
    for (unsigned generation = 1; generation <= 3; generation++) {
        struct sim_csv_settings settings = sim_csv_defaults();
        settings.generation = generation;
        with_guest(&settings, (struct sim_tsm_settings){0}, true, collect_and_judge,
                   "csv-report-v1");
    }
}

TEST(where_there_are_registers_the_report_is_extended)
{
    struct sim_csv_settings settings = sim_csv_defaults();
    settings.has_registers = true;
    with_guest(&settings, (struct sim_tsm_settings){0}, true, collect_and_judge, "csv-report-v2");
}

static void collect_bare(void *unused)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT_OK(csv_collect(&request, &report, &certificates));
    EXPECT(report.size == 2548 && certificates.size == 0);
}

TEST(a_guest_need_not_have_its_chips_certificates)
{
    const struct sim_csv_settings settings = sim_csv_defaults();
    with_guest(&settings, (struct sim_tsm_settings){0}, false, collect_bare, NULL);
}

/* What collecting must say, and that nothing is written then. */
static void collect_refused(void *word)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const status got = csv_collect(&request, &report, &certificates);
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
        char *word;
    } cases[] = {{SIM_FAULT_GONE, "there is no /dev/csv-guest"},
                 {SIM_FAULT_BUSY, "failed"},
                 {SIM_FAULT_TIMED_OUT, "failed"},
                 {SIM_FAULT_FAILED, "failed"},
                 {SIM_FAULT_INTERRUPTED, "interrupted"},
                 {SIM_FAULT_UNLOADED, "does not know"},
                 {SIM_FAULT_OLD_REPORT, "other report data"},
                 {SIM_FAULT_OVERSIZED, "bytes follow"},
                 {SIM_FAULT_EMPTY, "another request"}};
    const struct sim_csv_settings settings = sim_csv_defaults();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        with_guest(&settings, (struct sim_tsm_settings){.fault = cases[i].fault}, true,
                   collect_refused, cases[i].word);
}

TEST(an_interruption_is_tried_again)
{
    const struct sim_csv_settings settings = sim_csv_defaults();
    const struct sim_tsm_settings faults = {.fault = SIM_FAULT_INTERRUPTED, .fault_count = 3};
    with_guest(&settings, faults, false, collect_bare, NULL);
}

/* The driver's own terms. spec: Linux for Hygon, drivers/virt/coco/csv-guest */
static void call_wrongly(void *unused)
{
    struct {
        uint64_t address;
        uint32_t size, padding;
    } call = {0};
    uint8_t *const page = aligned_alloc(4096, 8192);
    const int file = open("/dev/csv-guest", O_RDONLY | O_CLOEXEC);
    (void)unused;
    memset(page, 0, 8192);
    EXPECT(file >= 0);
    EXPECT(ioctl(file, 0xc0104401u, NULL) == -1 && errno == EFAULT);
    EXPECT(ioctl(file, 0xc0104401u, &call) == -1 && errno == EINVAL);
    call.address = (uintptr_t)page + 1;
    call.size = 4096;
    EXPECT(ioctl(file, 0xc0104401u, &call) == -1 && errno == EINVAL);
    call.address = (uintptr_t)page;
    call.size = 112;
    EXPECT(ioctl(file, 0xc0104401u, &call) == -1 && errno == EINVAL);
    call.size = 4096; /* a hash of nothing */
    EXPECT(ioctl(file, 0xc0104401u, &call) == -1 && errno == EIO);
    EXPECT(ioctl(file, 0xc0104403u, &call) == -1 && errno == ENOTTY);
    close(file);
    free(page);
}

TEST(the_device_refuses_what_the_driver_refuses)
{
    const struct sim_csv_settings settings = sim_csv_defaults();
    with_guest(&settings, (struct sim_tsm_settings){0}, true, call_wrongly, NULL);
}

static void extend_and_collect(void *unused)
{
    /* SM3 of 32 zeros and 32 bytes 11h, by `openssl dgst -sm3` */
    static const uint8_t expected[] = {0x10, 0x57, 0x3a, 0x5a, 0xe1, 0x70, 0x8e, 0x71,
                                       0xda, 0x2d, 0xe5, 0x3b, 0x27, 0xd9, 0x32, 0x89,
                                       0x9d, 0xdb, 0x11, 0xef, 0x84, 0x5c, 0x17, 0x14,
                                       0xdd, 0x6e, 0x89, 0x70, 0xb4, 0xac, 0xb0, 0x67};
    struct __attribute__((packed)) {
        uint64_t address, size;
        uint16_t command, reserved;
        uint32_t firmware_error;
    } call = {.size = 36, .command = 4};
    uint8_t request[36] = {4, 0, 32, 0};
    SCOPED(buffer) report = {0};
    SCOPED(buffer) certificates = {0};
    const struct collection wanted = {.binding = SLICE(binding)};
    const int file = open("/dev/csv-guest", O_RDONLY | O_CLOEXEC);
    (void)unused;
    memset(request + 4, 0x11, 32);
    call.address = (uintptr_t)request;
    EXPECT(ioctl(file, 0xc0184402u, &call) == 0 && call.firmware_error == 0);
    request[0] = 0; /* the launch digest */
    EXPECT(ioctl(file, 0xc0184402u, &call) == 0 && call.firmware_error == 0x16);
    close(file);
    EXPECT_OK(csv_collect(&wanted, &report, &certificates));
    EXPECT(memcmp(report.data + 0xd0 + 4 * 32, expected, sizeof expected) == 0);
}

TEST(what_extends_a_register_is_in_the_next_report)
{
    struct sim_csv_settings settings = sim_csv_defaults();
    settings.has_registers = true;
    with_guest(&settings, (struct sim_tsm_settings){0}, true, extend_and_collect, NULL);
}

static void be_nowhere(void *unused)
{
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT(!csv_is_here(&request));
    collect_refused("there is no /dev/csv-guest");
}

TEST(a_machine_without_the_device_is_no_csv_guest)
{
    SCOPED(sim_stage) stage = {0};
    const struct sim_tsm_settings none = {0};
    EXPECT_OK(sim_stage_open(&none, &stage));
    on_stage(&stage, be_nowhere, NULL);
}

TEST(a_damaged_vendor_is_not_read)
{
    SCOPED(buffer) text = {0};
    SCOPED(sim_csv_vendor) other = {0};
    EXPECT_OK(sim_csv_vendor_make(&text));
    EXPECT(sim_csv_vendor_read((slice){text.data, text.size / 2}, &other).fault);
    EXPECT(!other.hrk.pkey && !other.pek.pkey);
}
