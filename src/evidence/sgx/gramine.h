/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gramine's pseudo-files for enclaves: report data is written, then a quote over it is read.
 * spec: Gramine documentation, "Attestation and Secret Provisioning", "Low-level interface"
 */

#include "base/bytes.h"

#define GRAMINE_FOLDER "/dev/attestation"

/* Whether this is a Gramine enclave, whatever it can attest with. */
bool sgx_gramine_is_here(void);

/* UNAVAILABLE, saying why, when Gramine was built without DCAP or could not get a quote. */
status sgx_gramine_quote(slice report_data, struct buffer *out_quote);
