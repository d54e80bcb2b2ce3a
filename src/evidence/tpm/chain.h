/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the certificate of an attestation key to whom we believe: docs/vendor-roots.md. */

#include "evidence/tpm/ak.h"

/* Checks "chain", "certificate", "validity" and "revocation". */
void tpm_chain_check(const struct tpm_ak *ak, const struct endorsements *endorsements,
                     int64_t now_s, struct facts *out);
