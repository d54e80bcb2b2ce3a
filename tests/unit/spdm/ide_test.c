/* SPDX-License-Identifier: Apache-2.0 */

/* IDE_KM as a requester: against a recorded port, and against what one may do wrong. */

#include "spdm/ide.h"

#include "spdm/message/vendor_defined.h"
#include "spdm_recording.h"

enum { PAYLOAD_MAX = 128 };

static const uint8_t secret[SPDM_IDEKM_KEY_SIZE + SPDM_IDEKM_PCIE_IV_SIZE] = {1, 2, 3};

/* ---- the recorded port ---- */

struct playback {
    struct spdm_ide_stream stream;
    size_t answered, complete;
};
static struct playback playback = {.stream = {.port = 1}};

static void play(struct playback *at, bool is_response, slice payload)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_idekm recorded;
    EXPECT_OK(spdm_idekm_read(payload, false, &recorded));
    if (recorded.object <= SPDM_IDEKM_QUERY_RESP)
        return;
    if (is_response) {
        EXPECT_OK(spdm_ide_take(&at->stream, payload));
        at->answered++;
        at->complete += spdm_ide_is_in_use(&at->stream);
        return;
    }
    EXPECT_OK(spdm_ide_ask(&at->stream, recorded.object, recorded.key, recorded.secret, &writer));
    EXPECT(slice_equal((slice){space, writer.size}, payload));
}

static void visit(const struct spdm_recording *recording)
{
    for (size_t i = 0; i < recording->message_count; i++) {
        const struct recorded_message *const message = &recording->messages[i];
        struct reader reader = reader_of(message->message);
        struct spdm_vendor_defined vendor;
        const status read =
            message->is_response
                ? spdm_vendor_defined_response_read(&reader, &recording->shape, &vendor)
                : spdm_vendor_defined_request_read(&reader, &recording->shape, &vendor);
        if (message->in_session && !read.fault && vendor.vendor_id.data[0] == 1 &&
            vendor.payload.data[0] == SPDM_IDEKM_PROTOCOL)
            play(&playback, message->is_response, vendor.payload);
    }
}

TEST(a_recorded_port_gets_its_six_keys_uses_them_and_stops_with_the_same_bytes)
{
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recordings_each(visit);
    EXPECT(playback.answered == 3 * 18); /* two conversations, as in frames 35 to 58, 81 to 92 */
    EXPECT(playback.complete == 3);
    for (uint8_t key = 0; key < SPDM_IDEKM_SUB_STREAM_COMPLETION + 4; key++)
        EXPECT(spdm_ide_state(&playback.stream, key) == SPDM_IDE_EMPTY);
}

/* ---- what may come when ---- */

static status ask(struct spdm_ide_stream *stream, enum spdm_idekm_object object, uint8_t key)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    const slice given = object == SPDM_IDEKM_KEY_PROG ? SLICE(secret) : (slice){0};
    return spdm_ide_ask(stream, object, key, given, &writer);
}

static status answer(struct spdm_ide_stream *stream, const struct spdm_idekm *message)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    spdm_idekm_write(&writer, false, message);
    return spdm_ide_take(stream, (slice){space, writer.size});
}

static status go(struct spdm_ide_stream *stream, enum spdm_idekm_object object, uint8_t key)
{
    const struct spdm_idekm right = {
        .object = object == SPDM_IDEKM_KEY_PROG ? SPDM_IDEKM_KP_ACK : SPDM_IDEKM_K_GOSTOP_ACK,
        .port = stream->port,
        .stream = stream->stream,
        .key = key};
    TRY(ask(stream, object, key));
    return answer(stream, &right);
}

/* A key that is in use may be told apart by what it encrypts if it came twice. */
TEST(a_key_in_use_is_not_written_over_and_none_is_used_before_it_is_there)
{
    struct spdm_ide_stream stream = {.port = 3, .stream = 7};
    const uint8_t key = SPDM_IDEKM_SUB_STREAM_NON_POSTED | SPDM_IDEKM_KEY_TRANSMITS;
    EXPECT_FAIL(UNEXPECTED, ask(&stream, SPDM_IDEKM_K_SET_GO, key));
    EXPECT_FAIL(UNEXPECTED, ask(&stream, SPDM_IDEKM_K_SET_STOP, key));
    EXPECT_OK(go(&stream, SPDM_IDEKM_KEY_PROG, key));
    EXPECT_OK(go(&stream, SPDM_IDEKM_KEY_PROG, key)); /* changed one's mind */
    EXPECT_OK(go(&stream, SPDM_IDEKM_K_SET_GO, key));
    EXPECT(spdm_ide_state(&stream, key) == SPDM_IDE_IN_USE);
    EXPECT_FAIL(UNEXPECTED, ask(&stream, SPDM_IDEKM_KEY_PROG, key));
    EXPECT_FAIL(UNEXPECTED, ask(&stream, SPDM_IDEKM_K_SET_GO, key));
    EXPECT_OK(go(&stream, SPDM_IDEKM_K_SET_STOP, key));
    EXPECT(spdm_ide_state(&stream, key) == SPDM_IDE_EMPTY);
}

