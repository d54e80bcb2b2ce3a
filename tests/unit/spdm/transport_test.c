/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transport.h"

#include "test.h"

/* Frames as recorded peers sent them (shared/spdm: tcp-12-p384-maconly-mutdig,
 * mctp-13-p256-rawpubkey and doe-12-p256-chacha-oneway-idekm-tdisp). */
static const uint8_t tcp_plain[] = {0x06, 0, 1, 5, 0x10, 0x84, 0, 0};
static const uint8_t tcp_secured[] = {0x20, 0,    1,    6,    0xff, 0xff, 0xff, 0xff, 0x18,
                                      0,    0x06, 0,    1,    5,    0x12, 0xe8, 0,    0,
                                      0x91, 0x23, 0xd0, 0x0d, 0x3b, 0x16, 0xaa, 0xcb, 0x72,
                                      0xed, 0x49, 0xb8, 0xc7, 0xc4, 0x5b, 0x45};
static const uint8_t tcp_inner[] = {0x06, 0, 1, 5, 0x12, 0xe8, 0, 0};
static const uint8_t mctp_plain[] = {5, 0x10, 0x04, 0, 0, 0, 1, 0, 0x13};
static const uint8_t mctp_secured[] = {6,    0xff, 0xff, 0xff, 0xff, 0x03, 0,    0x19, 0,
                                       0xda, 0xa9, 0xaa, 0x4d, 0xc4, 0xc4, 0x8f, 0x0d, 0xeb,
                                       0x53, 0xcd, 0xb1, 0x95, 0x31, 0x4d, 0x6b, 0xad, 0x9c,
                                       0x3e, 0xff, 0xca, 0xcc, 0x66, 0x76, 0x70};
static const uint8_t doe_plain[] = {1, 0, 1, 0, 4, 0, 0, 0, 0x12, 0x82, 0, 0, 0, 0, 0xf8, 0x11};
static const uint8_t doe_padded[] = {
    0x01, 0x00, 0x01, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x12, 0xe0, 0x01, 0xff, 0xc6, 0x6f, 0xf8, 0x6b,
    0x92, 0xdb, 0xe3, 0xff, 0x01, 0x82, 0x2b, 0x16, 0x68, 0x30, 0x32, 0x2c, 0x4a, 0xc9, 0x8e, 0xdf,
    0xfd, 0x8c, 0xb1, 0x87, 0xc6, 0x52, 0x06, 0xb6, 0xb0, 0xfa, 0x3f, 0xb3, 0x00, 0x00, 0x00, 0x00};
static const uint8_t doe_secured[] = {
    0x01, 0x00, 0x02, 0x00, 0x0c, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x21, 0x00, 0x49, 0xb6,
    0x39, 0x2e, 0xc3, 0xb0, 0x24, 0xaf, 0x9c, 0xa4, 0x0e, 0x8c, 0xd1, 0xc5, 0x88, 0x90, 0xcb, 0x50,
    0xe9, 0xe5, 0x51, 0x9c, 0xd2, 0x4d, 0xf5, 0xc3, 0x39, 0xfa, 0x41, 0xd9, 0xfc, 0x20, 0x29, 0x00};
/* By hand (shared/spdm, CPU-TEE-DRAFT.md): nobody recorded this one. */
static const uint8_t rats_plain[] = {0, 0, 0, 5, 0, 0x10, 0x84, 0, 0};
static const uint8_t rats_secured[] = {0, 0, 0, 10, 1, 0xff, 0xff, 0xff, 0xff, 3, 0, 1, 0, 0xda};
static const uint8_t doe_discovery[] = {1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 1};

enum { DOE_PADDED_MESSAGE_SIZE = 37 }; /* a signed GET_MEASUREMENTS of 1.2 */

