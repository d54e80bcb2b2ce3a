/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_capture.h"

#include "codec/writer.h"

#include "test.h"

enum { FILE_SIZE = 4096, LINK_RAW_IP = 101, LINK_MCTP = 291, LINK_DOE = 292 };

/* A capture that a test writes, with the layouts of the specifications in spdm_capture.h. */
struct tape {
    uint8_t space[FILE_SIZE];
    struct writer writer;
};

static void tape_begin(struct tape *tape, uint32_t link)
{
    tape->writer = writer_over(tape->space, sizeof tape->space);
    write_le32(&tape->writer, 0xA1B2C3D4);
    write_le16(&tape->writer, 2);
    write_le16(&tape->writer, 4);
    write_le64(&tape->writer, 0);
    write_le32(&tape->writer, 65535);
    write_le32(&tape->writer, link);
}

static void tape_packet(struct tape *tape, slice packet)
{
    write_le64(&tape->writer, 0);
    write_le32(&tape->writer, (uint32_t)packet.size);
    write_le32(&tape->writer, (uint32_t)packet.size);
    write_bytes(&tape->writer, packet);
}

enum { SYN = 2, ACK = 16 };

static void tape_segment(struct tape *tape, bool is_client, uint32_t sequence, uint8_t flags,
                         slice bytes)
{
    uint8_t space[256];
    struct writer writer = writer_over(space, sizeof space);
    write_be16(&writer, 0x4500);
    write_be16(&writer, (uint16_t)(40 + bytes.size));
    write_be32(&writer, 0x4000);     /* do not fragment */
    write_be32(&writer, 0x40060000); /* TCP */
    write_be32(&writer, is_client ? 0x0A000001 : 0x0A000002);
    write_be32(&writer, is_client ? 0x0A000002 : 0x0A000001);
    write_be16(&writer, is_client ? 50000 : 4194);
    write_be16(&writer, is_client ? 4194 : 50000);
    write_be32(&writer, sequence);
    write_be32(&writer, 0);
    write_be32(&writer, 0x50000000 | (uint32_t)flags << 16 | 0xFFFF);
    write_be32(&writer, 0);
    write_bytes(&writer, bytes);
    tape_packet(tape, (slice){space, writer.size});
}

static slice tape_view(const struct tape *tape)
{
    return (slice){tape->space, tape->writer.size};
}

static const uint8_t get_version[] = {6, 0, 1, 5, 0x10, 0x84, 0, 0};
static const uint8_t version[] = {10, 0, 1, 5, 0x10, 4, 0, 0, 0, 1, 0, 0x13};

/* Expects `frame` of `sender` next. */
static void expect_frame(struct spdm_capture *capture, enum spdm_capture_sender sender,
                         size_t packet, slice frame)
{
    struct spdm_captured got = {0};
    EXPECT_OK(spdm_capture_next(capture, &got));
    EXPECT(got.packet == packet && got.sender == sender && slice_equal(got.frame, frame));
}

static void expect_end(struct spdm_capture *capture)
{
    struct spdm_captured got = {.packet = 99};
    EXPECT_OK(spdm_capture_next(capture, &got));
    EXPECT(got.packet == 0 && got.frame.size == 0);
}

TEST(frames_of_a_tcp_connection_are_told_by_sender)
{
    struct tape tape;
    SCOPED(spdm_capture) capture = {0};
    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 99, SYN, (slice){0});
    tape_segment(&tape, false, 499, SYN | ACK, (slice){0});
    tape_segment(&tape, true, 100, ACK, SLICE(get_version));
    tape_segment(&tape, false, 500, ACK, SLICE(version));
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &capture));
    EXPECT(capture.transport == &spdm_tcp);
    expect_frame(&capture, SPDM_SENDER_FIRST, 3, SLICE(get_version));
    expect_frame(&capture, SPDM_SENDER_SECOND, 4, SLICE(version));
    expect_end(&capture);
    expect_end(&capture);
}

