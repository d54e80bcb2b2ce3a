/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/print.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix attest [--platform P] [--report-data HEX] [--out FILE] [--endorsements-out FILE]\n"
    "                  [--tsm-root DIR] [--qgs ADDRESS] [--tcti TCTI]\n"
    "\n"
    "Asks this machine's TEE for evidence: through the kernel's configfs-tsm where there is one,\n"
    "else through the TEE's own device.\n"
    "\n"
    "  --platform P             the TEE that must answer (snp, tdx); default: whichever is here\n"
    "  --report-data HEX        what the evidence is to carry; zeros are added up to 64 bytes;\n"
    "                           default: zeros\n"
    "  --out FILE               where the evidence goes, as the hardware wrote it; default:\n"
    "                           standard output, in hex when that is a terminal\n"
    "  --endorsements-out FILE  where the host's certificates go, when it provides any\n"
    "  --tsm-root DIR           another place than /sys/kernel/config/tsm/report, such as where\n"
    "                           `cix sim` is mounted\n"
    "  --qgs ADDRESS            tdx without configfs-tsm: the host's quoting service, such as\n"
    "                           vsock://2:4050 or tcp://127.0.0.1:4050; default: the port in\n"
    "                           /etc/tdx-attest.conf, over vsock\n"
    "  --tcti TCTI              another TPM than /dev/tpmrm0, as tpm2-tools name it:\n"
    "                           swtpm:path=/run/tpm\n"
    "\n"
    "Ends with 0, or 1 when no TEE answers.\n"
    "\n"
    "example:\n"
    "  cix attest --report-data 00112233 --out evidence.bin\n";

/* The command line, read. */
struct task {
    const struct platform *platform; /* NULL: whichever is here */
    const char *out_path, *endorsements_path;
    uint8_t report_data[BINDING_SIZE];
    struct collection collection;
};

static status write_all(int file, slice bytes)
{
    while (bytes.size) {
        const ssize_t size = write(file, bytes.data, bytes.size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return FAIL(UNAVAILABLE, "cannot be written");
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return OK;
}

static bool save(const char *path, slice bytes)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    status saved = file < 0 ? FAIL(UNAVAILABLE, "cannot be opened") : write_all(file, bytes);
    if (file >= 0 && close(file) != 0 && !saved.fault)
        saved = FAIL(UNAVAILABLE, "cannot be closed");
    if (!saved.fault)
        return true;
    fputs("cix attest: ", stderr);
    print_escaped(stderr, slice_of_text(path));
    fprintf(stderr, ": %s: %s\n", saved.fault->what, strerror(errno));
    return false;
}

/* On a terminal, hex: raw bytes would move its cursor. */
static bool show(slice evidence)
{
    if (!isatty(STDOUT_FILENO))
        return fwrite(evidence.data, 1, evidence.size, stdout) == evidence.size;
    for (size_t i = 0; i < evidence.size; i++)
        printf("%02x", evidence.data[i]);
    putchar('\n');
    return true;
}

static bool hand_over(const struct task *task, slice evidence, slice endorsements)
{
    if (task->out_path ? !save(task->out_path, evidence) : !show(evidence))
        return false;
    if (!task->endorsements_path)
        return true;
    if (endorsements.size)
        return save(task->endorsements_path, endorsements);
    fputs("cix attest: the host provides no certificates: nothing written to ", stderr);
    print_escaped(stderr, slice_of_text(task->endorsements_path));
    fputc('\n', stderr);
    return true;
}

static int collect(const struct task *task)
{
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    const struct platform *const platform =
        task->platform ? task->platform : platform_here(&task->collection);
    if (!platform) {
        fputs("cix attest: no TEE answers here; `cix doctor` says what is missing\n", stderr);
        return EXIT_REFUSED;
    }
    const status collected = platform->collect(&task->collection, &evidence, &endorsements);
    if (collected.fault) {
        fprintf(stderr, "cix attest: %s: %s\n", platform->name, collected.fault->what);
        return EXIT_REFUSED;
    }
    return hand_over(task, buffer_view(&evidence), buffer_view(&endorsements)) ? EXIT_DONE
                                                                               : EXIT_REFUSED;
}

int command_attest(int argc, char **argv)
{
    struct task task = {0};
    const char *platform = NULL, *report_data = NULL;
    size_t given_size = 0; /* zeros follow: a TEE signs fields of a fixed size */
    const struct option_row rows[] = {
        {.name = "platform", .value = &platform},
        {.name = "report-data", .value = &report_data},
        {.name = "out", .letter = 'o', .value = &task.out_path},
        {.name = "endorsements-out", .value = &task.endorsements_path},
        {.name = "tsm-root", .value = &task.collection.tsm_root},
        {.name = "qgs", .value = &task.collection.qgs},
        {.name = "tcti", .value = &task.collection.tcti},
        {0}};
    const struct options options = {usage, rows, NULL, NULL};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!given_platform(argv[0], platform, &task.platform) ||
        !given_report_data(argv[0], report_data, task.report_data, &given_size))
        return EXIT_USAGE;
    if (task.platform && !task.platform->collect) {
        fprintf(stderr, "cix attest: this build cannot collect evidence of %s\n",
                task.platform->name);
        return EXIT_USAGE;
    }
    task.collection.binding = SLICE(task.report_data);
    return collect(&task);
}