static const struct sample {
    const struct spdm_transport *transport;
    slice frame;
    enum spdm_frame_kind kind;
    size_t message_size;
} samples[] = {
    {&spdm_tcp, {tcp_plain, sizeof tcp_plain}, SPDM_FRAME_PLAIN, 4},
    {&spdm_tcp, {tcp_secured, sizeof tcp_secured}, SPDM_FRAME_SECURED, 30},
    {&spdm_mctp, {mctp_plain, sizeof mctp_plain}, SPDM_FRAME_PLAIN, 8},
    {&spdm_mctp, {mctp_secured, sizeof mctp_secured}, SPDM_FRAME_SECURED, 33},
    {&spdm_doe, {doe_plain, sizeof doe_plain}, SPDM_FRAME_PLAIN, 8},
    {&spdm_doe, {doe_padded, sizeof doe_padded}, SPDM_FRAME_PLAIN, DOE_PADDED_MESSAGE_SIZE},
    {&spdm_doe, {doe_secured, sizeof doe_secured}, SPDM_FRAME_SECURED, 39},
    {&spdm_doe, {doe_discovery, sizeof doe_discovery}, SPDM_FRAME_DISCOVERY, 4},
    {&spdm_rats, {rats_plain, sizeof rats_plain}, SPDM_FRAME_PLAIN, 4},
    {&spdm_rats, {rats_secured, sizeof rats_secured}, SPDM_FRAME_SECURED, 9},
};

enum { SAMPLE_COUNT = sizeof samples / sizeof *samples };

static status frame_of(const struct spdm_transport *transport, enum spdm_frame_kind kind,
                       slice message, struct writer *writer)
{
    const size_t begin = spdm_frame_begin(transport, writer);
    write_bytes(writer, message);
    return spdm_frame_end(transport, writer, begin, kind);
}

TEST(recorded_frames_are_read_and_written_the_same)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        const struct sample *const sample = &samples[i];
        struct spdm_frame got = {0};
        EXPECT_OK(spdm_frame_read(sample->transport, sample->frame, &got));
        EXPECT(got.kind == sample->kind);
        EXPECT(got.message.size >= sample->message_size &&
               got.message.size - sample->message_size < 4);

        uint8_t space[64];
        struct writer writer = writer_over(space, sizeof space);
        slice written = {0};
        EXPECT_OK(frame_of(sample->transport, got.kind,
                           (slice){got.message.data, sample->message_size}, &writer));
        EXPECT_OK(writer_finish(&writer, &written));
        EXPECT(slice_equal(written, sample->frame));
    }
}

TEST(a_frame_is_written_behind_what_is_there_already)
{
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    slice written = {0};
    EXPECT_OK(frame_of(&spdm_tcp, SPDM_FRAME_PLAIN, (slice){tcp_plain + 4, 4}, &writer));
    EXPECT_OK(frame_of(&spdm_doe, SPDM_FRAME_PLAIN, (slice){doe_padded + 8, 37}, &writer));
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT(slice_equal((slice){written.data, sizeof tcp_plain}, SLICE(tcp_plain)));
    EXPECT(slice_equal((slice){written.data + sizeof tcp_plain, written.size - sizeof tcp_plain},
                       SLICE(doe_padded)));
}

TEST(a_frame_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        if (!samples[i].transport->frame_size) /* what arrives is a frame, whatever its size */
            continue;
        for (size_t size = 0; size < samples[i].frame.size; size++) {
            struct spdm_frame got = {.kind = SPDM_FRAME_OTHER};
            EXPECT_FAIL(TRUNCATED, spdm_frame_read(samples[i].transport,
                                                   (slice){samples[i].frame.data, size}, &got));
            EXPECT(got.kind == SPDM_FRAME_OTHER);
        }
    }
    struct spdm_frame got = {0};
    EXPECT_FAIL(TRUNCATED, spdm_frame_read(&spdm_mctp, (slice){0}, &got));
}

TEST(a_frame_with_bytes_left_over_is_refused)
{
    uint8_t longer[sizeof tcp_secured + sizeof doe_secured] = {0};
    struct spdm_frame got;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        if (!samples[i].transport->frame_size)
            continue;
        memcpy(longer, samples[i].frame.data, samples[i].frame.size);
        EXPECT_FAIL(MALFORMED, spdm_frame_read(samples[i].transport,
                                               (slice){longer, samples[i].frame.size + 1}, &got));
    }
}

