/* SPDX-License-Identifier: Apache-2.0 */
#include "appraisal/reasons.h"

#include <stdio.h>
#include <string.h>

const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_MALFORMED:
        return "malformed";
    case VERDICT_UNAUTHENTIC:
        return "unauthentic";
    case VERDICT_DENIED:
        return "denied";
    case VERDICT_ACCEPTED:
        return "accepted";
    case VERDICT_NONE:
        break;
    }
    return "none";
}

void reason_add(struct appraisal *appraisal, const char *code)
{
    for (size_t i = 0; i < appraisal->reason_count; i++)
        if (strcmp(appraisal->reasons[i], code) == 0)
            return;
    if (appraisal->reason_count == REASONS_MAX)
        return;
    snprintf(appraisal->reasons[appraisal->reason_count++], REASON_SIZE, "%s", code);
}

void reason_compose(struct appraisal *appraisal, const char *platform, const char *subject,
                    const char *what)
{
    char code[REASON_SIZE];
    snprintf(code, sizeof code, "%s_%s%s%s", platform, subject ? subject : "", subject ? "_" : "",
             what);
    for (char *at = code; *at; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
        else if (*at == '.')
            *at = '_';
    }
    reason_add(appraisal, code);
}
