/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

#include "cli/options.h"
#include "cli/print.h"
#include "codec/text.h"
#include "gateway/load.h"
#include "refs/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cix measure snp|sev|sev-es --firmware FILE [option]...\n"
    "\n"
    "The launch digest that AMD's firmware will measure of a guest that is started with these\n"
    "files: what a policy pins as measurement.\n"
    "\n"
    "  --firmware FILE       OVMF, built for SEV\n"
    "  --kernel FILE         started directly; with --initrd FILE and --append TEXT\n"
    "  --vcpus N             1 to 512 (default 1)\n"
    "  --vcpu-type NAME      as QEMU names it: EPYC-v4 (default), EPYC-Rome, EPYC-Milan,\n"
    "                        EPYC-Genoa, EPYC-Turin\n"
    "  --vcpu-signature HEX  its CPUID signature, instead of a name\n"
    "  --vmm NAME            who starts it: qemu (default), ec2 or gce\n"
    "  --guest-features HEX  SEV_FEATURES (snp; default 1; 21 with debug swap)\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0; 1 when the files do not fit together.\n"
    "\n"
    "example:\n"
    "  cix measure snp --firmware OVMF.amdsev.fd --kernel vmlinuz --initrd initrd.img \\\n"
    "      --append 'console=ttyS0' --vcpus 4 --vcpu-type EPYC-Milan\n";

/* As written on the command line; NULL: not given. */
struct words {
    const char *mode, *firmware, *kernel, *initrd, *append, *vcpus, *vcpu_type, *vcpu_signature,
        *vmm, *features;
    bool as_json;
};

struct files {
    struct buffer firmware, kernel, initrd;
};

static void files_clear(struct files *files)
{
    buffer_clear(&files->firmware);
    buffer_clear(&files->kernel);
    buffer_clear(&files->initrd);
}

static bool complain(const char *what)
{
    fprintf(stderr, "cix measure: %s\n", what);
    return false;
}

static bool read_number(const char *text, int base, uint64_t most, uint64_t *out)
{
    char *end;
    if (!text)
        return true;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, base);
    if (*text == '-' || *text == '+' || end == text || *end || errno || number > most)
        return false;
    *out = number;
    return true;
}

/* The place of a word in a list that NULL ends; the list's size when it is not there. */
static size_t place_of(const char *word, const char *const *words)
{
    size_t i = 0;
    while (words[i] && strcmp(words[i], word) != 0)
        i++;
    return i;
}

static bool read_processors(const struct words *words, struct launch *out)
{
    uint64_t vcpus = 1, signature = 0, features = 1;
    if (words->vcpu_type && words->vcpu_signature)
        return complain("--vcpu-type and --vcpu-signature say the same: give one");
    if (!read_number(words->vcpus, 10, LAUNCH_VCPUS_MAX, &vcpus) || !vcpus)
        return complain("--vcpus wants a number from 1 to 512");
    if (!read_number(words->vcpu_signature, 16, UINT32_MAX, &signature))
        return complain("--vcpu-signature wants up to 8 digits of hex");
    if (!words->vcpu_signature)
        signature = launch_cpu_signature(words->vcpu_type ? words->vcpu_type : "EPYC-v4");
    if (!signature)
        return complain("--vcpu-type wants EPYC-v4, EPYC-Rome, EPYC-Milan, EPYC-Genoa or "
                        "EPYC-Turin");
    if (!read_number(words->features, 16, UINT64_MAX, &features))
        return complain("--guest-features wants up to 16 digits of hex");
    out->vcpus = (unsigned)vcpus;
    out->cpu_signature = (uint32_t)signature;
    out->features = features;
    return true;
}

static bool read_words(const struct words *words, struct launch *out)
{
    static const char *const modes[] = {"sev", "sev-es", "snp", NULL};
    static const char *const vmms[] = {"qemu", "ec2", "gce", NULL};
    const size_t mode = words->mode ? place_of(words->mode, modes) : 3;
    const size_t vmm = words->vmm ? place_of(words->vmm, vmms) : 0;
    if (mode == 3)
        return complain("what is to be measured: snp, sev or sev-es");
    if (vmm == 3)
        return complain("--vmm wants qemu, ec2 or gce");
    if (!words->firmware)
        return complain("--firmware is needed");
    if (!words->kernel && (words->initrd || words->append))
        return complain("--initrd and --append go with --kernel");
    out->mode = (enum launch_mode)(LAUNCH_SEV + mode);
    out->vmm = (enum launch_vmm)(LAUNCH_QEMU + vmm);
    out->has_kernel = words->kernel != NULL;
    out->command_line = words->append;
    return read_processors(words, out);
}

static bool load(const char *path, size_t most, struct buffer *bytes, slice *out)
{
    struct problem problem = {0};
    if (!path)
        return true;
    if (file_load(path, most, bytes, &problem).fault)
        return complain(problem.text);
    *out = buffer_view(bytes);
    return true;
}

static int say(const struct words *words, const struct digest *digest)
{
    char hex[2 * sizeof digest->data + 1];
    hex_write((slice){digest->data, digest->size}, hex);
    if (!words->as_json) {
        printf("%s\n", hex);
        return EXIT_DONE;
    }
    return print_json(json_pack("{s:s, s:s}", "platform",
                                strcmp(words->mode, "snp") == 0 ? "snp" : "sev", "measurement",
                                hex))
               ? EXIT_DONE
               : EXIT_REFUSED;
}

static int measure(const struct words *words, struct launch *launch)
{
    struct digest digest;
    SCOPED(files) files = {0};
    if (!load(words->firmware, LAUNCH_FIRMWARE_SIZE_MAX, &files.firmware, &launch->firmware) ||
        !load(words->kernel, LAUNCH_FILE_SIZE_MAX, &files.kernel, &launch->kernel) ||
        !load(words->initrd, LAUNCH_FILE_SIZE_MAX, &files.initrd, &launch->initrd))
        return EXIT_REFUSED;
    const status measured = launch_digest(launch, &digest);
    if (!measured.fault)
        return say(words, &digest);
    complain(measured.fault->what);
    return EXIT_REFUSED;
}

int command_measure(int argc, char **argv)
{
    struct words words = {0};
    struct launch launch = {0};
    const struct option_row rows[] = {{.name = "firmware", .value = &words.firmware},
                                      {.name = "kernel", .value = &words.kernel},
                                      {.name = "initrd", .value = &words.initrd},
                                      {.name = "append", .value = &words.append},
                                      {.name = "vcpus", .value = &words.vcpus},
                                      {.name = "vcpu-type", .value = &words.vcpu_type},
                                      {.name = "vcpu-signature", .value = &words.vcpu_signature},
                                      {.name = "vmm", .value = &words.vmm},
                                      {.name = "guest-features", .value = &words.features},
                                      {.name = "json", .flag = &words.as_json},
                                      {0}};
    const struct options options = {usage, rows, &words.mode, "snp, sev or sev-es"};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    return read_words(&words, &launch) ? measure(&words, &launch) : EXIT_USAGE;
}
