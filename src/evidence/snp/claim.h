/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What SNP evidence claims, by the names of docs/claims.md. */

#include "evidence/claims.h"
#include "evidence/snp/leaf.h"

/* `product` decides what is written; unknown leaves it out. */
void snp_claim_report(struct claims *claims, const struct snp_report *report,
                      enum snp_product product);
void snp_claim_leaf(struct claims *claims, const struct snp_leaf *leaf);
