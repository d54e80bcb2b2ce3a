/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/tdx_guest, and the host's quote generation service that turns its reports into
 * quotes: in the real one, neither can do the other's work.
 */

#include "sim/faults.h"
#include "sim/stage.h"
#include "sim/tdx.h"

struct sim_tdx_register {
    const struct sim_tdx *td;
    size_t index;
    char path[SIM_STAGE_PATH_SIZE];
};

struct sim_tdx_guest {
    const struct sim_tdx *td;
    struct sim_faults device_faults, service_faults;
    unsigned delay_ms;
    struct sim_tdx_register registers[SIM_RTMR_COUNT];
};

/* `td` outlives it. */
struct sim_tdx_guest sim_tdx_guest_of(const struct sim_tdx *td,
                                      const struct sim_tsm_settings *settings);

/* The device; `guest` outlives it. */
struct sim_device sim_tdx_guest_device(struct sim_tdx_guest *guest);

/* Answers the requests on one connection; `guest` is a struct sim_tdx_guest. */
void sim_tdx_quoting_service(int connection, void *guest);

/*
 * The measurements that Linux 6.16 shows in a folder: those of launch to be read, the run-time
 * registers to be extended as well. `guest` outlives the stage.
 * spec: Linux, Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest
 */
status sim_tdx_guest_show_measurements(struct sim_tdx_guest *guest, struct sim_stage *stage);
