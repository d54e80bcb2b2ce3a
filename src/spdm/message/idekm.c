/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/idekm.h"

static size_t secret_size(uint8_t object, bool is_cxl)
{
    if (object != SPDM_IDEKM_KEY_PROG && object != SPDM_IDEKM_GET_KEY_ACK)
        return 0;
    return SPDM_IDEKM_KEY_SIZE + (is_cxl ? SPDM_IDEKM_CXL_IV_SIZE : SPDM_IDEKM_PCIE_IV_SIZE);
}

static void query_answer_read(struct reader *reader, bool is_cxl, struct spdm_idekm *out)
{
    out->device_function = read_u8(reader);
    out->bus = read_u8(reader);
    out->segment = read_u8(reader);
    out->port_max = read_u8(reader);
    if (is_cxl)
        out->cxl_capabilities = read_u8(reader);
    out->registers = read_bytes(reader, reader->left.size);
}

static void about_query_read(struct reader *reader, bool is_cxl, struct spdm_idekm *out)
{
    read_u8(reader); /* reserved */
    out->port = read_u8(reader);
    if (out->object == SPDM_IDEKM_QUERY_RESP)
        query_answer_read(reader, is_cxl, out);
}

static void about_key_read(struct reader *reader, bool is_cxl, struct spdm_idekm *out)
{
    read_le16(reader); /* reserved */
    out->stream = read_u8(reader);
    out->status = read_u8(reader);
    if (out->object != SPDM_IDEKM_KP_ACK)
        out->status = SPDM_IDEKM_OK; /* reserved there */
    out->key = read_u8(reader);
    out->port = read_u8(reader);
    out->secret = read_bytes(reader, secret_size(out->object, is_cxl));
}

status spdm_idekm_read(slice payload, bool is_cxl, struct spdm_idekm *out)
{
    struct reader reader = reader_of(payload);
    struct spdm_idekm message = {0};

    const uint8_t protocol = read_u8(&reader);
    message.object = read_u8(&reader);
    if (protocol != SPDM_IDEKM_PROTOCOL)
        return FAIL(UNSUPPORTED, "payload is of another protocol than IDE_KM");
    if (message.object > (is_cxl ? SPDM_IDEKM_GET_KEY_ACK : SPDM_IDEKM_K_GOSTOP_ACK))
        return FAIL(UNSUPPORTED, "IDE_KM object is one that we do not know");
    if (message.object <= SPDM_IDEKM_QUERY_RESP)
        about_query_read(&reader, is_cxl, &message);
    else
        about_key_read(&reader, is_cxl, &message);
    TRY(reader_finish(&reader));
    if (message.registers.size % 4)
        return FAIL(MALFORMED, "IDE registers end within one");
    *out = message;
    return OK;
}

static void query_answer_write(struct writer *writer, bool is_cxl, const struct spdm_idekm *message)
{
    write_u8(writer, message->device_function);
    write_u8(writer, message->bus);
    write_u8(writer, message->segment);
    write_u8(writer, message->port_max);
    if (is_cxl)
        write_u8(writer, message->cxl_capabilities);
    write_bytes(writer, message->registers);
}

static void about_key_write(struct writer *writer, const struct spdm_idekm *message)
{
    write_le16(writer, 0); /* reserved */
    write_u8(writer, message->stream);
    write_u8(writer, message->status);
    write_u8(writer, message->key);
    write_u8(writer, message->port);
    write_bytes(writer, message->secret);
}

void spdm_idekm_write(struct writer *writer, bool is_cxl, const struct spdm_idekm *message)
{
    write_u8(writer, SPDM_IDEKM_PROTOCOL);
    write_u8(writer, message->object);
    if (message->object > SPDM_IDEKM_QUERY_RESP) {
        about_key_write(writer, message);
        return;
    }
    write_u8(writer, 0); /* reserved */
    write_u8(writer, message->port);
    if (message->object == SPDM_IDEKM_QUERY_RESP)
        query_answer_write(writer, is_cxl, message);
}
