/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/emulator.h"

#include "test.h"

/* As a peer's client says hello over MCTP (shared/spdm, INTEROP.md). */
static const uint8_t hello[] = {0,   0,   0xDE, 0xAD, 0,   0,   0,   1,   0,   0,   0,   14,  'C',
                                'l', 'i', 'e',  'n',  't', ' ', 'H', 'e', 'l', 'l', 'o', '!', 0};

enum { MCTP = 1, SIZE_MAX_TAKEN = 64 };

TEST(an_emulators_frame_round_trips)
{
    slice stream = SLICE(hello), written = {0};
    struct spdm_emulator_frame got = {0};
    EXPECT_OK(spdm_emulator_cut(MCTP, SIZE_MAX_TAKEN, &stream, &got));
    EXPECT(got.command == SPDM_EMULATOR_TEST && stream.size == 0);
    EXPECT(slice_equal(got.payload, (slice){(const uint8_t *)SPDM_EMULATOR_HELLO_CLIENT,
                                            sizeof SPDM_EMULATOR_HELLO_CLIENT}));
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    const size_t begin = spdm_emulator_begin(&writer);
    write_bytes(&writer, got.payload);
    EXPECT_OK(spdm_emulator_end(&writer, begin, got.command, MCTP));
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT(slice_equal(written, SLICE(hello)));
}

TEST(an_emulators_frame_that_is_not_all_there_is_waited_for)
{
    for (size_t size = 0; size < sizeof hello; size++) {
        slice stream = {hello, size};
        struct spdm_emulator_frame got = {.command = SPDM_EMULATOR_TEST};
        EXPECT_OK(spdm_emulator_cut(MCTP, SIZE_MAX_TAKEN, &stream, &got));
        EXPECT(got.command == SPDM_EMULATOR_NONE && stream.size == size);
    }
}

TEST(what_follows_an_emulators_frame_stays_in_the_stream)
{
    uint8_t two[2 * sizeof hello];
    memcpy(two, hello, sizeof hello);
    memcpy(two + sizeof hello, hello, sizeof hello);
    slice stream = SLICE(two);
    struct spdm_emulator_frame got = {0};
    EXPECT_OK(spdm_emulator_cut(MCTP, SIZE_MAX_TAKEN, &stream, &got));
    EXPECT(slice_equal(stream, SLICE(hello)));
}

/* P33 */
TEST(an_emulators_frame_with_a_wrong_header_is_refused)
{
    struct spdm_emulator_frame got = {0};
    slice stream = SLICE(hello);
    EXPECT_FAIL(MALFORMED, spdm_emulator_cut(2, SIZE_MAX_TAKEN, &stream, &got));
    EXPECT_FAIL(EXHAUSTED, spdm_emulator_cut(MCTP, 13, &stream, &got));
    const uint8_t strange[] = {0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0};
    const uint8_t little_endian[] = {1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
    const uint8_t nothing[SPDM_EMULATOR_HEADER_SIZE] = {0};
    stream = SLICE(strange);
    EXPECT_FAIL(UNSUPPORTED, spdm_emulator_cut(MCTP, SIZE_MAX_TAKEN, &stream, &got));
    stream = SLICE(little_endian);
    EXPECT_FAIL(UNSUPPORTED, spdm_emulator_cut(MCTP, SIZE_MAX_TAKEN, &stream, &got));
    stream = SLICE(nothing);
    EXPECT_FAIL(UNSUPPORTED, spdm_emulator_cut(0, SIZE_MAX_TAKEN, &stream, &got));
    EXPECT(stream.size == sizeof nothing && got.command == SPDM_EMULATOR_NONE);
}

TEST(an_emulators_frame_that_does_not_fit_is_not_written)
{
    uint8_t space[SPDM_EMULATOR_HEADER_SIZE + 1];
    struct writer writer = writer_over(space, sizeof space);
    const size_t begin = spdm_emulator_begin(&writer);
    write_be16(&writer, 0);
    EXPECT_FAIL(EXHAUSTED, spdm_emulator_end(&writer, begin, SPDM_EMULATOR_NORMAL, MCTP));
}
