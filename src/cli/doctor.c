/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/doctor_machine.h"
#include "cli/options.h"

#include "evidence/tsm.h"
#include "gateway/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix doctor [-c FILE] [--tsm-root DIR] [--json]\n"
    "\n"
    "Looks at this machine and says which TEE is here, which interfaces to it answer, whether\n"
    "simulated ones can be used, what is missing and what to do about it. Changes nothing.\n"
    "\n"
    "  -c, --config FILE     a configuration to look at too; default: " CONFIG_FILE ", if there\n"
    "  --tsm-root DIR        another place than " TSM_REPORT_ROOT "\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0, or 2 when the configuration is wrong.\n"
    "\n"
    "example:\n"
    "  cix doctor\n";

/* Only what the file says; `cix check` looks at what it names, too. */
static int look_at_config(struct findings *findings, const char *path, struct problem *problem)
{
    if (!path && access(CONFIG_FILE, F_OK) != 0) {
        found(findings, FINDING_MISSING, "configuration", NULL, "there is none at " CONFIG_FILE);
        return EXIT_DONE;
    }
    struct config *const config = malloc(sizeof *config);
    const status loaded = config ? config_load(path ? path : CONFIG_FILE, config, problem)
                                 : problem_at(problem, 0, "there is no memory to read it");
    free(config);
    if (loaded.fault)
        found(findings, FINDING_WRONG, "configuration", "`cix check` says more", "is wrong");
    else
        found(findings, FINDING_GOOD, "configuration", NULL, "can be read");
    return loaded.fault ? EXIT_BAD_CONFIG : EXIT_DONE;
}

int command_doctor(int argc, char **argv)
{
    const char *path = NULL, *root = NULL, *answers[DOCTOR_ANSWERS_MAX];
    bool as_json = false;
    const struct option_row rows[] = {{.name = "config", .letter = 'c', .value = &path},
                                      {.name = "tsm-root", .value = &root},
                                      {.name = "json", .flag = &as_json},
                                      {0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct findings findings = {.count = 0};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    doctor_look_at_system(&findings);
    doctor_look_at_processor(&findings);
    doctor_look_at_interfaces(&findings, root);
    const size_t count = doctor_look_at_tees(&findings, root, answers);
    doctor_look_at_simulator(&findings);
    result = look_at_config(&findings, path, &problem);
    if (as_json && !findings_print_json(&findings, answers, count))
        return EXIT_REFUSED;
    if (!as_json)
        findings_print(&findings);
    fflush(stdout);
    if (result)
        config_complain("cix doctor", path ? path : CONFIG_FILE, &problem);
    return result;
}
