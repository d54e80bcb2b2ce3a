/* SPDX-License-Identifier: Apache-2.0 */

/* Intel TDX: a TD report that a quoting enclave signed. */

#include "evidence/dcap/inspect.h"
#include "evidence/dcap/verify.h"
#include "evidence/eventlog/check.h"
#include "evidence/tdx/claim_names.h"
#include "evidence/tdx/collect.h"
#include "evidence/tdx/report.h"
#include "evidence/tdx/tcb.h"

#define TDX_REASON(name) [DCAP_##name] = "TDX_" #name,
static const char *const reasons[DCAP_REASON_COUNT] = {DCAP_REASONS(TDX_REASON)};

static bool recognises(slice evidence)
{
    return dcap_quote_begins(evidence, DCAP_TEE_TDX);
}

/* A quote with its TD report, borrowed from the evidence. */
struct tdx_evidence {
    struct dcap_quote quote;
    struct td_report report;
    struct sgx_report qe_report;
};

static status read_evidence(slice bytes, struct tdx_evidence *out)
{
    if (bytes.size > EVIDENCE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    TRY(dcap_quote_read(bytes, DCAP_TEE_TDX, &out->quote));
    TRY(td_report_read(out->quote.body_type, out->quote.body, &out->report));
    return sgx_report_read(out->quote.qe_report, &out->qe_report);
}

static status report_data(slice bytes, slice *out)
{
    struct tdx_evidence evidence;
    TRY(read_evidence(bytes, &evidence));
    *out = evidence.report.fields[TD_REPORT_DATA];
    return OK;
}

static void claim_evidence(const struct tdx_evidence *evidence, struct facts *facts)
{
    facts->platform = "tdx";
    facts->format = evidence->quote.version == 4 ? "tdx-quote-v4" : "tdx-quote-v5";
    dcap_claim_quote(&facts->claims, &evidence->quote);
    td_report_claim(&facts->claims, &evidence->report);
    dcap_claim_qe_report(&facts->claims, &evidence->qe_report);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct tdx_evidence evidence;
    TRY(read_evidence(bytes, &evidence));
    claim_evidence(&evidence, out);
    dcap_claim_unverified_chain(&out->claims, endorsements, &evidence.quote, TCB_INFO_TDX);
    return claims_finish(&out->claims);
}

static void check_event_logs(const struct endorsements *endorsements,
                             const struct td_report *report, struct facts *facts)
{
    static const struct event_log_reasons codes = {
        .missing = "TDX_EVENT_LOG_MISSING",
        .malformed = "TDX_EVENT_LOG_MALFORMED",
        .mismatch = "TDX_EVENT_LOG_MISMATCH",
        .runtime_missing = "TDX_RUNTIME_LOG_MISSING",
        .runtime_mismatch = "TDX_RUNTIME_LOG_MISMATCH",
    };
    event_logs_check(endorsements, HASH_SHA384, &report->fields[TD_RTMR0], &codes, facts);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct tdx_evidence evidence;
    TRY(read_evidence(request->evidence, &evidence));
    claim_evidence(&evidence, out);

    SCOPED(dcap_verification)
    verification = {
        .request = request,
        .quote = &evidence.quote,
        .reasons = reasons,
        .tcb_info_kind = TCB_INFO_TDX,
        .qe_kind = QE_KIND_TDX,
        .report_data = evidence.report.fields[TD_REPORT_DATA],
        .facts = out,
    };
    TRY(dcap_verify(&verification));
    dcap_claim_chain(&out->claims, verification.chain);
    tdx_evaluate_tcb(&verification, &evidence.report);
    check_event_logs(request->endorsements, &evidence.report, out);
    claim_flag(&out->claims, "collateral_not_yet_valid", verification.not_yet_valid);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform tdx_platform = {
    .name = "tdx",
    .title = "an Intel TDX trust domain",
    .claims = tdx_claim_names,
    .recognises = recognises,
    .report_data = report_data,
    .binding_mismatch = "TDX_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = tdx_is_here,
    .collect = tdx_collect,
};
