/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/endpoint_info.h"

#include "spdm_message.h"

static const struct spdm_scene plain = {.shape = {.version = SPDM_1_3, .signature_size = 64}};
static const struct spdm_scene asked_to_sign = {
    .shape = {.version = SPDM_1_3, .signature_size = 64}, .was_asked = true};

static const uint8_t ask[] = {0x13, 0x87, 1, 0, 0, 0, 0, 0};
static const uint8_t ask_signed[8 + 32] = {0x13, 0x87, 1, 0x0F, 1, 0, 0, 0, 0xA1};
static const uint8_t answer[] = {0x13, 0x07, 0, 3, 0, 0, 0, 0, 2, 0, 0, 0, 0xB1, 0xB2};
static const uint8_t answer_signed[8 + 32 + 4 + 1 + 64] = {
    0x13, 0x07, 0, 0x0F, [8] = 0xB1, [40] = 1, [44] = 0xB2, 0xB3};

/* As recorded (shared/spdm): mctp-13-p384-aes256-mut-enchs, frame 26. */
static const uint8_t one_class[] = {1, 0, 0, 0, 7, 0, 0, 1, 3, 0x12, 0x34, 0x56};

TEST(endpoint_info_round_trips_and_is_refused_when_cut)
{
    expect_message(spdm_again_get_endpoint_info, &plain, SLICE(ask));
    expect_message(spdm_again_get_endpoint_info, &plain, SLICE(ask_signed));
    expect_message(spdm_again_endpoint_info, &plain, SLICE(answer));
    expect_message(spdm_again_endpoint_info, &asked_to_sign, SLICE(answer_signed));
}

TEST(endpoint_info_is_read_by_the_table_in_the_specification)
{
    struct spdm_get_endpoint_info asked;
    struct spdm_endpoint_info got;
    struct reader reader = reader_of(SLICE(ask_signed));
    EXPECT_OK(spdm_get_endpoint_info_read(&reader, &asked));
    EXPECT(asked.subject == SPDM_DEVICE_CLASS_IDENTIFIERS && asked.slot == SPDM_SLOT_RAW_KEY);
    EXPECT(asked.asks_signature && asked.nonce[0] == 0xA1);
    reader = reader_of(SLICE(answer));
    EXPECT_OK(spdm_endpoint_info_read(&reader, &plain.shape, false, &got));
    EXPECT(got.slot == 3 && got.info.size == 2 && got.info.data[1] == 0xB2);
    EXPECT(got.signature.size == 0);
    reader = reader_of(SLICE(answer_signed));
    EXPECT_OK(spdm_endpoint_info_read(&reader, &plain.shape, true, &got));
    EXPECT(got.nonce[0] == 0xB1 && got.info.data[0] == 0xB2 && got.signature.data[0] == 0xB3);
    EXPECT(got.signature.size == 64);
}

TEST(a_slot_that_is_none_is_refused_in_both)
{
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_get_endpoint_info, &plain, SLICE(ask), 3, 8));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_endpoint_info, &plain, SLICE(answer), 3, 0x1E));
}

static status classes_of(slice info, uint8_t *out_count)
{
    struct reader reader = reader_of(info);
    return spdm_device_classes_read(&reader, out_count);
}

TEST(the_recorded_class_is_read_and_written_as_it_was)
{
    struct reader reader = reader_of(SLICE(one_class));
    struct spdm_device_class got;
    uint8_t count = 0, space[sizeof one_class];
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(spdm_device_classes_read(&reader, &count));
    EXPECT(count == 1);
    EXPECT_OK(spdm_device_class_read(&reader, &got));
    EXPECT(got.body.body == 0 && got.body.vendor_id.size == 0 && got.sub_id_count == 1);
    EXPECT(got.sub_ids.size == 4 && got.sub_ids.data[3] == 0x56 && reader.left.size == 0);
    spdm_device_classes_write(&writer, count);
    spdm_device_class_write(&writer, &got);
    EXPECT(slice_equal((slice){space, writer.size}, SLICE(one_class)));
}

TEST(classes_cut_anywhere_too_many_or_left_over_are_refused)
{
    uint8_t longer[sizeof one_class + 1] = {0};
    uint8_t count = 99;
    for (size_t size = 0; size < sizeof one_class; size++)
        EXPECT(classes_of((slice){one_class, size}, &count).fault);
    memcpy(longer, one_class, sizeof one_class);
    EXPECT_FAIL(MALFORMED, classes_of(SLICE(longer), &count));
    longer[0] = 0xFF;
    EXPECT_FAIL(MALFORMED, classes_of((slice){longer, sizeof one_class}, &count));
    EXPECT(count == 99);
}

TEST(a_class_that_is_not_as_long_as_what_it_holds_is_refused)
{
    /* The byte, and what it must not be. */
    static const uint8_t wrong[][2] = {{4, 6}, {4, 8}, {6, 1}, {7, 0}, {7, 2}, {8, 2}, {8, 4}};
    uint8_t count;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[sizeof one_class];
        memcpy(bytes, one_class, sizeof bytes);
        bytes[wrong[i][0]] = wrong[i][1];
        EXPECT_FAIL(MALFORMED, classes_of(SLICE(bytes), &count));
    }
}
