/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/emulator.h"

size_t spdm_emulator_begin(struct writer *writer)
{
    static const uint8_t room[SPDM_EMULATOR_HEADER_SIZE];
    write_bytes(writer, SLICE(room));
    return writer->size;
}

status spdm_emulator_end(struct writer *writer, size_t begin, enum spdm_emulator_command command,
                         uint32_t transport_number)
{
    if (writer->out_of_space || writer->size - begin > UINT32_MAX)
        return FAIL(EXHAUSTED, "emulator's frame does not fit");
    struct writer header =
        writer_over(writer->data + begin - SPDM_EMULATOR_HEADER_SIZE, SPDM_EMULATOR_HEADER_SIZE);
    write_be32(&header, (uint32_t)command);
    write_be32(&header, transport_number);
    write_be32(&header, (uint32_t)(writer->size - begin));
    return OK;
}

static bool is_command(uint32_t number)
{
    switch (number) {
    case SPDM_EMULATOR_NORMAL:
    case SPDM_EMULATOR_KEY_UPDATE:
    case SPDM_EMULATOR_ENDPOINT_INFO:
    case SPDM_EMULATOR_CONTINUE:
    case SPDM_EMULATOR_SHUTDOWN:
    case SPDM_EMULATOR_UNKNOWN:
    case SPDM_EMULATOR_TEST:
        return true;
    default:
        return false;
    }
}

status spdm_emulator_cut(uint32_t transport_number, size_t size_max, slice *stream,
                         struct spdm_emulator_frame *out)
{
    struct reader reader = reader_of(*stream);
    const uint32_t command = read_be32(&reader);
    const uint32_t transport = read_be32(&reader);
    const uint32_t size = read_be32(&reader);
    struct spdm_emulator_frame frame = {0};
    if (!reader.short_of_input) {
        if (!is_command(command))
            return FAIL(UNSUPPORTED, "emulator's frame has no command that we know");
        if (transport != transport_number)
            return FAIL(MALFORMED, "emulator's frame is for another transport");
        if (size > size_max)
            return FAIL(EXHAUSTED, "emulator's frame is larger than we take");
        frame.payload = read_bytes(&reader, size);
        frame.command =
            reader.short_of_input ? SPDM_EMULATOR_NONE : (enum spdm_emulator_command)command;
    }
    if (frame.command)
        *stream = reader.left;
    *out = frame;
    return OK;
}
