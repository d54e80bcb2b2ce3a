/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes that wait to be sent, in order. What makes them writes into its room; who sends them takes
 * from the front. It holds no memory while it is empty. What it held is not wiped: ciphertext.
 */

#include "base/bytes.h"

enum { OUTGOING_SIZE_MAX = 64 << 20 }; /* unsent; whoever writes stops long before */

struct outgoing {
    uint8_t *data;
    size_t size, sent, capacity;
    size_t usual; /* the most that was unsent at once: the next allocation's size */
};
void outgoing_clear(struct outgoing *outgoing);

/* Room for `size` bytes (not 0) behind the last; NULL without memory, or past OUTGOING_SIZE_MAX. */
uint8_t *outgoing_room(struct outgoing *outgoing, size_t size);
/* So many of them were written. */
void outgoing_add(struct outgoing *outgoing, size_t size);

slice outgoing_view(const struct outgoing *outgoing);
/* The rest is sent from where it lies. */
void outgoing_sent(struct outgoing *outgoing, size_t size);
