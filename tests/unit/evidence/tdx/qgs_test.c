/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/qgs.h"

#include "evidence/tdx/collect.h"
#include "sim/tdx_guest.h"

#include "sim.h"
#include "supervised.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOW_S = 1768435200, SHORT_MS = 300, LONG_MS = 10000 };

static const uint8_t binding[64] = {0xb1, 0x4d, 0x12, [63] = 0x99};

/* A TD, made once, and its machine: the device, the service at `port`, a configuration file. */
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

static void bench_start(struct bench *bench, enum sim_fault fault, const char *config,
                        uint32_t port)
{
    const struct sim_tsm_settings settings = {.fault = fault};
    EXPECT_OK(sim_state_for_tests(NOW_S, &bench->state));
    const struct sim_tdx_settings td = sim_tdx_defaults(&bench->state);
    EXPECT_OK(sim_tdx_launch(&bench->state, &td, &bench->td));
    bench->guest = sim_tdx_guest_of(&bench->td, &settings);
    EXPECT_OK(sim_stage_open(&settings, &bench->stage));
    const struct sim_device device = sim_tdx_guest_device(&bench->guest);
    EXPECT_OK(sim_stage_device(&bench->stage, &device));
    EXPECT_OK(sim_stage_service(&bench->stage, "qgs", sim_tdx_quoting_service, &bench->guest));
    EXPECT_OK(sim_stage_port(&bench->stage, VMADDR_CID_HOST, port, "qgs"));
    if (config)
        EXPECT_OK(sim_stage_file(&bench->stage, TDX_QGS_CONFIG, slice_of_text(config)));
}

static void collect_well(void *address)
{
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    const struct collection request = {.binding = SLICE(binding), .qgs = address};
    const struct collection elsewhere = {.tsm_root = "/no/such/folder", .binding = SLICE(binding)};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT(tdx_is_here(&request) && !tdx_is_here(&elsewhere));
    EXPECT_OK(tdx_collect(&request, &quote, &nothing));
    EXPECT(nothing.size == 0);
    EXPECT_OK(platform_named("tdx")->inspect(buffer_view(&quote), NULL, facts));
    slice carried = {0};
    EXPECT_OK(platform_named("tdx")->report_data(buffer_view(&quote), &carried));
    EXPECT(slice_equal(carried, SLICE(binding)));
    free(facts);
}

TEST(a_quote_comes_from_the_device_and_the_hosts_service)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, TDX_QGS_PORT);
    on_stage(&bench.stage, collect_well, NULL);
}

TEST(the_services_port_is_read_from_intels_configuration)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, "# of the host\n\n port = 5051\n", 5051);
    on_stage(&bench.stage, collect_well, NULL);
}

TEST(a_service_is_reached_where_it_is_said_to_be)
{
    char address[SIM_STAGE_PATH_SIZE];
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, 99);
    on_stage(&bench.stage, collect_well, (void *)(uintptr_t) "vsock://2:99");
    bench.stage.place_count = 0;
    snprintf(address, sizeof address, "unix://%s/qgs", bench.stage.folder);
    on_stage(&bench.stage, collect_well, address);
}

/* The same service on a TCP port, in a process of its own. */
static pid_t serve_tcp(struct sim_tdx_guest *guest, char address[64])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(listener, (const struct sockaddr *)&at, sizeof at) == 0);
    EXPECT(listen(listener, 4) == 0);
    EXPECT(getsockname(listener, (struct sockaddr *)&at, &size) == 0);
    snprintf(address, 64, "tcp://127.0.0.1:%d", ntohs(at.sin_port));
    fflush(NULL);
    const pid_t process = fork();
    if (process == 0) {
        sim_tdx_quoting_service(accept(listener, NULL, NULL), guest);
        _exit(0);
    }
    close(listener);
    return process;
}

TEST(a_service_over_tcp)
{
    char address[64];
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, TDX_QGS_PORT);
    const pid_t process = serve_tcp(&bench.guest, address);
    on_stage(&bench.stage, collect_well, address);
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

/* What must be said, in little time, and that nothing is written then. */
struct refusal {
    const char *word;
    int timeout_ms;
};

static void collect_refused(void *context)
{
    const struct refusal *const refusal = context;
    uint8_t report[TDX_TDREPORT_SIZE];
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) nothing = {0};
    const struct collection request = {.binding = SLICE(binding)};
    status got = tdx_device_report(SLICE(binding), report);
    if (!got.fault)
        got = refusal->timeout_ms ? tdx_qgs_quote(NULL, SLICE(report), refusal->timeout_ms, &quote)
                                  : tdx_collect(&request, &quote, &nothing);
    EXPECT(got.fault && strstr(got.fault->what, refusal->word));
    if (got.fault && !strstr(got.fault->what, refusal->word))
        printf("  said: %s\n", got.fault->what);
    EXPECT(quote.size == 0);
}

