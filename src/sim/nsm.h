/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/nsm: the driver's one ioctl, with its exact errors, and the module's answers,
 * over a simulated enclave.
 * spec: Linux, include/uapi/linux/nsm.h; aws-nitro-enclaves-nsm-api, "Request" and "Response"
 */

#include "sim/faults.h"
#include "sim/nitro.h"
#include "sim/scenery.h"

struct sim_nsm {
    const struct sim_nitro *enclave;
    int64_t (*now_s)(void); /* documents are dated, and their certificates short-lived */
    struct sim_faults faults;
    unsigned delay_ms;
};

/* `enclave` outlives it. */
struct sim_nsm sim_nsm_of(const struct sim_nitro *enclave, int64_t (*now_s)(void),
                          const struct sim_tsm_settings *settings);

/* The device; `nsm` outlives it. */
struct sim_device sim_nsm_device(struct sim_nsm *nsm);

/* What the module answers to one request. */
status sim_nsm_answer(struct sim_nsm *nsm, slice request, struct buffer *out);
