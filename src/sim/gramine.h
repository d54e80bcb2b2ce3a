/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/attestation of Gramine: pseudo-files, with a quote made afresh whenever its
 * file is opened.
 * spec: Gramine documentation, "Attestation and Secret Provisioning", "Low-level interface"
 */

#include "sim/faults.h"
#include "sim/scenery.h"
#include "sim/sgx.h"

enum { SIM_GRAMINE_FILES = 3, SIM_GRAMINE_QUOTE_SIZE_MAX = 8192 };

struct sim_gramine {
    const struct sim_sgx *enclave;
    const char *attestation_type; /* "dcap"; "none" in an enclave that was built without */
    struct sim_faults faults;
    uint8_t report_data[SIM_REPORT_DATA_SIZE];
    struct buffer quote; /* of the last open */
};
void sim_gramine_clear(struct sim_gramine *gramine);

/* `enclave` outlives it. */
struct sim_gramine sim_gramine_make(const struct sim_sgx *enclave,
                                    const struct sim_tsm_settings *settings);

/* The files; `gramine` outlives them. */
void sim_gramine_files(struct sim_gramine *gramine, struct sim_device out[SIM_GRAMINE_FILES]);
