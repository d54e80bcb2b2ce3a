/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One message in pieces, either way: the whole lies in space that the caller lends for the time of
 * the connection. What may come when is the business of the roles; here is what a piece may be.
 * spec: DSP0274 1.4, "Large SPDM message transfer mechanism"
 */

#include "spdm/message/chunk.h"

struct spdm_session;

struct spdm_transfer {
    uint8_t *space;
    size_t capacity;
    bool is_open;      /* between its first piece and its last */
    size_t size;       /* of the whole message; when receiving, 0 until the first piece */
    size_t done;       /* of it, sent or received */
    size_t last;       /* of it, sent in the latest piece */
    uint32_t sequence; /* of the next piece */
    uint8_t handle;
    const struct spdm_session *session; /* whose it is; NULL: outside sessions */
};

/* What a piece has besides, at most; and the least that one has which is not the last, for
 * everybody takes 42 bytes at a time. */
enum { SPDM_CHUNK_HEADER_SIZE_MAX = 16, SPDM_PIECE_SIZE_MIN = 42 - SPDM_CHUNK_HEADER_SIZE_MAX };

/* Of a message that lies in the space already, or of one whose size the first piece will tell (0).
 */
void spdm_transfer_open(struct spdm_transfer *transfer, uint8_t handle, size_t size,
                        const struct spdm_session *session);
/* The space is as it was. */
void spdm_transfer_close(struct spdm_transfer *transfer);

/* Whether `size` bytes can be told in pieces of messages of `room` bytes, by the numbers there are.
 */
bool spdm_transfer_is_possible(const struct spdm_shape *shape, size_t size, size_t room);
/* The next piece to send, in a message of `room` bytes; then it is done. */
struct spdm_chunk spdm_transfer_next(struct spdm_transfer *transfer, size_t room);
/* The latest piece was sent in vain: it is the next one again. */
void spdm_transfer_again(struct spdm_transfer *transfer);

/*
 * Takes the next piece of a message of at most `size_max` bytes; after the last one `size` is done.
 * EXHAUSTED when the whole is larger; UNEXPECTED when this is another piece, or of another size.
 * Nothing is changed then.
 */
status spdm_transfer_take(struct spdm_transfer *transfer, const struct spdm_chunk *chunk,
                          size_t size_max);
