/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * CHALLENGE and CHALLENGE_AUTH: a fresh signature over what was said so far.
 * spec: DSP0274 1.4, "CHALLENGE request and CHALLENGE_AUTH response messages"
 */

#include "spdm/message/header.h"

struct spdm_challenge {
    uint8_t slot;    /* or SPDM_SLOT_RAW_KEY */
    uint8_t summary; /* enum spdm_summary */
    uint8_t nonce[SPDM_NONCE_SIZE];
    uint8_t context[SPDM_CONTEXT_SIZE]; /* 1.3 */
};

struct spdm_challenge_auth {
    uint8_t slot;              /* or SPDM_SLOT_RAW_KEY */
    bool asks_mutual;          /* 1.1: basic mutual authentication follows */
    uint8_t provisioned_slots; /* one bit a slot; 0 for a raw key */
    slice chain_hash;          /* of the chain in `slot`, or of the raw key */
    uint8_t nonce[SPDM_NONCE_SIZE];
    slice summary_hash; /* of the measurements asked for; empty when none were */
    slice opaque;
    uint8_t context[SPDM_CONTEXT_SIZE]; /* 1.3: the requester's, back */
    slice signature; /* when writing, empty while what it covers is being written */
};

status spdm_challenge_read(struct reader *reader, const struct spdm_shape *shape,
                           struct spdm_challenge *out);
void spdm_challenge_write(struct writer *writer, const struct spdm_shape *shape,
                          const struct spdm_challenge *challenge);

/* `has_summary`: the challenge asked for one. EXHAUSTED past SPDM_OPAQUE_SIZE_MAX. */
status spdm_challenge_auth_read(struct reader *reader, const struct spdm_shape *shape,
                                bool has_summary, struct spdm_challenge_auth *out);
void spdm_challenge_auth_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_challenge_auth *auth);
