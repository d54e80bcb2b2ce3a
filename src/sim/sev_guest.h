/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated /dev/sev-guest: the driver's ioctls, with its exact errors, over a simulated guest.
 * spec: Linux, Documentation/virt/coco/sev-guest
 */

#include "sim/faults.h"
#include "sim/machine.h"
#include "sim/scenery.h"

enum { SIM_SEV_GUEST_CERTIFICATES_MAX = 16 << 10 }; /* the driver's SEV_FW_BLOB_MAX_SIZE */

struct sim_sev_guest {
    const struct sim_machine *machine;
    struct sim_faults faults;
    unsigned delay_ms;
    uint8_t secret[32]; /* what keys are derived from */
};

/* `machine` outlives it. */
status sim_sev_guest_make(const struct sim_machine *machine,
                          const struct sim_tsm_settings *settings, struct sim_sev_guest *out);

/* The device; `guest` outlives it. */
struct sim_device sim_sev_guest_device(struct sim_sev_guest *guest);
