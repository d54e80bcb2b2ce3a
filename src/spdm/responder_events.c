/* SPDX-License-Identifier: Apache-2.0 */

/*
 * SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES_ACK, SEND_EVENT: of what we tell, whom, and when it
 * asks for it.
 * spec: DSP0274 1.4, "Event mechanism", "GET_SUPPORTED_EVENT_TYPES request and
 * SUPPORTED_EVENT_TYPES response messages"
 */

#include "spdm/responder_parts.h"

status spdm_answer_event_types(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct writer groups = writer_over(responder->scratch, responder->scratch_size);
    struct spdm_event_types types = {0};
    slice request;
    if (!responder->setup->duties.event_types)
        return FAIL(UNSUPPORTED, "nobody tells of events");
    TRY(spdm_get_supported_event_types_read(&asking->reader));
    TRY(spdm_asked(asking, &request));
    TRY(responder->setup->duties.event_types(responder->context, asking->session, &groups,
                                             &types.group_count));
    TRY(writer_finish(&groups, &types.groups));
    spdm_supported_event_types_write(asking->out, &asking->connection->shape, &types);
    return OK;
}

status spdm_answer_subscribe(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct spdm_event_types wanted;
    slice request;
    if (!responder->setup->duties.subscribe)
        return FAIL(UNSUPPORTED, "nobody tells of events");
    TRY(spdm_subscribe_event_types_read(&asking->reader, &wanted));
    TRY(spdm_asked(asking, &request));
    TRY(responder->setup->duties.subscribe(responder->context, asking->session, &wanted));
    asking->session->hears = wanted.group_count ? SPDM_HEARS_SOME : SPDM_HEARS_NOTHING;
    spdm_subscribe_event_types_ack_write(asking->out, &asking->connection->shape);
    return OK;
}

/* ---- SEND_EVENT, encapsulated ---- */

static bool may_tell(const struct spdm_responder *responder)
{
    const struct spdm_duties *const duties = &responder->setup->duties;
    return spdm_connection_flags(&responder->connection) & SPDM_EVENT_CAP && duties->tell_events &&
           duties->events_told;
}

status spdm_responder_tell(struct spdm_responder *responder, struct spdm_session *session)
{
    if (!may_tell(responder))
        return FAIL(UNSUPPORTED, "we tell of no events");
    if (session->hears == SPDM_HEARS_NOTHING)
        return FAIL(UNEXPECTED, "a session that did not subscribe to events");
    return spdm_responder_ask(responder, session, SPDM_SEND_EVENT);
}

status spdm_ask_send_event(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    struct writer events = writer_over(responder->scratch, responder->scratch_size);
    struct spdm_send_event telling = {0};
    if (may_tell(responder) && asking->session->hears != SPDM_HEARS_NOTHING)
        TRY(responder->setup->duties.tell_events(responder->context, asking->session, &events,
                                                 &telling.event_count));
    if (telling.event_count == 0) /* any more */
        return spdm_refuse(asking, SPDM_NO_PENDING_REQUESTS, 0);
    TRY(writer_finish(&events, &telling.events));
    spdm_send_event_write(asking->out, &asking->connection->shape, &telling);
    return OK;
}

status spdm_take_event_ack(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    slice response;
    TRY(spdm_event_ack_read(&asking->reader));
    TRY(spdm_delivered(asking, &response));
    responder->setup->duties.events_told(responder->context, asking->session);
    return OK;
}
