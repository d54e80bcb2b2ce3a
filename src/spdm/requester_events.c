/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GET_SUPPORTED_EVENT_TYPES and SUBSCRIBE_EVENT_TYPES: what the responder tells us of.
 * spec: DSP0274 1.4, "Event mechanism"
 */

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
