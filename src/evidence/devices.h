/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Devices for which a CPU TEE vouches: GPUs, a vTPM. Each signs a nonce of the session, and the
 * digest of all their evidence stands in what the TEE's evidence is bound to.
 * spec: docs/link-protocol.md, "Devices"
 */

#include "evidence/platform.h"

enum { DEVICES_MAX = 8, DEVICE_NONCE_SIZE = 32 };

struct device {
    const struct platform *platform;
    slice evidence;
};

struct devices {
    struct device items[DEVICES_MAX];
    size_t count;
};

/* Side claims as a link carries them; empty ones are no devices. Borrows. */
status devices_read(slice side_claims, struct devices *out);
status devices_write(const struct devices *devices, struct buffer *out_side_claims);

/* What the device at `index`, from 0, signs; `binding` is the TEE's without any side claims. */
status device_nonce(slice binding, size_t index, uint8_t out[DEVICE_NONCE_SIZE]);
