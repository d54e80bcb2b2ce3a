/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * CHUNK_SEND, CHUNK_SEND_ACK, CHUNK_GET and CHUNK_RESPONSE (1.2): a message in pieces, either way.
 * Sequence numbers have 16 bits, and from 1.4 on 32.
 * spec: DSP0274 1.4, "Large SPDM message transfer mechanism"
 */

#include "spdm/message/header.h"

/* CHUNK_SEND or CHUNK_RESPONSE: one piece. */
struct spdm_chunk {
    bool is_last;
    uint8_t handle;
    uint32_t sequence;
    uint32_t message_size; /* of the whole, in the first piece; else 0 */
    slice piece;
};

struct spdm_chunk_send_ack {
    bool is_early_error; /* the receiver will not have the rest: the response is an ERROR */
    uint8_t handle;
    uint32_t sequence;
    slice response; /* after the last piece, the response to the whole */
};

struct spdm_chunk_get {
    uint8_t handle;
    uint32_t sequence;
};

/* MALFORMED for an empty piece, and for a first one larger than the whole. */
status spdm_chunk_send_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_chunk *out);
void spdm_chunk_send_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_chunk *chunk);

/* The response takes all that is there. */
status spdm_chunk_send_ack_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_chunk_send_ack *out);
void spdm_chunk_send_ack_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_chunk_send_ack *ack);

status spdm_chunk_get_read(struct reader *reader, const struct spdm_shape *shape,
                           struct spdm_chunk_get *out);
void spdm_chunk_get_write(struct writer *writer, const struct spdm_shape *shape,
                          const struct spdm_chunk_get *request);

status spdm_chunk_response_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_chunk *out);
void spdm_chunk_response_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_chunk *chunk);
