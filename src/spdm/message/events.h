/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The six messages about events (1.3, inside sessions): which there are, which are wanted, and that
 * some have happened.
 * spec: DSP0274 1.4, "GET_SUPPORTED_EVENT_TYPES request and SUPPORTED_EVENT_TYPES response
 * messages", "SUBSCRIBE_EVENT_TYPES request and SUBSCRIBE_EVENT_TYPES_ACK response messages",
 * "SEND_EVENT request and EVENT_ACK response messages"
 */

#include "spdm/message/event.h"
#include "spdm/message/header.h"

enum { SPDM_EVENT_LIST_SIZE_MAX = 65535, SPDM_EVENTS_MAX = 1024 };

/* Of SUPPORTED_EVENT_TYPES and of SUBSCRIBE_EVENT_TYPES, where no group ends all subscriptions. */
struct spdm_event_types {
    uint8_t group_count;
    slice groups; /* that many, and nothing else */
};

struct spdm_send_event {
    uint32_t event_count;
    slice events; /* that many, and nothing else */
};

status spdm_get_supported_event_types_read(struct reader *reader);
void spdm_get_supported_event_types_write(struct writer *writer, const struct spdm_shape *shape);

/*
 * The lists are walked: MALFORMED when one does not hold its count, EXHAUSTED past
 * SPDM_EVENT_LIST_SIZE_MAX or SPDM_EVENTS_MAX.
 */
status spdm_supported_event_types_read(struct reader *reader, struct spdm_event_types *out);
void spdm_supported_event_types_write(struct writer *writer, const struct spdm_shape *shape,
                                      const struct spdm_event_types *types);

status spdm_subscribe_event_types_read(struct reader *reader, struct spdm_event_types *out);
void spdm_subscribe_event_types_write(struct writer *writer, const struct spdm_shape *shape,
                                      const struct spdm_event_types *types);

status spdm_subscribe_event_types_ack_read(struct reader *reader);
void spdm_subscribe_event_types_ack_write(struct writer *writer, const struct spdm_shape *shape);

status spdm_send_event_read(struct reader *reader, struct spdm_send_event *out);
void spdm_send_event_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_send_event *request);

status spdm_event_ack_read(struct reader *reader);
void spdm_event_ack_write(struct writer *writer, const struct spdm_shape *shape);
