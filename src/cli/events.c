/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/events.h"

#include "evidence/eventlog/describe.h"
#include "evidence/tpm/quote.h"

struct taking {
    void (*take)(void *context, const char *line);
    void *context;
};

static status take_log(const struct taking *taking, enum event_log_kind kind, slice bytes)
{
    struct event_log log;
    TRY(event_log_begin(kind, bytes, &log));
    for (bool more = true; more;) {
        struct event event = {0};
        char line[EVENT_LINE_SIZE];
        TRY(event_log_next(&log, &event, &more));
        if (!more)
            continue;
        event_describe(&log, &event, line);
        taking->take(taking->context, line);
    }
    return OK;
}

static void take(const struct taking *taking, enum event_log_kind kind, slice bytes)
{
    const status taken = take_log(taking, kind, bytes);
    if (taken.fault)
        taking->take(taking->context, taken.fault->what);
}

void events_each(slice evidence, const struct endorsements *endorsements,
                 void (*take_line)(void *context, const char *line), void *context)
{
    const struct taking taking = {take_line, context};
    struct tpm_evidence tpm;
    if (tpm_evidence_form(evidence) != TPM_FORM_NONE && !tpm_evidence_read(evidence, &tpm).fault &&
        tpm.event_log.size)
        take(&taking, EVENT_LOG_TPM, tpm.event_log);
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == ENDORSEMENT_EVENT_LOG)
            take(&taking, EVENT_LOG_CC, buffer_view(&endorsements->items[i].bytes));
}
