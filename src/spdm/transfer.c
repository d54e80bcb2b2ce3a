/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transfer.h"

#include <string.h>

enum { CHUNK_HEADER_SIZE = 12, LARGE_SIZE_SIZE = SPDM_CHUNK_HEADER_SIZE_MAX - CHUNK_HEADER_SIZE };

void spdm_transfer_open(struct spdm_transfer *transfer, uint8_t handle, size_t size,
                        const struct spdm_session *session)
{
    *transfer = (struct spdm_transfer){
        .space = transfer->space,
        .capacity = transfer->capacity,
        .is_open = true,
        .size = size,
        .handle = handle,
        .session = session,
    };
}

void spdm_transfer_close(struct spdm_transfer *transfer)
{
    *transfer = (struct spdm_transfer){.space = transfer->space, .capacity = transfer->capacity};
}

/* ---- to send ---- */

bool spdm_transfer_is_possible(const struct spdm_shape *shape, size_t size, size_t room)
{
    if (room < SPDM_CHUNK_HEADER_SIZE_MAX + SPDM_PIECE_SIZE_MIN || size > UINT32_MAX)
        return false;
    const size_t pieces = (size + LARGE_SIZE_SIZE - 1) / (room - CHUNK_HEADER_SIZE) + 1;
    return shape->version >= SPDM_1_4 || pieces <= UINT16_MAX + 1;
}

struct spdm_chunk spdm_transfer_next(struct spdm_transfer *transfer, size_t room)
{
    const bool is_first = transfer->sequence == 0;
    const size_t around = CHUNK_HEADER_SIZE + (is_first ? LARGE_SIZE_SIZE : 0);
    const size_t left = transfer->size - transfer->done;
    const size_t most = room > around ? room - around : 0;
    const size_t size = left < most ? left : most;
    const struct spdm_chunk chunk = {
        .is_last = size == left,
        .handle = transfer->handle,
        .sequence = transfer->sequence,
        .message_size = is_first ? (uint32_t)transfer->size : 0,
        .piece = {transfer->space + transfer->done, size},
    };
    transfer->done += size;
    transfer->last = size;
    transfer->sequence++;
    return chunk;
}

void spdm_transfer_again(struct spdm_transfer *transfer)
{
    transfer->done -= transfer->last;
    transfer->last = 0;
    transfer->sequence--;
}

/* ---- to receive ---- */

status spdm_transfer_take(struct spdm_transfer *transfer, const struct spdm_chunk *chunk,
                          size_t size_max)
{
    const bool is_first = transfer->sequence == 0;
    if (chunk->handle != transfer->handle || chunk->sequence != transfer->sequence)
        return FAIL(UNEXPECTED, "a piece of another message, or out of order");
    const size_t size = is_first ? chunk->message_size : transfer->size;
    if (size > size_max || size > transfer->capacity)
        return FAIL(EXHAUSTED, "a message in pieces that is longer than we take");
    const size_t left = size - transfer->done;
    if (chunk->piece.size > left || chunk->is_last != (chunk->piece.size == left))
        return FAIL(UNEXPECTED, "pieces that are not the size of their message");
    if (chunk->is_last ? is_first : chunk->piece.size < SPDM_PIECE_SIZE_MIN)
        return FAIL(UNEXPECTED, "a piece that is no large message's");

    memcpy(transfer->space + transfer->done, chunk->piece.data, chunk->piece.size);
    transfer->size = size;
    transfer->done += chunk->piece.size;
    transfer->sequence++;
    return OK;
}
