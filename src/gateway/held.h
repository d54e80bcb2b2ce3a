/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes that a slow application has not taken yet, in pieces; nothing while there are none. */

#include "base/bytes.h"

#include <sys/uio.h>

enum { HELD_PIECE_LEAST = 4 << 10, HELD_PIECE_MOST = 64 << 10 };

struct held_piece;
struct held {
    struct held_piece *first, *last;
    size_t size;      /* bytes */
    size_t allocated; /* memory */
};

status held_append(struct held *held, slice bytes);
/* The first bytes, in at most `capacity` parts; how many parts. */
size_t held_view(const struct held *held, struct iovec *out, size_t capacity);
/* The first `size` bytes are gone. */
void held_taken(struct held *held, size_t size);
void held_clear(struct held *held);
