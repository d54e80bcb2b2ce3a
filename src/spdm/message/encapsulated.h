/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The four messages in which a responder asks the requester. Three of them wrap a whole message of
 * the other direction. Only that message knows its length, so these readers stop before it, and
 * the same reader goes on with it; a writer is handed on in the same way.
 * spec: DSP0274 1.4, "GET_ENCAPSULATED_REQUEST request and ENCAPSULATED_REQUEST response
 * messages", "DELIVER_ENCAPSULATED_RESPONSE request and ENCAPSULATED_RESPONSE_ACK response
 * messages"
 */

#include "spdm/message/header.h"

/* What follows ENCAPSULATED_RESPONSE_ACK's fields. */
enum spdm_encapsulated_payload {
    SPDM_ENCAPSULATED_NOTHING, /* the responder has asked all that it wanted to */
    SPDM_ENCAPSULATED_NEXT,    /* its next request */
    SPDM_ENCAPSULATED_SLOT,    /* the slot to sign FINISH with; no more requests */
};

struct spdm_encapsulated_response_ack {
    uint8_t request_id;      /* of the next request, where there is one */
    uint8_t acknowledged_id; /* 1.2: of the request that was answered */
    uint8_t payload;         /* enum spdm_encapsulated_payload */
    uint8_t slot;            /* with SPDM_ENCAPSULATED_SLOT only */
};

status spdm_get_encapsulated_request_read(struct reader *reader);
void spdm_get_encapsulated_request_write(struct writer *writer, const struct spdm_shape *shape);

/* Before the wrapped request. */
status spdm_encapsulated_request_read(struct reader *reader, uint8_t *out_request_id);
void spdm_encapsulated_request_write(struct writer *writer, const struct spdm_shape *shape,
                                     uint8_t request_id);

/* Before the wrapped response. */
status spdm_deliver_encapsulated_response_read(struct reader *reader, uint8_t *out_request_id);
void spdm_deliver_encapsulated_response_write(struct writer *writer, const struct spdm_shape *shape,
                                              uint8_t request_id);

/* Before the next request, with SPDM_ENCAPSULATED_NEXT. */
status spdm_encapsulated_response_ack_read(struct reader *reader, const struct spdm_shape *shape,
                                           struct spdm_encapsulated_response_ack *out);
void spdm_encapsulated_response_ack_write(struct writer *writer, const struct spdm_shape *shape,
                                          const struct spdm_encapsulated_response_ack *ack);
