/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/findings.h"

#include "cli/print.h"

#include <stdarg.h>

static const struct {
    const char *mark, *name;
} states[] = {
    [FINDING_MISSING] = {"--", "missing"},
    [FINDING_WRONG] = {"!!", "wrong"},
    [FINDING_GOOD] = {"ok", "good"},
};

void found(struct findings *findings, enum finding_state state, const char *topic,
           const char *advice, const char *format, ...)
{
    va_list arguments;
    if (findings->count == FINDINGS_MAX)
        return;
    struct finding *const finding = &findings->rows[findings->count++];
    *finding = (struct finding){.state = state, .topic = topic, .advice = advice};
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
}

void findings_print(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *const finding = &findings->rows[i];
        printf("%-4s %-24s ", states[finding->state].mark, finding->topic);
        print_escaped(stdout, slice_of_text(finding->text)); /* files here may be anybody's */
        putchar('\n');
        if (finding->advice)
            printf("     %-24s -> %s\n", "", finding->advice);
    }
}

bool findings_print_json(const struct findings *findings, const char *const *answers, size_t count)
{
    json_t *const names = json_array(), *const rows = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(names, json_string(answers[i]));
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *const finding = &findings->rows[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:s?}", "topic", finding->topic,
                                              "state", states[finding->state].name, "text",
                                              json_of_text(slice_of_text(finding->text)), "advice",
                                              finding->advice));
    }
    return print_json(json_pack("{s:o, s:o}", "answers", names, "findings", rows));
}
