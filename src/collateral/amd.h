/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What AMD's key distribution service publishes, by product.
 * spec: AMD Versioned Chip Endorsement Key (VCEK) Certificate and KDS Interface Specification
 */

#include "collateral/object.h"
#include "evidence/snp/leaf.h"

void amd_chain_name(enum snp_product product, enum snp_signing_key kind,
                    char out[OBJECT_NAME_SIZE]);
void amd_crl_name(enum snp_product product, char out[OBJECT_NAME_SIZE]);

/* `hw_id` as the certificate has it: 64 bytes, 8 on Turin. */
void amd_vcek_name(enum snp_product product, const struct snp_tcb *tcb, slice hw_id,
                   char out[OBJECT_NAME_SIZE]);
