/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/collect.h"

#include "evidence/tpm/collect.h"
#include "evidence/tpm/logs.h"

static const char *tcti_of(const struct collection *where)
{
    return where->tcti ? where->tcti : TPM_DEVICE_TCTI;
}

static status read_report(struct tpm_device *device, enum hcl_hardware hardware, struct buffer *out)
{
    struct hcl_report report;
    SCOPED(buffer) bytes = {0};
    TRY(tpm_device_nv(device, AZURE_NV_HCL_REPORT, &bytes));
    if (bytes.size == 0)
        return FAIL(UNAVAILABLE, "the TPM holds no report of Azure's paravisor");
    TRY(hcl_report_read(buffer_view(&bytes), &report));
    if (report.kind != hardware)
        return FAIL(UNSUPPORTED, "the paravisor's report is of the other kind of hardware");
    *out = buffer_take(&bytes);
    return OK;
}

bool azure_is_here(enum hcl_hardware hardware, const struct collection *where)
{
    SCOPED(tpm_device) device = {0};
    SCOPED(buffer) report = {0};
    return tpm_is_here(where) && !tpm_device_open(tcti_of(where), &device).fault &&
           !read_report(&device, hardware, &report).fault;
}

static status write_evidence(const struct tpm_collected *quote, const struct tpm_logs *logs,
                             slice report, struct buffer *out)
{
    struct tpm_evidence evidence = {
        .quotes = {{buffer_view(&quote->attest), buffer_view(&quote->signature)}},
        .quote_count = 1,
        .event_log = buffer_view(&logs->event_log),
        .ima_log = buffer_view(&logs->ima_log),
        .hcl_report = report,
    };
    TRY(tpm_collected_pcrs(quote, &evidence.pcrs));
    tpm_logs_keep_proven(&evidence);
    return tpm_evidence_write(&evidence, out);
}

status azure_collect(enum hcl_hardware hardware, const struct collection *request,
                     struct buffer *out_evidence)
{
    SCOPED(tpm_device) device = {0};
    SCOPED(tpm_device_key) ak = {0};
    SCOPED(tpm_collected) quote = {0};
    SCOPED(tpm_logs) logs = {0};
    SCOPED(buffer) report = {0};
    TRY(tpm_device_open(tcti_of(request), &device));
    TRY(read_report(&device, hardware, &report));
    TRY(tpm_device_kept_key(&device, AZURE_AK_HANDLE, &ak));
    TRY(tpm_collect_quote(&device, &ak, request->binding, &quote));
    if (!request->tcti)
        tpm_logs_read(&logs);
    return write_evidence(&quote, &logs, buffer_view(&report), out_evidence);
}
