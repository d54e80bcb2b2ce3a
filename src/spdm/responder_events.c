/* SPDX-License-Identifier: Apache-2.0 */

/*
 * SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES_ACK: of what we tell, and whom.
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
