/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TD's run-time measurement registers, as Linux 6.16 and later offers them: read, and extended by
 * what software measures. Quotes carry them, so a verifier sees what was loaded after boot.
 * spec: Linux, Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest
 */

#include "base/bytes.h"

enum { TDX_RTMR_COUNT = 4, TDX_RTMR_SIZE = 48 };

#define TDX_MEASUREMENTS "/sys/devices/virtual/misc/tdx_guest/measurements"

/* UNAVAILABLE, with words, when the kernel does not show them or this user may not. */
status tdx_rtmr_read(unsigned index, uint8_t out[TDX_RTMR_SIZE]);

/* The register becomes SHA-384(register || digest); nothing takes that back. */
status tdx_rtmr_extend(unsigned index, const uint8_t digest[TDX_RTMR_SIZE]);
