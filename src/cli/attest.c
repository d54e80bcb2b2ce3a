/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/print.h"
#include "evidence/cmw.h"
#include "evidence/tagged.h"
#include "gateway/load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix attest [--platform P] [--report-data HEX] [--out FILE] [--endorsements-out FILE]\n"
    "                  [--form FORM] [--key FILE] [--tsm-root DIR] [--qgs ADDRESS]\n"
    "                  [--tcti TCTI] [--spdm-device ADDRESS]\n"
    "\n"
    "Asks this machine's TEE for evidence: through the kernel's configfs-tsm where there is one,\n"
    "else through the TEE's own device.\n"
    "\n"
    "  --platform P             the TEE that must answer; `cix version` lists them; default:\n"
    "                           whichever is here\n"
    "  --report-data HEX        what the evidence is to carry; zeros are added up to 64 bytes;\n"
    "                           default: zeros\n"
    "  --out FILE               where the evidence goes, as the hardware wrote it; default:\n"
    "                           standard output, in hex when that is a terminal\n"
    "  --endorsements-out FILE  where certificates of the host and event logs go, if any\n"
    "  --form FORM              raw, as the hardware wrote it (the default); cmw or cmw-json, in\n"
    "                           a wrapper that names its platform; tagged, as interoperable\n"
    "                           RA-TLS has it, beside the hash of a key\n"
    "  --key FILE               of --form tagged: the public key, in PEM or DER. The evidence\n"
    "                           carries the hash of what names it, and is bound to it alone\n"
    "  --tsm-root DIR           another place than /sys/kernel/config/tsm/report, such as where\n"
    "                           `cix sim` is mounted\n"
    "  --qgs ADDRESS            tdx without configfs-tsm: the host's quoting service, such as\n"
    "                           vsock://2:4050 or tcp://127.0.0.1:4050; default: the port in\n"
    "                           /etc/tdx-attest.conf, over vsock\n"
    "  --tcti TCTI              another TPM than /dev/tpmrm0, as tpm2-tools name it:\n"
    "                           swtpm:path=/run/tpm\n"
    "  --spdm-device ADDRESS    spdm: where a device answers over PCI DOE in emulators' framing:\n"
    "                           unix:///run/device or tcp://127.0.0.1:2323\n"
    "\n"
    "Ends with 0, or 1 when no TEE answers.\n"
    "\n"
    "example:\n"
    "  cix attest --report-data 00112233 --out evidence.bin\n";

enum { KEY_FILE_SIZE_MAX = 64 << 10 };

/* How evidence is handed over. */
enum form { FORM_RAW, FORM_CMW, FORM_CMW_JSON, FORM_TAGGED, FORMS };
static const char *const form_names[FORMS] = {"raw", "cmw", "cmw-json", "tagged"};

/* The command line, read. */
struct task {
    const struct platform *platform; /* NULL: whichever is here */
    const char *out_path, *endorsements_path;
    uint8_t report_data[BINDING_SIZE];
    struct collection collection;
    enum form form;
    struct buffer claims; /* of FORM_TAGGED */
};

static void task_clear(struct task *task)
{
    buffer_clear(&task->claims);
}

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
    fputs("cix attest: there are no certificates and no event log: nothing written to ", stderr);
    print_escaped(stderr, slice_of_text(task->endorsements_path));
    fputc('\n', stderr);
    return true;
}

