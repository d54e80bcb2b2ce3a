/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Certificate chains portion by portion: the peer's as they come, and ours as they are asked for.
 * Each role does both, for a requester's chain goes in encapsulated messages.
 * spec: DSP0274 1.4, "GET_CERTIFICATE request and CERTIFICATE response messages"
 */

#include "spdm/connection.h"
#include "spdm/identity.h"

/* The peer's chain on its way. */
struct spdm_gathering {
    uint8_t slot;
    uint8_t *space; /* lent, for the longest chain that is taken */
    size_t capacity;
    size_t size; /* of what came */
};

/* GET_CERTIFICATE for what is next; `around` bytes will be about the CERTIFICATE that answers. */
void spdm_portion_ask(const struct spdm_connection *connection,
                      const struct spdm_gathering *gathering, size_t around, struct writer *writer);
/*
 * Reads a CERTIFICATE. UNEXPECTED when it is no portion of that chain, EXHAUSTED when the whole is
 * longer than there is room for.
 */
status spdm_portion_take(const struct spdm_connection *connection, struct reader *reader,
                         struct spdm_gathering *gathering, bool *out_is_whole);
/* The digest of the whole, which the slot has from now on. UNAUTHENTIC when DIGESTS told of
 * another chain. */
status spdm_portion_check(struct spdm_connection *connection,
                          const struct spdm_gathering *gathering, struct digest *out);

/* Reads GET_CERTIFICATE of our chains, and appends the CERTIFICATE that answers it. */
status spdm_portion_show(const struct spdm_connection *connection,
                         const struct spdm_identity *identity, struct reader *reader, size_t around,
                         struct writer *writer);
