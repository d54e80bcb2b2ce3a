/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
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
    "  --platform P          refuse evidence of any other platform (snp, tdx)\n"
    "  --endorsements PATH   a file or folder of certificates and collateral, whose claims are\n"
    "                        shown too, and not believed either; may be given more than once\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0, or 3 when the evidence cannot be decoded.\n"
    "\n"
    "example:\n"
    "  cix inspect evidence.bin\n";

static int show(const struct platform *platform, const struct facts *facts, bool as_json)
{
    if (as_json)
        return print_json(json_pack("{s:s, s:s, s:o}", "platform", facts->platform, "format",
                                    facts->format, "claims", json_of_claims(&facts->claims)))
                   ? EXIT_DONE
                   : EXIT_REFUSED;
    page_print(stdout, platform, facts);
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
    return show(evidence.platform, &facts, as_json);
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
