/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/events.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/page.h"
#include "cli/print.h"
#include "gateway/load.h"

#include <stdlib.h>

static const char usage[] =
    "usage: cix inspect EVIDENCE [--platform P] [--endorsements PATH]... [--json]\n"
    "\n"
    "Says what is written in evidence, and judges nothing: whoever made the file could write\n"
    "anything into it. `cix verify` judges.\n"
    "\n"
    "  EVIDENCE              a file as the vendor's tools write it, or as PEM, base64, hex or "
    "CMW, or\n"
    "                        a folder of the files that TPM tools leave; - is standard input\n"
    "  --platform P          refuse evidence of any other platform (snp, tdx, tpm, android, ...)\n"
    "  --endorsements PATH   a file or folder of certificates, collateral and event logs, which "
    "are\n"
    "                        shown too, and not believed either; may be given more than once\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0, or 3 when the evidence cannot be decoded.\n"
    "\n"
    "example:\n"
    "  cix inspect evidence.bin\n";

/* What is shown: claims, and the events of logs. */
struct subject {
    const struct platform *platform;
    const struct facts *facts;
    slice evidence;
    const struct endorsements *endorsements;
};

static void append_event(void *events, const char *line)
{
    (void)json_array_append_new(events, json_string(line));
}

static int show_json(const struct subject *subject)
{
    json_t *const events = json_array();
    json_t *const object =
        json_pack("{s:s, s:s, s:o}", "platform", subject->facts->platform, "format",
                  subject->facts->format, "claims", json_of_claims(&subject->facts->claims));
    if (events)
        events_each(subject->evidence, subject->endorsements, append_event, events);
    if (object && json_array_size(events) > 0)
        (void)json_object_set(object, "events", events);
    json_decref(events);
    return print_json(object) ? EXIT_DONE : EXIT_REFUSED;
}

static void print_event(void *is_first, const char *line)
{
    if (*(bool *)is_first)
        printf("\nevent log, in the words of whoever wrote it:\n");
    *(bool *)is_first = false;
    printf("  %s\n", line);
}

static int show(const struct subject *subject)
{
    bool is_first = true;
    page_print(stdout, subject->platform, subject->facts);
    events_each(subject->evidence, subject->endorsements, print_event, &is_first);
    return EXIT_DONE;
}

static int inspect(const char *path, const struct platform *wanted,
                   const struct endorsements *endorsements, bool as_json)
{
    SCOPED(given_evidence) evidence = {0};
    struct facts facts = {0};
    struct problem problem = {0};
    if (given_evidence_load(path, wanted, &evidence, &problem).fault) {
        fprintf(stderr, "cix inspect: %s\n", problem.text);
        return EXIT_MALFORMED;
    }
    const status inspected =
        evidence.platform->inspect(buffer_view(&evidence.bytes), endorsements, &facts);
    if (inspected.fault) {
        fprintf(stderr, "cix inspect: %s: %s\n", evidence.platform->name, inspected.fault->what);
        return EXIT_MALFORMED;
    }
    const struct subject subject = {evidence.platform, &facts, buffer_view(&evidence.bytes),
                                    endorsements};
    return as_json ? show_json(&subject) : show(&subject);
}

int command_inspect(int argc, char **argv)
{
    const char *path = NULL, *platform_name = NULL;
    struct option_texts paths = {0};
    bool as_json = false;
    const struct option_row rows[] = {{.name = "platform", .value = &platform_name},
                                      {.name = "endorsements", .list = &paths},
                                      {.name = "json", .flag = &as_json},
                                      {0}};
    const struct options options = {usage, rows, &path, "EVIDENCE"};
    const struct platform *platform = NULL;
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!given_platform(argv[0], platform_name, &platform))
        return EXIT_USAGE;

    struct endorsements *const endorsements = calloc(1, sizeof *endorsements);
    status loaded = endorsements ? OK : problem_at(&problem, 0, "no memory for endorsements");
    for (size_t i = 0; i < paths.count && !loaded.fault; i++)
        loaded = endorsements_load(paths.texts[i], endorsements, &problem);
    if (loaded.fault)
        fprintf(stderr, "cix inspect: %s\n", problem.text);
    result = loaded.fault ? EXIT_USAGE : inspect(path, platform, endorsements, as_json);
    if (endorsements)
        endorsements_clear(endorsements);
    free(endorsements);
    return result;
}