TEST(a_stream_is_cut_into_frames_however_its_bytes_arrive)
{
    uint8_t stream[sizeof tcp_plain + sizeof tcp_secured + sizeof tcp_plain];
    memcpy(stream, tcp_plain, sizeof tcp_plain);
    memcpy(stream + sizeof tcp_plain, tcp_secured, sizeof tcp_secured);
    memcpy(stream + sizeof tcp_plain + sizeof tcp_secured, tcp_plain, sizeof tcp_plain);
    const slice wanted[] = {SLICE(tcp_plain), SLICE(tcp_secured), SLICE(tcp_plain)};
    size_t count = 0, taken = 0;
    for (size_t size = 0; size <= sizeof stream; size++) {
        slice left = {stream + taken, size - taken}, frame = {0};
        EXPECT_OK(spdm_frame_cut(&spdm_tcp, sizeof stream, &left, &frame));
        if (!frame.size) {
            EXPECT(left.data == stream + taken && left.size == size - taken);
            continue;
        }
        EXPECT(count < 3 && slice_equal(frame, wanted[count]) && left.size == 0);
        taken += frame.size;
        count++;
    }
    EXPECT(count == 3 && taken == sizeof stream);

    slice left = SLICE(stream), frame = {0};
    for (count = 0; left.size; count++)
        EXPECT_OK(spdm_frame_cut(&spdm_tcp, sizeof stream, &left, &frame));
    EXPECT(count == 3 && slice_equal(frame, SLICE(tcp_plain)));
}

TEST(what_arrives_over_mctp_is_one_frame)
{
    slice left = SLICE(mctp_secured), frame = {0};
    EXPECT_OK(spdm_frame_cut(&spdm_mctp, sizeof mctp_secured, &left, &frame));
    EXPECT(slice_equal(frame, SLICE(mctp_secured)) && left.size == 0);
}

TEST(a_frame_larger_than_we_take_is_refused_by_its_header_alone)
{
    slice frame = {0};
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        const size_t size = samples[i].frame.size;
        slice begin = {samples[i].frame.data,
                       samples[i].transport->frame_size ? samples[i].transport->header_size : size};
        EXPECT_FAIL(EXHAUSTED, spdm_frame_cut(samples[i].transport, size - 1, &begin, &frame));
        EXPECT_OK(spdm_frame_cut(samples[i].transport, size, &begin, &frame));
    }
}

