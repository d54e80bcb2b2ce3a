/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/chunk.h"

#include "spdm_message.h"

static const struct spdm_scene in_1_2 = {.shape = {.version = SPDM_1_2}};
static const struct spdm_scene in_1_3 = {.shape = {.version = SPDM_1_3}};
static const struct spdm_scene in_1_4 = {.shape = {.version = SPDM_1_4}};

static const uint8_t first_1_2[] = {0x12, 0x85, 0, 7, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 'a', 'b'};
static const uint8_t last_1_2[] = {0x12, 0x06, 1, 7, 2, 1, 0, 0, 1, 0, 0, 0, 'c'};
static const uint8_t first_1_4[] = {0x14, 0x06, 0, 7, 0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 'a', 'b'};
static const uint8_t last_1_4[] = {0x14, 0x85, 1, 7, 4, 3, 2, 1, 1, 0, 0, 0, 'c'};
static const uint8_t get_1_2[] = {0x12, 0x86, 0, 7, 2, 1};
static const uint8_t get_1_3[] = {0x13, 0x86, 0, 7, 2, 1};
static const uint8_t get_1_4[] = {0x14, 0x86, 0, 7, 4, 3, 2, 1};
static const uint8_t ack_1_2[] = {0x12, 0x05, 1, 7, 2, 1, 0x12, 0x7F, 0x01, 0x00};
static const uint8_t ack_1_4[] = {0x14, 0x05, 0, 7, 4, 3, 2, 1};

TEST(chunks_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_chunk_send, &in_1_2, SLICE(first_1_2));
    expect_message(spdm_again_chunk_response, &in_1_2, SLICE(last_1_2));
    expect_message(spdm_again_chunk_response, &in_1_4, SLICE(first_1_4));
    expect_message(spdm_again_chunk_send, &in_1_4, SLICE(last_1_4));
    expect_message(spdm_again_chunk_get, &in_1_2, SLICE(get_1_2));
    expect_message(spdm_again_chunk_get, &in_1_3, SLICE(get_1_3));
    expect_message(spdm_again_chunk_get, &in_1_4, SLICE(get_1_4));
    expect_same_again(spdm_again_chunk_send_ack, &in_1_2, SLICE(ack_1_2));
    expect_same_again(spdm_again_chunk_send_ack, &in_1_4, SLICE(ack_1_4));
    expect_cuts_refused(spdm_again_chunk_send_ack, &in_1_2, (slice){ack_1_2, 6});
    expect_cuts_refused(spdm_again_chunk_send_ack, &in_1_4, SLICE(ack_1_4));
}

TEST(chunks_are_read_by_the_table_in_the_specification)
{
    struct spdm_chunk got;
    struct reader reader = reader_of(SLICE(first_1_2));
    EXPECT_OK(spdm_chunk_send_read(&reader, &in_1_2.shape, &got));
    EXPECT(!got.is_last && got.handle == 7 && got.sequence == 0 && got.message_size == 5);
    EXPECT(got.piece.size == 2 && got.piece.data[0] == 'a');
    reader = reader_of(SLICE(last_1_2));
    EXPECT_OK(spdm_chunk_response_read(&reader, &in_1_2.shape, &got));
    EXPECT(got.is_last && got.sequence == 0x102 && got.message_size == 0);
    EXPECT(got.piece.size == 1 && got.piece.data[0] == 'c');
    reader = reader_of(SLICE(last_1_4));
    EXPECT_OK(spdm_chunk_send_read(&reader, &in_1_4.shape, &got));
    EXPECT(got.is_last && got.sequence == 0x1020304 && got.piece.data[0] == 'c');
}

TEST(acknowledgements_and_requests_are_read_by_the_table_in_the_specification)
{
    struct spdm_chunk_send_ack ack;
    struct spdm_chunk_get asked;
    struct reader reader = reader_of(SLICE(ack_1_2));
    EXPECT_OK(spdm_chunk_send_ack_read(&reader, &in_1_2.shape, &ack));
    EXPECT(ack.is_early_error && ack.handle == 7 && ack.sequence == 0x102);
    EXPECT(ack.response.size == 4 && ack.response.data[1] == SPDM_ERROR);
    reader = reader_of(SLICE(ack_1_4));
    EXPECT_OK(spdm_chunk_send_ack_read(&reader, &in_1_4.shape, &ack));
    EXPECT(!ack.is_early_error && ack.sequence == 0x1020304 && ack.response.size == 0);
    reader = reader_of(SLICE(get_1_4));
    EXPECT_OK(spdm_chunk_get_read(&reader, &in_1_4.shape, &asked));
    EXPECT(asked.handle == 7 && asked.sequence == 0x1020304);
}

/* P30 */
TEST(an_empty_piece_and_one_larger_than_the_whole_are_refused)
{
    const uint8_t empty[] = {0x14, 0x85, 1, 7, 1, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_chunk_send, &in_1_4, SLICE(empty), 2, 1));
    EXPECT_OK(with_byte(spdm_again_chunk_send, &in_1_2, SLICE(first_1_2), 12, 2));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_chunk_send, &in_1_2, SLICE(first_1_2), 12, 1));
    EXPECT_FAIL(TRUNCATED, with_byte(spdm_again_chunk_send, &in_1_2, SLICE(first_1_2), 11, 0xFF));
}

TEST(the_four_messages_are_told_apart_by_their_codes)
{
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_chunk_send, &in_1_2, SLICE(first_1_2), 1,
                                     SPDM_CHUNK_RESPONSE));
    EXPECT_FAIL(MALFORMED, with_byte(spdm_again_chunk_response, &in_1_4, SLICE(first_1_4), 1,
                                     SPDM_CHUNK_SEND));
    EXPECT_FAIL(MALFORMED,
                with_byte(spdm_again_chunk_get, &in_1_2, SLICE(get_1_2), 1, SPDM_CHUNK_SEND));
}
