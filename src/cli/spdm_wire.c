/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_wire.h"

#include "net/conduit.h"

#include <string.h>
#include <unistd.h>

enum { CHUNK_SIZE = 16 << 10 };

static const uint8_t hello_client[] = SPDM_EMULATOR_HELLO_CLIENT;

void spdm_wire_clear(struct spdm_wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    buffer_clear(&wire->received);
    *wire = (struct spdm_wire){.fd = -1};
}

static status send_emulated(struct spdm_wire *wire, enum spdm_emulator_command command,
                            slice payload)
{
    SCOPED(buffer) whole = {0};
    uint8_t header[SPDM_EMULATOR_HEADER_SIZE];
    TRY(buffer_append(&whole, SLICE(header)));
    TRY(buffer_append(&whole, payload));
    struct writer writer = {.data = whole.data, .size = whole.size, .capacity = whole.size};
    TRY(spdm_emulator_end(&writer, sizeof header, command, wire->transport->emulator_number));
    return conduit_send(wire->fd, buffer_view(&whole), wire->patience_ms);
}

status spdm_wire_send(struct spdm_wire *wire, enum spdm_emulator_command command, slice payload)
{
    if (wire->is_emulated)
        return send_emulated(wire, command, payload);
    return conduit_send(wire->fd, payload, wire->patience_ms);
}

/* What was taken is not needed any more. */
static void forget_taken(struct spdm_wire *wire)
{
    if (!wire->taken)
        return;
    wire->received.size -= wire->taken;
    memmove(wire->received.data, wire->received.data + wire->taken, wire->received.size);
    wire->taken = 0;
}

static status cut(const struct spdm_wire *wire, slice *stream, struct spdm_emulator_frame *out)
{
    if (wire->is_emulated)
        return spdm_emulator_cut(wire->transport->emulator_number, SPDM_WIRE_FRAME_SIZE_MAX, stream,
                                 out);
    *out = (struct spdm_emulator_frame){0};
    if (!stream->size)
        return OK;
    TRY(spdm_frame_cut(wire->transport, SPDM_WIRE_FRAME_SIZE_MAX, stream, &out->payload));
    out->command = out->payload.size ? SPDM_EMULATOR_NORMAL : SPDM_EMULATOR_NONE;
    return OK;
}

/* False in `out_is_open` at the end of the stream. */
static status receive_more(struct spdm_wire *wire, bool *out_is_open)
{
    uint8_t chunk[CHUNK_SIZE];
    size_t size;
    TRY(conduit_receive(wire->fd, chunk, sizeof chunk, wire->patience_ms, &size));
    *out_is_open = size > 0;
    if (!size && wire->received.size)
        return FAIL(MALFORMED, "the peer has closed within a frame");
    return buffer_append(&wire->received, (slice){chunk, size});
}

status spdm_wire_receive(struct spdm_wire *wire, struct spdm_wire_frame *out)
{
    struct spdm_emulator_frame frame;
    bool is_open = true;
    forget_taken(wire);
    for (;;) {
        slice stream = buffer_view(&wire->received);
        TRY(cut(wire, &stream, &frame));
        if (frame.command || !is_open) {
            wire->taken = wire->received.size - stream.size;
            break;
        }
        TRY(receive_more(wire, &is_open));
    }
    *out = (struct spdm_wire_frame){.command = frame.command, .size = frame.payload.size};
    if (frame.payload.size)
        out->data = wire->received.data + (frame.payload.data - wire->received.data);
    return OK;
}

status spdm_wire_greet(struct spdm_wire *wire)
{
    struct spdm_wire_frame answer;
    if (!wire->is_emulated)
        return OK;
    TRY(spdm_wire_send(wire, SPDM_EMULATOR_TEST, SLICE(hello_client)));
    TRY(spdm_wire_receive(wire, &answer));
    return answer.command == SPDM_EMULATOR_TEST
               ? OK
               : FAIL(UNEXPECTED, "the peer does not greet as emulators do");
}

void spdm_wire_leave(struct spdm_wire *wire)
{
    struct spdm_wire_frame answer;
    if (wire->is_emulated && !spdm_wire_send(wire, SPDM_EMULATOR_SHUTDOWN, (slice){0}).fault &&
        !spdm_wire_receive(wire, &answer).fault)
        forget_taken(wire);
}
