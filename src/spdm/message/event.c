/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/event.h"

#include <assert.h>

enum { ALL_TYPES = 1, TYPE_SIZE = 4 };

status spdm_event_group_read(struct reader *reader, struct spdm_event_group *out)
{
    struct spdm_event_group group;
    group.body = spdm_svh_read(reader);
    group.type_count = read_le16(reader);
    group.version = read_le16(reader);
    group.wants_all = read_le32(reader) & ALL_TYPES;
    group.types = read_bytes(reader, (size_t)group.type_count * TYPE_SIZE);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "event group is cut off");
    *out = group;
    return OK;
}

void spdm_event_group_write(struct writer *writer, const struct spdm_event_group *group)
{
    assert(group->types.size == (size_t)group->type_count * TYPE_SIZE);
    spdm_svh_write(writer, &group->body);
    write_le16(writer, group->type_count);
    write_le16(writer, group->version);
    write_le32(writer, group->wants_all ? ALL_TYPES : 0);
    write_bytes(writer, group->types);
}

status spdm_event_read(struct reader *reader, struct spdm_event *out)
{
    struct spdm_event event;
    event.instance_id = read_le32(reader);
    read_le32(reader); /* reserved */
    event.body = spdm_svh_read(reader);
    event.type = read_le16(reader);
    const uint16_t detail_size = read_le16(reader);
    event.detail = read_bytes(reader, detail_size);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "event is cut off");
    *out = event;
    return OK;
}

void spdm_event_write(struct writer *writer, const struct spdm_event *event)
{
    assert(event->detail.size <= UINT16_MAX);
    write_le32(writer, event->instance_id);
    write_le32(writer, 0); /* reserved */
    spdm_svh_write(writer, &event->body);
    write_le16(writer, event->type);
    write_le16(writer, (uint16_t)event->detail.size);
    write_bytes(writer, event->detail);
}

status spdm_event_lost_read(slice detail, struct spdm_event_lost *out)
{
    struct reader reader = reader_of(detail);
    struct spdm_event_lost lost;
    lost.last_acknowledged = read_le32(&reader);
    lost.last_lost = read_le32(&reader);
    TRY(reader_finish(&reader));
    *out = lost;
    return OK;
}
