/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Occlum's device for enclaves: quotes by ioctl.
 * spec: Occlum, "Remote attestation", "DCAP quote"
 */

#include "base/bytes.h"

#define OCCLUM_DEVICE "/dev/sgx"

/* Whether this is an Occlum enclave that can ask for DCAP quotes. A driver of the host's has a
 * folder or other calls under this name. */
bool sgx_occlum_is_here(void);

/* UNAVAILABLE, saying why, when Occlum could not get a quote. */
status sgx_occlum_quote(slice report_data, struct buffer *out_quote);
