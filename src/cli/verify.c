/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/given.h"
#include "cli/hints.h"
#include "cli/options.h"
#include "cli/print.h"

#include "appraisal/appraise.h"
#include "gateway/load.h"
#include "net/clock.h"

#include <string.h>

static const char usage[] =
    "usage: cix verify EVIDENCE [--platform P] [--endorsements PATH]... [--trust PATH]...\n"
    "                  [--policy FILE] [--report-data HEX] [--at RFC3339] [--json]\n"
    "\n"
    "Judges evidence, without a network. Without --policy it judges authenticity only: that\n"
    "genuine hardware made the evidence, not that it runs what you want.\n"
    "\n"
    "  EVIDENCE              a file as the vendor's tools write it, or as PEM, base64, hex or "
    "CMW, or\n"
    "                        a folder of the files that TPM tools leave; - is standard input\n"
    "  --platform P          refuse evidence of any other platform (snp, tdx, tpm, android, ...)\n"
    "  --endorsements PATH   a file or folder of certificates, revocation lists and collateral;\n"
    "                        told apart by content, and believed only when they chain to a\n"
    "                        vendor's pinned root; may be given more than once\n"
    "  --trust PATH          a further root, such as a simulator's, or a folder of roots; may be\n"
    "                        given more than once\n"
    "  --policy FILE         what to accept; `strict` is built in and pins no measurement\n"
    "  --report-data HEX     what the evidence must carry; zeros are added up to 64 bytes\n"
    "  --at RFC3339          judge as of this time instead of now\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0 accepted; 1 authentic, but denied by policy; 2 not authentic; 3 malformed or\n"
    "unsupported; 64 wrongly called.\n"
    "\n"
    "example:\n"
    "  cix verify evidence.bin --endorsements certs/ --policy strict\n";

/* The command line, read. */
struct task {
    const char *path, *policy_path;
    const struct platform *platform;
    uint8_t report_data[BINDING_SIZE];
    slice binding; /* empty: not asked */
    int64_t at_s;
    bool as_json;
    struct guard guard; /* no rules: authenticity only */
};

/* What came out of it. */
struct outcome {
    struct facts facts;
    struct appraisal appraisal;
};

/* ---- judging ---- */

/* Evidence that cannot be read has one failed check, which says why. */
static void refuse_unread(struct outcome *outcome, status failed, const char *detail)
{
    const char *const reason = given_evidence_reason(failed);
    outcome->facts.check_count = 0;
    check_fail(&outcome->facts, "format", reason, "%s", detail);
    outcome->appraisal = (struct appraisal){.verdict = VERDICT_MALFORMED, .reason_count = 1};
    snprintf(outcome->appraisal.reasons[0], REASON_SIZE, "%s", reason);
}

static void judge(const struct task *task, struct outcome *out)
{
    SCOPED(given_evidence) evidence = {0};
    struct problem problem = {0};
    const status loaded = given_evidence_load(task->path, task->platform, &evidence, &problem);
    if (loaded.fault) {
        refuse_unread(out, loaded, problem.text);
        return;
    }
    const struct verification request = {
        .evidence = buffer_view(&evidence.bytes),
        .binding = task->binding,
        .endorsements = task->guard.endorsements,
        .now_s = task->at_s,
    };
    status done = evidence.platform->verify(&request, &out->facts);
    if (!done.fault)
        done = appraise(&out->facts, task->guard.rules, (slice){0}, task->at_s, &out->appraisal);
    if (!done.fault)
        return;
    out->facts.platform = evidence.platform->name;
    refuse_unread(out, done, done.fault->what);
}

static int exit_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_ACCEPTED:
        return EXIT_DONE;
    case VERDICT_DENIED:
        return EXIT_REFUSED;
    case VERDICT_UNAUTHENTIC:
        return EXIT_UNAUTHENTIC;
    case VERDICT_MALFORMED:
    case VERDICT_NONE:
        break;
    }
    return EXIT_MALFORMED;
}

/* ---- telling ---- */

static const char *result_name(enum check_result result)
{
    return result == CHECK_PASS ? "pass" : result == CHECK_SKIPPED ? "skipped" : "fail";
}

/* What a check says for itself; its reason's code where it says nothing. */
static const char *detail_of(const struct check *check)
{
    return *check->detail || check->result == CHECK_PASS || !check->reason ? check->detail
                                                                           : check->reason;
}

static json_t *json_of_checks(const struct facts *facts)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < facts->check_count; i++) {
        const struct check *const check = &facts->checks[i];
        json_array_append_new(array, json_pack("{s:s, s:s, s:o}", "check", check->name, "result",
                                               result_name(check->result), "detail",
                                               json_of_text(slice_of_text(detail_of(check)))));
    }
    return array;
}

static json_t *json_of_reasons(const struct appraisal *appraisal)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < appraisal->reason_count; i++)
        json_array_append_new(array, json_of_text(slice_of_text(appraisal->reasons[i])));
    return array;
}

