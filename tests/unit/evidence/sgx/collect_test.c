/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/collect.h"

#include "evidence/sgx/gramine.h"
#include "evidence/sgx/occlum.h"
#include "sim/gramine.h"
#include "sim/occlum.h"

#include "sim.h"
#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NOW_S = 1768435200, REPORT_DATA_AT = 48 + 320 };

static const uint8_t binding[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};

/* An enclave, and the library OS around it. */
struct enclave {
    struct sim_state state;
    struct sim_sgx sgx;
    struct sim_gramine gramine;
    struct sim_occlum occlum;
};

static void enclave_clear(struct enclave *enclave)
{
    sim_gramine_clear(&enclave->gramine);
    sim_sgx_clear(&enclave->sgx);
    sim_state_clear(&enclave->state);
}

static void launch(struct enclave *enclave)
{
    EXPECT_OK(sim_state_for_tests(NOW_S, &enclave->state));
    const struct sim_sgx_settings settings = sim_sgx_defaults(&enclave->state);
    EXPECT_OK(sim_sgx_launch(&enclave->state, &settings, &enclave->sgx));
}

static void under_gramine_of(const char *type, struct sim_tsm_settings settings,
                             void (*part)(void *context), void *context)
{
    SCOPED(sim_stage) stage = {0};
    SCOPED(enclave) enclave = {0};
    struct sim_device files[SIM_GRAMINE_FILES];
    launch(&enclave);
    enclave.gramine = sim_gramine_make(&enclave.sgx, &settings);
    enclave.gramine.attestation_type = type;
    sim_gramine_files(&enclave.gramine, files);
    EXPECT_OK(sim_stage_open(&settings, &stage));
    for (size_t i = 0; i < SIM_GRAMINE_FILES; i++)
        EXPECT_OK(sim_stage_device(&stage, &files[i]));
    on_stage(&stage, part, context);
}

static void under_gramine(struct sim_tsm_settings settings, void (*part)(void *context),
                          void *context)
{
    under_gramine_of("dcap", settings, part, context);
}

static void under_occlum(struct sim_tsm_settings settings, void (*part)(void *context),
                         void *context)
{
    SCOPED(sim_stage) stage = {0};
    SCOPED(enclave) enclave = {0};
    launch(&enclave);
    enclave.occlum = sim_occlum_make(&enclave.sgx, &settings);
    const struct sim_device device = sim_occlum_device(&enclave.occlum);
    EXPECT_OK(sim_stage_open(&settings, &stage));
    EXPECT_OK(sim_stage_device(&stage, &device));
    on_stage(&stage, part, context);
}

static void collect(void *unused)
{
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const struct collection elsewhere = {.tsm_root = "/no/such/folder", .binding = SLICE(binding)};
    (void)unused;
    EXPECT(sgx_is_here(&request) && !sgx_is_here(&elsewhere));
    EXPECT(platform_here(&request) == platform_named("sgx"));
    EXPECT_OK(sgx_collect(&request, &quote, &nothing));
    EXPECT(nothing.size == 0 && quote.size > 1000);
    EXPECT(quote.size > 1000 && memcmp(quote.data + REPORT_DATA_AT, binding, sizeof binding) == 0);
    EXPECT_FAIL(UNAVAILABLE, sgx_collect(&elsewhere, &quote, &nothing));
}

TEST(an_enclave_is_quoted_through_gramines_files)
{
    under_gramine((struct sim_tsm_settings){0}, collect, NULL);
}

TEST(an_enclave_is_quoted_through_occlums_device)
{
    under_occlum((struct sim_tsm_settings){0}, collect, NULL);
}

/* What collecting must say, and that nothing is written then. */
static void collect_refused(void *word)
{
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    const struct collection request = {.binding = SLICE(binding)};
    const status got = sgx_collect(&request, &quote, &nothing);
    EXPECT(got.fault && strstr(got.fault->what, word));
    if (got.fault && !strstr(got.fault->what, word))
        printf("  said: %s\n", got.fault->what);
    EXPECT(quote.size == 0 && nothing.size == 0);
}

struct row {
    enum sim_fault fault;
    const char *word;
};

