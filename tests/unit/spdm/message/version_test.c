/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/version.h"

#include "test.h"

/* As the recorded responder sent it (shared/spdm, mctp-13-p384-aes256-mut-enchs). */
static const uint8_t one_version[] = {0x10, 0x04, 0, 0, 0, 1, 0x00, 0x13};

static status version_of(slice bytes, struct spdm_version *out)
{
    struct reader reader = reader_of(bytes);
    TRY(spdm_version_read(&reader, out));
    return reader_finish(&reader);
}

TEST(version_round_trips)
{
    struct spdm_version got = {0};
    EXPECT_OK(version_of(SLICE(one_version), &got));
    EXPECT(got.entry_count == 1 && got.entries[0] == 0x1300);

    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    spdm_version_write(&writer, &got);
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT(slice_equal(written, SLICE(one_version)));
}

TEST(version_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    for (size_t size = 0; size < sizeof one_version; size++) {
        struct spdm_version got = {.entry_count = 99};
        EXPECT_FAIL(TRUNCATED, version_of((slice){one_version, size}, &got));
        EXPECT(got.entry_count == 99);
    }
}

TEST(version_without_an_entry_with_too_many_or_not_sent_as_1_0_is_refused)
{
    struct spdm_version got;
    const uint8_t none[] = {0x10, 0x04, 0, 0, 0, 0};
    EXPECT_FAIL(MALFORMED, version_of(SLICE(none), &got));
    const uint8_t many[] = {0x10, 0x04, 0, 0, 0, SPDM_VERSION_ENTRIES_MAX + 1};
    EXPECT_FAIL(EXHAUSTED, version_of(SLICE(many), &got));
    uint8_t newer[sizeof one_version];
    memcpy(newer, one_version, sizeof newer);
    newer[0] = 0x12;
    EXPECT_FAIL(MALFORMED, version_of(SLICE(newer), &got));
}

TEST(what_follows_version_is_left_to_the_caller)
{
    const uint8_t padded[] = {0x10, 0x04, 0, 0, 0, 1, 0x00, 0x13, 0, 0};
    struct reader reader = reader_of(SLICE(padded));
    struct spdm_version got;
    EXPECT_OK(spdm_version_read(&reader, &got));
    EXPECT(reader.left.size == 2);
}
