/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/held.h"

#include <stdlib.h>
#include <string.h>

struct held_piece {
    struct held_piece *next;
    size_t begin, end, capacity;
    uint8_t data[];
};

static status add_piece(struct held *held, size_t wanted)
{
    const size_t most = wanted < HELD_PIECE_MOST ? wanted : HELD_PIECE_MOST;
    const size_t capacity = most > HELD_PIECE_LEAST ? most : HELD_PIECE_LEAST;
    struct held_piece *const piece = malloc(sizeof *piece + capacity);
    if (!piece)
        return FAIL(EXHAUSTED, "no memory for a slow application");
    *piece = (struct held_piece){.capacity = capacity};
    *(held->last ? &held->last->next : &held->first) = piece;
    held->last = piece;
    held->allocated += capacity;
    return OK;
}

status held_append(struct held *held, slice bytes)
{
    while (bytes.size) {
        if (!held->last || held->last->end == held->last->capacity)
            TRY(add_piece(held, bytes.size));
        struct held_piece *const piece = held->last;
        const size_t room = piece->capacity - piece->end;
        const size_t size = bytes.size < room ? bytes.size : room;
        memcpy(piece->data + piece->end, bytes.data, size);
        piece->end += size;
        held->size += size;
        bytes = (slice){bytes.data + size, bytes.size - size};
    }
    return OK;
}

size_t held_view(const struct held *held, struct iovec *out, size_t capacity)
{
    size_t count = 0;
    for (struct held_piece *piece = held->first; piece && count < capacity; piece = piece->next)
        out[count++] = (struct iovec){piece->data + piece->begin, piece->end - piece->begin};
    return count;
}

static void drop_first(struct held *held)
{
    struct held_piece *const piece = held->first;
    held->first = piece->next;
    if (!held->first)
        held->last = NULL;
    held->allocated -= piece->capacity;
    wipe(piece->data, piece->end);
    free(piece);
}

void held_taken(struct held *held, size_t size)
{
    held->size -= size;
    while (size) {
        struct held_piece *const piece = held->first;
        const size_t here = piece->end - piece->begin;
        if (size < here) {
            piece->begin += size;
            return;
        }
        size -= here;
        drop_first(held);
    }
}

void held_clear(struct held *held)
{
    while (held->first)
        drop_first(held);
    held->size = 0;
}
