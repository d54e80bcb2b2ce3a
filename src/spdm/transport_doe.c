/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

enum {
    VENDOR_PCI_SIG = 1,
    TYPE_DISCOVERY = 0,
    TYPE_SPDM = 1,
    TYPE_SECURED = 2,
    HEADER_SIZE = 8,
    WORD_SIZE = 4,
    WORDS_MAX = 1 << 18, /* written as 0 */
    SECURED_PREFIX_SIZE = 6,
};

/* Index: enum spdm_frame_kind. */
static const uint8_t types[] = {
    [SPDM_FRAME_PLAIN] = TYPE_SPDM,
    [SPDM_FRAME_SECURED] = TYPE_SECURED,
    [SPDM_FRAME_DISCOVERY] = TYPE_DISCOVERY,
};

static status doe_write_header(struct writer *writer, enum spdm_frame_kind kind,
                               size_t message_size)
{
    const size_t words = (HEADER_SIZE + message_size + WORD_SIZE - 1) / WORD_SIZE;
    if (kind != SPDM_FRAME_PLAIN && kind != SPDM_FRAME_SECURED && kind != SPDM_FRAME_DISCOVERY)
        return FAIL(UNSUPPORTED, "DOE has no such frame");
    write_le16(writer, VENDOR_PCI_SIG);
    write_u8(writer, types[kind]);
    write_u8(writer, 0); /* reserved */
    write_le32(writer, words == WORDS_MAX ? 0 : (uint32_t)words);
    return OK;
}

struct header {
    enum spdm_frame_kind kind;
    size_t frame_size;
};

static status header_read(struct reader *reader, struct header *out)
{
    const uint16_t vendor = read_le16(reader);
    const uint8_t type = read_u8(reader);
    const uint8_t reserved = read_u8(reader);
    const uint32_t words = read_le32(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "DOE object is shorter than its header");
    if (vendor != VENDOR_PCI_SIG || type > TYPE_SECURED)
        return FAIL(UNSUPPORTED, "DOE object is no SPDM");
    if (reserved || words >= WORDS_MAX || (words && words < HEADER_SIZE / WORD_SIZE))
        return FAIL(MALFORMED, "DOE header has a wrong length, or bits that are reserved");
    out->kind = type == TYPE_SPDM      ? SPDM_FRAME_PLAIN
                : type == TYPE_SECURED ? SPDM_FRAME_SECURED
                                       : SPDM_FRAME_DISCOVERY;
    out->frame_size = WORD_SIZE * (words ? words : (size_t)WORDS_MAX);
    return OK;
}

static status doe_frame_size(slice begin, size_t *out)
{
    struct reader reader = reader_of(begin);
    struct header header = {0};
    if (begin.size >= HEADER_SIZE)
        TRY(header_read(&reader, &header));
    *out = header.frame_size;
    return OK;
}

/* A secured message says how long it is, so what fills the last word is known here. */
static status cut_padding(slice *message)
{
    struct reader reader = reader_of(*message);
    read_le32(&reader); /* session id */
    const size_t size = (size_t)SECURED_PREFIX_SIZE + read_le16(&reader);
    if (reader.short_of_input || size > message->size)
        return FAIL(TRUNCATED, "secured message is longer than its DOE object");
    const slice padding = {message->data + size, message->size - size};
    if (padding.size >= WORD_SIZE || !slice_is_zero(padding))
        return FAIL(MALFORMED, "secured message does not fill its DOE object");
    message->size = size;
    return OK;
}

static status doe_read(slice frame, struct spdm_frame *out)
{
    struct reader reader = reader_of(frame);
    struct header header;
    TRY(header_read(&reader, &header));
    if (header.frame_size > frame.size)
        return FAIL(TRUNCATED, "DOE object is shorter than it says");
    if (header.frame_size < frame.size)
        return FAIL(MALFORMED, "DOE object is longer than it says");
    slice message = reader.left;
    if (header.kind == SPDM_FRAME_SECURED)
        TRY(cut_padding(&message));
    *out = (struct spdm_frame){header.kind, message};
    return OK;
}

const struct spdm_transport spdm_doe = {
    .name = "doe",
    .emulator_number = 2,
    .header_size = HEADER_SIZE,
    .message_size_max = SPDM_DOE_MESSAGE_SIZE_MAX,
    .alignment = WORD_SIZE,
    .write_header = doe_write_header,
    .read = doe_read,
    .frame_size = doe_frame_size,
};
