/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Recorded requests, packet by packet as they were on the wire, get the recorded responses from
 * our responder, byte by byte: it has the same keys, and its dice fall as they did.
 */

#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/measurements.h"
#include "spdm/message/vendor_defined.h"
#include "spdm_recording.h"

enum { FRAME_SIZE_MAX = 8192, SESSIONS = 2, PCAP_HEADER = 24, PACKET_HEADER = 16 };

/* ---- the capture ---- */

struct replay {
    struct spdm_recording recording;
    struct buffer capture;
    slice left;
    unsigned frame; /* of the last packet that was taken */
    size_t next;    /* of recording.messages */
};

static uint32_t le32(slice bytes, size_t at)
{
    return (uint32_t)(bytes.data[at] | bytes.data[at + 1] << 8 | bytes.data[at + 2] << 16) |
           (uint32_t)bytes.data[at + 3] << 24;
}

static void replay_open(struct replay *replay, const char *name)
{
    char file[RECORDING_PATH_SIZE];
    spdm_recording_open(name, &replay->recording);
    snprintf(file, sizeof file, "%s.pcap", name);
    replay->capture = spdm_recordings_file(file);
    replay->left = (slice){replay->capture.data + PCAP_HEADER, replay->capture.size - PCAP_HEADER};
    replay->frame = 0;
    replay->next = 0;
}

static void replay_clear(struct replay *replay)
{
    buffer_clear(&replay->capture);
    spdm_recording_clear(&replay->recording);
}

/* The next packet from the transport's header on, and what is known of it; or NULL. */
static slice take_packet(struct replay *replay, const struct recorded_message **out_message)
{
    static const size_t below[] = {[RECORDED_MCTP] = 4, [RECORDED_TCP] = 40, [RECORDED_DOE] = 0};
    const size_t skipped = PACKET_HEADER + below[replay->recording.transport];
    const size_t size = PACKET_HEADER + le32(replay->left, 8);
    const slice packet = {replay->left.data + skipped, size - skipped};
    const struct recorded_message *const message = &replay->recording.messages[replay->next];
    replay->left = (slice){replay->left.data + size, replay->left.size - size};
    replay->frame++;
    *out_message = message->frame == replay->frame ? message : NULL;
    replay->next += *out_message != NULL;
    return packet;
}

/* ---- the recorded responder ---- */

static const struct recorded_message *expected; /* what is to be answered now */
static struct replay replay;
static struct spdm_recording other; /* which has the measurements that are only summarised */

static status recorded_random(uint8_t *out, size_t size)
{
    enum { PSK_CONTEXT = 12 + 48 };
    EXPECT(expected->message.data[1] == SPDM_PSK_EXCHANGE_RSP);
    EXPECT(expected->message.size >= PSK_CONTEXT + size);
    memcpy(out, expected->message.data + PSK_CONTEXT, size);
    return OK;
}

static status recorded_measurements(void *context, const struct spdm_measuring *what,
                                    struct writer *out, uint8_t *out_count)
{
    enum { MEASUREMENTS = 22 };
    struct spdm_measurements measurements;
    (void)context;
    EXPECT(what->operation == SPDM_MEASUREMENTS_ALL);
    EXPECT(other.messages[MEASUREMENTS - 1].frame == MEASUREMENTS);
    struct reader reader = reader_of(other.messages[MEASUREMENTS - 1].message);
    EXPECT_OK(spdm_measurements_read(&reader, &other.shape, true, &measurements));
    write_bytes(out, measurements.record);
    *out_count = measurements.block_count;
    return OK;
}

static status recorded_answer(void *context, const struct spdm_vendor_call *call,
                              struct writer *payload)
{
    struct reader reader = reader_of(expected->message);
    struct spdm_vendor_defined defined;
    (void)context;
    EXPECT_OK(spdm_vendor_defined_response_read(&reader, &replay.recording.shape, &defined));
    EXPECT(slice_equal(call->vendor.vendor_id, defined.vendor_id));
    write_bytes(payload, defined.payload);
    return OK;
}