/* D2, D5 */
TEST(what_the_device_or_the_service_does_wrong_is_an_error_and_never_evidence)
{
    static const struct {
        enum sim_fault fault;
        struct refusal refusal;
    } rows[] = {
        {SIM_FAULT_GONE, {"absent", 0}},
        {SIM_FAULT_UNLOADED, {"did not give a report", 0}},
        {SIM_FAULT_BUSY, {"closed the connection", 0}},
        {SIM_FAULT_INTERRUPTED, {"closed the connection", 0}},
        {SIM_FAULT_TIMED_OUT, {"in time", SHORT_MS}},
        {SIM_FAULT_FAILED, {"failed to make a quote", 0}},
        {SIM_FAULT_OVERSIZED, {"more than a quote", 0}},
        {SIM_FAULT_EMPTY, {"breaks its own protocol", 0}},
        {SIM_FAULT_OLD_REPORT, {"other report data", 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(bench) bench = {.stage = {.folder = ""}};
        struct refusal refusal = rows[i].refusal;
        bench_start(&bench, rows[i].fault, NULL, TDX_QGS_PORT);
        on_stage(&bench.stage, collect_refused, &refusal);
    }
}

static void refuse_foreign_report(void *unused)
{
    uint8_t report[TDX_TDREPORT_SIZE];
    SCOPED(buffer) quote = {0};
    (void)unused;
    EXPECT_OK(tdx_device_report(SLICE(binding), report));
    report[130] ^= 1;
    EXPECT_FAIL(UNAVAILABLE, tdx_qgs_quote(NULL, SLICE(report), LONG_MS, &quote));
    report[130] ^= 1;
    EXPECT_OK(tdx_qgs_quote(NULL, SLICE(report), LONG_MS, &quote));
    EXPECT_FAIL(INTERNAL, tdx_qgs_quote(NULL, (slice){report, 1023}, LONG_MS, &quote));
    EXPECT_FAIL(INTERNAL, tdx_device_report((slice){binding, 63}, report));
}

TEST(a_report_of_another_cpu_is_not_quoted)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, TDX_QGS_PORT);
    on_stage(&bench.stage, refuse_foreign_report, NULL);
}

static void refuse_addresses(void *unused)
{
    static const char *const wrong[] = {
        "",
        "4050",
        "tcp://",
        "tcp://host:4050",
        "tcp://127.0.0.1",
        "tcp://:1",
        "tcp://[::1]",
        "vsock://2",
        "vsock://2:",
        "vsock://x:1",
        "vsock://2:1x",
        "vsock://2:99999999999",
        "unix://qgs",
    };
    uint8_t report[TDX_TDREPORT_SIZE] = {0x81};
    SCOPED(buffer) quote = {0};
    (void)unused;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT_FAIL(MALFORMED, tdx_qgs_quote(wrong[i], SLICE(report), SHORT_MS, &quote));
    EXPECT_FAIL(UNAVAILABLE, tdx_qgs_quote("vsock://2:1", SLICE(report), SHORT_MS, &quote));
    EXPECT_FAIL(UNAVAILABLE, tdx_qgs_quote("tcp://[::1]:1", SLICE(report), SHORT_MS, &quote));
    EXPECT_FAIL(UNAVAILABLE, tdx_qgs_quote("unix:///no/qgs", SLICE(report), SHORT_MS, &quote));
}

TEST(an_address_that_cannot_be_is_told_from_one_where_nobody_is)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, TDX_QGS_PORT);
    on_stage(&bench.stage, refuse_addresses, NULL);
}

/* Offsets and hashed ranges of the TDX module's TDREPORT_STRUCT. */
static void look_at_report(void *unused)
{
    uint8_t call[64 + 1024] = {0};
    const uint8_t *const report = call + 64;
    struct digest digest;
    (void)unused;
    memcpy(call, binding, sizeof binding);
    const int file = open("/dev/tdx_guest", O_RDWR);
    EXPECT(ioctl(file, _IOWR('T', 1, uint8_t[1088]), call) == 0);
    EXPECT(report[0] == 0x81 && memcmp(report + 128, binding, 64) == 0);
    EXPECT_OK(digest_of(HASH_SHA384, (slice){report + 256, 239}, &digest));
    EXPECT(memcmp(report + 32, digest.data, 48) == 0);
    EXPECT_OK(digest_of(HASH_SHA384, (slice){report + 512, 512}, &digest));
    EXPECT(memcmp(report + 80, digest.data, 48) == 0);
    EXPECT(ioctl(file, _IOWR('T', 1, uint8_t[1088]), 16) == -1 && errno == EFAULT);
    EXPECT(ioctl(file, _IOWR('T', 2, uint8_t[1088]), call) == -1 && errno == ENOTTY);
    close(file);
}

TEST(the_device_gives_a_tdreport)
{
    SCOPED(bench) bench = {.stage = {.folder = ""}};
    bench_start(&bench, SIM_FAULT_NONE, NULL, TDX_QGS_PORT);
    on_stage(&bench.stage, look_at_report, NULL);
}
