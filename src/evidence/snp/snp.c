/* SPDX-License-Identifier: Apache-2.0 */

/* AMD SEV-SNP: a report that the secure processor signed with a key of its chip or its owner. */

#include "evidence/snp/claim.h"
#include "evidence/snp/claim_names.h"
#include "evidence/snp/collect.h"
#include "evidence/snp/verify.h"

#include "codec/reader.h"

static const char *const formats[] = {
    [2] = "snp-report-v2", [3] = "snp-report-v3", [4] = "snp-report-v4", [5] = "snp-report-v5"};

/* A quote's version has two bytes, and what follows is not zero; a report's has four. */
static bool recognises(slice evidence)
{
    struct reader reader = reader_of(evidence);
    const uint32_t version = read_le32(&reader);
    return evidence.size >= SNP_REPORT_SIZE && version >= 1 && version <= 0xff;
}

static status report_data(slice evidence, slice *out)
{
    struct snp_report report;
    TRY(snp_report_read(evidence, &report));
    *out = report.report_data;
    return OK;
}

/* Where the report does not name its product, its certificate does. */
static enum snp_product product_of(const struct snp_report *report, const struct snp_chain *chain)
{
    return report->has_cpuid || !chain ? report->product : chain->says.product;
}

static void claim(struct facts *facts, const struct snp_report *report,
                  const struct snp_chain *chain)
{
    facts->platform = "snp";
    facts->format = formats[report->version];
    snp_claim_report(&facts->claims, report, product_of(report, chain));
    if (chain && !chain->read.fault)
        snp_claim_leaf(&facts->claims, &chain->says);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct snp_report report;
    const struct snp_chains *chains;
    const struct snp_chain *chain = NULL;
    TRY(snp_report_read(bytes, &report));
    if (endorsements) {
        TRY(snp_chains_of(endorsements, &chains));
        chain = snp_chain_for(chains, &report, 0);
    }
    claim(out, &report, chain);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct snp_report report;
    const struct snp_chain *chain;
    TRY(snp_report_read(request->evidence, &report));
    TRY(snp_verify(request, &report, out, &chain));
    claim(out, &report, chain);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform snp_platform = {
    .name = "snp",
    .title = "a guest of AMD SEV-SNP",
    .claims = snp_claim_names,
    .recognises = recognises,
    .report_data = report_data,
    .binding_mismatch = "SNP_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = snp_is_here,
    .collect = snp_collect,
};
