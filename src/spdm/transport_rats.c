/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

enum {
    TYPE_SPDM = 0,
    TYPE_SECURED = 1,
    TYPE_APPLICATION = 2, /* inside a secured message only */
    SIZE_SIZE = 4,        /* of what follows it, big-endian */
    TYPE_SIZE = 1,
};

/* ---- inside ---- */

static status inner_write_header(struct writer *writer, enum spdm_frame_kind kind,
                                 size_t message_size)
{
    (void)message_size;
    if (kind != SPDM_FRAME_PLAIN)
        return FAIL(UNSUPPORTED, "a secured message of this framing holds no such frame");
    write_u8(writer, TYPE_SPDM);
    return OK;
}

static status inner_read(slice frame, struct spdm_frame *out)
{
    struct reader reader = reader_of(frame);
    const uint8_t type = read_u8(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "secured message of this framing has no type");
    if (type != TYPE_SPDM && type != TYPE_APPLICATION)
        return FAIL(UNSUPPORTED,
                    "secured message of this framing is of a type that we do not know");
    out->kind = type == TYPE_SPDM ? SPDM_FRAME_PLAIN : SPDM_FRAME_OTHER;
    out->message = reader.left;
    return OK;
}

static const struct spdm_transport inner = {
    .header_size = TYPE_SIZE,
    .message_size_max = SPDM_RATS_MESSAGE_SIZE_MAX,
    .alignment = 1,
    .write_header = inner_write_header,
    .read = inner_read,
};

/* ---- outside ---- */

static status rats_write_header(struct writer *writer, enum spdm_frame_kind kind,
                                size_t message_size)
{
    if (kind != SPDM_FRAME_PLAIN && kind != SPDM_FRAME_SECURED)
        return FAIL(UNSUPPORTED, "this framing has no such frame");
    write_be32(writer, (uint32_t)(TYPE_SIZE + message_size));
    write_u8(writer, kind == SPDM_FRAME_PLAIN ? TYPE_SPDM : TYPE_SECURED);
    return OK;
}

struct header {
    enum spdm_frame_kind kind;
    size_t message_size;
};

static status header_read(struct reader *reader, struct header *out)
{
    const uint32_t size = read_be32(reader);
    const uint8_t type = read_u8(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "frame is shorter than its header");
    if (type != TYPE_SPDM && type != TYPE_SECURED)
        return FAIL(UNSUPPORTED, "frame is no SPDM");
    if (size < TYPE_SIZE)
        return FAIL(MALFORMED, "frame does not hold its type");
    out->kind = type == TYPE_SPDM ? SPDM_FRAME_PLAIN : SPDM_FRAME_SECURED;
    out->message_size = size - TYPE_SIZE;
    return OK;
}

static status rats_frame_size(slice begin, size_t *out)
{
    struct reader reader = reader_of(begin);
    struct header header;
    *out = 0;
    if (begin.size < SIZE_SIZE + TYPE_SIZE)
        return OK;
    TRY(header_read(&reader, &header));
    *out = SIZE_SIZE + TYPE_SIZE + header.message_size;
    return OK;
}

static status rats_read(slice frame, struct spdm_frame *out)
{
    struct reader reader = reader_of(frame);
    struct header header;
    TRY(header_read(&reader, &header));
    const slice message = read_bytes(&reader, header.message_size);
    TRY(reader_finish(&reader));
    *out = (struct spdm_frame){header.kind, message};
    return OK;
}

const struct spdm_transport spdm_rats = {
    .name = "rats",
    .emulator_number = UINT32_MAX,
    .sequence_size = 2,
    .header_size = SIZE_SIZE + TYPE_SIZE,
    .inner = &inner,
    .padding_max = 32,
    .message_size_max = SPDM_RATS_MESSAGE_SIZE_MAX,
    .alignment = 1,
    .write_header = rats_write_header,
    .read = rats_read,
    .frame_size = rats_frame_size,
};