/* P33 */
TEST(wrong_binding_headers_are_refused)
{
    static const struct {
        const struct spdm_transport *transport;
        uint8_t bytes[12];
        size_t size;
        enum failure failure;
    } wrong[] = {
        {&spdm_tcp, {6, 0, 0, 5, 0x10, 0x84, 0, 0}, 8, FAILURE_UNSUPPORTED}, /* version */
        {&spdm_tcp, {6, 0, 2, 5, 0x10, 0x84, 0, 0}, 8, FAILURE_UNSUPPORTED}, /* version */
        {&spdm_tcp, {6, 0, 1, 0, 0x10, 0x84, 0, 0}, 8, FAILURE_UNSUPPORTED}, /* type */
        {&spdm_tcp, {6, 0, 1, 7, 0x10, 0x84, 0, 0}, 8, FAILURE_UNSUPPORTED}, /* type */
        {&spdm_tcp, {0, 0, 1, 0xC4}, 4, FAILURE_UNSUPPORTED},                /* type */
        {&spdm_tcp, {1, 0, 1, 5}, 4, FAILURE_MALFORMED},                     /* length */
        {&spdm_tcp, {0, 0, 1, 6}, 4, FAILURE_MALFORMED},                     /* length */
        {&spdm_tcp, {4, 0, 1, 0xBF, 0, 0}, 6, FAILURE_MALFORMED},            /* length */
        {&spdm_tcp, {0, 6, 1, 5, 0x10, 0x84, 0, 0}, 8, FAILURE_TRUNCATED},   /* big-endian */
        {&spdm_mctp, {0x7E, 0x10, 0x84, 0, 0}, 5, FAILURE_UNSUPPORTED},      /* type */
        {&spdm_mctp, {0x85, 0x10, 0x84, 0, 0}, 5, FAILURE_UNSUPPORTED},      /* integrity bit */
        {&spdm_doe, {0, 1, 1, 0, 3, 0, 0, 0, 0x10, 0x84}, 12, FAILURE_UNSUPPORTED}, /* vendor */
        {&spdm_doe, {1, 0, 3, 0, 3, 0, 0, 0, 0x10, 0x84}, 12, FAILURE_UNSUPPORTED}, /* type */
        {&spdm_doe, {1, 0, 1, 1, 3, 0, 0, 0, 0x10, 0x84}, 12, FAILURE_MALFORMED},   /* reserved */
        {&spdm_doe, {1, 0, 1, 0, 3, 0, 4, 0, 0x10, 0x84}, 12, FAILURE_MALFORMED},   /* reserved */
        {&spdm_doe, {1, 0, 1, 0, 1, 0, 0, 0, 0x10, 0x84}, 12, FAILURE_MALFORMED},   /* length */
        {&spdm_doe, {1, 0, 1, 0, 0, 0, 0, 0, 0x10, 0x84}, 12, FAILURE_TRUNCATED},   /* a MiB */
        {&spdm_rats, {0, 0, 0, 5, 2, 0x10, 0x84, 0, 0}, 9, FAILURE_UNSUPPORTED},    /* type */
        {&spdm_rats, {0, 0, 0, 0, 0, 0, 0, 0, 0}, 9, FAILURE_MALFORMED},            /* length */
        {&spdm_rats, {5, 0, 0, 0, 0, 0x10, 0x84, 0, 0}, 9, FAILURE_TRUNCATED}, /* little-endian */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const slice bytes = {wrong[i].bytes, wrong[i].size};
        struct spdm_frame got = {.kind = SPDM_FRAME_OTHER};
        const status read = spdm_frame_read(wrong[i].transport, bytes, &got);
        EXPECT(read.fault && read.fault->failure == wrong[i].failure);
        EXPECT(got.kind == SPDM_FRAME_OTHER);
        /* A stream of it ends there, and nothing behind is taken for a frame. */
        slice stream = bytes, frame = {0};
        const status cut =
            spdm_frame_cut(wrong[i].transport, sizeof wrong[i].bytes, &stream, &frame);
        if (wrong[i].transport->frame_size && wrong[i].failure != FAILURE_TRUNCATED)
            EXPECT(cut.fault && cut.fault->failure == wrong[i].failure);
    }
}

/* P33 */
TEST(a_frame_of_one_binding_is_none_of_another)
{
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        const struct spdm_transport *const all[] = {&spdm_tcp, &spdm_mctp, &spdm_doe, &spdm_rats};
        for (size_t j = 0; j < sizeof all / sizeof *all; j++) {
            struct spdm_frame got;
            if (all[j] != samples[i].transport)
                EXPECT(
                    spdm_frame_read(all[j], samples[i].frame, &got).fault ||
                    (all[j] == &spdm_mctp && samples[i].frame.data[0] == 6)); /* one byte's luck */
        }
    }
}

/* The first byte of a decrypted message is the packet's again, without a size before it. */
TEST(a_message_inside_a_secured_one_of_rats_has_a_type_and_no_size)
{
    static const uint8_t spdm[] = {0, 0x12, 0xe8, 0, 0}, application[] = {2, 7}, secured[] = {1, 7};
    uint8_t space[16];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_frame got;
    EXPECT_OK(spdm_inner_read(&spdm_rats, SLICE(spdm), &got));
    EXPECT(got.kind == SPDM_FRAME_PLAIN && got.message.size == 4);
    EXPECT_OK(spdm_inner_read(&spdm_rats, SLICE(application), &got));
    EXPECT(got.kind == SPDM_FRAME_OTHER && got.message.size == 1);
    EXPECT_FAIL(UNSUPPORTED, spdm_inner_read(&spdm_rats, SLICE(secured), &got));
    EXPECT_FAIL(TRUNCATED, spdm_inner_read(&spdm_rats, (slice){0}, &got));
    const size_t begin = spdm_inner_begin(&spdm_rats, &writer);
    write_bytes(&writer, (slice){spdm + 1, 4});
    EXPECT_OK(spdm_inner_end(&spdm_rats, &writer, begin));
    EXPECT(slice_equal((slice){space, writer.size}, SLICE(spdm)));
}

