/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurement_block.h"

#include "test.h"

static const uint8_t digest[4 + 3 + 2] = {0xFE, 1, 5, 0, 0x03, 2, 0, 0xD1, 0xD2};
static const uint8_t of_others[] = {0x07, 2, 3, 0, 'a', 'b', 'c'};

static status block_of(slice bytes, struct spdm_measurement_block *out)
{
    struct reader reader = reader_of(bytes);
    TRY(spdm_measurement_block_read(&reader, out));
    return reader_finish(&reader);
}

static void expect_round_trip(slice bytes)
{
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_measurement_block got;
    EXPECT_OK(block_of(bytes, &got));
    EXPECT(slice_equal(got.whole, bytes));
    spdm_measurement_block_write(&writer, &got);
    EXPECT(slice_equal((slice){space, writer.size}, bytes));
    for (size_t size = 0; size < bytes.size; size++) {
        struct spdm_measurement_block cut = {.index = 99};
        EXPECT_FAIL(TRUNCATED, block_of((slice){bytes.data, size}, &cut));
        EXPECT(cut.index == 99);
    }
}

TEST(blocks_round_trip_and_are_refused_when_cut)
{
    expect_round_trip(SLICE(digest));
    expect_round_trip(SLICE(of_others));
}

TEST(a_block_of_dmtfs_is_read_to_its_value_and_another_is_left_as_it_is)
{
    struct spdm_measurement_block got;
    EXPECT_OK(block_of(SLICE(digest), &got));
    EXPECT(got.index == SPDM_INDEX_DEVICE_MODE && !got.is_raw);
    EXPECT(got.kind == SPDM_MEASURED_FIRMWARE_CONFIGURATION);
    EXPECT(got.value.size == 2 && got.value.data[1] == 0xD2 && got.measurement.size == 5);
    EXPECT_OK(block_of(SLICE(of_others), &got));
    EXPECT(got.specification == 2 && got.measurement.size == 3 && got.value.size == 0);
    const uint8_t raw[] = {1, 1, 4, 0, 0x86, 1, 0, 9};
    EXPECT_OK(block_of(SLICE(raw), &got));
    EXPECT(got.is_raw && got.kind == SPDM_MEASURED_VERSION);
}

TEST(a_block_without_an_index_or_one_specification_or_of_another_size_is_refused)
{
    /* The byte, and what it must not be. */
    static const uint8_t wrong[][2] = {{0, 0}, {0, 0xFF}, {1, 0}, {1, 3}, {5, 1}, {5, 3}, {6, 1}};
    struct spdm_measurement_block got;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[sizeof digest];
        memcpy(bytes, digest, sizeof bytes);
        bytes[wrong[i][0]] = wrong[i][1];
        EXPECT_FAIL(MALFORMED, block_of(SLICE(bytes), &got));
    }
    const uint8_t short_header[] = {1, 1, 2, 0, 0x86, 0};
    EXPECT_FAIL(MALFORMED, block_of(SLICE(short_header), &got));
}

TEST(a_device_mode_is_four_numbers_and_nothing_else)
{
    const uint8_t bytes[17] = {0x3F, 0, 0, 0, 0x04, 0, 0, 0, 0x1F, 0, 0, 0, 0x10, 0, 0, 0};
    struct spdm_device_mode got;
    EXPECT_OK(spdm_device_mode_read((slice){bytes, 16}, &got));
    EXPECT(got.operational_capabilities == 0x3F && got.operational_state == 4);
    EXPECT(got.mode_capabilities == 0x1F && got.mode_state == 0x10);
    EXPECT_FAIL(TRUNCATED, spdm_device_mode_read((slice){bytes, 15}, &got));
    EXPECT_FAIL(MALFORMED, spdm_device_mode_read((slice){bytes, 17}, &got));
}

TEST(a_structured_manifest_tells_its_format_first)
{
    const uint8_t bytes[] = {3, 2, 0x01, 0x00, 'm', 'a', 'n'};
    struct spdm_structured_manifest got = {.format.body = 99};
    EXPECT_FAIL(TRUNCATED, spdm_structured_manifest_read((slice){bytes, 3}, &got));
    EXPECT(got.format.body == 99);
    EXPECT_OK(spdm_structured_manifest_read(SLICE(bytes), &got));
    EXPECT(got.format.body == 3 && got.format.vendor_id.size == 2);
    EXPECT(got.manifest.size == 3 && got.manifest.data[0] == 'm');
}
