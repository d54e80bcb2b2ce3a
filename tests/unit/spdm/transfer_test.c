/* SPDX-License-Identifier: Apache-2.0 */

/* Messages in pieces: a recorded peer's, and what no piece may be. */

#include "spdm/transfer.h"

#include "spdm_recording.h"

enum { SPACE_SIZE = 32 << 10, SIZE_MAX_TAKEN = 1000, ROOM = 100, HANDLE = 7 };

static const struct spdm_shape in_1_2 = {.version = SPDM_1_2};
static const struct spdm_shape in_1_4 = {.version = SPDM_1_4};

static struct spdm_transfer transfer_over(uint8_t space[SPACE_SIZE])
{
    return (struct spdm_transfer){.space = space, .capacity = SPACE_SIZE};
}

/* ---- the recorded ones ---- */

struct replay {
    uint8_t received_space[SPACE_SIZE], sent_space[SPACE_SIZE];
    struct spdm_transfer received, sent;
    size_t first; /* of the messages of the recording that are its pieces */
    unsigned wholes;
};

static bool read_piece(slice message, const struct spdm_shape *shape, struct spdm_chunk *out)
{
    struct reader reader = reader_of(message);
    if (message.size < 2 ||
        (message.data[1] != SPDM_CHUNK_SEND && message.data[1] != SPDM_CHUNK_RESPONSE))
        return false;
    if (message.data[1] == SPDM_CHUNK_SEND)
        EXPECT_OK(spdm_chunk_send_read(&reader, shape, out));
    else
        EXPECT_OK(spdm_chunk_response_read(&reader, shape, out));
    return true;
}

/* The whole is taken apart again, for a peer that takes as much at a time. */
static void send_again(struct replay *replay, const struct spdm_recording *recording, size_t last)
{
    const struct spdm_shape *const shape = &recording->shape;
    const size_t room = recording->messages[replay->first].message.size;
    replay->sent = transfer_over(replay->sent_space);
    memcpy(replay->sent_space, replay->received_space, replay->received.size);
    EXPECT(spdm_transfer_is_possible(shape, replay->received.size, room));
    spdm_transfer_open(&replay->sent, replay->received.handle, replay->received.size, NULL);
    for (size_t i = replay->first; i <= last; i++) {
        struct spdm_chunk recorded;
        uint8_t space[8192];
        struct writer writer = writer_over(space, sizeof space);
        if (!read_piece(recording->messages[i].message, shape, &recorded))
            continue;
        const struct spdm_chunk chunk = spdm_transfer_next(&replay->sent, room);
        EXPECT(chunk.is_last == (i == last));
        if (recording->messages[i].message.data[1] == SPDM_CHUNK_SEND)
            spdm_chunk_send_write(&writer, shape, &chunk);
        else
            spdm_chunk_response_write(&writer, shape, &chunk);
        EXPECT(slice_equal((slice){space, writer.size}, recording->messages[i].message));
    }
}

TEST(recorded_pieces_make_a_message_which_makes_the_recorded_pieces)
{
    static struct spdm_recording recording;
    static struct replay replay;
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-14-mldsa65-mlkem768-mut", &recording);
    replay.received = transfer_over(replay.received_space);
    for (size_t i = 0; i < recording.message_count; i++) {
        struct spdm_chunk chunk;
        if (!read_piece(recording.messages[i].message, &recording.shape, &chunk))
            continue;
        if (!replay.received.is_open) {
            spdm_transfer_open(&replay.received, chunk.handle, 0, NULL);
            replay.first = i;
        }
        EXPECT_OK(spdm_transfer_take(&replay.received, &chunk, 0x28000));
        if (!chunk.is_last)
            continue;
        EXPECT(replay.received.done == replay.received.size);
        EXPECT(replay.received_space[0] == SPDM_1_4);
        send_again(&replay, &recording, i);
        spdm_transfer_close(&replay.received);
        replay.wholes++;
    }
    EXPECT(replay.wholes == 9); /* seven responses, and the requester's chain twice */
    spdm_recording_clear(&recording);
}

/* ---- what a piece may not be ---- */

