/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What SEV evidence claims, by the names of docs/claims.md. */

#include "evidence/sev/verify.h"

/* `chain` NULL: none was looked at. */
void sev_claim(struct facts *facts, const struct sev_evidence *evidence,
               const struct sev_chain *chain);
