/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the negotiation decided about the layout of the messages that follow it. A message cannot be
 * read or written without it. Zero is what is known before VERSION: no digest, no signature.
 */

#include "spdm/codes.h"

#include <stdbool.h>
#include <stddef.h>

struct spdm_shape {
    uint8_t version;                 /* SPDM_1_2 ...; 0 before it is negotiated */
    size_t hash_size;                /* of BaseHash */
    size_t signature_size;           /* the responder's */
    size_t requester_signature_size; /* for mutual authentication */
    size_t request_exchange_size;    /* ExchangeData in KEY_EXCHANGE */
    size_t response_exchange_size;   /* ExchangeData in KEY_EXCHANGE_RSP: differs for a KEM */
    bool responder_is_multi_key;     /* 1.3: the responder's DIGESTS have key pair ids ... */
    bool requester_is_multi_key;     /* ... and the requester's, encapsulated */
    bool handshake_in_the_clear;     /* both announced it */
    bool psk_has_context;            /* the responder announced PSK_CAP with context */
};

/*
 * The same conversation from the other side, as in encapsulated messages: what was the requester's
 * is the responder's. Key exchange is never encapsulated, and stays as it is.
 */
struct spdm_shape spdm_shape_reversed(const struct spdm_shape *shape);
