/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/claim_names.h"

#include "evidence/dcap/claim.h"

/* What a policy may accept. Revoked is not among them: it is never authentic. */
static const char *const statuses[] = {"UpToDate",
                                       "SWHardeningNeeded",
                                       "ConfigurationNeeded",
                                       "ConfigurationAndSWHardeningNeeded",
                                       "OutOfDate",
                                       "OutOfDateConfigurationNeeded",
                                       "NotSupported",
                                       NULL};

/*
 * MRENCLAVE covers the enclave's code and what it was loaded with; CONFIGID and CONFIGSVN come from
 * whoever loads it. Who signed it (MRSIGNER), as what product, is the name of a line of enclaves.
 */
const struct claim_name sgx_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", CLAIM_BYTES, .size = 64},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"initialised", .kind = CLAIM_FLAG},
    {"mode64bit", .kind = CLAIM_FLAG},
    {"provision_key", .kind = CLAIM_FLAG},
    {"einittoken_key", .kind = CLAIM_FLAG},
    {"kss", .kind = CLAIM_FLAG},
    {"aex_notify", .kind = CLAIM_FLAG},
    {"body.cpusvn", CLAIM_BYTES, .size = 16},
    {"body.miscselect", CLAIM_BYTES, .size = 4, .meaning = CLAIM_MEANS_CODE},
    {"body.isvextprodid", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"body.attributes", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"body.mrenclave", CLAIM_BYTES, .size = 32}, /* the measurement again */
    {"body.mrsigner", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_CODE},
    {"body.config_id", CLAIM_BYTES, .size = 64, .meaning = CLAIM_MEANS_CODE},
    {"body.isvprodid", CLAIM_NUMBER, .meaning = CLAIM_MEANS_CODE},
    {"body.isvsvn", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},
    {"body.configsvn", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},
    {"body.isvfamilyid", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_CODE},
    {"body.report_data", CLAIM_BYTES, .size = 64},
    {"qe_svn", .kind = CLAIM_NUMBER},
    {"pce_svn", .kind = CLAIM_NUMBER},
    DCAP_CLAIM_NAMES(statuses),
    {0},
};
