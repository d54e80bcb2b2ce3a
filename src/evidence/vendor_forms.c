/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/vendor_forms.h"

#include "evidence/android/revocation.h"
#include "evidence/csv/certificate.h"
#include "evidence/eventlog/log.h"
#include "evidence/sev/certificate.h"
#include "evidence/tpm/ak.h"

/* Reserved memory may follow a log, so that it has the rest of its file to itself. */
static size_t event_log_size(slice file)
{
    return event_log_begins(file) ? file.size : 0;
}

/* `size` gives that of the one object at the beginning of a file, 0 when it is not this form. */
static const struct form {
    enum endorsement_kind kind;
    size_t (*size)(slice file);
} forms[] = {
    {ENDORSEMENT_ANDROID_REVOCATION, android_revocation_size},
    {ENDORSEMENT_EVENT_LOG, event_log_size},
    {ENDORSEMENT_CSV_CERTIFICATE, csv_certificate_begins},
    {ENDORSEMENT_SEV_CERTIFICATE, sev_certificate_begins},
    {ENDORSEMENT_NONE, NULL},
};

enum endorsement_kind vendor_form_begins(slice file, size_t *out_size)
{
    for (const struct form *form = forms; form->size; form++) {
        const size_t size = form->size(file);
        if (size && size <= file.size) {
            *out_size = size;
            return form->kind;
        }
    }
    return ENDORSEMENT_NONE;
}

/* Each is UNSUPPORTED when the file is not this form. */
static status (*const anchor_forms[])(slice file, struct public_key *out) = {
    tpm_anchor_read,
    csv_anchor_read,
    sev_anchor_read,
    NULL,
};

status vendor_anchor_read(slice file, struct public_key *out)
{
    for (size_t i = 0; anchor_forms[i]; i++) {
        const status read = anchor_forms[i](file, out);
        if (!read.fault || read.fault->failure != FAILURE_UNSUPPORTED)
            return read;
    }
    return FAIL(UNSUPPORTED, "the file holds no certificate and no key that we know");
}
