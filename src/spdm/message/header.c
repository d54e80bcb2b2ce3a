/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/header.h"

static struct spdm_header header_read(struct reader *reader)
{
    struct spdm_header header;
    header.version = read_u8(reader);
    header.code = read_u8(reader);
    header.param1 = read_u8(reader);
    header.param2 = read_u8(reader);
    return header;
}

status spdm_message_was_whole(const struct reader *reader)
{
    return reader->short_of_input ? FAIL(TRUNCATED, "SPDM message is shorter than its fields") : OK;
}

status spdm_header_peek(slice message, struct spdm_header *out)
{
    struct reader reader = reader_of(message);
    const struct spdm_header header = header_read(&reader);
    TRY(spdm_message_was_whole(&reader));
    *out = header;
    return OK;
}

status spdm_header_expect(struct reader *reader, uint8_t code, struct spdm_header *out)
{
    const struct spdm_header header = header_read(reader);
    TRY(spdm_message_was_whole(reader));
    if (header.code != code)
        return FAIL(MALFORMED, "SPDM message has another code than the one that belongs here");
    *out = header;
    return OK;
}

void spdm_header_write(struct writer *writer, const struct spdm_header *header)
{
    write_u8(writer, header->version);
    write_u8(writer, header->code);
    write_u8(writer, header->param1);
    write_u8(writer, header->param2);
}
