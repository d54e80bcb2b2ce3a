/* SPDX-License-Identifier: Apache-2.0 */

/* A confidential VM on Azure, on AMD SEV-SNP: the paravisor's report and a quote of its TPM. */

#include "evidence/azure/azure.h"
#include "evidence/azure/claim.h"
#include "evidence/azure/collect.h"
#include "evidence/snp/claim_names.h"
#include "evidence/tpm/claim_names.h"
#include "evidence/tpm/quotes.h"

#define REPORT_DATA_NAME AZURE_HARDWARE_REPORT_DATA
static const struct claim_name claim_names[] = {
    AZURE_CLAIM_ROWS,
    TPM_QUOTE_CLAIM_ROWS,
#include "evidence/snp/claim_names.inc"
    {0},
};

extern const struct platform snp_platform;

static const struct azure_kind kind = {"azure_snp", HCL_SNP, &snp_platform};

static bool recognises(slice evidence)
{
    return azure_recognises(&kind, evidence);
}

static status inspect(slice evidence, const struct endorsements *endorsements, struct facts *out)
{
    return azure_inspect(&kind, evidence, endorsements, out);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    return azure_verify(&kind, request, out);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

static bool is_here(const struct collection *where)
{
    return azure_is_here(HCL_SNP, where);
}

static status collect(const struct collection *request, struct buffer *out_evidence,
                      struct buffer *out_endorsements)
{
    (void)out_endorsements; /* the VCEK is fetched apart */
    return azure_collect(HCL_SNP, request, out_evidence);
}

const struct platform azure_snp_platform = {
    .name = "azure_snp",
    .title = "a confidential VM on Azure, on AMD SEV-SNP",
    .claims = claim_names,
    .also_pinned = "pcrs.",
    .recognises = recognises,
    .report_data = azure_report_data,
    .is_bound = tpm_is_bound,
    .binding_mismatch = "TPM_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = is_here,
    .collect = collect,
};
