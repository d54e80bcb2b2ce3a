/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A simulated enclave: quotes in the exact format of Intel's quoting enclave, under a private root.
 */

#include "sim/machine.h"
#include "sim/quoting.h"

struct sim_sgx_settings {
    uint16_t quote_version; /* 3 to 5 */
    const char *tcb_status; /* as Intel spells it: "UpToDate" */
    bool debug;
    uint8_t mrenclave[32];
    uint8_t mrsigner[32];
    uint8_t config_id[64];
    uint16_t isvprodid, isvsvn;
    uint8_t platform_instance[16];
};

/* The settings of an ordinary, up-to-date enclave on this state's platform. */
struct sim_sgx_settings sim_sgx_defaults(const struct sim_state *state);

/* `state` outlives the enclave. */
struct sim_sgx {
    const struct sim_state *state;
    struct sim_sgx_settings settings;
    struct buffer certification; /* all of a quote after the attestation key */
};
void sim_sgx_clear(struct sim_sgx *enclave);

/* Launches an enclave: certifies its platform and the quoting enclave's attestation key. */
status sim_sgx_launch(const struct sim_state *state, const struct sim_sgx_settings *settings,
                      struct sim_sgx *out);

/* A quote over 64 bytes. */
status sim_sgx_quote(const struct sim_sgx *enclave, slice report_data, struct buffer *out_quote);
