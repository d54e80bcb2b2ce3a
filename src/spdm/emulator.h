/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The framing in which SPDM emulators carry a transport's frames through a socket, around the
 * frames of spdm/transport.h. A client says test first, unless the transport is 0 (none).
 * spec: DMTF spdm-emu, "SPDM emulator socket protocol"
 */

#include "codec/reader.h"
#include "codec/writer.h"

enum { SPDM_EMULATOR_HEADER_SIZE = 12, SPDM_EMULATOR_PORT = 2323 };

#define SPDM_EMULATOR_HELLO_CLIENT "Client Hello!" /* sent with its NUL */
#define SPDM_EMULATOR_HELLO_SERVER "Server Hello!"

enum spdm_emulator_command {
    SPDM_EMULATOR_NONE,
    SPDM_EMULATOR_NORMAL = 0x0001,        /* one frame of the transport */
    SPDM_EMULATOR_KEY_UPDATE = 0x8001,    /* out of band: the server wants to send a request ... */
    SPDM_EMULATOR_ENDPOINT_INFO = 0x8002, /* ... in the session whose u32 id follows */
    SPDM_EMULATOR_CONTINUE = 0xFFFD,      /* this connection ends, and the server goes on */
    SPDM_EMULATOR_SHUTDOWN = 0xFFFE,
    SPDM_EMULATOR_UNKNOWN = 0xFFFF, /* the answer to a command that is none */
    SPDM_EMULATOR_TEST = 0xDEAD,
};

struct spdm_emulator_frame {
    enum spdm_emulator_command command; /* NONE: more bytes are needed */
    slice payload;                      /* borrows */
};

/* As spdm_frame_begin() and spdm_frame_end(). */
size_t spdm_emulator_begin(struct writer *writer);
status spdm_emulator_end(struct writer *writer, size_t begin, enum spdm_emulator_command command,
                         uint32_t transport_number);

/* As spdm_frame_cut(). UNSUPPORTED for a command that is none, MALFORMED for another transport. */
status spdm_emulator_cut(uint32_t transport_number, size_t size_max, slice *stream,
                         struct spdm_emulator_frame *out);
