/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated AMD: root (ARK), signing key (ASK) and chip certificates (VCEK) with the profile
 * of the real ones, under the organisation "cix simulator".
 * spec: AMD, Versioned Chip Endorsement Key Certificate and KDS Interface Specification
 */

#include "sim/state.h"

/* Security patch levels; `fmc` exists on Turin only. */
struct sim_snp_tcb {
    uint8_t fmc, boot_loader, tee, snp, microcode;
};

const char *sim_product_name(enum sim_product product); /* "Milan"; NULL for none */
enum sim_product sim_product_named(const char *name);   /* any case; SIM_PRODUCT_NONE: no such */

/* Fills `ark` and `ask` of the state, from its keys. */
status sim_amd_issue_authorities(struct sim_state *state);

/* The certificate that AMD would give for this chip at this TCB. Turin uses 8 bytes of chip id. */
status sim_amd_vcek(const struct sim_state *state, enum sim_product product,
                    const struct sim_snp_tcb *tcb, slice chip_id, struct certificate *out);

/* The product's revocation list, which is empty. */
status sim_amd_crl(const struct sim_state *state, enum sim_product product, int64_t now_s,
                   struct buffer *out_der);

/* ARK, ASK and this VCEK as a host provides them. */
status sim_amd_certificate_table(const struct sim_state *state, enum sim_product product,
                                 const struct certificate *vcek, struct buffer *out_table);