TEST(tcp_segments_split_joined_repeated_and_out_of_order_give_the_same_frames)
{
    struct tape tape;
    uint8_t two[2 * sizeof get_version];
    SCOPED(spdm_capture) capture = {0};
    memcpy(two, get_version, sizeof get_version);
    memcpy(two + sizeof get_version, get_version, sizeof get_version);
    tape_begin(&tape, LINK_RAW_IP);
    const uint32_t start = 0xFFFFFFFB; /* numbers go round */
    tape_segment(&tape, true, start, ACK, (slice){two, 3});
    tape_segment(&tape, true, start + 5, ACK, (slice){two + 5, 6});   /* early */
    tape_segment(&tape, true, start + 11, ACK, (slice){two + 11, 2}); /* earlier still */
    tape_segment(&tape, true, start, ACK, (slice){two, 3});           /* again */
    tape_segment(&tape, true, start + 1, ACK, (slice){two + 1, 5});   /* overlaps both */
    tape_segment(&tape, false, 7, ACK, SLICE(version));
    tape_segment(&tape, true, start + 13, ACK, (slice){two + 13, 3});
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &capture));
    expect_frame(&capture, SPDM_SENDER_FIRST, 5, SLICE(get_version));
    expect_frame(&capture, SPDM_SENDER_SECOND, 6, SLICE(version));
    expect_frame(&capture, SPDM_SENDER_FIRST, 7, SLICE(get_version));
    expect_end(&capture);

    SCOPED(spdm_capture) joined = {0};
    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 1, ACK, SLICE(two));
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &joined));
    expect_frame(&joined, SPDM_SENDER_FIRST, 1, SLICE(get_version));
    expect_frame(&joined, SPDM_SENDER_FIRST, 1, SLICE(get_version));
    expect_end(&joined);
}

TEST(packets_of_others_are_left_out_and_counted)
{
    struct tape tape;
    static const uint8_t udp[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17}, six[40] = {0x60};
    SCOPED(spdm_capture) capture = {0};
    tape_begin(&tape, LINK_RAW_IP);
    tape_packet(&tape, SLICE(udp));
    tape_segment(&tape, true, 1, ACK, SLICE(get_version));
    tape_packet(&tape, SLICE(six));
    tape_segment(&tape, false, 1, ACK, SLICE(version));
    tape.space[tape.writer.size - sizeof version - 20] ^= 1; /* another port */
    tape_segment(&tape, false, 1, ACK, SLICE(version));
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &capture));
    expect_frame(&capture, SPDM_SENDER_FIRST, 2, SLICE(get_version));
    expect_frame(&capture, SPDM_SENDER_SECOND, 5, SLICE(version));
    expect_end(&capture);
    EXPECT(capture.ignored_count == 3);
}

static status drain(slice file)
{
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured got = {0};
    TRY(spdm_capture_open(file, &capture));
    do
        TRY(spdm_capture_next(&capture, &got));
    while (got.packet);
    return OK;
}

TEST(a_segment_that_is_missing_is_said_and_not_passed_over)
{
    struct tape tape;
    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 1, ACK, (slice){get_version, 3});
    tape_segment(&tape, true, 5, ACK, (slice){get_version + 4, 4});
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));

    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 1, ACK, SLICE(get_version));
    tape_segment(&tape, true, 50, ACK, SLICE(get_version));
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));

    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 1, ACK, (slice){get_version, 7});
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));

    tape_begin(&tape, LINK_RAW_IP);
    tape_segment(&tape, true, 1, ACK, (slice){get_version, 3});
    for (uint32_t i = 0; i <= SPDM_CAPTURE_EARLY_MAX; i++)
        tape_segment(&tape, true, 50 + 8 * i, ACK, SLICE(get_version));
    tape_segment(&tape, true, 4, ACK, (slice){get_version + 3, 5});
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));
}

TEST(a_message_in_several_mctp_packets_is_put_together)
{
    static const uint8_t first[] = {1, 9, 8, 0x88, 5, 0x10}, second[] = {1, 9, 8, 0x18, 4, 0, 0},
                         third[] = {1, 9, 8, 0x68, 0, 1, 0, 0x13},
                         other[] = {1, 8, 9, 0xC0, 5, 0x10, 0x84, 0, 0};
    static const uint8_t whole[] = {5, 0x10, 4, 0, 0, 0, 1, 0, 0x13};
    struct tape tape;
    SCOPED(spdm_capture) capture = {0};
    tape_begin(&tape, LINK_MCTP);
    tape_packet(&tape, SLICE(first));
    tape_packet(&tape, SLICE(other));
    tape_packet(&tape, SLICE(second));
    tape_packet(&tape, SLICE(third));
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &capture));
    expect_frame(&capture, SPDM_SENDER_SECOND, 2, (slice){other + 4, 5});
    expect_frame(&capture, SPDM_SENDER_FIRST, 4, SLICE(whole));
    expect_end(&capture);

    tape_begin(&tape, LINK_MCTP);
    tape_packet(&tape, SLICE(first));
    tape_packet(&tape, SLICE(third)); /* the second is missing */
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));
    tape_begin(&tape, LINK_MCTP);
    tape_packet(&tape, SLICE(second)); /* the first is */
    EXPECT_FAIL(UNAVAILABLE, drain(tape_view(&tape)));
    tape_begin(&tape, LINK_MCTP);
    tape_packet(&tape, (slice){first, 3});
    EXPECT_FAIL(TRUNCATED, drain(tape_view(&tape)));
}

