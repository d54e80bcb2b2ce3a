/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated Intel: SGX root, PCK Platform CA, PCK certificates, TCB signing, and the TCB
 * collateral they sign, in the forms of Intel's provisioning certification service.
 * spec: Intel SGX PCK Certificate and Certificate Revocation List Profile Specification
 */

#include "sim/state.h"

enum {
    SIM_TCB_COMPONENTS = 16,
    SIM_QE_SVN = 4,
    SIM_QE_PRODUCT = 1, /* for enclaves, and the next for TDs */
    SIM_TD_QE_PRODUCT = 2,
    SIM_PCE_SVN = 13,
    SIM_TDX_MODULE_SVN = 6,
    SIM_TDX_MODULE_VERSION = 1,
    SIM_TDX_LATE_MICROCODE = 7,
};

/* The platform TCB statuses as Intel spells them, best first; a platform is put at one of them. */
const char *sim_intel_status(size_t index); /* NULL past the last */

/* The SVN of the first SGX component that makes our TCB info say so; 0 when unknown. */
uint8_t sim_intel_svn_of_status(const char *name);

struct sim_pck {
    uint8_t first_component_svn;
    uint8_t platform_instance[16];
};

/* Fills `intel_root`, `pck_ca` and `tcb_signing` of the state, from its keys. */
status sim_intel_issue_authorities(struct sim_state *state);

status sim_intel_pck(const struct sim_state *state, const struct sim_pck *pck,
                     struct certificate *out);
void sim_intel_qe_signer(uint8_t out[32]); /* MRSIGNER of the simulated quoting enclave */

/* Collateral as the provisioning service returns it, dated `now_s` and good for 30 days; of TDs
 * where the name does not say SGX. */
status sim_intel_tcb_info(const struct sim_state *state, int64_t now_s, struct buffer *out_json);
status sim_intel_qe_identity(const struct sim_state *state, int64_t now_s, struct buffer *out_json);
status sim_intel_sgx_tcb_info(const struct sim_state *state, int64_t now_s,
                              struct buffer *out_json);
status sim_intel_sgx_qe_identity(const struct sim_state *state, int64_t now_s,
                                 struct buffer *out_json);
status sim_intel_root_crl(const struct sim_state *state, int64_t now_s, struct buffer *out_der);
status sim_intel_pck_crl(const struct sim_state *state, int64_t now_s, struct buffer *out_der);
