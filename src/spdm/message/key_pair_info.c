/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/key_pair_info.h"

#include <assert.h>

enum { POST_QUANTUM_SIZE = 4 };

/* A length of one byte, and that many bytes of bits, the lowest first. */
static status post_quantum_read(struct reader *reader, uint32_t *out)
{
    const slice field = read_bytes(reader, read_u8(reader));
    uint32_t bits = 0;
    for (size_t i = 0; i < field.size; i++) {
        if (i < POST_QUANTUM_SIZE)
            bits |= (uint32_t)field.data[i] << 8 * i;
        else if (field.data[i])
            return FAIL(UNSUPPORTED, "key pair has a post-quantum algorithm that we do not know");
    }
    *out = bits;
    return OK;
}

static void post_quantum_write(struct writer *writer, uint32_t bits)
{
    write_u8(writer, POST_QUANTUM_SIZE);
    write_le32(writer, bits);
}

status spdm_get_key_pair_info_read(struct reader *reader, uint8_t *out_key_pair_id)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_GET_KEY_PAIR_INFO, &header));
    const uint8_t key_pair_id = read_u8(reader);
    TRY(spdm_message_was_whole(reader));
    *out_key_pair_id = key_pair_id;
    return OK;
}

void spdm_get_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  uint8_t key_pair_id)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_GET_KEY_PAIR_INFO, 0, 0});
    write_u8(writer, key_pair_id);
}

status spdm_key_pair_info_read(struct reader *reader, const struct spdm_shape *shape,
                               struct spdm_key_pair_info *out)
{
    struct spdm_header header;
    struct spdm_key_pair_info info = {0};

    TRY(spdm_header_expect(reader, SPDM_KEY_PAIR_INFO, &header));
    info.total = read_u8(reader);
    info.key_pair_id = read_u8(reader);
    info.capabilities = read_le16(reader);
    info.usage_capabilities = read_le16(reader);
    info.usage = read_le16(reader);
    info.algorithm_capabilities = read_le32(reader);
    info.algorithm = read_le32(reader);
    const uint16_t public_key_info_size = read_le16(reader);
    info.slots = read_u8(reader);
    info.public_key_info = read_bytes(reader, public_key_info_size);
    if (shape->version >= SPDM_1_4) {
        TRY(post_quantum_read(reader, &info.post_quantum_capabilities));
        TRY(post_quantum_read(reader, &info.post_quantum_algorithm));
    }
    TRY(spdm_message_was_whole(reader));
    *out = info;
    return OK;
}

void spdm_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_key_pair_info *info)
{
    assert(info->public_key_info.size <= UINT16_MAX);
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_KEY_PAIR_INFO, 0, 0});
    write_u8(writer, info->total);
    write_u8(writer, info->key_pair_id);
    write_le16(writer, info->capabilities);
    write_le16(writer, info->usage_capabilities);
    write_le16(writer, info->usage);
    write_le32(writer, info->algorithm_capabilities);
    write_le32(writer, info->algorithm);
    write_le16(writer, (uint16_t)info->public_key_info.size);
    write_u8(writer, info->slots);
    write_bytes(writer, info->public_key_info);
    if (shape->version >= SPDM_1_4) {
        post_quantum_write(writer, info->post_quantum_capabilities);
        post_quantum_write(writer, info->post_quantum_algorithm);
    }
}

static status desired_read(struct reader *reader, const struct spdm_shape *shape,
                           struct spdm_set_key_pair_info *out)
{
    read_u8(reader); /* reserved */
    out->usage = read_le16(reader);
    out->algorithm = read_le32(reader);
    out->slots = read_u8(reader);
    if (shape->version >= SPDM_1_4)
        TRY(post_quantum_read(reader, &out->post_quantum_algorithm));
    return OK;
}

status spdm_set_key_pair_info_read(struct reader *reader, const struct spdm_shape *shape,
                                   struct spdm_set_key_pair_info *out)
{
    struct spdm_header header;
    struct spdm_set_key_pair_info request = {0};

    TRY(spdm_header_expect(reader, SPDM_SET_KEY_PAIR_INFO, &header));
    request.operation = header.param1;
    request.key_pair_id = read_u8(reader);
    if (request.operation != SPDM_KEY_PAIR_ERASE)
        TRY(desired_read(reader, shape, &request));
    TRY(spdm_message_was_whole(reader));
    if (request.operation > SPDM_KEY_PAIR_GENERATE)
        return FAIL(MALFORMED, "SET_KEY_PAIR_INFO has an operation that there is not");
    *out = request;
    return OK;
}

void spdm_set_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_set_key_pair_info *request)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_SET_KEY_PAIR_INFO,
                                                    request->operation, 0});
    write_u8(writer, request->key_pair_id);
    if (request->operation == SPDM_KEY_PAIR_ERASE)
        return;
    write_u8(writer, 0); /* reserved */
    write_le16(writer, request->usage);
    write_le32(writer, request->algorithm);
    write_u8(writer, request->slots);
    if (shape->version >= SPDM_1_4)
        post_quantum_write(writer, request->post_quantum_algorithm);
}

status spdm_set_key_pair_info_ack_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_SET_KEY_PAIR_INFO_ACK, &header);
}

void spdm_set_key_pair_info_ack_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_SET_KEY_PAIR_INFO_ACK, 0, 0});
}
