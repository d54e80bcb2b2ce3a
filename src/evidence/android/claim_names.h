/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What Android's evidence can claim: docs/claims.md. */

#include "evidence/claim_names.h"

extern const struct claim_name android_claim_names[];
