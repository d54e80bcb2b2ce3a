/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Measurements of a device over PCI DOE, through a socket with the framing of SPDM's emulators: at
 * "unix:///PATH", "tcp://ADDRESS:PORT" or "vsock://CID:PORT". The nonce is the binding.
 * spec: DMTF spdm-emu, "SPDM emulator socket protocol"; PCIe 6.0, "Data Object Exchange"
 */

#include "evidence/platform.h"

enum { SPDM_DEVICE_TIMEOUT_MS = 30000, SPDM_DEVICE_SLOT = 0 };

/*
 * UNAVAILABLE when no device is where `request->spdm_device` says, or it does not answer as it
 * should. `out_endorsements` stays empty: the device's chain is in the evidence, and its root is
 * the verifier's to have.
 */
status spdm_device_collect(const struct collection *request, struct buffer *out_evidence,
                           struct buffer *out_endorsements);
