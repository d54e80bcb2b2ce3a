/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/sgx of Occlum: the ioctls of its DCAP quotes.
 * spec: Occlum, "Remote attestation", "DCAP quote"
 */

#include "sim/faults.h"
#include "sim/scenery.h"
#include "sim/sgx.h"

struct sim_occlum {
    const struct sim_sgx *enclave;
    struct sim_faults faults;
};

/* `enclave` outlives it. */
struct sim_occlum sim_occlum_make(const struct sim_sgx *enclave,
                                  const struct sim_tsm_settings *settings);

/* The device; `occlum` outlives it. */
struct sim_device sim_occlum_device(struct sim_occlum *occlum);
