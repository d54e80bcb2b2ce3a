/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/tdx_guest, and the host's quote generation service that turns its reports into
 * quotes: in the real one, neither can do the other's work.
 */

#include "sim/faults.h"
#include "sim/scenery.h"
#include "sim/tdx.h"

struct sim_tdx_guest {
    const struct sim_tdx *td;
    struct sim_faults device_faults, service_faults;
    unsigned delay_ms;
};

/* `td` outlives it. */
struct sim_tdx_guest sim_tdx_guest_of(const struct sim_tdx *td,
                                      const struct sim_tsm_settings *settings);

/* The device; `guest` outlives it. */
struct sim_device sim_tdx_guest_device(struct sim_tdx_guest *guest);

/* Answers the requests on one connection; `guest` is a struct sim_tdx_guest. */
void sim_tdx_quoting_service(int connection, void *guest);
