/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an event is, and what a group of event types is, in the messages of spdm/message/events.h.
 *   struct reader left = reader_of(list);
 *   while (left.left.size)
 *       TRY(spdm_event_read(&left, &event));
 * spec: DSP0274 1.4, "Event group format", "Event data table", "Event type details"
 */

#include "spdm/message/svh.h"

enum spdm_event_type {
    SPDM_EVENT_LOST = 1,
    SPDM_EVENT_MEASUREMENT_CHANGED,
    SPDM_EVENT_MEASUREMENT_PRE_UPDATE,
    SPDM_EVENT_CERTIFICATE_CHANGED,
};

enum {
    SPDM_EVENT_GROUP_VERSION = 1,
    SPDM_EVENT_INDEX_MAP_SIZE = 32, /* measurement changed and pre-update: one bit an index */
};

struct spdm_event_group {
    struct spdm_svh body;
    uint16_t type_count;
    uint16_t version;
    bool wants_all; /* in a subscription: all types of the group */
    slice types;    /* each a le16 and two reserved bytes */
};

struct spdm_event {
    uint32_t instance_id;
    struct spdm_svh body;
    uint16_t type; /* enum spdm_event_type, where the body is DMTF */
    slice detail;
};

/* The next group, or the next event; TRUNCATED when it does not end. */
status spdm_event_group_read(struct reader *reader, struct spdm_event_group *out);
void spdm_event_group_write(struct writer *writer, const struct spdm_event_group *group);

status spdm_event_read(struct reader *reader, struct spdm_event *out);
void spdm_event_write(struct writer *writer, const struct spdm_event *event);

/* The details of DMTF's event "lost". */
struct spdm_event_lost {
    uint32_t last_acknowledged;
    uint32_t last_lost;
};

status spdm_event_lost_read(slice detail, struct spdm_event_lost *out);
