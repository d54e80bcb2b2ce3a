/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/claim_names.h"

const char *const tdx_tcb_statuses[] = {"UpToDate",
                                        "SWHardeningNeeded",
                                        "ConfigurationNeeded",
                                        "ConfigurationAndSWHardeningNeeded",
                                        "OutOfDate",
                                        "OutOfDateConfigurationNeeded",
                                        "TDRelaunchAdvised",
                                        "TDRelaunchAdvisedConfigurationNeeded",
                                        "NotSupported",
                                        NULL};

#define REPORT_DATA_NAME "report_data"
const struct claim_name tdx_claim_names[] = {
#include "evidence/tdx/claim_names.inc"
    {0},
};
