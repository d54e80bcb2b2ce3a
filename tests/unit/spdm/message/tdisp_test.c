/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/tdisp_report.h"

#include "spdm_hex.h"

/* Payloads as recorded (shared/spdm, doe-12-p256-chacha-oneway-idekm-tdisp, frames 59 to 78). */
static const char get_version[] = "0110810000efbe00000000000000000000";
static const char version[] = "0110010000efbe000000000000000000000110";
static const char get_capabilities[] = "0110820000efbe0000000000000000000000000000";
static const char capabilities[] =
    "0110020000efbe0000000000000000000000000000fe00000000000000000000000000000007000000003000"
    "00";
static const char get_state[] = "0110850000efbe00000000000000000000";
static const char state[] = "0110050000efbe0000000000000000000000";
static const char lock[] =
    "0110830000efbe0000000000000000000007000000000000d0000000000000000000000000";
static const char lock_response[] =
    "0110030000efbe00000000000000000000b9e6d367aa1690046e9ef5037f3820bd27115a221f3a60971a8225"
    "2ed579c7f9";
static const char get_report[] = "0110840000efbe0000000000000000000000004000";
static const char report_first[] =
    "0110040000efbe00000000000000000000400024000300000000000000000000000400000000000000000000"
    "0001000000040001000080000000000000040000000800020000000100000000000800000008000300";
static const char start[] =
    "0110860000efbe00000000000000000000b9e6d367aa1690046e9ef5037f3820bd27115a221f3a60971a8225"
    "2ed579c7f9";
static const char start_response[] = "0110060000efbe00000000000000000000";
static const char stop[] = "0110870000efbe00000000000000000000";
static const char stop_response[] = "0110070000efbe00000000000000000000";

/* The report in the portions of frames 70 and 72. */
static const char whole_report[] =
    "0300000000000000000000000400000000000000000000000100000004000100008000000000000004000000"
    "0800020000000100000000000800000008000300000002000000000008000000080004001000000074646973"
    "705f6465765f656d75000000";

/* Laid out by hand after the specification's tables. */
#define HEADER(type)                                                                               \
    "0110" type "0000"                                                                             \
    "efbe0000"                                                                                     \
    "0000000000000000"
static const char bind[] = HEADER("88") "05";
static const char bind_response[] = HEADER("08");
static const char unbind[] = HEADER("89") "05";
static const char unbind_response[] = HEADER("09");
static const char set_mmio[] = HEADER("8a") "0010000000000000"
                                            "02000000"
                                            "0400"
                                            "0100";
static const char set_mmio_response[] = HEADER("0a");
static const char vdm[] = HEADER("8b") "0002aabbcc";
static const char vdm_response[] = HEADER("0b") "0002aabbcc";
static const char error[] = HEADER("7f") "04010000"
                                         "00000000";
static const char error_extended[] = HEADER("7f") "ff000000"
                                                  "00000000"
                                                  "0002aabbcc";

enum { TYPE = 2, STATE = 17, VERSION_COUNT = 17 };

static status tdisp_of(const char *hex, struct buffer *bytes, struct spdm_tdisp *out)
{
    *bytes = hex_bytes(hex);
    return spdm_tdisp_read(buffer_view(bytes), out);
}

/* `open_size`: how many of the last bytes may be any number. */
static void expect_tdisp(const char *hex, size_t open_size)
{
    uint8_t space[512];
    struct buffer bytes;
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_tdisp got;
    EXPECT_OK(tdisp_of(hex, &bytes, &got));
    spdm_tdisp_write(&writer, &got);
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&bytes)));
    for (size_t size = 0; size < bytes.size - open_size; size++) {
        struct spdm_tdisp untouched = {.type = 99};
        EXPECT_FAIL(TRUNCATED, spdm_tdisp_read((slice){bytes.data, size}, &untouched));
        EXPECT(untouched.type == 99);
    }
    buffer_clear(&bytes);
}

static status tdisp_with(const char *hex, size_t at, uint8_t value)
{
    struct spdm_tdisp got;
    struct buffer bytes = hex_bytes(hex);
    bytes.data[at] = value;
    const status read = spdm_tdisp_read(buffer_view(&bytes), &got);
    buffer_clear(&bytes);
    return read;
}

TEST(tdisp_is_written_as_it_was_read_and_refused_when_cut)
{
    static const char *const messages[] = {get_version,
                                           version,
                                           get_capabilities,
                                           capabilities,
                                           get_state,
                                           state,
                                           lock,
                                           lock_response,
                                           get_report,
                                           report_first,
                                           start,
                                           start_response,
                                           stop,
                                           stop_response,
                                           bind,
                                           bind_response,
                                           unbind,
                                           unbind_response,
                                           set_mmio,
                                           set_mmio_response,
                                           error};
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        expect_tdisp(messages[i], 0);
    expect_tdisp(vdm, 5);
    expect_tdisp(vdm_response, 5);
    expect_tdisp(error_extended, 5);
}

