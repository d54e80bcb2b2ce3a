/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/wrap.h"

struct spdm_wrapping spdm_wrap_begin(const struct spdm_path *path,
                                     const struct spdm_session *session, struct writer *writer)
{
    struct spdm_wrapping wrapping = {.frame = spdm_frame_begin(path->transport, writer)};
    if (session) {
        wrapping.record = spdm_record_begin(&session->form, writer);
        wrapping.inner = spdm_inner_begin(path->transport, writer);
    }
    wrapping.message = writer->size;
    return wrapping;
}

/* What the binding carries, and in a session the record. */
static size_t carried_max(const struct spdm_transport *transport,
                          const struct spdm_session *session)
{
    if (!session)
        return transport->message_size_max;
    const size_t record = spdm_record_prefix_size(&session->form) + AEAD_TAG_SIZE;
    const size_t framed = transport->message_size_max - record;
    const size_t sealed = spdm_record_data_max(&session->form);
    return (framed < sealed ? framed : sealed) -
           (transport->inner ? transport->inner->header_size : 0);
}

size_t spdm_wrap_room(const struct spdm_path *path, const struct spdm_session *session,
                      const struct writer *writer)
{
    const struct spdm_connection *const connection = path->connection;
    const size_t behind = (session ? AEAD_TAG_SIZE : 0) + path->transport->alignment - 1;
    const size_t space = writer->capacity - writer->size;
    const size_t most = carried_max(path->transport, session);
    size_t room = space > behind ? space - behind : 0;
    room = room < most ? room : most;
    if (connection->phase >= SPDM_PHASE_CAPABILITIES && connection->shape.version >= SPDM_1_2 &&
        connection->peer_data_transfer_size < room)
        room = connection->peer_data_transfer_size;
    return room;
}

slice spdm_wrapped(const struct spdm_wrapping *wrapping, const struct writer *writer)
{
    return (slice){writer->data + wrapping->message, writer->size - wrapping->message};
}

status spdm_wrap_end(const struct spdm_path *path, struct spdm_session *session,
                     const struct spdm_wrapping *wrapping, struct writer *writer)
{
    if (!session)
        return spdm_frame_end(path->transport, writer, wrapping->frame, SPDM_FRAME_PLAIN);
    TRY(spdm_inner_end(path->transport, writer, wrapping->inner));
    TRY(spdm_session_seal(session, path->connection->settings->side, writer, wrapping->record,
                          (slice){0}));
    return spdm_frame_end(path->transport, writer, wrapping->frame, SPDM_FRAME_SECURED);
}

static status unwrap_record(const struct spdm_path *path, uint8_t *record, size_t size,
                            struct spdm_arrival *out)
{
    uint32_t id;
    slice data;
    struct spdm_frame inner;
    TRY(spdm_record_session((slice){record, size}, &id));
    out->session = spdm_connection_session(path->connection, id);
    out->is_unknown = !out->session;
    if (out->is_unknown)
        return OK;
    TRY(spdm_session_open(out->session, path->connection->settings->side, record, size, &data));
    TRY(spdm_inner_read(path->transport, data, &inner));
    out->kind = inner.kind;
    out->message = inner.message;
    return OK;
}

status spdm_unwrap(const struct spdm_path *path, uint8_t *frame, size_t size,
                   struct spdm_arrival *out)
{
    struct spdm_frame outer;
    *out = (struct spdm_arrival){0};
    TRY(spdm_frame_read(path->transport, (slice){frame, size}, &outer));
    out->kind = outer.kind;
    if (outer.kind == SPDM_FRAME_SECURED)
        return unwrap_record(path, frame + (outer.message.data - frame), outer.message.size, out);
    out->message = outer.message;
    return OK;
}

status spdm_unpadded(const struct spdm_transport *transport, const struct spdm_session *session,
                     slice message, slice left, slice *out)
{
    if (left.size && (session || left.size >= transport->alignment || !slice_is_zero(left)))
        return FAIL(MALFORMED, "SPDM message is longer than its fields");
    *out = (slice){message.data, message.size - left.size};
    return OK;
}
