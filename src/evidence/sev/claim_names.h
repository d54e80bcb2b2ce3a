/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What SEV evidence can claim, for policies; docs/claims.md explains each. */

#include "evidence/claim_names.h"

extern const struct claim_name sev_claim_names[];
