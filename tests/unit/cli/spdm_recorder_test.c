/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_recorder.h"

#include "spdm_recording.h"

#include <stdio.h>
#include <string.h>

enum { PIECES_SIZE = 40000, RECORDED_MCTP_HEADER_SIZE = 4 };
enum { FILE_HEADER_SIZE = 24, LINK_AT = 20, PACKET_HEADER_SIZE = 16, PACKET_SIZES_AT = 8 };

static void record_again(slice recorded, struct spdm_recorder *recorder)
{
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured captured;
    bool is_request = true; /* where the recording does not say who sends */
    EXPECT_OK(spdm_capture_open(recorded, &capture));
    EXPECT_OK(spdm_recorder_begin(capture.transport, recorder));
    for (;; is_request = !is_request) {
        EXPECT_OK(spdm_capture_next(&capture, &captured));
        if (!captured.packet)
            return;
        if (!captured.sender)
            captured.sender = is_request ? SPDM_SENDER_FIRST : SPDM_SENDER_SECOND;
        EXPECT_OK(spdm_recorder_add(recorder, 0, captured.sender, captured.frame));
    }
}

/* Packet by packet, but for times, and for the endpoints that those of MCTP do not have. */
static bool is_same_capture(slice a, slice b, size_t endpoints_size)
{
    size_t at = FILE_HEADER_SIZE;
    bool is_same = a.size == b.size && memcmp(a.data + LINK_AT, b.data + LINK_AT, 4) == 0;
    while (is_same && at < a.size) {
        struct reader reader = reader_of((slice){a.data + at + PACKET_SIZES_AT, 4});
        const size_t size = read_le32(&reader), begin = at + PACKET_HEADER_SIZE + endpoints_size;
        is_same = memcmp(a.data + at + PACKET_SIZES_AT, b.data + at + PACKET_SIZES_AT, 8) == 0;
        at += PACKET_HEADER_SIZE + size;
        is_same =
            is_same && at <= a.size && memcmp(a.data + begin, b.data + begin, at - begin) == 0;
    }
    return is_same;
}

TEST(a_recorded_conversation_is_captured_as_it_was_down_to_the_checksums)
{
    static const struct {
        const char *file;
        size_t endpoints_size;
    } recordings[] = {
        {"tcp-13-p384-aes256-oneway.pcap", 0},
        {"tcp-12-p384-maconly-mutdig.pcap", 0},
        {"tcp-14-p256-aes256-mut.pcap", 0},
        {"doe-13-psk-sha384.pcap", 0},
        {"mctp-13-p384-aes256-mut-enchs.pcap", RECORDED_MCTP_HEADER_SIZE - 1},
    };
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++) {
        SCOPED(buffer) recorded = spdm_recordings_file(recordings[i].file);
        SCOPED(spdm_recorder) recorder = {0};
        record_again(buffer_view(&recorded), &recorder);
        EXPECT(is_same_capture(buffer_view(&recorder.file), buffer_view(&recorded),
                               recordings[i].endpoints_size));
    }
}

static void expect_read_back(const struct spdm_transport *transport, slice message)
{
    static uint8_t space[PIECES_SIZE + SPDM_FRAME_HEADER_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(spdm_recorder) recorder = {0};
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured captured;
    const size_t begin = spdm_frame_begin(transport, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(transport, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(spdm_recorder_begin(transport, &recorder));
    for (unsigned i = 0; i < 4; i++)
        EXPECT_OK(spdm_recorder_add(&recorder, 0, i % 2 ? SPDM_SENDER_SECOND : SPDM_SENDER_FIRST,
                                    (slice){space, writer.size}));
    EXPECT_OK(spdm_capture_open(buffer_view(&recorder.file), &capture));
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_OK(spdm_capture_next(&capture, &captured));
        EXPECT(slice_equal(captured.frame, (slice){space, writer.size}));
        EXPECT(!captured.sender || (captured.sender == SPDM_SENDER_SECOND) == (i % 2));
    }
    EXPECT_OK(spdm_capture_next(&capture, &captured));
    EXPECT(!captured.packet);
}

TEST(what_is_captured_is_read_back_with_who_sent_it)
{
    static uint8_t message[PIECES_SIZE]; /* longer than one IP packet of ours */
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    expect_read_back(&spdm_tcp, SLICE(message));
    expect_read_back(&spdm_mctp, SLICE(message));
    expect_read_back(&spdm_doe, SLICE(message));
}
