/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What CSV evidence can claim, for policies; docs/claims.md explains each. */

#include "evidence/claim_names.h"

extern const struct claim_name csv_claim_names[];
