/* SPDX-License-Identifier: Apache-2.0 */
#include "base/outgoing.h"

#include <stdlib.h>
#include <string.h>

/* The first allocation, when nothing is known about its habits. */
enum { FIRST_SIZE = 2048, USUAL_MAX = 1 << 20 };

void outgoing_clear(struct outgoing *outgoing)
{
    free(outgoing->data);
    *outgoing = (struct outgoing){0};
}

/*
 * What was sent makes room once it is as much as what was not: then each byte is moved at most
 * once, and a peer that never catches up costs no more than what it is behind.
 */
static void reuse_sent(struct outgoing *outgoing)
{
    const size_t unsent = outgoing->size - outgoing->sent;
    if (!outgoing->sent || outgoing->sent < unsent)
        return;
    memmove(outgoing->data, outgoing->data + outgoing->sent, unsent);
    outgoing->size = unsent;
    outgoing->sent = 0;
}

uint8_t *outgoing_room(struct outgoing *outgoing, size_t size)
{
    if (size > OUTGOING_SIZE_MAX - (outgoing->size - outgoing->sent))
        return NULL;
    if (size > outgoing->capacity - outgoing->size)
        reuse_sent(outgoing);
    const size_t needed = outgoing->size + size;
    if (needed > outgoing->capacity) {
        size_t capacity =
            outgoing->capacity ? 2 * outgoing->capacity : outgoing->usual + FIRST_SIZE;
        while (capacity < needed)
            capacity *= 2;
        uint8_t *const grown = realloc(outgoing->data, capacity);
        if (!grown)
            return NULL;
        outgoing->data = grown;
        outgoing->capacity = capacity;
    }
    return outgoing->data + outgoing->size;
}

void outgoing_add(struct outgoing *outgoing, size_t size)
{
    outgoing->size += size;
}

slice outgoing_view(const struct outgoing *outgoing)
{
    if (!outgoing->data)
        return (slice){0};
    return (slice){outgoing->data + outgoing->sent, outgoing->size - outgoing->sent};
}

void outgoing_sent(struct outgoing *outgoing, size_t size)
{
    const size_t unsent = outgoing->size - outgoing->sent;
    outgoing->sent += size < unsent ? size : unsent;
    if (outgoing->sent < outgoing->size)
        return;
    outgoing->usual = outgoing->size < USUAL_MAX ? outgoing->size : USUAL_MAX;
    free(outgoing->data);
    outgoing->data = NULL;
    outgoing->size = outgoing->sent = outgoing->capacity = 0;
}
