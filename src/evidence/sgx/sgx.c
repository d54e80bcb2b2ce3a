/* SPDX-License-Identifier: Apache-2.0 */

/* Intel SGX 2: the report of an enclave that a quoting enclave signed with DCAP. */

#include "evidence/dcap/inspect.h"
#include "evidence/dcap/verify.h"
#include "evidence/sgx/claim_names.h"
#include "evidence/sgx/collect.h"
#include "evidence/sgx/enclave.h"
#include "evidence/sgx/tcb.h"

#define SGX_REASON(name) [DCAP_##name] = "SGX_" #name,
static const char *const reasons[DCAP_REASON_COUNT] = {DCAP_REASONS(SGX_REASON)};

static bool recognises(slice evidence)
{
    return dcap_quote_begins(evidence, DCAP_TEE_SGX);
}

/* A quote with its reports, borrowed from the evidence. */
struct sgx_evidence {
    struct dcap_quote quote;
    struct sgx_report report;
    struct sgx_report qe_report;
};

static status read_evidence(slice bytes, struct sgx_evidence *out)
{
    if (bytes.size > EVIDENCE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    TRY(dcap_quote_read(bytes, DCAP_TEE_SGX, &out->quote));
    TRY(sgx_report_read(out->quote.body, &out->report));
    return sgx_report_read(out->quote.qe_report, &out->qe_report);
}

static status report_data(slice bytes, slice *out)
{
    struct sgx_evidence evidence;
    TRY(read_evidence(bytes, &evidence));
    *out = evidence.report.report_data;
    return OK;
}

static const char *format_of(uint16_t version)
{
    return version == 3 ? "sgx-quote-v3" : version == 4 ? "sgx-quote-v4" : "sgx-quote-v5";
}

static void claim_evidence(const struct sgx_evidence *evidence, struct facts *facts)
{
    facts->platform = "sgx";
    facts->format = format_of(evidence->quote.version);
    dcap_claim_quote(&facts->claims, &evidence->quote);
    if (evidence->quote.version == 3) {
        claim_number(&facts->claims, "qe_svn", evidence->quote.qe_svn);
        claim_number(&facts->claims, "pce_svn", evidence->quote.pce_svn);
    }
    sgx_enclave_claim(&facts->claims, &evidence->report);
    dcap_claim_qe_report(&facts->claims, &evidence->qe_report);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct sgx_evidence evidence;
    TRY(read_evidence(bytes, &evidence));
    claim_evidence(&evidence, out);
    dcap_claim_unverified_chain(&out->claims, endorsements, &evidence.quote, TCB_INFO_SGX);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct sgx_evidence evidence;
    TRY(read_evidence(request->evidence, &evidence));
    claim_evidence(&evidence, out);

    SCOPED(dcap_verification)
    verification = {
        .request = request,
        .quote = &evidence.quote,
        .reasons = reasons,
        .tcb_info_kind = TCB_INFO_SGX,
        .qe_kind = QE_KIND_SGX,
        .report_data = evidence.report.report_data,
        .facts = out,
    };
    TRY(dcap_verify(&verification));
    dcap_claim_chain(&out->claims, verification.chain);
    sgx_evaluate_tcb(&verification);
    claim_flag(&out->claims, "collateral_not_yet_valid", verification.not_yet_valid);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform sgx_platform = {
    .name = "sgx",
    .title = "an Intel SGX enclave",
    .claims = sgx_claim_names,
    .recognises = recognises,
    .report_data = report_data,
    .binding_mismatch = "SGX_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = sgx_is_here,
    .collect = sgx_collect,
};
