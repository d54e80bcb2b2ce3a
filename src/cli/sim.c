/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "codec/text.h"
#include "sim/folder.h"
#include "sim/snp.h"
#include "sim/tdx.h"
#include "sim/tsm_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MILLISECONDS_MAX = 600000 };

static const char usage[] =
    "usage: cix sim init --state DIR\n"
    "       cix sim --platform snp|tdx --state DIR --mount DIR [option]...\n"
    "\n"
    "A simulated SNP or TDX guest behind a faithful configfs-tsm. Its evidence has the exact\n"
    "hardware format under a private root, made in DIR at first use, and is worth nothing to a\n"
    "verifier whose policy does not name DIR/trust/snp-root.pem or DIR/trust/tdx-root.pem.\n"
    "\n"
    "  --state DIR           where the simulated vendors' keys live; DIR/trust and\n"
    "                        DIR/endorsements are for verifiers\n"
    "  --mount DIR           an empty folder; what `cix attest --tsm-root DIR` is given\n"
    "  --foreground          stay, and end with this terminal\n"
    "  --measurement HEX     48 bytes: MEASUREMENT, or MRTD\n"
    "  --host-data HEX       32 bytes of HOST_DATA, or 48 bytes of MRCONFIGID\n"
    "  --debug               a guest that its host may look into\n"
    "  --tcb TCB             snp: bl=N,tee=N,snp=N,ucode=N,fmc=N (any of them)\n"
    "                        tdx: a status as Intel spells it, such as OutOfDate\n"
    "  --delay-ms N          how long each report takes\n"
    "  --timeout-ms N        how long the driver waits for one (default 30000)\n"
    "  --fault NAME[:N]      what goes wrong, always or N times: second-writer, busy,\n"
    "                        interrupted, timed-out, failed, gone, unloaded, old-report,\n"
    "                        oversized, empty\n"
    "snp only:\n"
    "  --product NAME        Milan, Genoa (default) or Turin\n"
    "  --report-version N    2, 3 (default) or 5\n"
    "  --chip-id HEX         64 bytes; Turin: 8\n"
    "  --mask-chip-id        a host that hides the chip's id\n"
    "  --vmpl N              the level the guest's kernel runs at\n"
    "  --guest-svn N\n"
    "  --migratable          a guest with a migration agent allowed\n"
    "tdx only:\n"
    "  --quote-version N     4 (default) or 5\n"
    "  --instance HEX        16 bytes: the platform instance in the PCK certificate\n"
    "  --rtmr0 .. --rtmr3 HEX\n"
    "\n"
    "It serves in the background, and prints its process id: SIGTERM ends and unmounts it.\n"
    "Ends with 0; 1 when it cannot serve.\n"
    "\n"
    "example:\n"
    "  cix sim --platform snp --state sim --mount tsm\n"
    "  cix attest --tsm-root tsm --out evidence.bin --endorsements-out certificates.bin\n"
    "  cix verify evidence.bin --endorsements certificates.bin --endorsements sim/endorsements \\\n"
    "      --trust sim/trust/snp-root.pem\n";

