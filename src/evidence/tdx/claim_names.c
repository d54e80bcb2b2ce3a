/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/claim_names.h"

#include "evidence/dcap/claim.h"

/* What a policy may accept. Revoked is not among them: it is never authentic. */
static const char *const statuses[] = {"UpToDate",
                                       "SWHardeningNeeded",
                                       "ConfigurationNeeded",
                                       "ConfigurationAndSWHardeningNeeded",
                                       "OutOfDate",
                                       "OutOfDateConfigurationNeeded",
                                       "TDRelaunchAdvised",
                                       "TDRelaunchAdvisedConfigurationNeeded",
                                       "NotSupported",
                                       NULL};

/*
 * RTMR0 to RTMR2 are extended while the TD boots, and belong to its code; RTMR3 is for software to
 * extend while it runs. MRSEAM is not of the TD's code: the module may be updated under it.
 * spec: Intel TDX Virtual Firmware Design Guide, "TD Measurement"
 */
const struct claim_name tdx_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = 64},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"profiling", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"lass", .kind = CLAIM_FLAG},
    {"sept_ve_disable", .kind = CLAIM_FLAG},
    {"migratable", CLAIM_FLAG, .meaning = CLAIM_MEANS_MIGRATION},
    {"pks", .kind = CLAIM_FLAG},
    {"kl", .kind = CLAIM_FLAG},
    {"perfmon", .kind = CLAIM_FLAG},
    {"body.tee_tcb_svn", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_TCB},
    {"body.mrseam", CLAIM_BYTES, .size = 48},
    {"body.mrsignerseam", CLAIM_BYTES, .size = 48},
    {"body.seamattributes", CLAIM_BYTES, .size = 8},
    {"body.td_attributes", CLAIM_BYTES, .size = 8, .meaning = CLAIM_MEANS_CODE},
    {"body.xfam", CLAIM_BYTES, .size = 8, .meaning = CLAIM_MEANS_CODE},
    {"body.mrtd", CLAIM_BYTES, .size = 48}, /* the measurement again */
    {"body.mrconfigid", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.mrowner", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.mrownerconfig", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.rtmr0", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.rtmr1", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.rtmr2", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.rtmr3", CLAIM_BYTES, .size = 48},
    {"body.report_data", CLAIM_BYTES, .size = 64},
    {"body.tee_tcb_svn2", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_TCB},
    {"body.mrservicetd", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.vm_id", CLAIM_BYTES, .size = 1, .meaning = CLAIM_MEANS_INSTANCE},
    {"body.td_id", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_INSTANCE},
    {"body.device_info", CLAIM_BYTES, .size = 48},
    {"body.initial_servicetd_hash", CLAIM_BYTES, .size = 48, .meaning = CLAIM_MEANS_CODE},
    {"body.initial_servicetd_attributes", CLAIM_BYTES, .size = 8, .meaning = CLAIM_MEANS_CODE},
    {"body.initial_cpusvn", CLAIM_BYTES, .size = 16},
    {"body.initial_tee_tcb_svn", CLAIM_BYTES, .size = 16},
    {"body.initial_fmspc", CLAIM_BYTES, .size = 12},
    {"body.current_servicetd_hash", CLAIM_BYTES, .size = 48},
    {"body.current_servicetd_attributes", CLAIM_BYTES, .size = 8},
    {"tdx_module_id", .kind = CLAIM_TEXT},
    {"tdx_module_status", .kind = CLAIM_TEXT},
    DCAP_CLAIM_NAMES(statuses),
    {0},
};
