/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

enum {
    BINDING_VERSION = 1,
    HEADER_SIZE = 4,
    COUNTED_SIZE = 2, /* of what follows it in the header */
};

struct type {
    uint8_t number;
    enum spdm_frame_kind kind;
    bool has_message;
};

static const struct type types[] = {
    {0x05, SPDM_FRAME_PLAIN, true},          {0x06, SPDM_FRAME_SECURED, true},
    {0xBF, SPDM_FRAME_ROLE_INQUIRY, false},  {0xC0, SPDM_FRAME_TOO_LARGE, false},
    {0xC1, SPDM_FRAME_NOT_SUPPORTED, false}, {0xC2, SPDM_FRAME_CANNOT_REQUEST, false},
    {0xC3, SPDM_FRAME_CANNOT_RESPOND, false}};

enum { TYPE_COUNT = sizeof types / sizeof *types };

static const struct type *type_of_kind(enum spdm_frame_kind kind)
{
    size_t i = 0;
    while (i < TYPE_COUNT && types[i].kind != kind)
        i++;
    return i < TYPE_COUNT ? &types[i] : NULL;
}

static const struct type *type_numbered(uint8_t number)
{
    size_t i = 0;
    while (i < TYPE_COUNT && types[i].number != number)
        i++;
    return i < TYPE_COUNT ? &types[i] : NULL;
}

/* Where no message follows, peers write (and some only take) a length of 0: docs/open.md. */
static status tcp_write_header(struct writer *writer, enum spdm_frame_kind kind,
                               size_t message_size)
{
    const struct type *const type = type_of_kind(kind);
    if (!type || (!type->has_message && message_size))
        return FAIL(UNSUPPORTED, "SPDM over TCP has no such frame");
    write_le16(writer, type->has_message ? (uint16_t)(COUNTED_SIZE + message_size) : 0);
    write_u8(writer, BINDING_VERSION);
    write_u8(writer, type->number);
    return OK;
}

struct header {
    const struct type *type;
    size_t message_size;
};

static status header_read(struct reader *reader, struct header *out)
{
    const uint16_t length = read_le16(reader);
    const uint8_t version = read_u8(reader);
    const struct type *const type = type_numbered(read_u8(reader));
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "SPDM over TCP is shorter than its header");
    if (version != BINDING_VERSION || !type)
        return FAIL(UNSUPPORTED, "SPDM over TCP has a version or type that we do not speak");
    if (type->has_message ? length < COUNTED_SIZE : length != 0 && length != COUNTED_SIZE)
        return FAIL(MALFORMED, "SPDM over TCP has a length that does not go with its type");
    out->type = type;
    out->message_size = type->has_message ? length - (size_t)COUNTED_SIZE : 0;
    return OK;
}

static status tcp_frame_size(slice begin, size_t *out)
{
    struct reader reader = reader_of(begin);
    struct header header;
    *out = 0;
    if (begin.size < HEADER_SIZE)
        return OK;
    TRY(header_read(&reader, &header));
    *out = HEADER_SIZE + header.message_size;
    return OK;
}

static status tcp_read(slice frame, struct spdm_frame *out)
{
    struct reader reader = reader_of(frame);
    struct header header;
    TRY(header_read(&reader, &header));
    const slice message = read_bytes(&reader, header.message_size);
    TRY(reader_finish(&reader));
    *out = (struct spdm_frame){header.type->kind, message};
    return OK;
}

const struct spdm_transport spdm_tcp = {
    .name = "tcp",
    .emulator_number = 3,
    .header_size = HEADER_SIZE,
    .inner = &spdm_tcp,
    .message_size_max = SPDM_TCP_MESSAGE_SIZE_MAX,
    .alignment = 1,
    .tells_refusals = true,
    .write_header = tcp_write_header,
    .read = tcp_read,
    .frame_size = tcp_frame_size,
};
