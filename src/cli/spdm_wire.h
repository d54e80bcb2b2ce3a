/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * SPDM frames over a byte stream: one after another as the transport cuts them, or each in the
 * emulators' socket framing.
 */

#include "spdm/emulator.h"
#include "spdm/transport.h"

enum { SPDM_WIRE_FRAME_SIZE_MAX = SPDM_DOE_MESSAGE_SIZE_MAX + SPDM_FRAME_HEADER_SIZE_MAX };

struct spdm_wire {
    int fd; /* -1: none */
    const struct spdm_transport *transport;
    bool is_emulated;
    int patience_ms;
    struct buffer received; /* and not taken yet, after the first `taken` */
    size_t taken;
};
/* Closes it, too. */
void spdm_wire_clear(struct spdm_wire *wire);

/* NORMAL is a frame of the transport; what else there is stands in the emulators' framing only. */
struct spdm_wire_frame {
    enum spdm_emulator_command command; /* NONE: the peer has closed */
    uint8_t *data;                      /* until the next call; may be changed */
    size_t size;
};

/* In one piece. */
status spdm_wire_send(struct spdm_wire *wire, enum spdm_emulator_command command, slice payload);
/* UNAVAILABLE when nothing comes in time, MALFORMED when the peer closes within a frame. */
status spdm_wire_receive(struct spdm_wire *wire, struct spdm_wire_frame *out);

/* How emulators begin: the client says test, the server answers. Nothing without their framing. */
status spdm_wire_greet(struct spdm_wire *wire);
/* And how they end: the server may be gone by then. */
void spdm_wire_leave(struct spdm_wire *wire);
