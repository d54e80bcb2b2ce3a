/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "cli/commands.h"
#include "cli/given.h"
#include "cli/print.h"
#include "codec/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix sim init --state DIR\n"
    "       cix sim --platform P --state DIR [option]... -- COMMAND [argument]...\n"
    "       cix sim --platform P --state DIR [option]... --mount DIR\n"
    "       cix sim --platform P --state DIR [option]... --evidence-out FILE\n"
    "\n"
    "A simulated TEE. Its evidence has the exact hardware format under a private root, made in\n"
    "DIR at first use, and is worth nothing to a verifier whose policy does not name that root.\n"
    "\n"
    "With COMMAND, that program and all that it starts see the TEE's devices and files as a real\n"
    "guest has them, and nothing of a TEE that this machine may have. With --mount, a folder\n"
    "behaves as configfs-tsm. With --evidence-out, one piece of evidence is written.\n"
    "\n"
    "  --state DIR           where the simulated vendors' keys live; DIR/trust and\n"
    "                        DIR/endorsements are for verifiers\n"
    "  --mount DIR           an empty folder; what `cix attest --tsm-root DIR` is given. It is\n"
    "                        served in the background: SIGTERM to the process whose number is\n"
    "                        printed ends and unmounts it\n"
    "  --foreground          with --mount: stay, and end with this terminal\n"
    "  --evidence-out FILE   where evidence goes, as the hardware would write it\n"
    "  --endorsements-out FILE\n"
    "                        with --evidence-out: where the host's certificates go, if any\n"
    "  --report-data HEX     with --evidence-out: what it carries; default: zeros\n"
    "  --no-tsm              with COMMAND: a kernel without configfs-tsm, with devices only\n"
    "  --delay-ms N          how long each report takes\n"
    "  --timeout-ms N        how long the driver waits for one (default 30000)\n"
    "  --fault NAME[:N]      what goes wrong, always or N times: second-writer, busy,\n"
    "                        interrupted, timed-out, failed, gone, unloaded, old-report,\n"
    "                        oversized, empty\n";

static const char usage_end[] =
    "\n"
    "Ends with 0 or the exit code of COMMAND; 1 when it cannot serve.\n"
    "\n"
    "example:\n"
    "  cix sim --platform snp --state sim -- \\\n"
    "      cix attest --out evidence.bin --endorsements-out certificates.bin\n"
    "  cix verify evidence.bin --endorsements certificates.bin --endorsements sim/endorsements \\\n"
    "      --trust sim/trust/snp-root.pem\n";

static void print_usage(void)
{
    const struct sim_platform *platform;
    fputs(usage, stdout);
    for (size_t i = 0; (platform = sim_platform_at(i)); i++)
        printf("\n--platform %s:\n%s", platform->name, platform->usage);
    fputs(usage_end, stdout);
}

/* A guest of any platform, cleared by it. */
struct guest {
    const struct sim_platform *platform;
    void *memory;
};

static void guest_clear(struct guest *guest)
{
    if (guest->memory) {
        guest->platform->clear(guest->memory);
        wipe(guest->memory, guest->platform->guest_size);
    }
    free(guest->memory);
    *guest = (struct guest){0};
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
    return opened.fault ? EXIT_REFUSED : EXIT_DONE;
}

static int run_init(const struct sim_arguments *arguments)
{
    const char *const path = sim_text(arguments, "state");
    SCOPED(sim_state) state = {0};
    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->rows[i].name, "state") != 0) {
            fprintf(stderr, "cix sim init: --%s has no meaning here\n", arguments->rows[i].name);
            return EXIT_USAGE;
        }
    if (!path || arguments->command) {
        fputs("cix sim init: --state is needed, and nothing else\n", stderr);
        return EXIT_USAGE;
    }
    const int failed = open_state(path, &state);
    if (!failed)
        printf("roots to trust are in %s/trust, endorsements in %s/endorsements\n", path, path);
    return failed;
}

static bool save(const char *path, slice bytes)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool saved = file >= 0 &&
                 (bytes.size == 0 || write(file, bytes.data, bytes.size) == (ssize_t)bytes.size);
    if (file >= 0)
        saved &= close(file) == 0;
    if (!saved)
        fprintf(stderr, "cix sim: %s: %s\n", path, strerror(errno));
    return saved;
}

/* The bytes that were written, without any zeros after them; 64 zeros when there were none. */
static bool read_report_data(const char *hex, uint8_t out[BINDING_SIZE], slice *out_given)
{
    size_t size = BINDING_SIZE;
    if (!given_report_data("cix sim", hex, out, &size))
        return false;
    *out_given = (slice){out, size};
    return true;
}

