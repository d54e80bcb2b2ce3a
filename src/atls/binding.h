/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The binding: the 64 bytes that tie evidence to one key, one session, one direction, one round.
 * spec: docs/link-protocol.md, "Binding"
 */

#include "atls/tls.h"
#include "evidence/platform.h"

enum { NONCE_SIZE = 32, EXPORTER_SIZE = 64, SPKI_DIGEST_SIZE = 48 };

#define EXPORTER_LABEL_CLIENT "EXPERIMENTAL cix client evidence 1"
#define EXPORTER_LABEL_SERVER "EXPERIMENTAL cix server evidence 1"
#define EXPORTER_LABEL_LANE_KEY "EXPERIMENTAL cix lane key 1"
#define EXPORTER_LABEL_LINK_ID "EXPERIMENTAL cix link id 1"
#define EXPORTER_LABEL_LANE "EXPERIMENTAL cix lane 1"

struct binding_input {
    enum role prover;
    const char *channel_kind;              /* "tls13" */
    uint32_t round;                        /* from 1 */
    uint8_t nonce[NONCE_SIZE];             /* the verifier's */
    uint8_t exporter[EXPORTER_SIZE];       /* label by prover role, context = nonce */
    uint8_t prover_spki[SPKI_DIGEST_SIZE]; /* SHA-384 of the SubjectPublicKeyInfo (DER) */
    uint8_t verifier_spki[SPKI_DIGEST_SIZE];
    const char *platform;
    slice side_claims; /* what the hardware does not sign; usually empty */
};

/* SHA-512 of the listed fields, each with a u16 length, in the protocol's order. */
status binding_compute(const struct binding_input *input, uint8_t out[BINDING_SIZE]);
