/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/events.h"

#include <assert.h>

status spdm_get_supported_event_types_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_GET_SUPPORTED_EVENT_TYPES, &header);
}

void spdm_get_supported_event_types_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_GET_SUPPORTED_EVENT_TYPES, 0, 0});
}

/* MALFORMED unless `groups` is `count` of them. */
static status groups_check(slice groups, uint8_t count)
{
    struct reader reader = reader_of(groups);
    struct spdm_event_group group;
    for (size_t i = 0; i < count; i++)
        if (spdm_event_group_read(&reader, &group).fault)
            return FAIL(MALFORMED, "list of event types ends within a group");
    return reader_finish(&reader);
}

static status types_read(struct reader *reader, uint8_t count, struct spdm_event_types *out)
{
    const uint32_t size = read_le32(reader);
    if (size > SPDM_EVENT_LIST_SIZE_MAX)
        return FAIL(EXHAUSTED, "list of event types is longer than we take");
    const slice groups = read_bytes(reader, size);
    TRY(spdm_message_was_whole(reader));
    TRY(groups_check(groups, count));
    *out = (struct spdm_event_types){.group_count = count, .groups = groups};
    return OK;
}

static void types_write(struct writer *writer, const struct spdm_event_types *types)
{
    assert(types->groups.size <= SPDM_EVENT_LIST_SIZE_MAX);
    write_le32(writer, (uint32_t)types->groups.size);
    write_bytes(writer, types->groups);
}

status spdm_supported_event_types_read(struct reader *reader, struct spdm_event_types *out)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_SUPPORTED_EVENT_TYPES, &header));
    return types_read(reader, header.param1, out);
}

void spdm_supported_event_types_write(struct writer *writer, const struct spdm_shape *shape,
                                      const struct spdm_event_types *types)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_SUPPORTED_EVENT_TYPES,
                                                    types->group_count, 0});
    types_write(writer, types);
}

status spdm_subscribe_event_types_read(struct reader *reader, struct spdm_event_types *out)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_SUBSCRIBE_EVENT_TYPES, &header));
    if (header.param1)
        return types_read(reader, header.param1, out);
    *out = (struct spdm_event_types){0}; /* no list at all: an end of all subscriptions */
    return OK;
}

void spdm_subscribe_event_types_write(struct writer *writer, const struct spdm_shape *shape,
                                      const struct spdm_event_types *types)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_SUBSCRIBE_EVENT_TYPES,
                                                    types->group_count, 0});
    if (types->group_count)
        types_write(writer, types);
}

status spdm_subscribe_event_types_ack_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_SUBSCRIBE_EVENT_TYPES_ACK, &header);
}

void spdm_subscribe_event_types_ack_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_SUBSCRIBE_EVENT_TYPES_ACK, 0, 0});
}

status spdm_send_event_read(struct reader *reader, struct spdm_send_event *out)
{
    struct spdm_header header;
    struct spdm_send_event request;
    struct spdm_event event;

    TRY(spdm_header_expect(reader, SPDM_SEND_EVENT, &header));
    request.event_count = read_le32(reader);
    TRY(spdm_message_was_whole(reader));
    if (request.event_count == 0)
        return FAIL(MALFORMED, "SEND_EVENT has no event");
    if (request.event_count > SPDM_EVENTS_MAX)
        return FAIL(EXHAUSTED, "SEND_EVENT has more events than we take");
    const slice rest = reader->left;
    for (size_t i = 0; i < request.event_count; i++)
        TRY(spdm_event_read(reader, &event));
    request.events = (slice){rest.data, rest.size - reader->left.size};
    *out = request;
    return OK;
}

void spdm_send_event_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_send_event *request)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_SEND_EVENT, 0, 0});
    write_le32(writer, request->event_count);
    write_bytes(writer, request->events);
}

status spdm_event_ack_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_EVENT_ACK, &header);
}

void spdm_event_ack_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_EVENT_ACK, 0, 0});
}