TEST(a_doe_object_is_a_packet)
{
    static const uint8_t object[] = {1, 0, 1, 0, 3, 0, 0, 0, 0x10, 0x84, 0, 0};
    struct tape tape;
    SCOPED(spdm_capture) capture = {0};
    tape_begin(&tape, LINK_DOE);
    tape_packet(&tape, SLICE(object));
    EXPECT_OK(spdm_capture_open(tape_view(&tape), &capture));
    EXPECT(capture.transport == &spdm_doe);
    expect_frame(&capture, SPDM_SENDER_UNKNOWN, 1, SLICE(object));
    expect_end(&capture);
}

TEST(a_capture_cut_anywhere_is_refused_but_between_packets)
{
    struct tape tape;
    tape_begin(&tape, LINK_RAW_IP);
    const size_t begin = tape.writer.size;
    tape_segment(&tape, true, 1, ACK, SLICE(get_version));
    const size_t between = tape.writer.size;
    tape_segment(&tape, false, 1, ACK, SLICE(version));
    for (size_t size = 0; size < tape.writer.size; size++) {
        const status drained = drain((slice){tape.space, size});
        if (size == begin || size == between)
            EXPECT_OK(drained);
        else
            EXPECT(drained.fault && (drained.fault->failure == FAILURE_TRUNCATED ||
                                     (size < 4 && drained.fault->failure == FAILURE_UNSUPPORTED)));
    }
}

TEST(captures_of_either_byte_order_and_precision_are_read_and_no_other_file_is)
{
    static const uint8_t big[] = {0xA1, 0xB2, 0x3C, 0x4D, 0,   2, 0, 4, 0,    0, 0, 0, 0, 0, 0,
                                  0,    0,    0,    255,  255, 0, 0, 1, 0x24, 0, 0, 0, 0, 0, 0,
                                  0,    0,    0,    0,    0,   4, 0, 0, 0,    4, 1, 2, 3, 4};
    uint8_t changed[sizeof big];
    SCOPED(spdm_capture) capture = {0};
    EXPECT_OK(spdm_capture_open(SLICE(big), &capture));
    EXPECT(capture.transport == &spdm_doe);
    expect_frame(&capture, SPDM_SENDER_UNKNOWN, 1, (slice){big + 40, 4});
    expect_end(&capture);

    static const struct {
        size_t at;
        uint8_t value;
        enum failure failure;
    } wrong[] = {{0, 0x0A, FAILURE_UNSUPPORTED}, /* pcapng begins so */
                 {5, 1, FAILURE_UNSUPPORTED},    /* version */
                 {23, 1, FAILURE_UNSUPPORTED},   /* link */
                 {39, 5, FAILURE_UNAVAILABLE}};  /* longer on the wire */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memcpy(changed, big, sizeof big);
        changed[wrong[i].at] = wrong[i].value;
        const status drained = drain(SLICE(changed));
        EXPECT(drained.fault && drained.fault->failure == wrong[i].failure);
    }
}

TEST(headers_whose_lengths_do_not_fit_are_refused)
{
    static const struct {
        size_t at; /* in the packet */
        uint8_t value;
        enum failure failure;
    } wrong[] = {{0, 0x44, FAILURE_MALFORMED},   /* IP header of 16 bytes */
                 {0, 0x4F, FAILURE_MALFORMED},   /* of 60 */
                 {3, 19, FAILURE_MALFORMED},     /* packet shorter than its header */
                 {3, 49, FAILURE_MALFORMED},     /* longer than there is */
                 {6, 0x20, FAILURE_UNSUPPORTED}, /* a fragment */
                 {7, 0x01, FAILURE_UNSUPPORTED}, /* one that is not the first */
                 {32, 0x40, FAILURE_MALFORMED},  /* TCP header of 16 bytes */
                 {32, 0xF0, FAILURE_MALFORMED}}; /* of 60 */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tape tape;
        tape_begin(&tape, LINK_RAW_IP);
        const size_t packet = tape.writer.size + 16;
        tape_segment(&tape, true, 1, ACK, SLICE(get_version));
        EXPECT_OK(drain(tape_view(&tape)));
        tape.space[packet + wrong[i].at] = wrong[i].value;
        const status drained = drain(tape_view(&tape));
        EXPECT(drained.fault && drained.fault->failure == wrong[i].failure);
    }
}
