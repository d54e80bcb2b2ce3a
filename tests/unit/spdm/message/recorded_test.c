/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every recorded message is read and written again as the same bytes, wherever it was recorded:
 * outside sessions, in them, inside encapsulation and in chunks.
 */

#include "spdm_again_sessions.h"
#include "spdm_message.h"
#include "spdm_recording.h"

/* One direction of asking: the peer's requests, or the responder's encapsulated ones. */
struct asking {
    struct spdm_scene scene;
    slice chunks; /* what has come of a message in pieces; `storage` holds it */
    uint8_t *storage;
};

static struct asking plain, encapsulated;
static uint8_t plain_storage[SPDM_TEST_MESSAGE_SIZE_MAX];
static size_t messages_seen;

static const struct {
    uint8_t code;
    spdm_again *again;
} kinds[] = {
    {SPDM_GET_CAPABILITIES, spdm_again_get_capabilities},
    {SPDM_CAPABILITIES, spdm_again_capabilities},
    {SPDM_NEGOTIATE_ALGORITHMS, spdm_again_negotiate_algorithms},
    {SPDM_ALGORITHMS, spdm_again_algorithms},
    {SPDM_GET_DIGESTS, spdm_again_get_digests},
    {SPDM_DIGESTS, spdm_again_digests},
    {SPDM_GET_CERTIFICATE, spdm_again_get_certificate},
    {SPDM_CERTIFICATE, spdm_again_certificate},
    {SPDM_CHALLENGE, spdm_again_challenge},
    {SPDM_CHALLENGE_AUTH, spdm_again_challenge_auth},
    {SPDM_GET_MEASUREMENTS, spdm_again_get_measurements},
    {SPDM_MEASUREMENTS, spdm_again_measurements},
    {SPDM_GET_MEASUREMENT_EXTENSION_LOG, spdm_again_get_measurement_log},
    {SPDM_MEASUREMENT_EXTENSION_LOG, spdm_again_measurement_log},
    {SPDM_GET_ENDPOINT_INFO, spdm_again_get_endpoint_info},
    {SPDM_ENDPOINT_INFO, spdm_again_endpoint_info},
    {SPDM_ERROR, spdm_again_error},
    {SPDM_CHUNK_SEND, spdm_again_chunk_send},
    {SPDM_CHUNK_SEND_ACK, spdm_again_chunk_send_ack},
    {SPDM_CHUNK_GET, spdm_again_chunk_get},
    {SPDM_CHUNK_RESPONSE, spdm_again_chunk_response},
    {SPDM_KEY_EXCHANGE, spdm_again_key_exchange},
    {SPDM_KEY_EXCHANGE_RSP, spdm_again_key_exchange_rsp},
    {SPDM_FINISH, spdm_again_finish},
    {SPDM_FINISH_RSP, spdm_again_finish_rsp},
    {SPDM_PSK_EXCHANGE, spdm_again_psk_exchange},
    {SPDM_PSK_EXCHANGE_RSP, spdm_again_psk_exchange_rsp},
    {SPDM_PSK_FINISH, spdm_again_psk_finish},
    {SPDM_PSK_FINISH_RSP, spdm_again_psk_finish_rsp},
    {SPDM_HEARTBEAT, spdm_again_heartbeat},
    {SPDM_HEARTBEAT_ACK, spdm_again_heartbeat_ack},
    {SPDM_KEY_UPDATE, spdm_again_key_update},
    {SPDM_KEY_UPDATE_ACK, spdm_again_key_update_ack},
    {SPDM_GET_ENCAPSULATED_REQUEST, spdm_again_get_encapsulated_request},
    {SPDM_ENCAPSULATED_REQUEST, spdm_again_encapsulated_request},
    {SPDM_DELIVER_ENCAPSULATED_RESPONSE, spdm_again_deliver_encapsulated_response},
    {SPDM_ENCAPSULATED_RESPONSE_ACK, spdm_again_encapsulated_response_ack},
    {SPDM_END_SESSION, spdm_again_end_session},
    {SPDM_END_SESSION_ACK, spdm_again_end_session_ack},
    {SPDM_GET_CSR, spdm_again_get_csr},
    {SPDM_CSR, spdm_again_csr},
    {SPDM_SET_CERTIFICATE, spdm_again_set_certificate},
    {SPDM_SET_CERTIFICATE_RSP, spdm_again_set_certificate_rsp},
    {SPDM_GET_KEY_PAIR_INFO, spdm_again_get_key_pair_info},
    {SPDM_KEY_PAIR_INFO, spdm_again_key_pair_info},
    {SPDM_SET_KEY_PAIR_INFO, spdm_again_set_key_pair_info},
    {SPDM_SET_KEY_PAIR_INFO_ACK, spdm_again_set_key_pair_info_ack},
    {SPDM_VENDOR_DEFINED_REQUEST, spdm_again_vendor_defined_request},
    {SPDM_VENDOR_DEFINED_RESPONSE, spdm_again_vendor_defined_response},
};

