/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim of SNP evidence: docs/claims.md in a table. */

#include "evidence/claim_names.h"

extern const struct claim_name snp_claim_names[];
