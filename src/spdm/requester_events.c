/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GET_SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES, EVENT_ACK: what the responder tells us of.
 * spec: DSP0274 1.4, "Event mechanism"
 */

#include "spdm/message/vendor_defined.h"
#include "spdm/requester_parts.h"

static status take_event_types(struct spdm_taking *taking)
{
    struct spdm_event_types types;
    slice response;
    TRY(spdm_supported_event_types_read(&taking->reader, &types));
    TRY(spdm_took(taking, &response));
    taking->requester->event_types = types;
    return OK;
}

status spdm_requester_event_types(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, struct writer *out)
{
    static const struct spdm_step step = {SPDM_SUPPORTED_EVENT_TYPES, take_event_types};
    TRY(spdm_may_ask_in(requester, session, SPDM_EVENT_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_get_supported_event_types_write(&saying.draft, &requester->connection.shape);
    return spdm_say_end(requester, now, &saying, &step);
}

static status take_subscribe_ack(struct spdm_taking *taking)
{
    slice response;
    TRY(spdm_subscribe_event_types_ack_read(&taking->reader));
    TRY(spdm_took(taking, &response));
    taking->requester->session->hears = taking->requester->hears;
    return OK;
}

status spdm_requester_subscribe(struct spdm_requester *requester, struct moment now,
                                struct spdm_session *session, const struct spdm_event_types *wanted,
                                struct writer *out)
{
    static const struct spdm_step step = {SPDM_SUBSCRIBE_EVENT_TYPES_ACK, take_subscribe_ack};
    TRY(spdm_may_ask_in(requester, session, SPDM_EVENT_CAP));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_subscribe_event_types_write(&saying.draft, &requester->connection.shape, wanted);
    requester->hears = wanted->group_count ? SPDM_HEARS_SOME : SPDM_HEARS_NOTHING;
    return spdm_say_end(requester, now, &saying, &step);
}

/* ---- EVENT_ACK, encapsulated ---- */

void spdm_requester_hear(struct spdm_requester *requester, const struct spdm_ear *ear)
{
    requester->ear = *ear;
}

/* The list was walked when it was read. */
static status find_event(const struct spdm_send_event *told, uint32_t id, struct spdm_event *out)
{
    struct reader events = reader_of(told->events);
    for (uint32_t i = 0; i < told->event_count; i++) {
        TRY(spdm_event_read(&events, out));
        if (out->instance_id == id)
            return OK;
    }
    return FAIL(MALFORMED, "events are not numbered one after another");
}

static status first_id(const struct spdm_send_event *told, uint32_t *out)
{
    struct reader events = reader_of(told->events);
    uint32_t first = UINT32_MAX;
    for (uint32_t i = 0; i < told->event_count; i++) {
        struct spdm_event event;
        TRY(spdm_event_read(&events, &event));
        if (event.instance_id < first)
            first = event.instance_id;
    }
    *out = first;
    return OK;
}

/* spec: DSP0274 1.4, "Event type details" */
static status check_detail(const struct spdm_event *event)
{
    static const size_t sizes[] = {
        [SPDM_EVENT_LOST] = 8,
        [SPDM_EVENT_MEASUREMENT_CHANGED] = SPDM_EVENT_INDEX_MAP_SIZE,
        [SPDM_EVENT_MEASUREMENT_PRE_UPDATE] = SPDM_EVENT_INDEX_MAP_SIZE,
        [SPDM_EVENT_CERTIFICATE_CHANGED] = 1,
    };
    if (event->body.body == SPDM_BODY_DMTF && event->type < sizeof sizes / sizeof *sizes &&
        sizes[event->type] != event->detail.size)
        return FAIL(MALFORMED, "an event has another detail than its type");
    return OK;
}

/* In the order of their numbers, whatever that of the list; none before all are known to be good.
 */
static status hear_events(const struct spdm_requester *requester,
                          const struct spdm_send_event *told)
{
    struct spdm_event event;
    uint32_t first;
    TRY(first_id(told, &first));
    for (uint32_t i = 0; i < told->event_count; i++) {
        TRY(find_event(told, first + i, &event));
        TRY(check_detail(&event));
    }
    for (uint32_t i = 0; i < told->event_count; i++) {
        TRY(find_event(told, first + i, &event));
        TRY(requester->ear.hear(requester->ear.context, requester->session, &event));
    }
    return OK;
}

status spdm_show_event_ack(struct spdm_serving *serving)
{
    const struct spdm_requester *const requester = serving->taking->requester;
    struct spdm_send_event told;
    slice request;
    TRY(spdm_send_event_read(&serving->taking->reader, &told));
    TRY(spdm_served(serving, &request));
    if (!requester->ear.hear || requester->session->hears == SPDM_HEARS_NOTHING)
        return FAIL(UNEXPECTED, "events that were not subscribed to");
    TRY(hear_events(requester, &told));
    spdm_event_ack_write(serving->draft, &serving->taking->connection->shape);
    return OK;
}
