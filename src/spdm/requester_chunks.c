/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Requests that go in pieces, and responses that are fetched in pieces. The step that awaits the
 * response sees the whole only.
 * spec: DSP0274 1.4, "CHUNK_SEND request and CHUNK_SEND_ACK response message", "CHUNK_GET request
 * and CHUNK_RESPONSE response message"
 */

#include "spdm/requester_parts.h"

static status expect_version(const struct spdm_taking *taking)
{
    struct spdm_header header;
    TRY(spdm_header_peek(taking->response, &header));
    return header.version == taking->connection->shape.version
               ? OK
               : FAIL(MALFORMED, "SPDM response of another version");
}

/* ---- requests ---- */

static status send_piece(struct spdm_requester *requester, struct spdm_session *session,
                         struct moment now, struct writer *out)
{
    struct spdm_connection *const connection = &requester->connection;
    struct spdm_saying saying = spdm_say_directly(requester, session, out);
    const struct spdm_chunk chunk =
        spdm_transfer_next(&connection->outgoing, spdm_room_of(requester, &saying));
    spdm_chunk_send_write(&saying.draft, &connection->shape, &chunk);
    return spdm_send(requester, now, &saying);
}

status spdm_send_in_pieces(struct spdm_requester *requester, struct spdm_session *session,
                           struct moment now, struct writer *out)
{
    struct spdm_connection *const connection = &requester->connection;
    const struct spdm_saying saying = spdm_say_directly(requester, session, out);
    const size_t size = requester->request_size;
    if (!spdm_connection_has_chunks(connection) || size > connection->peer_message_size_max ||
        !spdm_transfer_is_possible(&connection->shape, size, spdm_room_of(requester, &saying)))
        return FAIL(EXHAUSTED, "SPDM request is longer than the responder takes");
    spdm_transfer_open(&connection->outgoing, ++connection->last_handle, size, session);
    return send_piece(requester, session, now, out);
}

status spdm_take_piece_ack(struct spdm_taking *taking, const struct spdm_step *step)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_transfer *const outgoing = &taking->connection->outgoing;
    const bool was_last = outgoing->done == outgoing->size;
    struct spdm_chunk_send_ack ack;
    slice response;
    TRY(expect_version(taking));
    TRY(spdm_chunk_send_ack_read(&taking->reader, &taking->connection->shape, &ack));
    if (ack.handle != outgoing->handle || ack.sequence != outgoing->sequence - 1)
        return FAIL(UNEXPECTED, "a piece is acknowledged that was not sent");
    taking->response = ack.response;
    taking->reader = reader_of(ack.response);
    if (ack.is_early_error || was_last) {
        spdm_transfer_close(outgoing);
        return ack.is_early_error ? spdm_take_error(taking, NULL)
                                  : spdm_take_response(taking, step);
    }
    TRY(spdm_took(taking, &response)); /* there is none, before the request is whole */
    requester->step = step;
    return send_piece(requester, requester->session, taking->now, taking->out);
}

/* ---- responses ---- */

static status ask_piece(struct spdm_requester *requester, struct moment now, struct writer *out)
{
    const struct spdm_connection *const connection = &requester->connection;
    const struct spdm_chunk_get request = {connection->incoming.handle,
                                           connection->incoming.sequence};
    struct spdm_saying saying = spdm_say_directly(requester, requester->session, out);
    spdm_chunk_get_write(&saying.draft, &connection->shape, &request);
    return spdm_send(requester, now, &saying);
}

status spdm_fetch_response(struct spdm_taking *taking, const struct spdm_step *step, uint8_t handle)
{
    struct spdm_connection *const connection = taking->connection;
    if (!(spdm_connection_flags(connection) & SPDM_CHUNK_CAP) || !connection->incoming.capacity)
        return FAIL(UNEXPECTED, "a response in pieces, which we do not take");
    spdm_transfer_open(&connection->incoming, handle, 0, taking->requester->session);
    taking->requester->step = step;
    return ask_piece(taking->requester, taking->now, taking->out);
}

status spdm_take_piece(struct spdm_taking *taking, const struct spdm_step *step)
{
    struct spdm_connection *const connection = taking->connection;
    struct spdm_transfer *const incoming = &connection->incoming;
    struct spdm_chunk chunk;
    slice response;
    TRY(expect_version(taking));
    TRY(spdm_chunk_response_read(&taking->reader, &connection->shape, &chunk));
    TRY(spdm_took(taking, &response));
    TRY(spdm_transfer_take(incoming, &chunk, connection->settings->capabilities.message_size_max));
    if (!chunk.is_last) {
        taking->requester->step = step;
        return ask_piece(taking->requester, taking->now, taking->out);
    }
    taking->response = (slice){incoming->space, incoming->size};
    taking->reader = reader_of(taking->response);
    taking->is_exact = true;
    spdm_transfer_close(incoming);
    return spdm_take_response(taking, step);
}

status spdm_repeat(struct spdm_requester *requester, struct moment now, struct writer *out)
{
    struct spdm_connection *const connection = &requester->connection;
    if (connection->incoming.is_open)
        return ask_piece(requester, now, out);
    if (!connection->outgoing.is_open)
        return spdm_send_request(requester, requester->session, now, out);
    spdm_transfer_again(&connection->outgoing);
    return send_piece(requester, requester->session, now, out);
}