static spdm_again *again_of(uint8_t code)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == code)
            return kinds[i].again;
    return NULL;
}

static void note_what_was_asked(struct spdm_scene *scene, slice message)
{
    const uint8_t code = message.data[1];
    if (code == SPDM_KEY_EXCHANGE || code == SPDM_PSK_EXCHANGE)
        scene->was_asked = message.data[2] != SPDM_SUMMARY_NONE;
    if (code == SPDM_CHALLENGE)
        scene->was_asked = message.data[3] != SPDM_SUMMARY_NONE;
    if (code == SPDM_GET_MEASUREMENTS)
        scene->was_asked = message.data[2] & 1;
    if (code == SPDM_GET_ENDPOINT_INFO)
        scene->was_asked = message.data[4] & 1;
}

static slice after(slice message, size_t size)
{
    return (slice){message.data + size, message.size - size};
}

static void take(struct asking *asking, slice message);

static void take_piece(struct asking *asking, slice message)
{
    struct spdm_chunk chunk;
    struct reader reader = reader_of(message);
    EXPECT_OK(message.data[1] == SPDM_CHUNK_SEND
                  ? spdm_chunk_send_read(&reader, &asking->scene.shape, &chunk)
                  : spdm_chunk_response_read(&reader, &asking->scene.shape, &chunk));
    if (chunk.sequence == 0)
        asking->chunks = (slice){asking->storage, 0};
    if (asking->chunks.size + chunk.piece.size > SPDM_TEST_MESSAGE_SIZE_MAX)
        exit(1);
    memcpy(asking->storage + asking->chunks.size, chunk.piece.data, chunk.piece.size);
    asking->chunks.size += chunk.piece.size;
    if (chunk.is_last)
        take(asking, asking->chunks);
}

/* How much of an encapsulating message is before what it wraps; 0 when it is another message. */
static size_t wrapper_size(const struct asking *asking, slice message)
{
    const uint8_t code = message.data[1];
    if (code == SPDM_ENCAPSULATED_REQUEST || code == SPDM_DELIVER_ENCAPSULATED_RESPONSE)
        return 4;
    if (code == SPDM_ENCAPSULATED_RESPONSE_ACK && message.data[3] == SPDM_ENCAPSULATED_NEXT)
        return asking->scene.shape.version >= SPDM_1_2 ? 8 : 4;
    return 0;
}

/* What is inside what carries another message. */
static void take_inner(struct asking *asking, slice message)
{
    const uint8_t code = message.data[1];
    const size_t ack_size = asking->scene.shape.version >= SPDM_1_4 ? 8 : 6;
    const size_t wrapper = wrapper_size(asking, message);
    if (code == SPDM_CHUNK_SEND || code == SPDM_CHUNK_RESPONSE)
        take_piece(asking, message);
    if (code == SPDM_CHUNK_SEND_ACK && message.size > ack_size)
        take(asking, after(message, ack_size));
    if (wrapper)
        take(&encapsulated, after(message, wrapper));
}

static void take(struct asking *asking, slice message)
{
    spdm_again *const again = again_of(message.data[1]);
    const size_t wrapper = wrapper_size(asking, message);
    note_what_was_asked(&asking->scene, message);
    if (again) {
        expect_same_again(again, &asking->scene,
                          (slice){message.data, wrapper ? wrapper : message.size});
        messages_seen++;
    }
    take_inner(asking, message);
}

/*
 * DOE pads to four bytes, with zeros that no message counts. The recorded responder took six zeros
 * too many into each KEY_PAIR_INFO of 1.4, which later ones of its kind do not.
 */
