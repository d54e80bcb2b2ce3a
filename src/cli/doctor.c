/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/options.h"
#include "cli/print.h"

#include "crypto/library.h"
#include "evidence/platform.h"
#include "evidence/tsm.h"
#include "gateway/load.h"
#include "net/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix doctor [-c FILE] [--tsm-root DIR]\n"
    "\n"
    "Looks at this machine and says which TEE is here, whether simulated ones can be used, and "
    "what\n"
    "is missing. Changes nothing.\n"
    "\n"
    "  -c, --config FILE     a configuration to look at too; default: " CONFIG_FILE ", if there\n"
    "  --tsm-root DIR        another place than " TSM_REPORT_ROOT "\n"
    "\n"
    "Ends with 0, or 2 when the configuration is wrong.\n"
    "\n"
    "example:\n"
    "  cix doctor\n";

enum { EARLIEST_SANE_S = 1704067200 }; /* 2024: a clock before it was never set */

static void say(bool is_good, const char *topic, const char *text)
{
    printf("%-4s %-14s %s\n", is_good ? "ok" : "--", topic, text);
}

static void look_at_system(void)
{
    char line[256];
    struct utsname name;
    if (uname(&name) == 0) {
        snprintf(line, sizeof line, "%s %s on %s", name.sysname, name.release, name.machine);
        say(true, "system", line);
    }
    say(true, "cix", CIX_VERSION);
    say(true, "library", crypto_library_version());
    const bool is_set = clock_now().wall_s > EARLIEST_SANE_S;
    say(is_set, "clock",
        is_set ? "plausible" : "was never set: certificates and revocation lists cannot be judged");
}

/* The devices of guests, whether or not configfs-tsm is there. */
static void look_at_devices(void)
{
    static const struct {
        const char *path, *there;
    } devices[] = {
        {"/dev/sev-guest", "this is an SEV-SNP guest"},
        {"/dev/tdx_guest", "this is a TDX guest"},
    };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (access(devices[i].path, F_OK) == 0)
            say(true, devices[i].path, devices[i].there);
}

/* Why nobody answers at `root`, most basic reason first. */
static const char *missing_at(const char *root)
{
    if (access(root, F_OK) != 0 && strcmp(root, TSM_REPORT_ROOT) != 0)
        return "none: the folder is not there; start `cix sim --mount` on it";
    if (access("/sys/kernel/config", F_OK) != 0)
        return "none: configfs is not there: mount -t configfs none /sys/kernel/config";
    if (access(root, F_OK) != 0)
        return "none: the kernel offers no configfs-tsm (Linux 6.7 or later, in a guest)";
    if (access(root, W_OK) != 0)
        return "none that this user may ask: run as root, or give it the folder";
    return "none: no TEE's driver is loaded (modprobe sev-guest or tdx-guest)";
}

static void look_at_tee(const char *root)
{
    const struct collection where = {.tsm_root = root};
    const struct platform *const here = platform_here(&where);
    char line[64];
    look_at_devices();
    if (!here) {
        say(false, "TEE", missing_at(root));
        return;
    }
    snprintf(line, sizeof line, "%s answers: `cix attest` works", here->name);
    say(true, "TEE", line);
}

static void look_at_fuse(void)
{
    const bool works = access("/dev/fuse", R_OK | W_OK) == 0;
    say(works, "FUSE",
        works             ? "there: `cix sim` works"
        : errno == EACCES ? "not for this user: `cix sim` cannot mount"
                          : "not there: `cix sim` cannot mount (modprobe fuse)");
}

/* Only what the file says; `cix check` looks at what it names, too. */
static int look_at_config(const char *path)
{
    const char *const looked_at = path ? path : CONFIG_FILE;
    struct problem problem = {0};
    if (!path && access(looked_at, F_OK) != 0) {
        say(false, "configuration", "there is none at " CONFIG_FILE);
        return EXIT_DONE;
    }
    struct config *const config = malloc(sizeof *config);
    const status loaded = config ? config_load(looked_at, config, &problem)
                                 : problem_at(&problem, 0, "there is no memory to read it");
    free(config);
    say(!loaded.fault, "configuration", loaded.fault ? "is wrong" : "can be read");
    fflush(stdout);
    if (loaded.fault)
        config_complain("cix doctor", looked_at, &problem);
    return loaded.fault ? EXIT_BAD_CONFIG : EXIT_DONE;
}

int command_doctor(int argc, char **argv)
{
    const char *path = NULL, *root = NULL;
    const struct option_row rows[] = {{.name = "config", .letter = 'c', .value = &path},
                                      {.name = "tsm-root", .value = &root},
                                      {0}};
    const struct options options = {usage, rows, NULL, NULL};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    look_at_system();
    look_at_tee(root ? root : TSM_REPORT_ROOT);
    look_at_fuse();
    return look_at_config(path);
}