enum option_id {
    OPT_HELP = 1,
    OPT_PLATFORM,
    OPT_STATE,
    OPT_MOUNT,
    OPT_FOREGROUND,
    OPT_MEASUREMENT,
    OPT_HOST_DATA,
    OPT_DEBUG,
    OPT_TCB,
    OPT_DELAY,
    OPT_TIMEOUT,
    OPT_FAULT,
    OPT_PRODUCT,
    OPT_REPORT_VERSION,
    OPT_CHIP_ID,
    OPT_MASK_CHIP_ID,
    OPT_VMPL,
    OPT_GUEST_SVN,
    OPT_MIGRATABLE,
    OPT_QUOTE_VERSION,
    OPT_INSTANCE,
    OPT_RTMR0,
    OPT_RTMR3 = OPT_RTMR0 + 3,
    OPT_END,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPT_HELP},
    {"platform", required_argument, NULL, OPT_PLATFORM},
    {"state", required_argument, NULL, OPT_STATE},
    {"mount", required_argument, NULL, OPT_MOUNT},
    {"foreground", no_argument, NULL, OPT_FOREGROUND},
    {"measurement", required_argument, NULL, OPT_MEASUREMENT},
    {"host-data", required_argument, NULL, OPT_HOST_DATA},
    {"debug", no_argument, NULL, OPT_DEBUG},
    {"tcb", required_argument, NULL, OPT_TCB},
    {"delay-ms", required_argument, NULL, OPT_DELAY},
    {"timeout-ms", required_argument, NULL, OPT_TIMEOUT},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"product", required_argument, NULL, OPT_PRODUCT},
    {"report-version", required_argument, NULL, OPT_REPORT_VERSION},
    {"chip-id", required_argument, NULL, OPT_CHIP_ID},
    {"mask-chip-id", no_argument, NULL, OPT_MASK_CHIP_ID},
    {"vmpl", required_argument, NULL, OPT_VMPL},
    {"guest-svn", required_argument, NULL, OPT_GUEST_SVN},
    {"migratable", no_argument, NULL, OPT_MIGRATABLE},
    {"quote-version", required_argument, NULL, OPT_QUOTE_VERSION},
    {"instance", required_argument, NULL, OPT_INSTANCE},
    {"rtmr0", required_argument, NULL, OPT_RTMR0},
    {"rtmr1", required_argument, NULL, OPT_RTMR0 + 1},
    {"rtmr2", required_argument, NULL, OPT_RTMR0 + 2},
    {"rtmr3", required_argument, NULL, OPT_RTMR3},
    {NULL, 0, NULL, 0},
};

/* What was written on the command line; a flag's value is "". NULL: not given. */
struct options {
    const char *values[OPT_END];
};

static bool given(const struct options *options, enum option_id id)
{
    return options->values[id] != NULL;
}

static const char *name_of(enum option_id id)
{
    for (const struct option *option = long_options; option->name; option++)
        if (option->val == (int)id)
            return option->name;
    return "?";
}

static bool complain(enum option_id id, const char *wanted)
{
    fprintf(stderr, "cix sim: --%s wants %s\n", name_of(id), wanted);
    return false;
}

/* Each leaves `out` as it is when the option was not given. */
static bool read_number(const struct options *options, enum option_id id, unsigned long most,
                        unsigned long *out)
{
    const char *const text = options->values[id];
    char wanted[48], *end;
    if (!text)
        return true;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    snprintf(wanted, sizeof wanted, "a number up to %lu", most);
    if (*text < '0' || *text > '9' || *end || errno || number > most)
        return complain(id, wanted);
    *out = number;
    return true;
}

static bool read_hex(const struct options *options, enum option_id id, uint8_t *out, size_t size)
{
    const char *const text = options->values[id];
    char wanted[48];
    snprintf(wanted, sizeof wanted, "%zu bytes in hex", size);
    return !text || !hex_read_exactly(slice_of_text(text), out, size).fault || complain(id, wanted);
}

/* "bl=4,snp=24": the levels named, the rest as they are. */
static bool read_snp_tcb(const char *text, struct sim_snp_tcb *tcb)
{
    const struct {
        const char *name;
        uint8_t *level;
    } rows[] = {{"fmc", &tcb->fmc},
                {"bl", &tcb->boot_loader},
                {"tee", &tcb->tee},
                {"snp", &tcb->snp},
                {"ucode", &tcb->microcode}};
    while (text && *text) {
        bool found = false;
        for (size_t i = 0; i < sizeof rows / sizeof *rows && !found; i++) {
            const size_t size = strlen(rows[i].name);
            if (strncmp(text, rows[i].name, size) != 0 || text[size] != '=')
                continue;
            char *end;
            const unsigned long level = strtoul(text + size + 1, &end, 10);
            if (end == text + size + 1 || level > UINT8_MAX || (*end && *end != ','))
                return complain(OPT_TCB, "patch levels up to 255");
            *rows[i].level = (uint8_t)level;
            text = *end ? end + 1 : end;
            found = true;
        }
        if (!found)
            return complain(OPT_TCB, "bl=N,tee=N,snp=N,ucode=N,fmc=N");
    }
    return true;
}

