/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim of SNP evidence: docs/claims.md in a table. */

#include "evidence/claim_names.h"

#include <stddef.h>

/* For claim_names.inc. */
#define SNP_LEVEL(name)                                                                            \
    {                                                                                              \
        name, CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB                                             \
    }
#define SNP_TCB(of)                                                                                \
    SNP_LEVEL(of ".fmc"), SNP_LEVEL(of ".bootloader"), SNP_LEVEL(of ".tee"), SNP_LEVEL(of ".snp"), \
        SNP_LEVEL(of ".microcode")

extern const struct claim_name snp_claim_names[];
