/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/claim_names.h"

#define REPORT_DATA_NAME "report_data"
const struct claim_name snp_claim_names[] = {
#include "evidence/snp/claim_names.inc"
    {0},
};