static bool read_chip_id(const struct options *options, struct sim_snp_settings *settings)
{
    if (!given(options, OPT_CHIP_ID))
        return true;
    memset(settings->chip_id, 0, sizeof settings->chip_id);
    return read_hex(options, OPT_CHIP_ID, settings->chip_id,
                    settings->product == SIM_TURIN ? 8 : SIM_CHIP_ID_SIZE);
}

static bool read_snp(const struct options *options, const struct sim_state *state,
                     struct sim_snp_settings *out)
{
    const char *const product = options->values[OPT_PRODUCT];
    struct sim_snp_settings settings =
        sim_snp_defaults(state, product ? sim_product_named(product) : SIM_GENOA);
    unsigned long version = settings.report_version, vmpl = 0, guest_svn = 0;
    if (settings.product == SIM_PRODUCT_NONE)
        return complain(OPT_PRODUCT, "Milan, Genoa or Turin");
    if (!read_number(options, OPT_REPORT_VERSION, 5, &version) ||
        !read_number(options, OPT_VMPL, 3, &vmpl) ||
        !read_number(options, OPT_GUEST_SVN, UINT32_MAX, &guest_svn) ||
        !read_hex(options, OPT_MEASUREMENT, settings.measurement, sizeof settings.measurement) ||
        !read_hex(options, OPT_HOST_DATA, settings.host_data, sizeof settings.host_data) ||
        !read_chip_id(options, &settings) || !read_snp_tcb(options->values[OPT_TCB], &settings.tcb))
        return false;
    settings.report_version = (uint32_t)version;
    settings.vmpl = (uint32_t)vmpl;
    settings.guest_svn = (uint32_t)guest_svn;
    settings.debug = given(options, OPT_DEBUG);
    settings.masks_chip_id = given(options, OPT_MASK_CHIP_ID);
    settings.migratable = given(options, OPT_MIGRATABLE);
    *out = settings;
    return true;
}

static bool read_tdx(const struct options *options, const struct sim_state *state,
                     struct sim_tdx_settings *out)
{
    struct sim_tdx_settings settings = sim_tdx_defaults(state);
    unsigned long version = settings.quote_version;
    if (given(options, OPT_TCB))
        settings.tcb_status = options->values[OPT_TCB];
    if (sim_intel_svn_of_status(settings.tcb_status) == 0)
        return complain(OPT_TCB, "a status as Intel spells it, such as UpToDate or OutOfDate");
    if (!read_number(options, OPT_QUOTE_VERSION, 5, &version) ||
        !read_hex(options, OPT_MEASUREMENT, settings.mrtd, sizeof settings.mrtd) ||
        !read_hex(options, OPT_HOST_DATA, settings.mr_config_id, sizeof settings.mr_config_id) ||
        !read_hex(options, OPT_INSTANCE, settings.platform_instance,
                  sizeof settings.platform_instance))
        return false;
    for (int i = 0; i < SIM_RTMR_COUNT; i++)
        if (!read_hex(options, (enum option_id)(OPT_RTMR0 + i), settings.rtmr[i],
                      sizeof settings.rtmr[i]))
            return false;
    settings.quote_version = (uint16_t)version;
    settings.debug = given(options, OPT_DEBUG);
    *out = settings;
    return true;
}

/* "busy" or "busy:3" */
static bool read_fault(const char *text, struct sim_tsm_settings *out)
{
    if (!text)
        return true;
    const size_t size = strcspn(text, ":");
    for (enum sim_fault fault = SIM_FAULT_NONE; fault < SIM_FAULT_END; fault++) {
        const char *const name = sim_fault_name(fault);
        if (strlen(name) != size || strncmp(name, text, size) != 0)
            continue;
        char *end = NULL;
        const unsigned long count = text[size] ? strtoul(text + size + 1, &end, 10) : 0;
        if (text[size] && (*end || count == 0 || count > 1000))
            return complain(OPT_FAULT, "a count from 1 to 1000 after the colon");
        out->fault = fault;
        out->fault_count = (unsigned)count;
        return true;
    }
    return complain(OPT_FAULT, "one of the names in `cix sim --help`");
}

