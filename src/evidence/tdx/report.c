/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/report.h"

static const struct {
    const char *claim;
    size_t size;
    enum dcap_body since;
} layout[TD_FIELDS] = {
    [TD_TEE_TCB_SVN] = {"body.tee_tcb_svn", 16, DCAP_BODY_TD10},
    [TD_MRSEAM] = {"body.mrseam", 48, DCAP_BODY_TD10},
    [TD_MRSIGNERSEAM] = {"body.mrsignerseam", 48, DCAP_BODY_TD10},
    [TD_SEAM_ATTRIBUTES] = {"body.seamattributes", 8, DCAP_BODY_TD10},
    [TD_ATTRIBUTES] = {"body.td_attributes", 8, DCAP_BODY_TD10},
    [TD_XFAM] = {"body.xfam", 8, DCAP_BODY_TD10},
    [TD_MRTD] = {"body.mrtd", 48, DCAP_BODY_TD10},
    [TD_MRCONFIGID] = {"body.mrconfigid", 48, DCAP_BODY_TD10},
    [TD_MROWNER] = {"body.mrowner", 48, DCAP_BODY_TD10},
    [TD_MROWNERCONFIG] = {"body.mrownerconfig", 48, DCAP_BODY_TD10},
    [TD_RTMR0] = {"body.rtmr0", 48, DCAP_BODY_TD10},
    [TD_RTMR1] = {"body.rtmr1", 48, DCAP_BODY_TD10},
    [TD_RTMR2] = {"body.rtmr2", 48, DCAP_BODY_TD10},
    [TD_RTMR3] = {"body.rtmr3", 48, DCAP_BODY_TD10},
    [TD_REPORT_DATA] = {"body.report_data", 64, DCAP_BODY_TD10},
    [TD_TEE_TCB_SVN2] = {"body.tee_tcb_svn2", 16, DCAP_BODY_TD15},
    [TD_MRSERVICETD] = {"body.mrservicetd", 48, DCAP_BODY_TD15},
    [TD_VM_ID] = {"body.vm_id", 1, DCAP_BODY_TD15_EXTENDED},
    [TD_ID] = {"body.td_id", 32, DCAP_BODY_TD15_EXTENDED},
    [TD_DEVICE_INFO] = {"body.device_info", 48, DCAP_BODY_TD15_EXTENDED},
    [TD_INITIAL_SERVICETD_HASH] = {"body.initial_servicetd_hash", 48, DCAP_BODY_TD15_EXTENDED},
    [TD_INITIAL_SERVICETD_ATTRIBUTES] = {"body.initial_servicetd_attributes", 8,
                                         DCAP_BODY_TD15_EXTENDED},
    [TD_INITIAL_CPUSVN] = {"body.initial_cpusvn", 16, DCAP_BODY_TD15_EXTENDED},
    [TD_INITIAL_TEE_TCB_SVN] = {"body.initial_tee_tcb_svn", 16, DCAP_BODY_TD15_EXTENDED},
    [TD_INITIAL_FMSPC] = {"body.initial_fmspc", 12, DCAP_BODY_TD15_EXTENDED},
    [TD_CURRENT_SERVICETD_HASH] = {"body.current_servicetd_hash", 48, DCAP_BODY_TD15_EXTENDED},
    [TD_CURRENT_SERVICETD_ATTRIBUTES] = {"body.current_servicetd_attributes", 8,
                                         DCAP_BODY_TD15_EXTENDED},
};

status td_report_read(enum dcap_body type, slice bytes, struct td_report *out)
{
    struct td_report report = {0};
    struct reader reader = reader_of(bytes);
    for (size_t i = 0; i < TD_FIELDS && layout[i].since <= type; i++)
        report.fields[i] = read_bytes(&reader, layout[i].size);
    TRY(reader_finish(&reader));
    *out = report;
    return OK;
}

/* spec: Intel TDX Module ABI, "ATTRIBUTES" */
static void claim_attributes(struct claims *claims, slice attributes)
{
    enum { PROFILING = 7 << 1 };
    struct reader reader = reader_of(attributes);
    const uint64_t bits = read_le64(&reader);
    claim_flag(claims, "debug", bits & 1);
    claim_flag(claims, "profiling", bits & PROFILING);
    claim_flag(claims, "lass", bits >> 27 & 1);
    claim_flag(claims, "sept_ve_disable", bits >> 28 & 1);
    claim_flag(claims, "migratable", bits >> 29 & 1);
    claim_flag(claims, "pks", bits >> 30 & 1);
    claim_flag(claims, "kl", bits >> 31 & 1);
    claim_flag(claims, "perfmon", bits >> 63 & 1);
}

void td_report_claim(struct claims *claims, const struct td_report *report)
{
    claim_bytes(claims, "measurement", report->fields[TD_MRTD]);
    claim_bytes(claims, "report_data", report->fields[TD_REPORT_DATA]);
    claim_attributes(claims, report->fields[TD_ATTRIBUTES]);
    for (size_t i = 0; i < TD_FIELDS; i++)
        if (report->fields[i].size)
            claim_bytes(claims, layout[i].claim, report->fields[i]);
}
