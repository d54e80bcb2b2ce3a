/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/collect.h"

#include "evidence/snp/sev_guest.h"
#include "evidence/tsm.h"

enum { REPORT_SIZE = 1184, REPORT_DATA_OFFSET = 0x50 };

static const char *root_of(const struct collection *request)
{
    return request->tsm_root ? request->tsm_root : TSM_REPORT_ROOT;
}

/* Who names another place than the kernel's means that one, and not this machine's device. */
static bool has_only_device(const struct collection *where)
{
    return !where->tsm_root && !tsm_provides(TSM_REPORT_ROOT, "sev_guest") && snp_device_is_here();
}

bool snp_is_here(const struct collection *where)
{
    return tsm_provides(root_of(where), "sev_guest") || has_only_device(where);
}

/* spec: AMD SEV-SNP Firmware ABI, "ATTESTATION_REPORT" */
static status carries_binding(const struct buffer *report, slice binding)
{
    if (report->size != REPORT_SIZE)
        return FAIL(UNSUPPORTED, "the SNP guest returned a report of another size");
    const slice report_data = {report->data + REPORT_DATA_OFFSET, BINDING_SIZE};
    return slice_equal(report_data, binding)
               ? OK
               : FAIL(UNAUTHENTIC, "the SNP guest returned a report for other report data");
}

status snp_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(buffer) report = {0};
    SCOPED(buffer) table = {0};
    if (has_only_device(request))
        TRY(snp_device_report(request->binding, &report, &table));
    else
        TRY(tsm_report(root_of(request), "sev_guest", request->binding, &report, &table));
    TRY(carries_binding(&report, request->binding));
    *out_evidence = buffer_take(&report);
    *out_endorsements = buffer_take(&table);
    return OK;
}