static int write_evidence(const struct sim_arguments *arguments, const struct guest *guest)
{
    const char *const endorsements_path = sim_text(arguments, "endorsements-out");
    uint8_t space[BINDING_SIZE] = {0};
    slice report_data;
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    if (!read_report_data(sim_text(arguments, "report-data"), space, &report_data))
        return EXIT_USAGE;
    const status made =
        guest->platform->evidence(guest->memory, report_data, &evidence, &endorsements);
    if (made.fault) {
        fprintf(stderr, "cix sim: %s\n", made.fault->what);
        return EXIT_REFUSED;
    }
    if (!save(sim_text(arguments, "evidence-out"), buffer_view(&evidence)) ||
        (endorsements_path && endorsements.size &&
         !save(endorsements_path, buffer_view(&endorsements))))
        return EXIT_REFUSED;
    return EXIT_DONE;
}

/* Exactly one of the three things to do with a guest. */
static bool says_what_to_do(const struct sim_arguments *arguments,
                            const struct sim_platform *platform)
{
    const bool mounts = sim_given(arguments, "mount"), runs = arguments->command != NULL;
    const int ways = mounts + runs + sim_given(arguments, "evidence-out");
    const char *wrong = NULL;
    if (!sim_given(arguments, "state"))
        wrong = "--state is needed";
    else if (ways != 1)
        wrong = "one of --mount, --evidence-out and a command after -- is needed";
    else if (mounts && !platform->machine)
        wrong = "this platform does not answer configfs-tsm";
    else if (runs && !platform->machine && !platform->furnish)
        wrong = "no kernel has an interface to this platform: use --evidence-out";
    if (wrong)
        fprintf(stderr, "cix sim: %s\n", wrong);
    return !wrong;
}

static int work(const struct sim_arguments *arguments, const struct guest *guest,
                const struct sim_tsm_settings *settings)
{
    fprintf(stderr, "SIMULATED evidence: worth nothing but to a policy that trusts %s/trust/%s\n",
            sim_text(arguments, "state"), guest->platform->trust);
    if (arguments->command)
        return sim_run(arguments, guest->platform, guest->memory, settings);
    return sim_given(arguments, "mount")
               ? sim_mount(arguments, guest->platform->machine(guest->memory), settings)
               : write_evidence(arguments, guest);
}

static int launch(const struct sim_arguments *arguments, const struct guest *guest,
                  const struct sim_tsm_settings *settings)
{
    const struct sim_platform *const platform = guest->platform;
    SCOPED(sim_state) state = {0};
    struct sim_home home = {sim_text(arguments, "state"), &state, time(NULL)};
    if (!platform->read(arguments, &state, guest->memory)) /* before keys, which take seconds */
        return EXIT_USAGE;
    if (!platform->has_own_keys) {
        const int failed = open_state(home.path, &state);
        if (failed)
            return failed;
        (void)platform->read(arguments, &state, guest->memory);
    }
    const status launched = platform->launch(&home, guest->memory);
    if (launched.fault) {
        fprintf(stderr, "cix sim: %s\n", launched.fault->what);
        return EXIT_USAGE;
    }
    return work(arguments, guest, settings);
}

static int run_platform(const struct sim_arguments *arguments, const struct sim_platform *platform)
{
    struct sim_tsm_settings settings = {0};
    SCOPED(guest) guest = {platform, NULL};
    if (!sim_arguments_fit(arguments, platform) || !says_what_to_do(arguments, platform) ||
        !sim_settings_read(arguments, &settings))
        return EXIT_USAGE;
    guest.memory = calloc(1, platform->guest_size);
    return guest.memory ? launch(arguments, &guest, &settings) : EXIT_REFUSED;
}

static int refuse_platform(const char *name)
{
    const struct sim_platform *platform;
    fprintf(stderr, "cix sim: %s; known are:", name ? "no such platform" : "--platform is needed");
    for (size_t i = 0; (platform = sim_platform_at(i)); i++)
        fprintf(stderr, " %s", platform->name);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

int command_sim(int argc, char **argv)
{
    struct sim_arguments arguments = {0};
    const bool is_init = argc > 1 && strcmp(argv[1], "init") == 0;
    if (!sim_arguments_read(argc - is_init, argv + is_init, &arguments))
        return EXIT_USAGE;
    if (sim_given(&arguments, "help")) {
        print_usage();
        return EXIT_DONE;
    }
    if (is_init)
        return run_init(&arguments);
    const char *const name = sim_text(&arguments, "platform");
    const struct sim_platform *const platform = sim_platform_named(name);
    return platform ? run_platform(&arguments, platform) : refuse_platform(name);
}