/* The second key came in the first session, in a protocol that is not ours. */
static status recorded_psk(void *context, slice hint, struct secret *out)
{
    static const uint8_t first[] = "TestPskHint", second[] = "SECONDARY_SESSION_0_PSK";
    const json_t *const sessions = json_object_get(replay.recording.keys.root, "sessions");
    const size_t which = slice_equal(hint, SLICE(first)) ? 0 : 1;
    (void)context;
    EXPECT(which == 0 || slice_equal(hint, SLICE(second)));
    struct buffer key = recorded_bytes(json_array_get(sessions, which), "shared_secret");
    EXPECT(key.size <= sizeof out->data);
    memcpy(out->data, key.data, key.size);
    out->size = key.size;
    buffer_clear(&key);
    return OK;
}

static struct spdm_responder_setup setup = {
    .settings =
        {
            .side = SPDM_RESPONDER,
            .version_min = SPDM_1_3,
            .version_max = SPDM_1_3,
            .capabilities = {.data_transfer_size = 0x1200, .message_size_max = 0x1200},
            .algorithms =
                {
                    .measurement_specifications = 1,
                    .other_params = SPDM_OPAQUE_FORMAT_1,
                    .base_asym = 0x80,
                    .base_hash = 0x02,
                    .tables = {[SPDM_TABLE_DHE] = {.is_present = true, .algorithms = 0x10},
                               [SPDM_TABLE_AEAD] = {.is_present = true, .algorithms = 0x02},
                               [SPDM_TABLE_REQUESTER_ASYM] = {.is_present = true,
                                                              .algorithms = 0x08},
                               [SPDM_TABLE_KEY_SCHEDULE] = {.is_present = true, .algorithms = 1}},
                },
            .measurement_hashes = 0x04,
        },
    .duties = {.measure = recorded_measurements,
               .vendor_defined = recorded_answer,
               .find_psk = recorded_psk},
    .heartbeat_s = 0xF0,
    .secured = {3, {0x1000, 0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX},
    .random = recorded_random,
};

TEST(a_recorded_conversation_with_pre_shared_keys_is_the_same_to_the_last_byte)
{
    enum { PACKETS = 138, DISCOVERY_PACKETS = 6 };
    static struct spdm_session sessions[SESSIONS];
    static uint8_t scratch[FRAME_SIZE_MAX], request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    struct spdm_responder responder;
    if (spdm_recordings_are_absent(1))
        return;
    replay_open(&replay, "doe-13-psk-sha384");
    spdm_recording_open("tcp-13-p384-aes256-oneway", &other);
    setup.transport = &spdm_doe;
    setup.settings.sequence_size = (uint8_t)spdm_doe.sequence_size;
    setup.settings.capabilities.flags = replay.recording.responder_flags;
    spdm_responder_begin(&responder, &setup, NULL,
                         &(struct spdm_responder_loans){
                             .connection = {.sessions = sessions, .session_count = SESSIONS},
                             .scratch = scratch,
                             .scratch_size = sizeof scratch,
                         });
    while (replay.left.size) {
        const struct recorded_message *asked;
        struct writer out = writer_over(response, sizeof response);
        const slice packet = take_packet(&replay, &asked);
        const slice answer = take_packet(&replay, &expected);
        EXPECT((asked != NULL) == (replay.frame > DISCOVERY_PACKETS));
        memcpy(request, packet.data, packet.size);
        EXPECT_OK(
            spdm_responder_receive(&responder, (struct moment){0}, request, packet.size, &out));
        EXPECT(slice_equal(answer, (slice){response, out.size}));
    }
    EXPECT(replay.frame == PACKETS);
    EXPECT(replay.next == replay.recording.message_count);
    EXPECT(sessions[0].phase == SPDM_SESSION_NONE && sessions[1].phase == SPDM_SESSION_NONE);
    spdm_responder_clear(&responder);
    spdm_recording_clear(&other);
    replay_clear(&replay);
}