TEST(the_other_set_takes_the_place_of_the_one_in_use)
{
    struct spdm_ide_stream stream = {.port = 3};
    const uint8_t set_1 = SPDM_IDEKM_KEY_SET_1;
    EXPECT_OK(go(&stream, SPDM_IDEKM_KEY_PROG, 0));
    EXPECT_OK(go(&stream, SPDM_IDEKM_K_SET_GO, 0));
    EXPECT_OK(go(&stream, SPDM_IDEKM_KEY_PROG, set_1));
    EXPECT(spdm_ide_state(&stream, 0) == SPDM_IDE_IN_USE);
    EXPECT_OK(go(&stream, SPDM_IDEKM_K_SET_GO, set_1));
    EXPECT(spdm_ide_state(&stream, 0) == SPDM_IDE_EMPTY);
    EXPECT(spdm_ide_state(&stream, set_1) == SPDM_IDE_IN_USE);
    EXPECT(spdm_ide_state(&stream, SPDM_IDEKM_KEY_TRANSMITS) == SPDM_IDE_EMPTY);
    EXPECT(!spdm_ide_is_in_use(&stream)); /* one of six */
}

TEST(a_port_that_refuses_says_why_and_nothing_changes)
{
    struct spdm_ide_stream stream = {.port = 3};
    const struct spdm_idekm refusal = {
        .object = SPDM_IDEKM_KP_ACK, .port = 3, .status = SPDM_IDEKM_UNSUPPORTED_PORT};
    EXPECT_OK(ask(&stream, SPDM_IDEKM_KEY_PROG, 0));
    EXPECT_FAIL(UNEXPECTED, ask(&stream, SPDM_IDEKM_KEY_PROG, 0)); /* one at a time */
    EXPECT_FAIL(UNAVAILABLE, answer(&stream, &refusal));
    EXPECT(stream.status == SPDM_IDEKM_UNSUPPORTED_PORT);
    EXPECT(spdm_ide_state(&stream, 0) == SPDM_IDE_EMPTY);
    EXPECT_OK(go(&stream, SPDM_IDEKM_KEY_PROG, 0));
    EXPECT(stream.status == SPDM_IDEKM_OK);
}

TEST(answers_for_another_key_port_stream_or_request_change_nothing)
{
    static const struct spdm_idekm wrong[] = {
        {.object = SPDM_IDEKM_KP_ACK, .port = 3, .key = SPDM_IDEKM_KEY_SET_1},
        {.object = SPDM_IDEKM_KP_ACK, .port = 4},
        {.object = SPDM_IDEKM_KP_ACK, .port = 3, .stream = 1},
        {.object = SPDM_IDEKM_K_GOSTOP_ACK, .port = 3},
        {.object = SPDM_IDEKM_QUERY_RESP, .port = 3},
    };
    struct spdm_ide_stream stream = {.port = 3};
    EXPECT_FAIL(UNEXPECTED, answer(&stream, &wrong[0])); /* nobody asked */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EXPECT_OK(ask(&stream, SPDM_IDEKM_KEY_PROG, 0));
        EXPECT_FAIL(UNEXPECTED, answer(&stream, &wrong[i]));
        EXPECT(spdm_ide_state(&stream, 0) == SPDM_IDE_EMPTY);
    }
}

TEST(keys_that_there_are_not_and_secrets_of_another_size_are_not_sent)
{
    uint8_t space[PAYLOAD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_ide_stream stream = {.port = 3};
    EXPECT_FAIL(UNSUPPORTED, ask(&stream, SPDM_IDEKM_KEY_PROG, 3 << 4));
    EXPECT_FAIL(UNSUPPORTED, ask(&stream, SPDM_IDEKM_KEY_PROG, SPDM_IDEKM_SUB_STREAM_CXL));
    EXPECT_FAIL(UNSUPPORTED, ask(&stream, SPDM_IDEKM_KEY_PROG, SPDM_IDEKM_KEY_DEFAULT_IV));
    EXPECT_FAIL(UNSUPPORTED, ask(&stream, SPDM_IDEKM_QUERY, 0));
    EXPECT_FAIL(UNSUPPORTED, spdm_ide_ask(&stream, SPDM_IDEKM_KEY_PROG, 0,
                                          (slice){secret, sizeof secret - 1}, &writer));
    EXPECT(writer.size == 0 && !stream.awaited);
}