TEST(a_secured_message_that_does_not_fill_its_doe_object_is_refused)
{
    uint8_t frame[sizeof doe_secured + 4] = {0};
    struct spdm_frame got;
    memcpy(frame, doe_secured, sizeof doe_secured);
    frame[sizeof doe_secured - 1] = 1; /* padding that is not zero */
    EXPECT_FAIL(MALFORMED, spdm_frame_read(&spdm_doe, (slice){frame, sizeof doe_secured}, &got));
    frame[sizeof doe_secured - 1] = 0;
    frame[4]++; /* one word more */
    EXPECT_FAIL(MALFORMED, spdm_frame_read(&spdm_doe, SLICE(frame), &got));
    frame[4]--;
    frame[12] += 2; /* one byte more than there are */
    EXPECT_FAIL(TRUNCATED, spdm_frame_read(&spdm_doe, (slice){frame, sizeof doe_secured}, &got));
}

TEST(a_role_inquiry_and_refusals_are_a_header_alone_of_either_length)
{
    static const uint8_t numbers[] = {0xBF, 0xC0, 0xC1, 0xC2, 0xC3};
    for (size_t i = 0; i < sizeof numbers; i++) {
        const uint8_t without[] = {0, 0, 1, numbers[i]}, with[] = {2, 0, 1, numbers[i]};
        struct spdm_frame got = {0};
        EXPECT_OK(spdm_frame_read(&spdm_tcp, SLICE(with), &got));
        EXPECT(got.kind == SPDM_FRAME_ROLE_INQUIRY + i && got.message.size == 0);
        slice stream = SLICE(with), frame = {0};
        EXPECT_OK(spdm_frame_cut(&spdm_tcp, 4, &stream, &frame));
        EXPECT(frame.size == 4 && stream.size == 0);

        uint8_t space[4];
        struct writer writer = writer_over(space, sizeof space);
        EXPECT_OK(spdm_frame_read(&spdm_tcp, SLICE(without), &got));
        EXPECT_OK(frame_of(&spdm_tcp, got.kind, (slice){0}, &writer));
        EXPECT(slice_equal(SLICE(space), SLICE(without)));
    }
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_FAIL(UNSUPPORTED,
                frame_of(&spdm_tcp, SPDM_FRAME_ROLE_INQUIRY, SLICE(tcp_plain), &writer));
    EXPECT_FAIL(UNSUPPORTED, frame_of(&spdm_tcp, SPDM_FRAME_DISCOVERY, (slice){0}, &writer));
    EXPECT_FAIL(UNSUPPORTED, frame_of(&spdm_mctp, SPDM_FRAME_ROLE_INQUIRY, (slice){0}, &writer));
    EXPECT_FAIL(UNSUPPORTED, frame_of(&spdm_doe, SPDM_FRAME_OTHER, (slice){0}, &writer));
}

TEST(what_was_refused_is_told_over_tcp_alone)
{
    const status large = FAIL(EXHAUSTED, ""), other = FAIL(UNSUPPORTED, ""),
                 wrong = FAIL(MALFORMED, "");
    EXPECT(spdm_frame_refusal(&spdm_tcp, large) == SPDM_FRAME_TOO_LARGE);
    EXPECT(spdm_frame_refusal(&spdm_tcp, other) == SPDM_FRAME_NOT_SUPPORTED);
    EXPECT(spdm_frame_refusal(&spdm_tcp, wrong) == SPDM_FRAME_NONE);
    EXPECT(spdm_frame_refusal(&spdm_tcp, OK) == SPDM_FRAME_NONE);
    EXPECT(spdm_frame_refusal(&spdm_mctp, large) == SPDM_FRAME_NONE);
}

