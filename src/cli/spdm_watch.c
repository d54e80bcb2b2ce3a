/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_watching.h"

#include <stdlib.h>

/* ---- messages ---- */

/* Where a message was found. */
struct found {
    struct context *context;
    struct watched_session *session; /* NULL: outside */
    bool is_request;
    enum spdm_sight_wrapping wrapping;
    slice bytes;
};

static void take_message(struct spdm_watch *watch, const struct found *found);

static void tell_message(struct spdm_watch *watch, const struct found *found, const char *name,
                         const struct spdm_said *said)
{
    const struct spdm_sight sight = {
        .packet = watch->packet,
        .is_request = found->is_request,
        .in_session = found->session != NULL,
        .session_id = found->session ? found->session->session.form.session_id : 0,
        .wrapping = found->wrapping,
        .name = name,
        .said = said,
        .bytes = found->bytes,
    };
    watch->told.message(watch->told.self, &sight);
    if (watch->was_opened)
        watch_tell(watch, "tag", SPDM_CHECK_VERIFIED, NULL);
    watch->was_opened = false;
}

/* Keeps the request until its response is there: its slices borrow from bytes of its own. */
static status keep(struct pending *pending, slice bytes, const struct spdm_shape *shape)
{
    watch_pending_clear(pending);
    TRY(buffer_append(&pending->bytes, bytes));
    TRY(spdm_said_read(buffer_view(&pending->bytes), shape, false, &pending->said));
    pending->is_there = true;
    return OK;
}

static bool is_carrier(uint8_t code)
{
    return code == SPDM_CHUNK_SEND || code == SPDM_CHUNK_GET || code == SPDM_RESPOND_IF_READY;
}

static void take_request(struct spdm_watch *watch, const struct found *found,
                         const struct spdm_said *said, const struct spdm_shape *shape)
{
    const bool is_encapsulated = found->wrapping == SPDM_WRAPPED_ENCAPSULATED;
    struct pending *const pending =
        is_encapsulated ? &found->context->encapsulated : &found->context->request;
    if (is_carrier(said->header.code))
        return;
    if (!is_encapsulated && watch->is_negotiated)
        spdm_transcript_before(&watch->transcript, watch_m(watch, found->session),
                               said->header.code);
    const status kept = keep(pending, said->message, shape);
    if (kept.fault) {
        watch_tell_status(watch, watch_place_name, kept);
        return;
    }
    const struct turn turn = {watch, found->session, is_encapsulated, &pending->said, NULL};
    watch_step(&turn);
}

/* The error codes after which the same request is still to be answered. */
static bool is_put_off(const struct spdm_said *said)
{
    return said->fields.error.code == SPDM_LARGE_RESPONSE ||
           said->fields.error.code == SPDM_RESPONSE_NOT_READY;
}

static void take_error(struct spdm_watch *watch, const struct found *found, struct pending *pending)
{
    const uint8_t code = pending->said.header.code;
    struct watched_session *const session = found->session ? found->session : watch->handshaking;
    if (code == SPDM_GET_MEASUREMENTS)
        spdm_transcript_forget_m(watch_m(watch, found->session));
    if ((code == SPDM_FINISH || code == SPDM_PSK_FINISH) && session)
        watch_session_clear(watch, session);
    else if (code == SPDM_KEY_UPDATE && found->session)
        for (enum spdm_direction i = SPDM_REQUESTS; i < SPDM_DIRECTIONS; i++)
            spdm_session_abandon_update(&found->session->session, i);
}

static void take_response(struct spdm_watch *watch, const struct found *found,
                          const struct spdm_said *said)
{
    const bool is_encapsulated = found->wrapping == SPDM_WRAPPED_ENCAPSULATED;
    struct pending *const place =
        is_encapsulated ? &found->context->encapsulated : &found->context->request;
    if (said->header.code == SPDM_ERROR && is_put_off(said))
        return;
    if (!place->is_there) {
        watch_tell(watch, watch_place_name, SPDM_CHECK_FAILED, "nobody asked");
        return;
    }
    struct pending pending = *place; /* what follows may end its session */
    *place = (struct pending){0};
    const struct turn turn = {watch, found->session, is_encapsulated, &pending.said, said};
    if (said->header.code == SPDM_ERROR)
        take_error(watch, found, &pending);
    else if (said->header.code != (pending.said.header.code & 0x7F))
        watch_tell(watch, watch_place_name, SPDM_CHECK_FAILED, "it answers another request");
    else
        watch_step(&turn);
    watch_pending_clear(&pending);
}

