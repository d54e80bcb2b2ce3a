/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A COSE_Sign1 as simulated platforms write it. spec: RFC 9052, "Signing with One Signer" */

#include "crypto/key.h"

/* `algorithm` as in evidence/cose.h, and `key` on its curve. With tag 18, or without. */
status sim_cose_sign(int64_t algorithm, bool is_tagged, const struct private_key *key,
                     slice payload, struct buffer *out);
