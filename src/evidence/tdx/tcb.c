/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/tcb.h"

#include "evidence/dcap/claim.h"

#include <stdio.h>

enum { MODULE_MINOR, MODULE_MAJOR }; /* places in TEE_TCB_SVN */

/* Modules of major version 0 are described beside the numbered ones. */
static const struct tdx_module *module_of(const struct tcb_info *info, slice tee_tcb_svn)
{
    const uint8_t major = tee_tcb_svn.data[MODULE_MAJOR];
    return major == 0 ? &info->module : tcb_info_module(info, major);
}

static status module_matches(const struct tdx_module *module, const struct td_report *report)
{
    const slice attributes = report->fields[TD_SEAM_ATTRIBUTES];
    if (!module)
        return FAIL(UNAUTHENTIC, "the TCB info knows no TDX module of this major version");
    if (!slice_equal(report->fields[TD_MRSIGNERSEAM], SLICE(module->mrsigner)))
        return FAIL(UNAUTHENTIC, "MRSIGNERSEAM is not that of Intel's TDX module");
    for (size_t i = 0; i < SEAM_ATTRIBUTES_SIZE; i++)
        if (attributes.data[i] != 0 ||
            (attributes.data[i] & module->attributes_mask[i]) != module->attributes[i])
            return FAIL(UNAUTHENTIC, "the SEAM attributes are not those of Intel's TDX module");
    return OK;
}

/* The levels that one TEE_TCB_SVN reaches; NULL where it reaches none. */
struct evaluation {
    const struct tcb_level *platform;
    const struct svn_level *module;
    const struct svn_level *qe;
    bool module_is_numbered; /* else `module` does not count */
    enum tcb_status status;
};

static struct evaluation evaluate(const struct dcap_verification *v, slice tee_tcb_svn)
{
    const struct pck_extension *const pck = &v->chain->extension;
    const struct tcb_svns svns = {pck->components, tee_tcb_svn.data, pck->pcesvn};
    const struct tdx_module *const module = module_of(v->tcb_info, tee_tcb_svn);
    struct evaluation e = {.module_is_numbered = tee_tcb_svn.data[MODULE_MAJOR] > 0};

    e.platform = tcb_level_match(v->tcb_info->levels, v->tcb_info->level_count, &svns);
    e.qe =
        svn_level_match(v->qe_identity->levels, v->qe_identity->level_count, v->qe_report.isvsvn);
    e.status = tcb_level_status(e.platform);
    if (e.module_is_numbered) {
        if (module)
            e.module = svn_level_match(module->levels, module->level_count,
                                       tee_tcb_svn.data[MODULE_MINOR]);
        e.status = tcb_status_converge(e.status, svn_level_status(e.module));
    }
    e.status = tcb_status_converge(e.status, svn_level_status(e.qe));
    return e;
}

/* Also where a level that does not match decides the status: a revoked part is never let pass. */
static bool any_revoked(const struct evaluation *e)
{
    return (e->platform && e->platform->verdict.status == TCB_REVOKED) ||
           (e->module && e->module->verdict.status == TCB_REVOKED) ||
           (e->qe && e->qe->verdict.status == TCB_REVOKED);
}

static void claim_module(struct claims *claims, const struct evaluation *e, slice tee_tcb_svn)
{
    char id[sizeof "TDX_ff"];
    if (!e->module_is_numbered)
        return;
    snprintf(id, sizeof id, "TDX_%02X", tee_tcb_svn.data[MODULE_MAJOR]);
    claim_text(claims, "tdx_module_id", id);
    claim_text(claims, "tdx_module_status", tcb_status_name(svn_level_status(e->module)));
}

/* In the order that Intel's library has. */
static void claim_verdicts(struct claims *claims, const struct evaluation *e)
{
    const struct tcb_verdict *const verdicts[] = {e->platform ? &e->platform->verdict : NULL,
                                                  e->qe ? &e->qe->verdict : NULL,
                                                  e->module ? &e->module->verdict : NULL};
    dcap_claim_verdicts(claims, verdicts, sizeof verdicts / sizeof verdicts[0]);
}

static void report_evaluation(struct dcap_verification *v, const struct td_report *report)
{
    const slice launch_svn = report->fields[TD_TEE_TCB_SVN];
    const slice current_svn = report->fields[TD_TEE_TCB_SVN2];
    const struct evaluation launch = evaluate(v, launch_svn);
    struct claims *const claims = &v->facts->claims;
    enum tcb_status tcb = launch.status;
    bool revoked = any_revoked(&launch);

    if (current_svn.size) { /* the module may have been updated under the running TD */
        const struct evaluation current = evaluate(v, current_svn);
        tcb = tcb_status_relaunch(launch.status, current.status);
        revoked = revoked || any_revoked(&current);
    }
    claim_text(claims, "tcb_status", tcb_status_name(tcb));
    claim_text(claims, "platform_status", tcb_status_name(tcb_level_status(launch.platform)));
    claim_module(claims, &launch, launch_svn);
    claim_text(claims, "qe_status", tcb_status_name(svn_level_status(launch.qe)));
    claim_verdicts(claims, &launch);
    dcap_report_level(v, tcb, revoked);
}

void tdx_evaluate_tcb(struct dcap_verification *v, const struct td_report *report)
{
    if (v->tcb_info) {
        dcap_claim_tcb_info(&v->facts->claims, v->tcb_info);
        check_status(
            v->facts, "tdx_module", v->reasons[DCAP_MODULE_MISMATCH],
            module_matches(module_of(v->tcb_info, report->fields[TD_TEE_TCB_SVN]), report));
    }
    if (v->tcb_info && v->qe_identity)
        report_evaluation(v, report);
    else
        check_skip(v->facts, "tcb_level", v->reasons[DCAP_TCB_UNKNOWN],
                   "there is no collateral to judge the TCB by");
}