/* ---- messages in messages ---- */

/* One piece; when it is the last, the whole is a message like any other. */
static void take_chunk(struct spdm_watch *watch, const struct found *found,
                       const struct spdm_chunk *chunk)
{
    struct gathering *const gathering =
        &found->context->chunks[found->is_request ? SPDM_REQUESTER : SPDM_RESPONDER];
    if (chunk->sequence == 0) {
        buffer_clear(&gathering->bytes);
        *gathering = (struct gathering){.is_there = chunk->message_size <= WATCH_MESSAGE_SIZE_MAX,
                                        .size = chunk->message_size};
    }
    const bool fits = gathering->is_there &&
                      chunk->piece.size <= gathering->size - gathering->bytes.size &&
                      !buffer_append(&gathering->bytes, chunk->piece).fault;
    const bool is_whole = fits && gathering->bytes.size == gathering->size;
    gathering->is_there = fits && !chunk->is_last;
    if (!fits || is_whole != chunk->is_last) {
        watch_tell(watch, "chunks", SPDM_CHECK_FAILED, "they do not make the message");
        return;
    }
    if (!chunk->is_last)
        return;
    struct buffer whole = buffer_take(&gathering->bytes);
    struct found inner = *found;
    inner.wrapping = SPDM_WRAPPED_IN_CHUNKS;
    inner.bytes = buffer_view(&whole);
    take_message(watch, &inner);
    buffer_clear(&whole);
}

