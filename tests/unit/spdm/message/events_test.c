/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/*
 * Laid out by hand after the specification's tables: DMTF's group with two types, one of a vendor
 * with one, a subscription to all of the first, and two events.
 */
static const char dmtf_group[] = "0000020001000000000001000000"
                                 "02000000";
static const char supported[] = "1362020022000000"
                                "0000"
                                "0200"
                                "0100"
                                "00000000"
                                "01000000"
                                "04000000"
                                "03020100"
                                "0100"
                                "0100"
                                "00000000"
                                "77000000";
static const char subscription[] = "13f001000a000000"
                                   "0000"
                                   "0000"
                                   "0100"
                                   "01000000";
static const char events[] = "13f10000"
                             "02000000"
                             "05000000"
                             "00000000"
                             "0000"
                             "0100"
                             "0800"
                             "0100000002000000"
                             "06000000"
                             "00000000"
                             "03020100"
                             "7700"
                             "0000";

static const struct spdm_scene v1_3 = {.shape.version = SPDM_1_3};

TEST(event_messages_are_written_as_they_were_read_and_refused_when_cut)
{
    expect_hex("13e20000", &v1_3, spdm_again_get_supported_event_types);
    expect_hex(supported, &v1_3, spdm_again_supported_event_types);
    expect_hex(subscription, &v1_3, spdm_again_subscribe_event_types);
    expect_hex("13f00000", &v1_3, spdm_again_subscribe_event_types);
    expect_hex("13700000", &v1_3, spdm_again_subscribe_event_types_ack);
    expect_hex(events, &v1_3, spdm_again_send_event);
    expect_hex("13710000", &v1_3, spdm_again_event_ack);
}

TEST(the_groups_of_supported_types_are_walked_one_by_one)
{
    struct buffer bytes = hex_bytes(supported);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_event_types types;
    struct spdm_event_group group;
    EXPECT_OK(spdm_supported_event_types_read(&reader, &types));
    EXPECT(types.group_count == 2 && types.groups.size == 34);
    struct reader groups = reader_of(types.groups);
    EXPECT_OK(spdm_event_group_read(&groups, &group));
    EXPECT(group.body.body == 0 && group.body.vendor_id.size == 0 && group.type_count == 2);
    EXPECT(group.version == SPDM_EVENT_GROUP_VERSION && !group.wants_all && group.types.size == 8);
    EXPECT_OK(spdm_event_group_read(&groups, &group));
    EXPECT(group.body.body == 3 && group.body.vendor_id.size == 2 && group.type_count == 1);
    EXPECT_OK(reader_finish(&groups));
    buffer_clear(&bytes);
}

TEST(a_group_is_written_as_it_was_read)
{
    uint8_t space[64];
    struct buffer bytes = hex_bytes(dmtf_group);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_event_group group;
    EXPECT_OK(spdm_event_group_read(&reader, &group));
    EXPECT_OK(reader_finish(&reader));
    spdm_event_group_write(&writer, &group);
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&bytes)));
    buffer_clear(&bytes);
}

TEST(the_events_are_walked_and_written_one_by_one)
{
    uint8_t space[128];
    struct buffer bytes = hex_bytes(events);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_send_event request;
    struct spdm_event event;
    struct spdm_event_lost lost;
    EXPECT_OK(spdm_send_event_read(&reader, &request));
    EXPECT(request.event_count == 2);
    struct reader left = reader_of(request.events);
    EXPECT_OK(spdm_event_read(&left, &event));
    EXPECT(event.instance_id == 5 && event.type == SPDM_EVENT_LOST);
    EXPECT_OK(spdm_event_lost_read(event.detail, &lost));
    EXPECT(lost.last_acknowledged == 1 && lost.last_lost == 2);
    spdm_event_write(&writer, &event);
    EXPECT_OK(spdm_event_read(&left, &event));
    EXPECT(event.instance_id == 6 && event.type == 0x77 && event.detail.size == 0);
    EXPECT(event.body.body == 3 && event.body.vendor_id.size == 2);
    spdm_event_write(&writer, &event);
    EXPECT_OK(reader_finish(&left));
    EXPECT(slice_equal((slice){space, writer.size}, request.events));
    EXPECT_FAIL(TRUNCATED, spdm_event_lost_read((slice){space, 7}, &lost));
    EXPECT_FAIL(MALFORMED, spdm_event_lost_read((slice){space, 9}, &lost));
    buffer_clear(&bytes);
}

TEST(a_list_that_is_not_as_many_groups_as_are_told_is_refused)
{
    EXPECT_FAIL(MALFORMED, hex_with(supported, 2, 1, &v1_3, spdm_again_supported_event_types));
    EXPECT_FAIL(MALFORMED, hex_with(supported, 2, 3, &v1_3, spdm_again_supported_event_types));
    EXPECT_FAIL(MALFORMED, hex_with(supported, 10, 9, &v1_3, spdm_again_supported_event_types));
    EXPECT_FAIL(MALFORMED, hex_with(subscription, 2, 2, &v1_3, spdm_again_subscribe_event_types));
}

TEST(more_than_we_take_of_groups_or_events_is_refused)
{
    EXPECT_FAIL(EXHAUSTED, hex_with(supported, 6, 1, &v1_3, spdm_again_supported_event_types));
    EXPECT_FAIL(EXHAUSTED, hex_with(events, 5, 5, &v1_3, spdm_again_send_event));
    EXPECT_FAIL(MALFORMED, hex_with(events, 4, 0, &v1_3, spdm_again_send_event));
    EXPECT_FAIL(TRUNCATED, hex_with(events, 4, 3, &v1_3, spdm_again_send_event));
}
