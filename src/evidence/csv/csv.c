/* SPDX-License-Identifier: Apache-2.0 */

/* Hygon CSV 1, 2 and 3: a report that the secure processor signed with the PEK of its platform. */

#include "evidence/csv/claim.h"
#include "evidence/csv/claim_names.h"
#include "evidence/csv/collect.h"
#include "evidence/csv/verify.h"

static status report_data(slice evidence, slice *out)
{
    struct csv_report report;
    TRY(csv_report_read(evidence, &report));
    *out = csv_report_data_as_stored(evidence, &report);
    return OK;
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct csv_report report;
    SCOPED(csv_pek) space = {0};
    const struct csv_pek *pek = NULL;
    TRY(csv_report_read(bytes, &report));
    if (endorsements)
        TRY(csv_pek_examine(endorsements, report.pek, &space, &pek));
    csv_claim(out, &report, pek);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct csv_report report;
    SCOPED(csv_pek) space = {0};
    const struct csv_pek *pek;
    TRY(csv_report_read(request->evidence, &report));
    TRY(csv_verify(request, &report, out, &space, &pek));
    csv_claim(out, &report, pek);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform csv_platform = {
    .name = "csv",
    .title = "a guest of Hygon CSV",
    .claims = csv_claim_names,
    .recognises = csv_report_is,
    .report_data = report_data,
    .is_bound = csv_report_data_is,
    .binding_mismatch = "CSV_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = csv_is_here,
    .collect = csv_collect,
};
