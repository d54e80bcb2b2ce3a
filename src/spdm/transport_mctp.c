/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

enum { TYPE_SPDM = 5, TYPE_SECURED = 6 };

static status mctp_write_header(struct writer *writer, enum spdm_frame_kind kind,
                                size_t message_size)
{
    (void)message_size;
    if (kind != SPDM_FRAME_PLAIN && kind != SPDM_FRAME_SECURED)
        return FAIL(UNSUPPORTED, "MCTP has no such frame");
    write_u8(writer, kind == SPDM_FRAME_PLAIN ? TYPE_SPDM : TYPE_SECURED);
    return OK;
}

static status mctp_read(slice frame, struct spdm_frame *out)
{
    struct reader reader = reader_of(frame);
    const uint8_t type = read_u8(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "MCTP message has no type");
    out->kind = type == TYPE_SPDM      ? SPDM_FRAME_PLAIN
                : type == TYPE_SECURED ? SPDM_FRAME_SECURED
                                       : SPDM_FRAME_OTHER;
    out->message = reader.left;
    return OK;
}

const struct spdm_transport spdm_mctp = {
    .name = "mctp",
    .emulator_number = 1,
    .sequence_size = 2,
    .header_size = 1,
    .inner = &spdm_mctp,
    .padding_max = 32,
    .message_size_max = SPDM_MCTP_MESSAGE_SIZE_MAX,
    .alignment = 1,
    .write_header = mctp_write_header,
    .read = mctp_read,
};
