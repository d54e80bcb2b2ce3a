/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_machine.h"

#include "crypto/library.h"
#include "evidence/platform.h"
#include "evidence/tsm.h"
#include "net/clock.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    EARLIEST_SANE_S = 1704067200, /* 2024: a clock before it was never set */
    LINES_MAX = 4096,
};

void doctor_look_at_system(struct findings *findings)
{
    struct utsname name;
    if (uname(&name) == 0)
        found(findings, FINDING_GOOD, "system", NULL, "%s %s on %s", name.sysname, name.release,
              name.machine);
    found(findings, FINDING_GOOD, "cix", NULL, "%s", CIX_VERSION);
    found(findings, FINDING_GOOD, "library", NULL, "%s", crypto_library_version());
    if (clock_now().wall_s > EARLIEST_SANE_S)
        found(findings, FINDING_GOOD, "clock", NULL, "plausible");
    else
        found(findings, FINDING_WRONG, "clock", "set it: certificates and lists have dates",
              "was never set: certificates and revocation lists cannot be judged");
}

/* The processor */

/* Words of /proc/cpuinfo that tell of a TEE, here or on guests of this machine. */
static const struct {
    const char *flag, *meaning;
} flags[] = {
    {"tdx_guest", "this is a TDX guest"},
    {"tdx_host_platform", "this machine can host TDX guests"},
    {"sev_snp", "the processor has SEV-SNP"},
    {"sev_es", "the processor has SEV-ES"},
    {"sev", "the processor has SEV"},
    {"sgx", "the processor has SGX"},
    {"sgx_lc", "enclaves can be launched without Intel's launch enclave"},
    {"hypervisor", "this is a virtual machine"},
};
enum { FLAGS = sizeof flags / sizeof *flags };

struct processor {
    char vendor[64];
    bool has[FLAGS];
};

static bool lists_word(const char *line, const char *word)
{
    const size_t size = strlen(word);
    for (const char *at = line; (at = strstr(at, word)); at += size)
        if (at > line && (at[-1] == ' ' || at[-1] == '\t') && strchr(" \n", at[size]))
            return true;
    return false;
}

static void read_line(const char *line, struct processor *out)
{
    const char *const colon = strchr(line, ':');
    if (!colon)
        return;
    if (strncmp(line, "vendor_id", 9) == 0 || strncmp(line, "CPU implementer", 15) == 0)
        sscanf(colon + 1, " %63[^\n]", out->vendor);
    for (size_t i = 0; i < FLAGS && strncmp(line, "flags", 5) == 0; i++)
        out->has[i] = lists_word(colon, flags[i].flag);
}

static struct processor look_at_cpuinfo(void)
{
    struct processor processor = {.vendor = ""};
    char *line = NULL;
    size_t capacity = 0;
    FILE *const file = fopen("/proc/cpuinfo", "re");
    for (int i = 0; file && i < LINES_MAX && getline(&line, &capacity, file) > 0; i++) {
        if (*line == '\n') /* one processor says what all are */
            break;
        read_line(line, &processor);
    }
    free(line);
    if (file)
        fclose(file);
    return processor;
}

static bool has_flag(const struct processor *processor, const char *flag)
{
    for (size_t i = 0; i < FLAGS; i++)
        if (strcmp(flags[i].flag, flag) == 0)
            return processor->has[i];
    return false;
}

void doctor_look_at_processor(struct findings *findings)
{
    const struct processor processor = look_at_cpuinfo();
    found(findings, FINDING_GOOD, "processor", NULL, "%s",
          *processor.vendor ? processor.vendor : "says nothing of itself");
    for (size_t i = 0; i < FLAGS; i++)
        if (processor.has[i])
            found(findings, FINDING_GOOD, "processor flag", NULL, "%s: %s", flags[i].flag,
                  flags[i].meaning);
}

/* Interfaces */

#define GIVE_DEVICE "run as root, or give this user the device"

