/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim of a PSA token: docs/claims.md in a table. */

#include "evidence/claim_names.h"

extern const struct claim_name psa_claim_names[];
