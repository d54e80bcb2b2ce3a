/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/chunk.h"

#include <assert.h>

enum {
    LAST = 1 << 0,        /* param1 of a piece */
    EARLY_ERROR = 1 << 0, /* param1 of CHUNK_SEND_ACK */
};

static uint32_t read_sequence(struct reader *reader, const struct spdm_shape *shape)
{
    return shape->version < SPDM_1_4 ? read_le16(reader) : read_le32(reader);
}

static void write_sequence(struct writer *writer, const struct spdm_shape *shape, uint32_t sequence)
{
    assert(shape->version >= SPDM_1_4 || sequence <= UINT16_MAX);
    if (shape->version < SPDM_1_4)
        write_le16(writer, (uint16_t)sequence);
    else
        write_le32(writer, sequence);
}

static status read_piece(struct reader *reader, const struct spdm_shape *shape, uint8_t code,
                         struct spdm_chunk *out)
{
    struct spdm_chunk chunk = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, code, &header));
    chunk.is_last = header.param1 & LAST;
    chunk.handle = header.param2;
    chunk.sequence = read_sequence(reader, shape);
    if (shape->version < SPDM_1_4)
        read_le16(reader); /* reserved */
    const uint32_t piece_size = read_le32(reader);
    if (chunk.sequence == 0)
        chunk.message_size = read_le32(reader);
    chunk.piece = read_bytes(reader, piece_size);
    TRY(spdm_message_was_whole(reader));

    if (piece_size == 0)
        return FAIL(MALFORMED, "SPDM chunk is empty");
    if (chunk.sequence == 0 && piece_size > chunk.message_size)
        return FAIL(MALFORMED, "SPDM chunk is larger than the message it is of");
    *out = chunk;
    return OK;
}

static void write_piece(struct writer *writer, const struct spdm_shape *shape, uint8_t code,
                        const struct spdm_chunk *chunk)
{
    const struct spdm_header header = {shape->version, code, chunk->is_last ? LAST : 0,
                                       chunk->handle};
    assert(chunk->piece.size <= UINT32_MAX);
    spdm_header_write(writer, &header);
    write_sequence(writer, shape, chunk->sequence);
    if (shape->version < SPDM_1_4)
        write_le16(writer, 0); /* reserved */
    write_le32(writer, (uint32_t)chunk->piece.size);
    if (chunk->sequence == 0)
        write_le32(writer, chunk->message_size);
    write_bytes(writer, chunk->piece);
}

status spdm_chunk_send_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_chunk *out)
{
    return read_piece(reader, shape, SPDM_CHUNK_SEND, out);
}

void spdm_chunk_send_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_chunk *chunk)
{
    write_piece(writer, shape, SPDM_CHUNK_SEND, chunk);
}

status spdm_chunk_response_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_chunk *out)
{
    return read_piece(reader, shape, SPDM_CHUNK_RESPONSE, out);
}

void spdm_chunk_response_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_chunk *chunk)
{
    write_piece(writer, shape, SPDM_CHUNK_RESPONSE, chunk);
}

status spdm_chunk_send_ack_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_chunk_send_ack *out)
{
    struct spdm_chunk_send_ack ack;
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_CHUNK_SEND_ACK, &header));
    ack.is_early_error = header.param1 & EARLY_ERROR;
    ack.handle = header.param2;
    ack.sequence = read_sequence(reader, shape);
    TRY(spdm_message_was_whole(reader));
    ack.response = read_bytes(reader, reader->left.size);
    *out = ack;
    return OK;
}

void spdm_chunk_send_ack_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_chunk_send_ack *ack)
{
    const struct spdm_header header = {shape->version, SPDM_CHUNK_SEND_ACK,
                                       ack->is_early_error ? EARLY_ERROR : 0, ack->handle};
    spdm_header_write(writer, &header);
    write_sequence(writer, shape, ack->sequence);
    write_bytes(writer, ack->response);
}

status spdm_chunk_get_read(struct reader *reader, const struct spdm_shape *shape,
                           struct spdm_chunk_get *out)
{
    struct spdm_chunk_get request;
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_CHUNK_GET, &header));
    request.handle = header.param2;
    request.sequence = read_sequence(reader, shape);
    TRY(spdm_message_was_whole(reader));
    *out = request;
    return OK;
}

void spdm_chunk_get_write(struct writer *writer, const struct spdm_shape *shape,
                          const struct spdm_chunk_get *request)
{
    const struct spdm_header header = {shape->version, SPDM_CHUNK_GET, 0, request->handle};
    spdm_header_write(writer, &header);
    write_sequence(writer, shape, request->sequence);
}