static bool read_tsm(const struct options *options, struct sim_tsm_settings *out)
{
    unsigned long delay_ms = 0, timeout_ms = 30000; /* the kernel's own for GetQuote */
    if (!read_number(options, OPT_DELAY, MILLISECONDS_MAX, &delay_ms) ||
        !read_number(options, OPT_TIMEOUT, MILLISECONDS_MAX, &timeout_ms) ||
        !read_fault(options->values[OPT_FAULT], out))
        return false;
    out->delay_ms = (unsigned)delay_ms;
    out->timeout_ms = (unsigned)timeout_ms;
    return true;
}

static bool parse(int argc, char **argv, struct options *out)
{
    int id;
    optind = 1;
    while ((id = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (id == '?')
            return false;
        id = id == 'h' ? OPT_HELP : id;
        if (out->values[id]) {
            fprintf(stderr, "cix sim: --%s is given twice\n", name_of((enum option_id)id));
            return false;
        }
        out->values[id] = optarg ? optarg : "";
    }
    if (optind < argc) {
        fprintf(stderr, "cix sim: '%s' is not understood\n", argv[optind]);
        return false;
    }
    return true;
}

static void print_dot(void)
{
    if (isatty(STDERR_FILENO))
        fputc('.', stderr);
}

static int open_state(const char *path, struct sim_state *out)
{
    const bool talks = isatty(STDERR_FILENO) && !sim_folder_exists(path);
    if (talks)
        fputs("making the simulated vendors' keys, once: ", stderr);
    const status opened = sim_folder_open(path, time(NULL), print_dot, out);
    if (talks)
        fputc('\n', stderr);
    if (opened.fault)
        fprintf(stderr, "cix sim: %s: %s\n", path, opened.fault->what);
    return opened.fault ? EXIT_REFUSED : 0;
}

static int run_init(const struct options *options)
{
    const char *const path = options->values[OPT_STATE];
    SCOPED(sim_state) state = {0};
    for (int id = OPT_PLATFORM; id < OPT_END; id++)
        if (id != OPT_STATE && options->values[id]) {
            fprintf(stderr, "cix sim init: --%s has no meaning here\n",
                    name_of((enum option_id)id));
            return EXIT_USAGE;
        }
    if (!path) {
        fputs("cix sim init: --state is needed\n", stderr);
        return EXIT_USAGE;
    }
    const int failed = open_state(path, &state);
    if (!failed)
        printf("trust %s/trust/snp-root.pem or %s/trust/tdx-root.pem; endorsements in "
               "%s/endorsements\n",
               path, path, path);
    return failed;
}

/* The background process tells the one that started it; -1 in the foreground. */
static int ready_pipe = -1;

static void tell_ready(void)
{
    if (ready_pipe < 0)
        return;
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    setsid();
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
        dup2(nothing, file);
    if (nothing > STDERR_FILENO)
        close(nothing);
    if (write(ready_pipe, "!", 1) == 1)
        close(ready_pipe);
}

static int serve(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                 const char *mount)
{
    const status served = sim_tsm_serve(machine, settings, mount, tell_ready);
    if (served.fault)
        fprintf(stderr, "cix sim: %s: %s\n", mount, served.fault->what);
    return served.fault ? EXIT_REFUSED : 0;
}

/* In the parent: says who serves, or passes on why nobody does. */
static int await(pid_t child, int pipe, const char *provider, const char *mount)
{
    char byte;
    int how = 0;
    ssize_t size;
    while ((size = read(pipe, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (size == 1) {
        printf("%s at %s, process %ld\n", provider, mount, (long)child);
        return 0;
    }
    while (waitpid(child, &how, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(how) ? WEXITSTATUS(how) : EXIT_REFUSED;
}

static int serve_in_background(const struct sim_machine *machine,
                               const struct sim_tsm_settings *settings, const char *mount)
{
    int ends[2];
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return EXIT_REFUSED;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        ready_pipe = ends[1];
        return serve(machine, settings, mount);
    }
    close(ends[1]);
    const int result = child < 0 ? EXIT_REFUSED : await(child, ends[0], machine->provider, mount);
    close(ends[0]);
    return result;
}

static int run_machine(const struct options *options, const struct sim_machine *machine,
                       const struct sim_tsm_settings *settings, const char *root)
{
    char mount[PATH_MAX];
    if (!realpath(options->values[OPT_MOUNT], mount)) {
        fprintf(stderr, "cix sim: %s: %s\n", options->values[OPT_MOUNT], strerror(errno));
        return EXIT_REFUSED;
    }
    fprintf(stderr, "SIMULATED evidence: worth nothing but to a policy that trusts %s/trust/%s\n",
            options->values[OPT_STATE], root);
    return given(options, OPT_FOREGROUND) ? serve(machine, settings, mount)
                                          : serve_in_background(machine, settings, mount);
}

static int refuse_launch(status launched)
{
    fprintf(stderr, "cix sim: %s\n", launched.fault->what);
    return EXIT_USAGE;
}

static int run_snp(const struct options *options, const struct sim_tsm_settings *tsm)
{
    static const struct sim_state nobody;
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    struct sim_snp_settings settings;
    if (!read_snp(options, &nobody, &settings)) /* before keys are made, which takes seconds */
        return EXIT_USAGE;
    const int failed = open_state(options->values[OPT_STATE], &state);
    if (failed)
        return failed;
    read_snp(options, &state, &settings);
    const status launched = sim_snp_launch(&state, &settings, &guest);
    return launched.fault ? refuse_launch(launched)
                          : run_machine(options, &guest.machine, tsm, "snp-root.pem");
}

static int run_tdx(const struct options *options, const struct sim_tsm_settings *tsm)
{
    static const struct sim_state nobody;
    SCOPED(sim_state) state = {0};
    SCOPED(sim_tdx) td = {0};
    struct sim_tdx_settings settings;
    if (!read_tdx(options, &nobody, &settings))
        return EXIT_USAGE;
    const int failed = open_state(options->values[OPT_STATE], &state);
    if (failed)
        return failed;
    read_tdx(options, &state, &settings);
    const status launched = sim_tdx_launch(&state, &settings, &td);
    return launched.fault ? refuse_launch(launched)
                          : run_machine(options, &td.machine, tsm, "tdx-root.pem");
}

/* False, with words, when an option belongs to the other platform. */
static bool options_fit(const struct options *options, bool is_snp)
{
    const int first = is_snp ? OPT_QUOTE_VERSION : OPT_PRODUCT;
    const int last = is_snp ? OPT_RTMR3 : OPT_MIGRATABLE;
    for (int id = first; id <= last; id++)
        if (options->values[id]) {
            fprintf(stderr, "cix sim: --%s is not for %s\n", name_of((enum option_id)id),
                    is_snp ? "snp" : "tdx");
            return false;
        }
    return true;
}

int command_sim(int argc, char **argv)
{
    struct options options = {0};
    struct sim_tsm_settings tsm = {0};
    const bool is_init = argc > 1 && strcmp(argv[1], "init") == 0;
    if (!parse(argc - is_init, argv + is_init, &options))
        return EXIT_USAGE;
    if (given(&options, OPT_HELP)) {
        fputs(usage, stdout);
        return 0;
    }
    if (is_init)
        return run_init(&options);

    const char *const platform = options.values[OPT_PLATFORM];
    const bool is_snp = platform && strcmp(platform, "snp") == 0;
    if (!platform || (!is_snp && strcmp(platform, "tdx") != 0)) {
        fputs("cix sim: --platform snp or --platform tdx is needed\n", stderr);
        return EXIT_USAGE;
    }
    if (!given(&options, OPT_STATE) || !given(&options, OPT_MOUNT)) {
        fputs("cix sim: --state and --mount are needed\n", stderr);
        return EXIT_USAGE;
    }
    if (!options_fit(&options, is_snp) || !read_tsm(&options, &tsm))
        return EXIT_USAGE;
    return is_snp ? run_snp(&options, &tsm) : run_tdx(&options, &tsm);
}