TEST(tdisp_tells_what_a_device_can_and_what_it_is_locked_with)
{
    struct spdm_tdisp got;
    struct buffer bytes;
    EXPECT_OK(tdisp_of(version, &bytes, &got));
    EXPECT(got.version == SPDM_TDISP_1_0 && got.function_id == 0xBEEF);
    EXPECT(got.versions.count == 1 && got.versions.numbers[0] == SPDM_TDISP_1_0);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(capabilities, &bytes, &got));
    EXPECT(got.capabilities.requests[0] == 0xFE && got.capabilities.lock_flags == 7);
    EXPECT(got.capabilities.dsm == 0 && got.capabilities.address_width == 48);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(lock, &bytes, &got));
    EXPECT(got.lock.flags == 7 && got.lock.default_stream == 0 && got.lock.p2p_address_mask == 0);
    EXPECT(got.lock.mmio_reporting_offset == 0xD0000000);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(get_report, &bytes, &got));
    EXPECT(got.wanted.offset == 0 && got.wanted.length == 64);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(report_first, &bytes, &got));
    EXPECT(got.report.portion.size == 64 && got.report.remainder_size == 36);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(set_mmio, &bytes, &got));
    EXPECT(got.range.first_page == 0x1000 && got.range.page_count == 2);
    EXPECT(got.range.attributes == SPDM_TDISP_RANGE_NOT_CONFIDENTIAL && got.range.range_id == 1);
    buffer_clear(&bytes);
    EXPECT_OK(tdisp_of(error_extended, &bytes, &got));
    EXPECT(got.error.code == SPDM_TDISP_VENDOR_SPECIFIC_ERROR && got.error.extended.size == 5);
    buffer_clear(&bytes);
}

TEST(an_interface_is_in_one_of_four_states)
{
    for (unsigned value = 0; value < 256; value++) {
        const status got = tdisp_with(state, STATE, (uint8_t)value);
        EXPECT(!got.fault == (value <= 3));
    }
}

TEST(other_protocols_types_counts_and_bytes_left_over_are_refused)
{
    EXPECT_FAIL(UNSUPPORTED, tdisp_with(get_version, 0, 0));
    EXPECT_FAIL(UNSUPPORTED, tdisp_with(get_version, TYPE, 0x8C));
    EXPECT_FAIL(UNSUPPORTED, tdisp_with(get_version, TYPE, 0x00));
    EXPECT_FAIL(EXHAUSTED, tdisp_with(version, VERSION_COUNT, SPDM_TDISP_VERSIONS_MAX + 1));
    EXPECT_FAIL(MALFORMED, tdisp_with(state, TYPE, SPDM_TDISP_STOP_INTERFACE));
    EXPECT_FAIL(MALFORMED, tdisp_with(report_first, 17, 63));
    EXPECT_FAIL(TRUNCATED, tdisp_with(report_first, 17, 65));
}

static const struct spdm_tdisp_range ranges[] = {{0, 1, SPDM_TDISP_RANGE_NOT_CONFIDENTIAL, 1},
                                                 {0x8000, 4, SPDM_TDISP_RANGE_UPDATABLE, 2},
                                                 {0x10000, 8, SPDM_TDISP_RANGE_UPDATABLE, 3},
                                                 {0x20000, 8, SPDM_TDISP_RANGE_UPDATABLE, 4}};

TEST(a_report_tells_its_fields_and_ranges_and_is_written_as_it_was_read)
{
    uint8_t space[256];
    struct buffer bytes = hex_bytes(whole_report);
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_tdisp_report got;
    EXPECT_OK(spdm_tdisp_report_read(buffer_view(&bytes), &got));
    EXPECT(got.interface_info ==
           (SPDM_TDISP_NO_UPDATE_WHILE_LOCKED | SPDM_TDISP_DMA_WITHOUT_PASID));
    EXPECT(got.range_count == 4 && got.ranges.size == 64);
    EXPECT(slice_equal(got.device_specific, SLICE((const uint8_t[]){"tdisp_dev_emu\0\0"})));
    struct reader reader = reader_of(got.ranges);
    for (size_t i = 0; i < got.range_count; i++) {
        const struct spdm_tdisp_range range = spdm_tdisp_range_read(&reader);
        EXPECT(range.first_page == ranges[i].first_page && range.range_id == ranges[i].range_id);
        EXPECT(range.page_count == ranges[i].page_count);
        EXPECT(range.attributes == ranges[i].attributes);
        spdm_tdisp_range_write(&writer, &range);
    }
    EXPECT_OK(reader_finish(&reader));
    EXPECT(slice_equal((slice){space, writer.size}, got.ranges));
    writer = writer_over(space, sizeof space);
    spdm_tdisp_report_write(&writer, &got);
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&bytes)));
    buffer_clear(&bytes);
}

TEST(a_report_that_is_cut_has_bytes_left_over_or_too_many_ranges_is_refused)
{
    struct buffer bytes = hex_bytes(whole_report);
    struct spdm_tdisp_report got = {.tph_control = 99};
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT_FAIL(TRUNCATED, spdm_tdisp_report_read((slice){bytes.data, size}, &got));
    EXPECT(got.tph_control == 99);
    bytes.data[80]--; /* the size of what is the device's own */
    EXPECT_FAIL(MALFORMED, spdm_tdisp_report_read(buffer_view(&bytes), &got));
    bytes.data[13] = 2;
    EXPECT_FAIL(EXHAUSTED, spdm_tdisp_report_read(buffer_view(&bytes), &got));
    buffer_clear(&bytes);
}
