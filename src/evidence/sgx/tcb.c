/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/tcb.h"

#include "evidence/dcap/claim.h"

static void report_levels(struct dcap_verification *v, const struct tcb_level *platform,
                          const struct svn_level *qe)
{
    const struct tcb_verdict *const verdicts[] = {platform ? &platform->verdict : NULL,
                                                  qe ? &qe->verdict : NULL};
    const enum tcb_status platform_status = tcb_level_status(platform);
    const enum tcb_status qe_status = svn_level_status(qe);
    const enum tcb_status tcb = tcb_status_converge(platform_status, qe_status);
    struct claims *const claims = &v->facts->claims;

    claim_text(claims, "tcb_status", tcb_status_name(tcb));
    claim_text(claims, "platform_status", tcb_status_name(platform_status));
    claim_text(claims, "qe_status", tcb_status_name(qe_status));
    dcap_claim_verdicts(claims, verdicts, sizeof verdicts / sizeof verdicts[0]);
    /* Also where a level that does not match decides the status. */
    dcap_report_level(v, tcb, platform_status == TCB_REVOKED || qe_status == TCB_REVOKED);
}

void sgx_evaluate_tcb(struct dcap_verification *v)
{
    if (v->tcb_info)
        dcap_claim_tcb_info(&v->facts->claims, v->tcb_info);
    if (!v->tcb_info || !v->qe_identity) {
        check_skip(v->facts, "tcb_level", v->reasons[DCAP_TCB_UNKNOWN],
                   "there is no genuine TCB info and QE identity to compare with");
        return;
    }
    const struct pck_extension *const pck = &v->chain->extension;
    const struct tcb_svns svns = {.sgx = pck->components, .pcesvn = pck->pcesvn};
    report_levels(
        v, tcb_level_match(v->tcb_info->levels, v->tcb_info->level_count, &svns),
        svn_level_match(v->qe_identity->levels, v->qe_identity->level_count, v->qe_report.isvsvn));
}