/* D1 */
TEST(what_gramine_does_wrong_is_an_error_and_never_evidence)
{
    static const struct row rows[] = {{SIM_FAULT_TIMED_OUT, "does not answer"},
                                      {SIM_FAULT_FAILED, "refused"},
                                      {SIM_FAULT_GONE, "absent"},
                                      {SIM_FAULT_EMPTY, "empty"},
                                      {SIM_FAULT_OLD_REPORT, "other report data"},
                                      {SIM_FAULT_INTERRUPTED, "interrupted"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        under_gramine((struct sim_tsm_settings){.fault = rows[i].fault}, collect_refused,
                      (void *)(uintptr_t)rows[i].word);
    under_gramine_of("none", (struct sim_tsm_settings){0}, collect_refused,
                     (void *)(uintptr_t) "not built to attest with DCAP");
    under_gramine_of("epid", (struct sim_tsm_settings){0}, collect_refused,
                     (void *)(uintptr_t) "not built to attest with DCAP");
}

TEST(another_thread_that_writes_report_data_and_an_interrupted_read_are_tried_again)
{
    under_gramine((struct sim_tsm_settings){.fault = SIM_FAULT_SECOND_WRITER, .fault_count = 2},
                  collect, NULL);
    under_gramine((struct sim_tsm_settings){.fault = SIM_FAULT_INTERRUPTED, .fault_count = 3},
                  collect, NULL);
}

TEST(what_occlum_does_wrong_is_an_error_and_never_evidence)
{
    static const struct row rows[] = {{SIM_FAULT_BUSY, "busy"},
                                      {SIM_FAULT_INTERRUPTED, "interrupted"},
                                      {SIM_FAULT_FAILED, "could not get a quote"},
                                      {SIM_FAULT_GONE, "no enclave"},
                                      {SIM_FAULT_EMPTY, "no enclave"},
                                      {SIM_FAULT_OVERSIZED, "no enclave"},
                                      {SIM_FAULT_OLD_REPORT, "other report data"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        under_occlum((struct sim_tsm_settings){.fault = rows[i].fault}, collect_refused,
                     (void *)(uintptr_t)rows[i].word);
}

TEST(a_busy_quoting_service_is_asked_again)
{
    under_occlum((struct sim_tsm_settings){.fault = SIM_FAULT_BUSY, .fault_count = 3}, collect,
                 NULL);
}

static void collect_nowhere(void *unused)
{
    const struct collection request = {.binding = SLICE(binding)};
    (void)unused;
    EXPECT(!sgx_is_here(&request));
    collect_refused((void *)(uintptr_t) "no enclave");
}

TEST(a_machine_with_neither_is_no_enclave)
{
    SCOPED(sim_stage) stage = {0};
    EXPECT_OK(sim_stage_open(&(struct sim_tsm_settings){0}, &stage));
    on_stage(&stage, collect_nowhere, NULL);
}

/* The files themselves, used as any program would. D1 */
static void use_files(void *unused)
{
    uint8_t bytes[100];
    (void)unused;
    memset(bytes, 'x', sizeof bytes);
    int file = open(GRAMINE_FOLDER "/user_report_data", O_RDWR);
    EXPECT(write(file, bytes, 100) == 100); /* cut */
    close(file);
    file = open(GRAMINE_FOLDER "/user_report_data", O_RDONLY);
    EXPECT(read(file, bytes, sizeof bytes) == 64 && bytes[63] == 'x');
    EXPECT(read(file, bytes, sizeof bytes) == 0);
    close(file);
    file = open(GRAMINE_FOLDER "/user_report_data", O_RDWR);
    EXPECT(write(file, "short", 5) == 5); /* zeros follow */
    close(file);
    file = open(GRAMINE_FOLDER "/user_report_data", O_RDONLY);
    EXPECT(read(file, bytes, 64) == 64 && memcmp(bytes, "short\0", 6) == 0 && bytes[63] == 0);
    close(file);
    file = open(GRAMINE_FOLDER "/attestation_type", O_RDONLY);
    EXPECT(read(file, bytes, sizeof bytes) == 4 && memcmp(bytes, "dcap", 4) == 0);
    close(file);
}

TEST(gramines_files_cut_and_pad_report_data_without_a_word)
{
    under_gramine((struct sim_tsm_settings){0}, use_files, NULL);
}

/* spec: Occlum, "Remote attestation": the calls as its own header has them. */
static void call_occlum(void *unused)
{
    static uint8_t quote[16 << 10];
    uint32_t size = 0;
    struct {
        const uint8_t *report_data;
        uint32_t *size;
        uint8_t *quote;
    } argument = {binding, &size, quote};
    (void)unused;
    const int file = open(OCCLUM_DEVICE, O_RDONLY);
    EXPECT(ioctl(file, _IOR('s', 7, uint32_t), &size) == 0 && size > 1000 && size < sizeof quote);
    EXPECT(ioctl(file, _IOWR('s', 8, argument), &argument) == 0);
    EXPECT(memcmp(quote + REPORT_DATA_AT, binding, sizeof binding) == 0);
    size -= 1;
    EXPECT(ioctl(file, _IOWR('s', 8, argument), &argument) == -1 && errno == EINVAL);
    argument.report_data = NULL;
    EXPECT(ioctl(file, _IOWR('s', 8, argument), &argument) == -1 && errno == EFAULT);
    EXPECT(ioctl(file, _IOR('s', 20, uint32_t), &size) == -1);
    close(file);
}

TEST(occlums_calls_are_numbered_and_laid_out_as_in_its_header)
{
    under_occlum((struct sim_tsm_settings){0}, call_occlum, NULL);
}
