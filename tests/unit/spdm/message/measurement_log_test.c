/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurement_log.h"

#include "spdm/message/measurement_block.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_3 = {.shape = {.version = SPDM_1_3}};

/* As recorded (shared/spdm): mctp-13-p384-aes256-mut-enchs, frames 23 and 24. */
static const uint8_t ask[] = {0x13, 0xEF, 0, 0, 0, 0, 0, 0, 0xF4, 0x7F, 0x02, 0x00};
static const uint8_t answer[] = {
    0x13, 0x6F, 0x00, 0x00, 0x3F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00,
    0x00, 0x2F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x89, 0x03, 0x00, 0x52, 0x4f, 0x4d, 0x02, 0x00, 0x00,
    0x00, 0x11, 0x00, 0x00, 0x00, 0x89, 0x07, 0x00, 0x42, 0x6f, 0x6f, 0x74, 0x20, 0x46, 0x57,
    0x03, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x86, 0x04, 0x00, 0x0a, 0x03, 0x00, 0x01};

static slice the_log(void)
{
    return (slice){answer + 12, sizeof answer - 12};
}

TEST(portions_of_the_log_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_get_measurement_log, &in_1_3, SLICE(ask));
    expect_message(spdm_again_measurement_log, &in_1_3, SLICE(answer));
}

TEST(a_portion_is_read_by_the_table_in_the_specification)
{
    const uint8_t part[] = {0x13, 0x6F, 0, 0, 2, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0xAA, 0xBB};
    struct spdm_get_measurement_log asked;
    struct spdm_measurement_log got;
    struct reader reader = reader_of(SLICE(ask));
    EXPECT_OK(spdm_get_measurement_log_read(&reader, &asked));
    EXPECT(asked.offset == 0 && asked.length == 0x27FF4);
    reader = reader_of(SLICE(part));
    EXPECT_OK(spdm_measurement_log_read(&reader, &got));
    EXPECT(got.portion.size == 2 && got.portion.data[1] == 0xBB);
    EXPECT(got.remainder_size == 0x12345678);
}

TEST(the_recorded_log_has_its_three_entries_and_is_written_as_it_was)
{
    static const char *const values[] = {"ROM", "Boot FW"};
    struct spdm_log log = {0};
    struct spdm_log_entry entry = {0};
    uint8_t space[sizeof answer];
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(spdm_log_read(the_log(), &log));
    EXPECT(log.entry_count == 3 && log.entries.size == 0x2F);
    spdm_log_write(&writer, &log);
    EXPECT(slice_equal((slice){space, writer.size}, the_log()));

    writer = writer_over(space, sizeof space);
    struct reader reader = reader_of(log.entries);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_OK(spdm_log_entry_read(&reader, &entry));
        EXPECT(entry.number == i + 1 && entry.measurement_index == 0x11 && entry.is_raw);
        if (i < 2)
            EXPECT(entry.kind == SPDM_MEASURED_INFORMATION &&
                   slice_equal(entry.value, slice_of_text(values[i])));
        spdm_log_entry_write(&writer, &entry);
    }
    EXPECT(entry.kind == SPDM_MEASURED_VERSION && entry.value.size == 4);
    EXPECT(slice_equal((slice){space, writer.size}, log.entries));
}

TEST(a_log_cut_anywhere_or_with_bytes_left_over_is_refused)
{
    uint8_t longer[sizeof answer - 12 + 1] = {0};
    struct spdm_log got = {.entry_count = 99};
    for (size_t size = 0; size < the_log().size; size++)
        EXPECT_FAIL(TRUNCATED, spdm_log_read((slice){the_log().data, size}, &got));
    memcpy(longer, the_log().data, the_log().size);
    EXPECT_FAIL(MALFORMED, spdm_log_read(SLICE(longer), &got));
    EXPECT(got.entry_count == 99);
}

TEST(a_log_of_another_count_or_whose_entries_end_elsewhere_is_refused)
{
    static const uint8_t wrong[][2] = {{0, 2}, {0, 4}, {3, 0xFF}, {4, 0x2E}, {16 + 10, 0xFF}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[sizeof answer - 12];
        struct spdm_log got;
        memcpy(bytes, the_log().data, sizeof bytes);
        bytes[wrong[i][0]] = wrong[i][1];
        EXPECT_FAIL(MALFORMED, spdm_log_read(SLICE(bytes), &got));
    }
}

TEST(an_entry_cut_anywhere_is_refused)
{
    for (size_t size = 0; size < 14; size++) {
        struct spdm_log_entry got = {.number = 99};
        struct reader reader = reader_of((slice){the_log().data + SPDM_LOG_HEADER_SIZE, size});
        EXPECT_FAIL(TRUNCATED, spdm_log_entry_read(&reader, &got));
        EXPECT(got.number == 99);
    }
}
