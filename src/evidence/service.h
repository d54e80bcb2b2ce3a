/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A service that is asked for evidence over a stream socket, from the first byte to the last before
 * one deadline: a host's, or the emulator of a device. Whoever collects may wait for it.
 */

#include "base/bytes.h"

struct service {
    int socket;
    bool opened;
    int64_t end_ms; /* of the monotonic clock */
};
void service_clear(struct service *service);

/*
 * "vsock://CID:PORT", "tcp://ADDRESS:PORT" in numbers, or "unix:///PATH". MALFORMED for an address
 * that cannot be, UNAVAILABLE when nobody is there in time; so in what follows.
 */
status service_dial(const char *address, int timeout_ms, struct service *out);
status service_send(const struct service *service, slice bytes);
status service_receive(const struct service *service, uint8_t *out, size_t size); /* all of it */