static uint8_t bytes[SIZE_MAX_TAKEN + 1];

static struct spdm_chunk piece(uint32_t sequence, size_t size, uint32_t message_size, bool is_last)
{
    return (struct spdm_chunk){
        .is_last = is_last,
        .handle = HANDLE,
        .sequence = sequence,
        .message_size = message_size,
        .piece = {bytes, size},
    };
}

static void expect_refused(enum failure failure, const struct spdm_transfer *transfer,
                           struct spdm_chunk chunk)
{
    struct spdm_transfer copy = *transfer;
    const status taken = spdm_transfer_take(&copy, &chunk, SIZE_MAX_TAKEN);
    EXPECT(taken.fault && taken.fault->failure == failure);
    EXPECT(copy.is_open == transfer->is_open && copy.size == transfer->size);
    EXPECT(copy.done == transfer->done && copy.sequence == transfer->sequence);
}

TEST(a_first_piece_tells_a_size_that_we_take)
{
    static uint8_t space[SPACE_SIZE];
    struct spdm_transfer transfer = transfer_over(space);
    spdm_transfer_open(&transfer, HANDLE, 0, NULL);
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, ROOM, 0, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(0, 25, 200, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(0, 200, 200, true));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(0, 200, 200, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(0, 201, 200, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(0, 100, 200, true));
    expect_refused(FAILURE_EXHAUSTED, &transfer, piece(0, ROOM, SIZE_MAX_TAKEN + 1, false));
    expect_refused(FAILURE_EXHAUSTED, &transfer, piece(0, ROOM, UINT32_MAX, false));
    transfer.capacity = 199;
    expect_refused(FAILURE_EXHAUSTED, &transfer, piece(0, ROOM, 200, false));
    transfer.capacity = 200;
    struct spdm_chunk other = piece(0, ROOM, 200, false);
    other.handle++;
    expect_refused(FAILURE_UNEXPECTED, &transfer, other);
    const struct spdm_chunk good = piece(0, ROOM, 200, false);
    EXPECT_OK(spdm_transfer_take(&transfer, &good, SIZE_MAX_TAKEN));
    EXPECT(transfer.size == 200 && transfer.done == ROOM);
}

TEST(a_later_piece_is_the_next_one_of_the_same_message)
{
    static uint8_t space[SPACE_SIZE];
    struct spdm_transfer transfer = transfer_over(space);
    const struct spdm_chunk first = piece(0, ROOM, 250, false);
    const struct spdm_chunk second = piece(1, ROOM, 0, false);
    const struct spdm_chunk last = piece(2, 50, 0, true);
    spdm_transfer_open(&transfer, HANDLE, 0, NULL);
    EXPECT_OK(spdm_transfer_take(&transfer, &first, SIZE_MAX_TAKEN));
    expect_refused(FAILURE_UNEXPECTED, &transfer, first);
    expect_refused(FAILURE_UNEXPECTED, &transfer, last);
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, 25, 0, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, 151, 0, true));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, 151, 0, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, 150, 0, false));
    expect_refused(FAILURE_UNEXPECTED, &transfer, piece(1, ROOM, 0, true));
    EXPECT_OK(spdm_transfer_take(&transfer, &second, SIZE_MAX_TAKEN));
    EXPECT_OK(spdm_transfer_take(&transfer, &last, SIZE_MAX_TAKEN));
    EXPECT(transfer.done == 250);
}

/* Sequence numbers of 16 bits end at 0xFFFF: a message that needs more pieces is never begun. */
TEST(a_message_is_not_begun_that_its_numbers_cannot_count)
{
    const size_t most = 0x10000 * (size_t)(ROOM - 12) - 4;
    EXPECT(spdm_transfer_is_possible(&in_1_2, most, ROOM));
    EXPECT(!spdm_transfer_is_possible(&in_1_2, most + 1, ROOM));
    EXPECT(spdm_transfer_is_possible(&in_1_4, most + 1, ROOM));
    EXPECT(spdm_transfer_is_possible(&in_1_4, 100, 42));
    EXPECT(!spdm_transfer_is_possible(&in_1_4, 100, 41));
}