TEST(messages_up_to_the_limit_are_framed_and_none_beyond_it)
{
    static uint8_t message[SPDM_DOE_MESSAGE_SIZE_MAX + 1];
    static uint8_t space[SPDM_DOE_MESSAGE_SIZE_MAX + 64];
    const struct spdm_transport *const all[] = {&spdm_tcp, &spdm_mctp, &spdm_doe};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const size_t size = all[i]->message_size_max;
        struct writer writer = writer_over(space, sizeof space);
        struct spdm_frame got = {0};
        slice frame = {0};
        message[0] = 0x12;
        EXPECT_OK(frame_of(all[i], SPDM_FRAME_PLAIN, (slice){message, size}, &writer));
        EXPECT_OK(writer_finish(&writer, &frame));
        EXPECT_OK(spdm_frame_read(all[i], frame, &got));
        EXPECT(got.message.size >= size && got.message.data[0] == 0x12);
        writer = writer_over(space, sizeof space);
        EXPECT_FAIL(EXHAUSTED,
                    frame_of(all[i], SPDM_FRAME_PLAIN, (slice){message, size + 1}, &writer));
    }
    for (size_t capacity = 0; capacity < sizeof doe_padded; capacity++) {
        struct writer writer = writer_over(space, capacity);
        EXPECT_FAIL(EXHAUSTED,
                    frame_of(&spdm_doe, SPDM_FRAME_PLAIN, (slice){message, 37}, &writer));
    }
}

TEST(inside_a_session_tcp_and_mctp_have_a_header_and_doe_has_none)
{
    static const uint8_t message[] = {0x12, 0xe8, 0, 0}, pldm[] = {1, 0x80, 2};
    static const uint8_t mctp_inner[] = {5, 0x12, 0xe8, 0, 0};
    const struct {
        const struct spdm_transport *transport;
        slice inner;
    } inner[] = {{&spdm_tcp, SLICE(tcp_inner)},
                 {&spdm_mctp, SLICE(mctp_inner)},
                 {&spdm_doe, SLICE(message)}};
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
        uint8_t space[16];
        struct writer writer = writer_over(space, sizeof space);
        struct spdm_frame got = {0};
        slice written = {0};
        EXPECT_OK(spdm_inner_read(inner[i].transport, inner[i].inner, &got));
        EXPECT(got.kind == SPDM_FRAME_PLAIN && slice_equal(got.message, SLICE(message)));
        const size_t begin = spdm_inner_begin(inner[i].transport, &writer);
        write_bytes(&writer, SLICE(message));
        EXPECT_OK(spdm_inner_end(inner[i].transport, &writer, begin));
        EXPECT_OK(writer_finish(&writer, &written));
        EXPECT(slice_equal(written, inner[i].inner));
    }
    struct spdm_frame got = {0};
    EXPECT_OK(spdm_inner_read(&spdm_mctp, SLICE(pldm), &got));
    EXPECT(got.kind == SPDM_FRAME_OTHER && got.message.size == 2);
    EXPECT_FAIL(MALFORMED, spdm_inner_read(&spdm_mctp, SLICE(mctp_secured), &got));
    EXPECT_FAIL(MALFORMED, spdm_inner_read(&spdm_tcp, SLICE(tcp_secured), &got));
}

TEST(a_transport_is_found_by_its_name_and_by_the_emulators_number)
{
    EXPECT(spdm_transport_named("doe") == &spdm_doe && spdm_transport_numbered(2) == &spdm_doe);
    EXPECT(spdm_transport_named("tcp") == &spdm_tcp && spdm_transport_numbered(3) == &spdm_tcp);
    EXPECT(spdm_transport_named("mctp") == &spdm_mctp && spdm_transport_numbered(1) == &spdm_mctp);
    EXPECT(!spdm_transport_named("") && !spdm_transport_numbered(0));
}
