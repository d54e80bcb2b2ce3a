/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

#include <string.h>

static const struct spdm_transport *const transports[] = {&spdm_tcp, &spdm_mctp, &spdm_doe,
                                                          &spdm_rats};

enum { TRANSPORT_COUNT = sizeof transports / sizeof *transports };

const struct spdm_transport *spdm_transport_named(const char *name)
{
    for (size_t i = 0; i < TRANSPORT_COUNT; i++)
        if (strcmp(transports[i]->name, name) == 0)
            return transports[i];
    return NULL;
}

const struct spdm_transport *spdm_transport_numbered(uint32_t emulator_number)
{
    for (size_t i = 0; i < TRANSPORT_COUNT; i++)
        if (transports[i]->emulator_number == emulator_number)
            return transports[i];
    return NULL;
}

size_t spdm_frame_begin(const struct spdm_transport *transport, struct writer *writer)
{
    static const uint8_t room[SPDM_FRAME_HEADER_SIZE_MAX];
    write_bytes(writer, (slice){room, transport->header_size});
    return writer->size;
}

status spdm_frame_end(const struct spdm_transport *transport, struct writer *writer, size_t begin,
                      enum spdm_frame_kind kind)
{
    if (writer->out_of_space)
        return FAIL(EXHAUSTED, "SPDM frame does not fit");
    const size_t size = writer->size - begin;
    const size_t start = begin - transport->header_size;
    if (size > transport->message_size_max)
        return FAIL(EXHAUSTED, "SPDM message is longer than its transport carries");

    struct writer header = writer_over(writer->data + start, transport->header_size);
    TRY(transport->write_header(&header, kind, size));
    while ((writer->size - start) % transport->alignment && !writer->out_of_space)
        write_u8(writer, 0);
    return writer->out_of_space ? FAIL(EXHAUSTED, "SPDM frame does not fit") : OK;
}

status spdm_frame_read(const struct spdm_transport *transport, slice frame, struct spdm_frame *out)
{
    struct spdm_frame read;
    TRY(transport->read(frame, &read));
    if (read.kind == SPDM_FRAME_OTHER)
        return FAIL(UNSUPPORTED, "frame is no SPDM");
    *out = read;
    return OK;
}

status spdm_frame_cut(const struct spdm_transport *transport, size_t size_max, slice *stream,
                      slice *out_frame)
{
    size_t size = stream->size;
    if (transport->frame_size)
        TRY(transport->frame_size(*stream, &size));
    if (size > size_max)
        return FAIL(EXHAUSTED, "SPDM frame is larger than we take");
    if (size > stream->size)
        size = 0;
    *out_frame = (slice){stream->data, size};
    if (size)
        *stream = (slice){stream->data + size, stream->size - size};
    return OK;
}

enum spdm_frame_kind spdm_frame_refusal(const struct spdm_transport *transport, status refused)
{
    if (!transport->tells_refusals || !refused.fault)
        return SPDM_FRAME_NONE;
    switch (refused.fault->failure) {
    case FAILURE_EXHAUSTED:
        return SPDM_FRAME_TOO_LARGE;
    case FAILURE_UNSUPPORTED:
        return SPDM_FRAME_NOT_SUPPORTED;
    default:
        return SPDM_FRAME_NONE;
    }
}

size_t spdm_inner_begin(const struct spdm_transport *transport, struct writer *writer)
{
    return transport->inner ? spdm_frame_begin(transport->inner, writer) : writer->size;
}

status spdm_inner_end(const struct spdm_transport *transport, struct writer *writer, size_t begin)
{
    return transport->inner ? spdm_frame_end(transport->inner, writer, begin, SPDM_FRAME_PLAIN)
                            : OK;
}

status spdm_inner_read(const struct spdm_transport *transport, slice application_data,
                       struct spdm_frame *out)
{
    struct spdm_frame read = {SPDM_FRAME_PLAIN, application_data};
    if (transport->inner)
        TRY(transport->inner->read(application_data, &read));
    if (read.kind != SPDM_FRAME_PLAIN && read.kind != SPDM_FRAME_OTHER)
        return FAIL(MALFORMED, "secured message holds a frame that stands alone");
    *out = read;
    return OK;
}
