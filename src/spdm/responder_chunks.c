/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Requests that came in pieces, and responses that are fetched in pieces. Neither the pieces nor
 * what acknowledges them is in a transcript: the whole is.
 * spec: DSP0274 1.4, "CHUNK_SEND request and CHUNK_SEND_ACK response message", "CHUNK_GET request
 * and CHUNK_RESPONSE response message"
 */

#include "spdm/responder_parts.h"

/* How long a message may be, to be taken in one piece. */
static size_t room_of(const struct spdm_asking *asking)
{
    const struct spdm_path path = {asking->responder->setup->transport, asking->connection};
    struct writer at = *asking->out;
    at.size = asking->whole;
    return spdm_wrap_room(&path, asking->session, &at);
}

static status check_chunks(struct spdm_asking *asking, uint8_t code)
{
    return spdm_connection_has_chunks(asking->connection)
               ? OK
               : spdm_refuse(asking, SPDM_UNSUPPORTED_REQUEST, code);
}

/* ---- responses ---- */

void spdm_leave_unanswered(struct spdm_asking *asking)
{
    if (asking->subject && asking->subject->phase != SPDM_SESSION_ESTABLISHED)
        asking->afterwards = SPDM_ENDS;
}

static status too_large(struct spdm_asking *asking, size_t size)
{
    spdm_leave_unanswered(asking);
    asking->error.size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
    return spdm_refuse(asking,
                       asking->connection->shape.version >= SPDM_1_2 ? SPDM_RESPONSE_TOO_LARGE
                                                                     : SPDM_UNSPECIFIED,
                       0);
}

status spdm_hand_over(struct spdm_asking *asking, slice response)
{
    struct spdm_connection *const connection = asking->connection;
    const size_t room = room_of(asking);
    if (asking->begin - asking->whole + response.size <= room) {
        if (response.data != asking->out->data + asking->begin)
            write_bytes(asking->out, response);
        return OK;
    }
    if (!spdm_connection_has_chunks(connection) ||
        response.size > connection->peer_message_size_max ||
        !spdm_transfer_is_possible(&connection->shape, response.size, room))
        return too_large(asking, response.size);

    spdm_transfer_open(&connection->outgoing, ++connection->last_handle, response.size,
                       asking->session);
    asking->responder->after_transfer = asking->afterwards;
    asking->responder->transfers_for = asking->subject;
    asking->afterwards = SPDM_STAYS;
    spdm_error_write(asking->out, &(struct spdm_error){
                                      .version = connection->shape.version,
                                      .code = SPDM_LARGE_RESPONSE,
                                      .handle = connection->last_handle,
                                  });
    return OK;
}

status spdm_answer_chunk_get(struct spdm_asking *asking)
{
    struct spdm_transfer *const outgoing = &asking->connection->outgoing;
    const struct spdm_shape *const shape = &asking->connection->shape;
    struct spdm_chunk_get asked;
    slice request;
    TRY(check_chunks(asking, SPDM_CHUNK_GET));
    TRY(spdm_chunk_get_read(&asking->reader, shape, &asked));
    TRY(spdm_asked(asking, &request));
    if (!outgoing->is_open || outgoing->session != asking->session)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    if (asked.handle != outgoing->handle || asked.sequence != outgoing->sequence)
        return FAIL(UNEXPECTED, "a piece is asked for that is not the next one");

    const struct spdm_chunk chunk = spdm_transfer_next(outgoing, room_of(asking));
    spdm_chunk_response_write(asking->out, shape, &chunk);
    if (!chunk.is_last)
        return OK;
    asking->afterwards = asking->responder->after_transfer;
    asking->subject = asking->responder->transfers_for;
    spdm_transfer_close(outgoing);
    return OK;
}

/* ---- requests ---- */

static status take_piece(struct spdm_asking *asking, const struct spdm_chunk *chunk)
{
    struct spdm_transfer *const incoming = &asking->connection->incoming;
    if (!incoming->is_open)
        spdm_transfer_open(incoming, chunk->handle, 0, asking->session);
    return spdm_transfer_take(incoming, chunk,
                              asking->connection->settings->capabilities.message_size_max);
}

status spdm_answer_chunk_send(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_transfer *const incoming = &connection->incoming;
    struct spdm_chunk chunk;
    slice request;
    TRY(check_chunks(asking, SPDM_CHUNK_SEND));
    TRY(spdm_chunk_send_read(&asking->reader, &connection->shape, &chunk));
    TRY(spdm_asked(asking, &request));
    if (connection->outgoing.is_open || (incoming->is_open && incoming->session != asking->session))
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);

    const status taken = take_piece(asking, &chunk);
    const bool is_early_error = taken.fault;
    spdm_chunk_send_ack_write(
        asking->out, &connection->shape,
        &(struct spdm_chunk_send_ack){is_early_error, chunk.handle, chunk.sequence, {0}});
    asking->begin = asking->out->size; /* the response to the whole, or its error, is in the ACK */
    const slice whole = {incoming->space, incoming->size};
    if (is_early_error || chunk.is_last)
        spdm_transfer_close(incoming);
    if (is_early_error)
        return spdm_refuse(asking,
                           taken.fault->failure == FAILURE_EXHAUSTED ? SPDM_REQUEST_TOO_LARGE
                                                                     : SPDM_INVALID_REQUEST,
                           0);
    asking->is_exact = true;
    return chunk.is_last ? spdm_answer_carried(asking, whole) : OK;
}
