/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What DCAP evidence of any TEE claims, by the names of docs/claims.md. */

#include "evidence/claims.h"
#include "evidence/dcap/pck.h"
#include "evidence/dcap/quote.h"

void dcap_claim_quote(struct claims *claims, const struct dcap_quote *quote);
void dcap_claim_qe_report(struct claims *claims, const struct sgx_report *report);
void dcap_claim_pck(struct claims *claims, const struct certificate *leaf,
                    const struct pck_extension *extension);
void dcap_claim_tcb_info(struct claims *claims, const struct tcb_info *info);

/* Appends the level's advisory ids; several levels may follow one another. */
void dcap_claim_advisories(struct claims *claims, const struct tcb_verdict *verdict);
