/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "cli/print.h"
#include "codec/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MILLISECONDS_MAX = 600000, LONG_OPTIONS_MAX = 256 };

/* What every platform understands. */
static const struct sim_option common[] = {
    {"help", false},
    {"platform", true},
    {"state", true},
    {"mount", true},
    {"foreground", false},
    {"evidence-out", true},
    {"endorsements-out", true},
    {"report-data", true},
    {"no-tsm", false},
    {"delay-ms", true},
    {"timeout-ms", true},
    {"fault", true},
    {NULL, false},
};

#define PLATFORM_ROW(name) &sim_##name,
static const struct sim_platform *const platforms[] = {SIM_PLATFORMS(PLATFORM_ROW)};
#undef PLATFORM_ROW

const struct sim_platform *sim_platform_at(size_t index)
{
    return index < sizeof platforms / sizeof *platforms ? platforms[index] : NULL;
}

const struct sim_platform *sim_platform_named(const char *name)
{
    const struct sim_platform *platform;
    for (size_t i = 0; (platform = sim_platform_at(i)); i++)
        if (name && strcmp(platform->name, name) == 0)
            return platform;
    return NULL;
}

static bool lists(const struct sim_option *options, const char *name)
{
    for (; options && options->name; options++)
        if (strcmp(options->name, name) == 0)
            return true;
    return false;
}

/* The options of all platforms, each once: `val` is one more than its place. */
struct long_options {
    struct option rows[LONG_OPTIONS_MAX];
    int count;
};

static void add_options(struct long_options *list, const struct sim_option *options)
{
    for (; options && options->name; options++) {
        bool known = false;
        for (int i = 0; i < list->count; i++)
            known |= strcmp(list->rows[i].name, options->name) == 0;
        if (known || list->count == LONG_OPTIONS_MAX - 1)
            continue;
        list->rows[list->count] =
            (struct option){options->name, options->takes_value ? required_argument : no_argument,
                            NULL, list->count + 1};
        list->count++;
    }
}

static bool keep(struct sim_arguments *arguments, const char *name, const char *value)
{
    if (sim_given(arguments, name)) {
        fprintf(stderr, "cix sim: --%s is given twice\n", name);
        return false;
    }
    if (arguments->count == SIM_ARGUMENTS_MAX) {
        fprintf(stderr, "cix sim: more than %d options\n", SIM_ARGUMENTS_MAX);
        return false;
    }
    arguments->rows[arguments->count].name = name;
    arguments->rows[arguments->count].value = value ? value : "";
    arguments->count++;
    return true;
}

bool sim_arguments_read(int argc, char **argv, struct sim_arguments *out)
{
    struct long_options list = {.count = 0};
    const struct sim_platform *platform;
    int id;
    add_options(&list, common);
    for (size_t i = 0; (platform = sim_platform_at(i)); i++)
        add_options(&list, platform->options);
    optind = 1;
    while ((id = getopt_long(argc, argv, "+h", list.rows, NULL)) != -1) {
        if (id == '?')
            return false;
        if (!keep(out, id == 'h' ? "help" : list.rows[id - 1].name, optarg))
            return false;
    }
    if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
        fputs("cix sim: '", stderr);
        print_escaped(stderr, slice_of_text(argv[optind]));
        fputs("' is not understood; a command follows --\n", stderr);
        return false;
    }
    out->command = optind < argc ? argv + optind : NULL;
    return true;
}

bool sim_arguments_fit(const struct sim_arguments *arguments, const struct sim_platform *platform)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const char *const name = arguments->rows[i].name;
        if (lists(common, name) || lists(platform->options, name))
            continue;
        fprintf(stderr, "cix sim: --%s is not for %s\n", name, platform->name);
        return false;
    }
    return true;
}

const char *sim_text(const struct sim_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->rows[i].name, name) == 0)
            return arguments->rows[i].value;
    return NULL;
}

bool sim_given(const struct sim_arguments *arguments, const char *name)
{
    return sim_text(arguments, name) != NULL;
}

bool sim_complain(const char *name, const char *wanted)
{
    fprintf(stderr, "cix sim: --%s wants %s\n", name, wanted);
    return false;
}

bool sim_number(const struct sim_arguments *arguments, const char *name, unsigned long most,
                unsigned long *out)
{
    const char *const text = sim_text(arguments, name);
    char wanted[48], *end;
    if (!text)
        return true;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    snprintf(wanted, sizeof wanted, "a number up to %lu", most);
    if (*text < '0' || *text > '9' || *end || errno || number > most)
        return sim_complain(name, wanted);
    *out = number;
    return true;
}

bool sim_hex(const struct sim_arguments *arguments, const char *name, uint8_t *out, size_t size)
{
    const char *const text = sim_text(arguments, name);
    char wanted[48];
    snprintf(wanted, sizeof wanted, "%zu bytes in hex", size);
    return !text || !hex_read_exactly(slice_of_text(text), out, size).fault ||
           sim_complain(name, wanted);
}

status sim_pad(slice report_data, uint8_t out[SIM_REPORT_DATA_SIZE])
{
    if (report_data.size > SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has at most 64 bytes");
    memset(out, 0, SIM_REPORT_DATA_SIZE);
    if (report_data.size)
        memcpy(out, report_data.data, report_data.size);
    return OK;
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
            return sim_complain("fault", "a count from 1 to 1000 after the colon");
        out->fault = fault;
        out->fault_count = (unsigned)count;
        return true;
    }
    return sim_complain("fault", "one of the names in `cix sim --help`");
}

bool sim_settings_read(const struct sim_arguments *arguments, struct sim_tsm_settings *out)
{
    unsigned long delay_ms = 0, timeout_ms = 30000; /* the kernel's own for GetQuote */
    if (!sim_number(arguments, "delay-ms", MILLISECONDS_MAX, &delay_ms) ||
        !sim_number(arguments, "timeout-ms", MILLISECONDS_MAX, &timeout_ms) ||
        !read_fault(sim_text(arguments, "fault"), out))
        return false;
    out->delay_ms = (unsigned)delay_ms;
    out->timeout_ms = (unsigned)timeout_ms;
    return true;
}