/* DELIVER_ENCAPSULATED_RESPONSE without a request: GET_DIGESTS went without saying. */
static void expect_digests(struct spdm_watch *watch, struct context *context)
{
    uint8_t space[SPDM_HEADER_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    spdm_get_digests_write(&writer, &watch->shape);
    const status kept = keep(&context->encapsulated, SLICE(space), &watch->shape);
    (void)kept.fault; /* then nobody asked */
}

/* Chunks hold no chunks, and what is encapsulated holds nothing. */
static bool may_wrap(const struct found *found, uint8_t code)
{
    switch (code) {
    case SPDM_CHUNK_SEND:
    case SPDM_CHUNK_SEND_ACK:
    case SPDM_CHUNK_RESPONSE:
        return found->wrapping == SPDM_WRAPPED_NOT;
    case SPDM_DELIVER_ENCAPSULATED_RESPONSE:
    case SPDM_ENCAPSULATED_REQUEST:
    case SPDM_ENCAPSULATED_RESPONSE_ACK:
        return found->wrapping != SPDM_WRAPPED_ENCAPSULATED;
    default:
        return true;
    }
}

static void take_wrapped(struct spdm_watch *watch, const struct found *found,
                         const struct spdm_said *said)
{
    struct found inner = *found;
    inner.bytes = said->rest;
    inner.wrapping = SPDM_WRAPPED_ENCAPSULATED;
    switch (said->header.code) {
    case SPDM_CHUNK_SEND:
    case SPDM_CHUNK_RESPONSE:
        take_chunk(watch, found, &said->fields.chunk);
        return;
    case SPDM_CHUNK_SEND_ACK:
        inner.wrapping = SPDM_WRAPPED_IN_CHUNKS;
        inner.bytes = said->fields.chunk_send_ack.response;
        if (inner.bytes.size >= watch->given.transport->alignment || !slice_is_zero(inner.bytes))
            take_message(watch, &inner); /* no padding before the request is whole */
        return;
    case SPDM_DELIVER_ENCAPSULATED_RESPONSE:
        if (said->fields.number == 0 && !found->context->encapsulated.is_there)
            expect_digests(watch, found->context);
        take_message(watch, &inner);
        return;
    case SPDM_ENCAPSULATED_RESPONSE_ACK:
        if (said->fields.encapsulated_response_ack.payload == SPDM_ENCAPSULATED_NEXT)
            take_message(watch, &inner);
        return;
    case SPDM_ENCAPSULATED_REQUEST:
        take_message(watch, &inner);
        return;
    default:
        return;
    }
}

static bool wraps(const struct spdm_said *said)
{
    switch (said->header.code) {
    case SPDM_DELIVER_ENCAPSULATED_RESPONSE:
    case SPDM_ENCAPSULATED_REQUEST:
        return true;
    case SPDM_ENCAPSULATED_RESPONSE_ACK:
        return said->fields.encapsulated_response_ack.payload == SPDM_ENCAPSULATED_NEXT;
    default:
        return false;
    }
}

/* What the fields do not account for is nothing, or zeros: transports pad, and so do some peers. */
static void check_end(struct spdm_watch *watch, const struct spdm_said *said)
{
    if (!wraps(said) && !slice_is_zero(said->rest))
        watch_tell(watch, "length", SPDM_CHECK_FAILED, "bytes are left over");
}

static void check_version(struct spdm_watch *watch, const struct spdm_said *said)
{
    const uint8_t code = said->header.code, version = watch->shape.version;
    if (code != SPDM_GET_VERSION && code != SPDM_VERSION && code != SPDM_GET_CAPABILITIES &&
        code != SPDM_ERROR && said->header.version != version)
        watch_tell(watch, "version", SPDM_CHECK_FAILED, "it is not the negotiated one");
}

static bool asked(const struct found *found)
{
    const struct pending *const pending = found->wrapping == SPDM_WRAPPED_ENCAPSULATED
                                              ? &found->context->encapsulated
                                              : &found->context->request;
    return pending->is_there && spdm_said_asks(&pending->said);
}

static void take_message(struct spdm_watch *watch, const struct found *found)
{
    const bool is_encapsulated = found->wrapping == SPDM_WRAPPED_ENCAPSULATED;
    const struct spdm_shape shape =
        is_encapsulated ? spdm_shape_reversed(&watch->shape) : watch->shape;
    struct spdm_said said;
    const status read = spdm_said_read(found->bytes, &shape, asked(found), &said);
    if (read.fault) {
        tell_message(watch, found, "a message that cannot be read", NULL);
        watch_tell_status(watch, "fields", read);
        return;
    }
    tell_message(watch, found, spdm_said_name(said.header.code), &said);
    const bool is_request = said.header.code & 0x80;
    if (!may_wrap(found, said.header.code) ||
        is_request != (found->is_request != is_encapsulated)) {
        watch_tell(watch, watch_place_name, SPDM_CHECK_FAILED, "it does not belong here");
        return;
    }
    check_version(watch, &said);
    check_end(watch, &said);
    if (is_request)
        take_request(watch, found, &said, &shape);
    else if (said.header.code != SPDM_CHUNK_RESPONSE && said.header.code != SPDM_CHUNK_SEND_ACK)
        take_response(watch, found, &said);
    take_wrapped(watch, found, &said);
}

/* ---- frames ---- */

/* Outside sessions a message says itself which side sends it. */
static bool is_request_of(struct spdm_watch *watch, const struct spdm_captured *captured,
                          const struct spdm_frame *frame)
{
    const bool is_plain = frame->kind == SPDM_FRAME_PLAIN && frame->message.size > 1;
    bool is_request = !watch->was_request;
    if (is_plain)
        is_request = frame->message.data[1] & 0x80;
    else if (captured->sender && watch->requester)
        is_request = captured->sender == watch->requester;
    if (is_plain && is_request)
        watch->requester = captured->sender;
    watch->was_request = is_request;
    return is_request;
}

static void take_opened(struct spdm_watch *watch, struct watched_session *session, bool is_request,
                        slice data)
{
    struct spdm_frame inner;
    struct found found = {
        .context = &session->context, .session = session, .is_request = is_request, .bytes = data};
    const status read = spdm_inner_read(watch->given.transport, data, &inner);
    if (read.fault || inner.kind == SPDM_FRAME_OTHER) {
        tell_message(watch, &found, read.fault ? "what cannot be read" : "application data", NULL);
        if (read.fault)
            watch_tell_status(watch, "transport's header", read);
        return;
    }
    found.bytes = inner.message;
    take_message(watch, &found);
}

static void take_record(struct spdm_watch *watch, bool is_request, slice record)
{
    static const char name[] = "a secured message";
    uint32_t id = 0;
    const status named = spdm_record_session(record, &id);
    struct watched_session *const session = named.fault ? NULL : watch_session(watch, id);
    const struct found found = {.session = session, .is_request = is_request, .bytes = record};
    slice data;
    if (!session || !watch_has_keys(session)) {
        tell_message(watch, &found, name, NULL);
        if (!session && watch->is_negotiated)
            watch_tell(watch, "tag", SPDM_CHECK_FAILED, "no session has this id");
        else
            watch_tell(watch, "tag", SPDM_CHECK_OPEN, watch_keys_unknown);
        return;
    }
    buffer_clear(&watch->scratch);
    status opened = buffer_append(&watch->scratch, record);
    if (!opened.fault)
        opened = spdm_session_open(&session->session, is_request ? SPDM_RESPONDER : SPDM_REQUESTER,
                                   watch->scratch.data, watch->scratch.size, &data);
    if (opened.fault) {
        tell_message(watch, &found, name, NULL);
        watch_tell_status(watch, "tag", opened);
        return;
    }
    watch->was_opened = true;
    if (session->session.opened_with_next)
        spdm_session_commit_update(&session->session, is_request ? SPDM_REQUESTS : SPDM_RESPONSES);
    take_opened(watch, session, is_request, data);
}

static const char *const frame_names[] = {
    [SPDM_FRAME_NONE] = "nothing",
    [SPDM_FRAME_PLAIN] = "a message",
    [SPDM_FRAME_SECURED] = "a secured message",
    [SPDM_FRAME_DISCOVERY] = "DOE discovery",
    [SPDM_FRAME_OTHER] = "another protocol's message",
    [SPDM_FRAME_ROLE_INQUIRY] = "role inquiry",
    [SPDM_FRAME_TOO_LARGE] = "refusal: message too large",
    [SPDM_FRAME_NOT_SUPPORTED] = "refusal: not supported",
    [SPDM_FRAME_CANNOT_REQUEST] = "refusal: cannot operate as requester",
    [SPDM_FRAME_CANNOT_RESPOND] = "refusal: cannot operate as responder",
};

void spdm_watch_frame(struct spdm_watch *watch, const struct spdm_captured *captured)
{
    struct spdm_frame frame = {.message = captured->frame};
    watch->packet = captured->packet;
    const status read = watch->given.transport->read(captured->frame, &frame);
    const bool is_request = is_request_of(watch, captured, &frame);
    const struct found found = {
        .context = &watch->outside, .is_request = is_request, .bytes = frame.message};
    if (!read.fault && frame.kind == SPDM_FRAME_PLAIN) {
        take_message(watch, &found);
    } else if (!read.fault && frame.kind == SPDM_FRAME_SECURED) {
        take_record(watch, is_request, frame.message);
    } else {
        tell_message(watch, &found, read.fault ? "what cannot be read" : frame_names[frame.kind],
                     NULL);
        if (read.fault)
            watch_tell_status(watch, "transport's header", read);
    }
}

status spdm_watch_new(const struct spdm_watch_given *given, const struct spdm_watch_told *told,
                      struct spdm_watch **out)
{
    struct spdm_watch *const watch = calloc(1, sizeof *watch);
    if (!watch)
        return FAIL(EXHAUSTED, "no memory to follow a conversation");
    watch->given = *given;
    watch->told = *told;
    *out = watch;
    return OK;
}

void spdm_watch_free(struct spdm_watch *watch)
{
    if (!watch)
        return;
    watch_forget(watch);
    buffer_clear(&watch->scratch);
    free(watch);
}