static const struct interface {
    const char *path, *meaning;
    int access;         /* what a collector does with it */
    const char *advice; /* when it is there and this user may not use it */
    bool shows_text;    /* one line, such as a type or a version */
} interfaces[] = {
    {"/dev/sev-guest", "this is an SEV-SNP guest", R_OK | W_OK, GIVE_DEVICE, false},
    {"/dev/tdx_guest", "this is a TDX guest", R_OK | W_OK, GIVE_DEVICE, false},
    {"/dev/csv-guest", "this is a Hygon CSV guest", R_OK | W_OK, GIVE_DEVICE, false},
    {"/dev/nsm", "this is an AWS Nitro enclave", R_OK | W_OK, GIVE_DEVICE, false},
    {"/dev/attestation/attestation_type", "this is an SGX enclave under Gramine", R_OK, NULL, true},
    {"/dev/attestation/quote", "Gramine gives quotes", R_OK,
     "set sgx.remote_attestation = \"dcap\" in its manifest", false},
    {"/dev/sgx", "SGX, as Occlum shows it inside or old drivers outside", R_OK, NULL, false},
    {"/dev/sgx_enclave", "enclaves can be started here", R_OK | W_OK, "join the group that owns it",
     false},
    {"/dev/sgx_provision", "quotes of enclaves can be made here", R_OK | W_OK,
     "join the group that owns it", false},
    {"/var/run/aesmd/aesm.socket", "Intel's quoting service for enclaves", R_OK | W_OK,
     "join the group that owns it", false},
    {"/dev/sev", "this machine can host SEV guests", R_OK, NULL, false},
    {"/dev/tpmrm0", "a TPM", R_OK | W_OK, "join the group tss, or run as root", false},
    {"/dev/tpm0", "a TPM, without a resource manager", R_OK | W_OK, "use /dev/tpmrm0", false},
    {"/sys/class/tpm/tpm0/tpm_version_major", "the TPM's version", R_OK, NULL, true},
    {"/sys/kernel/security/tpm0/binary_bios_measurements", "the firmware's event log, for the TPM",
     R_OK, "run as root to read it", false},
    {"/sys/kernel/security/ima/binary_runtime_measurements", "the kernel's IMA log", R_OK,
     "run as root to read it", false},
    {"/sys/firmware/acpi/tables/data/CCEL", "the firmware's event log, for the TEE", R_OK,
     "run as root to read it", false},
    {"/sys/devices/virtual/misc/tdx_guest/measurements", "run-time measurement registers", R_OK,
     NULL, false},
    {"/etc/tdx-attest.conf", "where the TDX host's quoting service is", R_OK, NULL, true},
    {"/sys/class/dmi/id/sys_vendor", "who made this machine, as it says", R_OK, NULL, true},
};

static void read_text(const char *path, char out[64])
{
    FILE *const file = fopen(path, "re");
    *out = 0;
    if (!file)
        return;
    if (fscanf(file, " %63[^\n]", out) != 1)
        *out = 0;
    fclose(file);
}

static void look_at_interface(struct findings *findings, const struct interface *interface)
{
    char text[64] = "";
    if (access(interface->path, F_OK) != 0)
        return;
    if (access(interface->path, interface->access) != 0) {
        found(findings, FINDING_WRONG, interface->path, interface->advice, "%s: %s",
              interface->meaning, strerror(errno));
        return;
    }
    if (interface->shows_text)
        read_text(interface->path, text);
    found(findings, FINDING_GOOD, interface->path, NULL, "%s%s%s", interface->meaning,
          *text ? ": " : "", text);
}

/* Why nobody answers at `root`, most basic reason first; NULL when a request can be made there. */
static const char *missing_at(const char *root, const char **out_advice)
{
    if (access(root, F_OK) != 0 && strcmp(root, TSM_REPORT_ROOT) != 0) {
        *out_advice = "start `cix sim --mount` on it";
        return "the folder is not there";
    }
    if (access("/sys/kernel/config", F_OK) != 0) {
        *out_advice = "mount -t configfs none /sys/kernel/config";
        return "configfs is not there";
    }
    if (access(root, F_OK) != 0) {
        *out_advice = "in a guest, Linux 6.7 or later; devices do without it";
        return "the kernel offers no configfs-tsm";
    }
    if (access(root, W_OK) != 0) {
        *out_advice = "run as root, or give this user the folder";
        return "this user may not use it";
    }
    *out_advice = "modprobe sev-guest, tdx-guest or arm-cca-guest";
    return NULL;
}

