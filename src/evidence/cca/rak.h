/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The realm attestation key (RAK): how a realm token carries it, and that the platform token is of
 * this one and no other.
 * spec: Realm Management Monitor specification (DEN0137), "Realm attestation claims"
 */

#include "evidence/cca/token.h"

/* A point (0x04, x, y) as older monitors write it, or an EC2 COSE_Key. */
status cca_rak_read(slice claim, struct public_key *out);

/* OK when the platform's challenge is the hash of the RAK's bytes as the realm token carries them,
 * by the hash that it names. */
status cca_rak_is_bound(const struct cca_token *token);
