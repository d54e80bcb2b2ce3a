/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a quote and the endorsements say of its platform, believed by nobody yet. */

#include "evidence/dcap/chain.h"
#include "evidence/dcap/claim.h"

/* Endorsements may be NULL. */
void dcap_claim_unverified_chain(struct claims *claims, const struct endorsements *endorsements,
                                 const struct dcap_quote *quote, enum tcb_info_kind kind);

/* The same of a chain that was looked at; NULL when there was none. */
void dcap_claim_chain(struct claims *claims, const struct dcap_chain *chain);
