/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim of TDX evidence: docs/claims.md in a table. */

#include "evidence/dcap/claim.h"

/* What a policy may accept. Revoked is not among them: it is never authentic. NULL-ended. */
extern const char *const tdx_tcb_statuses[];

extern const struct claim_name tdx_claim_names[];
