/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A byte stream for a program that waits for it: to what net/address.h can name. Every call ends
 * within its patience.
 */

#include "net/address.h"

/* Connects, trying each address that a name has. UNAVAILABLE, saying why. */
status conduit_connect(const char *peer, int patience_ms, int *out_fd);

/* TCP's port may be 0. */
status conduit_listen(const char *address, int *out_fd);
/* Where it listens, as it is written above. */
void conduit_listener_text(int fd, char out[ADDRESS_TEXT_SIZE]);

/* A negative patience waits for ever, here alone. */
status conduit_accept(int listener_fd, int patience_ms, int *out_fd);

status conduit_send(int fd, slice bytes, int patience_ms);
/* What is there, at least one byte; 0 in `out_size` at the end of the stream. */
status conduit_receive(int fd, uint8_t *space, size_t capacity, int patience_ms, size_t *out_size);
