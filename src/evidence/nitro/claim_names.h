/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim of a Nitro attestation document: docs/claims.md in a table. */

#include "evidence/claim_names.h"
#include "evidence/nitro/document.h"

extern const struct claim_name nitro_claim_names[];

extern const char *const nitro_pcr_names[NITRO_PCRS_MAX]; /* "pcrs.0" */