static void look_at_tsm(struct findings *findings, const char *root)
{
    static const char *const providers[] = {"sev_guest", "tdx_guest", "arm_cca_guest"};
    const char *advice = NULL;
    const char *const missing = missing_at(root, &advice);
    if (missing) {
        found(findings, FINDING_MISSING, "configfs-tsm", advice, "%s", missing);
        return;
    }
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
        if (tsm_provides(root, providers[i])) {
            found(findings, FINDING_GOOD, "configfs-tsm", NULL, "%s answers", providers[i]);
            return;
        }
    found(findings, FINDING_MISSING, "configfs-tsm", advice, "no TEE's driver is registered");
}

void doctor_look_at_interfaces(struct findings *findings, const char *tsm_root)
{
    look_at_tsm(findings, tsm_root ? tsm_root : TSM_REPORT_ROOT);
    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        look_at_interface(findings, &interfaces[i]);
}

/* Who answers */

static void say_why_nobody(struct findings *findings)
{
    const struct processor processor = look_at_cpuinfo();
    if (has_flag(&processor, "tdx_guest"))
        found(findings, FINDING_WRONG, "TEE", "modprobe tdx_guest",
              "a TDX guest that does not answer");
    else if (!has_flag(&processor, "hypervisor") &&
             (has_flag(&processor, "sev_snp") || has_flag(&processor, "tdx_host_platform")))
        found(findings, FINDING_MISSING, "TEE", "start a confidential guest on it, and look there",
              "none: a host of TEEs is none itself");
    else if (strcmp(processor.vendor, "AuthenticAMD") == 0 && has_flag(&processor, "hypervisor"))
        found(findings, FINDING_MISSING, "TEE", "in an SNP guest: modprobe sev-guest",
              "none answers");
    else
        found(findings, FINDING_MISSING, "TEE", "`cix sim` simulates one", "none answers");
}

size_t doctor_look_at_tees(struct findings *findings, const char *tsm_root,
                           const char *out_answers[DOCTOR_ANSWERS_MAX])
{
    const struct collection where = {.tsm_root = tsm_root};
    const struct platform *platform;
    size_t count = 0;
    for (size_t i = 0; (platform = platform_at(i)) && count < DOCTOR_ANSWERS_MAX; i++) {
        if (!platform->collect || !platform->is_here || !platform->is_here(&where))
            continue;
        out_answers[count++] = platform->name;
        found(findings, FINDING_GOOD, "TEE", NULL, "%s answers: `cix attest --platform %s` works",
              platform->name, platform->name);
    }
    if (count == 0)
        say_why_nobody(findings);
    return count;
}

/* The simulator */

static void look_at_fuse(struct findings *findings)
{
    if (access("/dev/fuse", R_OK | W_OK) == 0)
        found(findings, FINDING_GOOD, "FUSE", NULL, "there: `cix sim` can mount configfs-tsm");
    else if (errno == EACCES)
        found(findings, FINDING_MISSING, "FUSE", "run as root, or use `cix sim --no-tsm`",
              "not for this user");
    else
        found(findings, FINDING_MISSING, "FUSE", "modprobe fuse, or use `cix sim --no-tsm`",
              "not there: `cix sim` cannot mount configfs-tsm");
}

void doctor_look_at_simulator(struct findings *findings)
{
    struct seccomp_notif_sizes sizes;
    look_at_fuse(findings);
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0)
        found(findings, FINDING_GOOD, "seccomp", NULL, "there: `cix sim -- COMMAND` works");
    else
        found(findings, FINDING_MISSING, "seccomp", "Linux 5.14 or later; outside of a sandbox",
              "no user notification: `cix sim -- COMMAND` does not work");
}
