/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a flow of encapsulated requests is: the responder asks, inside the answers to a requester
 * that polls. Each session has its own, and the time outside of sessions has one.
 * spec: DSP0274 1.4, "Encapsulated request flow"
 */

#include "spdm/codes.h"

#include <stdbool.h>
#include <stddef.h>

enum spdm_encapsulated_flow {
    SPDM_FLOW_NONE,
    SPDM_FLOW_MUTUAL, /* DIGESTS and CERTIFICATE before a signed FINISH */
    SPDM_FLOW_BASIC,  /* DIGESTS, CERTIFICATE and CHALLENGE, outside sessions */
    SPDM_FLOW_OTHER,  /* what else the responder wants: new keys, who is there, ... */
};

/* The longest request that is needed again with its response: CHALLENGE and GET_ENDPOINT_INFO. */
enum { SPDM_ENCAPSULATED_KEPT_MAX = 44 };

struct spdm_encapsulation {
    enum spdm_encapsulated_flow flow;
    uint8_t next;    /* the code of the request to come; 0: none. Without a flow: what begins one */
    uint8_t awaited; /* the code of the request that awaits its response; 0: none */
    uint8_t request_id; /* of that request; 0 before the first */
    uint8_t slot;       /* the requester's, which the flow is about */
    bool is_verifying;  /* new keys are in use, and the requester did not say so yet */
    uint8_t request_size;
    uint8_t request[SPDM_ENCAPSULATED_KEPT_MAX]; /* the outstanding one, for its transcript */
    uint32_t received;                           /* of the requester's chain */
};