static bool tell_program(const struct outcome *outcome)
{
    const struct facts *const facts = &outcome->facts;
    return print_json(json_pack("{s:s, s:s?, s:s?, s:o, s:o, s:o}", "verdict",
                                verdict_name(outcome->appraisal.verdict), "platform",
                                facts->platform, "format", facts->format, "claims",
                                json_of_claims(&facts->claims), "checks", json_of_checks(facts),
                                "reasons", json_of_reasons(&outcome->appraisal)));
}

static void tell_checks(const struct facts *facts, enum check_result result, const char *title)
{
    for (size_t i = 0; i < facts->check_count; i++) {
        const struct check *const check = &facts->checks[i];
        if (check->result != result)
            continue;
        printf("%-12s %s: ", title, check->name);
        print_escaped(stdout, slice_of_text(detail_of(check)));
        putchar('\n');
    }
}

static void tell_claim(const struct claims *claims, const char *name)
{
    const struct claim *const claim = claims_find(claims, name);
    if (claim)
        print_claim(stdout, "claim        ", claims, claim);
}

static void tell_reasons(const struct appraisal *appraisal)
{
    for (size_t i = 0; i < appraisal->reason_count; i++) {
        const char *const hint = hint_for(appraisal->reasons[i]);
        printf("%-12s ", "reason");
        print_escaped(stdout, slice_of_text(appraisal->reasons[i]));
        printf("%s%s\n", hint ? "\n             " : "", hint ? hint : "");
    }
}

static const char *sentence_of(enum verdict verdict, bool has_policy)
{
    switch (verdict) {
    case VERDICT_ACCEPTED:
        return has_policy ? "authentic, and what the policy wants"
                          : "authentic; no policy was given, so only authenticity was judged";
    case VERDICT_DENIED:
        return "authentic, but not what the policy wants";
    case VERDICT_UNAUTHENTIC:
        return "not authentic: believe nothing in it";
    case VERDICT_MALFORMED:
    case VERDICT_NONE:
        break;
    }
    return "no evidence that can be judged";
}

static void tell_person(const struct task *task, const struct outcome *outcome)
{
    const struct facts *const facts = &outcome->facts;
    const enum verdict verdict = outcome->appraisal.verdict;
    printf("%-12s %s\n", verdict_name(verdict), sentence_of(verdict, task->guard.rules));
    if (facts->format)
        printf("%-12s %s\n", "evidence", facts->format);
    if (verdict == VERDICT_ACCEPTED || verdict == VERDICT_DENIED) {
        tell_claim(&facts->claims, "measurement");
        tell_claim(&facts->claims, "report_data");
        tell_claim(&facts->claims, "tcb_status");
    }
    tell_checks(facts, CHECK_FAIL, "failed");
    tell_checks(facts, CHECK_SKIPPED, "not checked");
    tell_reasons(&outcome->appraisal);
}

/* ---- the command line ---- */

static bool load_guard(struct task *task, const struct option_texts *endorsements,
                       const struct option_texts *trusted, struct problem *problem)
{
    status loaded = policy_load(task->policy_path, &task->guard, problem);
    for (size_t i = 0; i < trusted->count && !loaded.fault; i++)
        loaded = trust_load(trusted->texts[i], task->guard.endorsements, problem);
    for (size_t i = 0; i < endorsements->count && !loaded.fault; i++)
        loaded = endorsements_load(endorsements->texts[i], task->guard.endorsements, problem);
    return !loaded.fault;
}

static bool read_task(int argc, char **argv, struct task *task, int *out_exit)
{
    const char *platform = NULL, *report_data = NULL, *at = NULL;
    size_t report_data_size = 0;
    struct option_texts endorsements = {0}, trusted = {0};
    struct problem problem = {0};
    const struct option_row rows[] = {{.name = "platform", .value = &platform},
                                      {.name = "endorsements", .list = &endorsements},
                                      {.name = "trust", .list = &trusted},
                                      {.name = "policy", .value = &task->policy_path},
                                      {.name = "report-data", .value = &report_data},
                                      {.name = "at", .value = &at},
                                      {.name = "json", .flag = &task->as_json},
                                      {0}};
    const struct options options = {usage, rows, &task->path, "EVIDENCE"};
    if (!options_read(&options, argc, argv, out_exit))
        return false;
    *out_exit = EXIT_USAGE;
    task->at_s = clock_now().wall_s;
    if (!given_platform(argv[0], platform, &task->platform) ||
        !given_report_data(argv[0], report_data, task->report_data, &report_data_size) ||
        !given_time(argv[0], at, &task->at_s))
        return false;
    if (report_data)
        task->binding = (slice){task->report_data, report_data_size};
    if (load_guard(task, &endorsements, &trusted, &problem))
        return true;
    fprintf(stderr, "cix verify: %s\n", problem.text);
    return false;
}

int command_verify(int argc, char **argv)
{
    struct task task = {0};
    struct outcome outcome = {0};
    int result;
    if (read_task(argc, argv, &task, &result)) {
        judge(&task, &outcome);
        result = exit_of(outcome.appraisal.verdict);
        if (!task.as_json)
            tell_person(&task, &outcome);
        else if (!tell_program(&outcome) && result == EXIT_DONE)
            result = EXIT_REFUSED;
    }
    guard_clear(&task.guard);
    return result;
}