static status wrap(const struct task *task, const struct platform *platform,
                   struct buffer *evidence)
{
    SCOPED(buffer) wrapped = {0};
    const slice bytes = buffer_view(evidence);
    if (task->form == FORM_RAW)
        return OK;
    if (task->form == FORM_CMW)
        TRY(cmw_evidence_write_cbor(platform->name, bytes, &wrapped));
    else if (task->form == FORM_CMW_JSON)
        TRY(cmw_evidence_write_json(platform->name, bytes, &wrapped));
    else
        TRY(tagged_write(platform, bytes, buffer_view(&task->claims), &wrapped));
    buffer_clear(evidence);
    *evidence = buffer_take(&wrapped);
    return OK;
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
    status collected = platform->collect(&task->collection, &evidence, &endorsements);
    if (!collected.fault)
        collected = wrap(task, platform, &evidence);
    if (collected.fault) {
        fprintf(stderr, "cix attest: %s: %s\n", platform->name, collected.fault->what);
        return EXIT_REFUSED;
    }
    return hand_over(task, buffer_view(&evidence), buffer_view(&endorsements)) ? EXIT_DONE
                                                                               : EXIT_REFUSED;
}

static bool complain(const char *about, const char *what)
{
    fputs("cix attest: ", stderr);
    print_escaped(stderr, slice_of_text(about));
    fprintf(stderr, "%s%s\n", *about ? ": " : "", what);
    return false;
}

static bool choose_form(const char *name, struct task *task)
{
    if (!name)
        return true;
    for (enum form form = FORM_RAW; form < FORMS; form++)
        if (strcmp(form_names[form], name) == 0) {
            task->form = form;
            return true;
        }
    return complain(name, "is no form: raw, cmw, cmw-json or tagged");
}

/* Claims that name the key, and the report data that is their hash. */
static status claim_key(slice file, struct task *task)
{
    SCOPED(public_key) key = {0};
    SCOPED(buffer) spki = {0};
    struct digest digest;
    TRY(public_key_read(file, &key));
    TRY(public_key_spki(&key, &spki));
    TRY(tagged_claims_write(buffer_view(&spki), &task->claims));
    TRY(digest_of(HASH_SHA256, buffer_view(&task->claims), &digest));
    memcpy(task->report_data, digest.data, digest.size);
    return OK;
}

static bool take_key(const char *path, bool has_report_data, struct task *task)
{
    SCOPED(buffer) file = {0};
    struct problem problem = {0};
    if ((task->form == FORM_TAGGED) != (path != NULL))
        return complain("", "--form tagged and --key FILE go together");
    if (!path)
        return true;
    if (has_report_data)
        return complain("", "tagged evidence carries the hash of its key, and no --report-data");
    if (file_load(path, KEY_FILE_SIZE_MAX, &file, &problem).fault)
        return complain("", problem.text);
    const status claimed = claim_key(buffer_view(&file), task);
    return !claimed.fault || complain(path, claimed.fault->what);
}

int command_attest(int argc, char **argv)
{
    SCOPED(task) task = {0};
    const char *platform = NULL, *report_data = NULL, *form = NULL, *key = NULL;
    size_t given_size = 0; /* zeros follow: a TEE signs fields of a fixed size */
    const struct option_row rows[] = {
        {.name = "platform", .value = &platform},
        {.name = "report-data", .value = &report_data},
        {.name = "out", .letter = 'o', .value = &task.out_path},
        {.name = "endorsements-out", .value = &task.endorsements_path},
        {.name = "form", .value = &form},
        {.name = "key", .value = &key},
        {.name = "tsm-root", .value = &task.collection.tsm_root},
        {.name = "qgs", .value = &task.collection.qgs},
        {.name = "tcti", .value = &task.collection.tcti},
        {.name = "spdm-device", .value = &task.collection.spdm_device},
        {0}};
    const struct options options = {usage, rows, NULL, NULL};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!given_platform(argv[0], platform, &task.platform) ||
        !given_report_data(argv[0], report_data, task.report_data, &given_size) ||
        !choose_form(form, &task) || !take_key(key, report_data, &task))
        return EXIT_USAGE;
    if (task.platform && !task.platform->collect) {
        fprintf(stderr, "cix attest: this build cannot collect evidence of %s\n",
                task.platform->name);
        return EXIT_USAGE;
    }
    task.collection.binding = SLICE(task.report_data);
    return collect(&task);
}