static slice without_padding(slice message)
{
    static uint8_t space[SPDM_TEST_MESSAGE_SIZE_MAX];
    const size_t padding_max = message.data[1] == SPDM_KEY_PAIR_INFO ? 6 : 3;
    spdm_again *const again = again_of(message.data[1]);
    struct reader reader = reader_of(message);
    struct writer writer = writer_over(space, sizeof space);
    if (!again || wrapper_size(&plain, message))
        return message;
    EXPECT_OK(again(&reader, &plain.scene, &writer));
    EXPECT(reader.left.size <= padding_max && slice_is_zero(reader.left));
    return (slice){message.data, message.size - reader.left.size};
}

static bool has_padding(const struct spdm_recording *recording,
                        const struct recorded_message *recorded)
{
    return (recording->transport == RECORDED_DOE && !recorded->in_session) ||
           recorded->message.data[1] == SPDM_KEY_PAIR_INFO;
}

static void take_recording(const struct spdm_recording *recording)
{
    plain = (struct asking){.scene.shape = recording->shape, .storage = plain_storage};
    encapsulated = (struct asking){.scene.shape = spdm_shape_reversed(&recording->shape)};
    for (size_t i = 0; i < recording->message_count; i++) {
        const struct recorded_message *const recorded = &recording->messages[i];
        slice message = recorded->message;
        if (!message.size)
            continue;
        note_what_was_asked(&plain.scene, message);
        if (has_padding(recording, recorded))
            message = without_padding(message);
        const int before = test_failures;
        take(&plain, message);
        if (test_failures != before)
            printf("  in frame %u\n", recorded->frame);
    }
}

TEST(every_recorded_message_is_written_again_as_it_was)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    messages_seen = 0;
    spdm_recordings_each(take_recording);
    EXPECT(messages_seen == 1723); /* as counted by a separate program over the same files */
}

/* What each side announced, as the recordings' other file has it. */
static void look_at_capabilities(const struct spdm_recording *recording)
{
    struct spdm_capabilities requester, responder;
    struct reader request = reader_of(recording->messages[2].message);
    struct reader response = reader_of(recording->messages[3].message);
    EXPECT_OK(spdm_get_capabilities_read(&request, &requester));
    EXPECT_OK(spdm_capabilities_read(&response, &responder));
    EXPECT(requester.flags == recording->requester_flags);
    EXPECT(responder.flags == recording->responder_flags);
    EXPECT_OK(spdm_capabilities_check(&requester, SPDM_REQUESTER));
    EXPECT_OK(spdm_capabilities_check(&responder, SPDM_RESPONDER));
    EXPECT(!(requester.flags & ~spdm_capabilities_known(requester.version, SPDM_REQUESTER)));
    EXPECT(!(responder.flags & ~spdm_capabilities_known(responder.version, SPDM_RESPONDER)));
}

TEST(recorded_capabilities_are_consistent_and_as_the_recording_tells)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    spdm_recordings_each(look_at_capabilities);
}

static void look_at_algorithms(const struct spdm_recording *recording)
{
    struct spdm_algorithms got;
    struct reader reader = reader_of(recording->messages[5].message);
    EXPECT_OK(spdm_algorithms_read(&reader, &recording->shape, &got));
    const struct spdm_algorithm_table *const tables = got.selected.tables;
    EXPECT(got.measurement_hash == recorded_algorithm(recording, "meashash"));
    EXPECT(got.selected.base_asym == recorded_algorithm(recording, "asym"));
    EXPECT(got.selected.base_hash == recorded_algorithm(recording, "hash"));
    EXPECT(got.selected.pqc_asym == recorded_algorithm(recording, "pqc"));
    EXPECT(tables[SPDM_TABLE_DHE].algorithms == recorded_algorithm(recording, "dhe"));
    EXPECT(tables[SPDM_TABLE_AEAD].algorithms == recorded_algorithm(recording, "aead"));
    EXPECT(tables[SPDM_TABLE_REQUESTER_ASYM].algorithms ==
           recorded_algorithm(recording, "reqasym"));
    EXPECT(tables[SPDM_TABLE_KEY_SCHEDULE].algorithms == recorded_algorithm(recording, "ks"));
    EXPECT(tables[SPDM_TABLE_REQUESTER_PQC].algorithms == recorded_algorithm(recording, "reqpqc"));
    EXPECT(tables[SPDM_TABLE_KEM].algorithms == recorded_algorithm(recording, "kem"));
    EXPECT(recording->shape.requester_is_multi_key ==
           !!(got.selected.other_params & SPDM_MULTI_KEY_CONNECTION));
}

TEST(recorded_algorithms_are_as_the_recording_tells)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    spdm_recordings_each(look_at_algorithms);
}
