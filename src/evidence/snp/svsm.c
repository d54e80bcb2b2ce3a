/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/svsm.h"

#include "evidence/snp/report.h"
#include "evidence/tsm.h"

#include "crypto/hash.h"

void snp_svsm_evidence_clear(struct snp_svsm_evidence *evidence)
{
    buffer_clear(&evidence->report);
    buffer_clear(&evidence->manifest);
    buffer_clear(&evidence->table);
}

bool snp_svsm_vouches(slice report_data, slice nonce, slice manifest)
{
    struct digest digest;
    return !digest_of_two(HASH_SHA512, nonce, manifest, &digest).fault &&
           equal_in_constant_time(report_data, (slice){digest.data, digest.size});
}

status snp_svsm_collect(const struct collection *request, struct snp_svsm_evidence *out)
{
    static const struct tsm_service vtpm = {"svsm", SNP_SVSM_VTPM_GUID};
    const char *const root = request->tsm_root ? request->tsm_root : TSM_REPORT_ROOT;
    SCOPED(snp_svsm_evidence) evidence = {.report = {0}};
    struct snp_report report;
    TRY(tsm_service_report(root, "sev_guest", &vtpm, request->binding, &evidence.report,
                           &evidence.manifest, &evidence.table));
    TRY(snp_report_read(buffer_view(&evidence.report), &report));
    if (!snp_svsm_vouches(report.report_data, request->binding, buffer_view(&evidence.manifest)))
        return FAIL(UNAUTHENTIC, "the SVSM's report vouches for another nonce or manifest");
    if (report.vmpl != 0)
        return FAIL(UNAUTHENTIC, "the report about the vTPM is not of VMPL 0");
    *out = evidence;
    evidence = (struct snp_svsm_evidence){.report = {0}};
    return OK;
}
