/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The recorded responder's part, played by ours: the same requests, keys and nonces, so that every
 * byte must be the same but those that a signature's own randomness decides.
 */

#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/challenge.h"
#include "spdm/message/measurements.h"
#include "spdm/signing.h"
#include "spdm_recording.h"

enum { FRAME_SIZE_MAX = 8192, SESSIONS = 2, LAST_CHALLENGE = 14, MEASUREMENTS = 22 };

static struct spdm_recording recording;
static uint8_t next_nonce[SPDM_NONCE_SIZE];
static slice record; /* of the recorded measurements */
static uint8_t record_count;

static status recorded_random(uint8_t *out, size_t size)
{
    memcpy(out, next_nonce, size);
    return OK;
}

static status recorded_measurements(void *context, const struct spdm_measuring *what,
                                    struct writer *out, uint8_t *out_count)
{
    (void)context;
    EXPECT(what->operation == SPDM_MEASUREMENTS_ALL);
    write_bytes(out, record);
    *out_count = record_count;
    return OK;
}

/* What the recorded responder was: tcp-13-p384-aes256-oneway. */
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
    .duties = {.measure = recorded_measurements},
    .random = recorded_random,
};

struct party {
    struct private_key key;
    struct public_key public;
    struct buffer bytes[2];
    struct spdm_own_chain chains[2];
    struct spdm_identity identity;
};

static void party_load(struct party *party)
{
    static const char *const files[] = {"certs/ecp384/bundle_responder.certchain.der",
                                        "certs/ecp384/bundle_responder.certchain1.der"};
    struct buffer pem = spdm_recordings_file("certs/ecp384/end_responder.key");
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &party->key));
    EXPECT_OK(private_key_public(&party->key, &party->public));
    buffer_clear(&pem);
    for (size_t slot = 0; slot < 2; slot++) {
        struct buffer certificates = spdm_recordings_file(files[slot]);
        EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&certificates), &party->bytes[slot]));
        buffer_clear(&certificates);
        struct spdm_own_chain *const chain = &party->chains[slot];
        chain->hash = HASH_SHA384;
        chain->bytes = buffer_view(&party->bytes[slot]);
        EXPECT_OK(digest_of(HASH_SHA384, chain->bytes, &chain->digest));
        party->identity.slots[slot].chains = chain;
        party->identity.slots[slot].chain_count = 1;
        party->identity.slots[slot].key = &party->key;
    }
    setup.identity = &party->identity;
}

static void party_clear(struct party *party)
{
    buffer_clear(&party->bytes[0]);
    buffer_clear(&party->bytes[1]);
    private_key_clear(&party->key);
    public_key_clear(&party->public);
}

static const struct recorded_message *frame(unsigned number)
{
    for (size_t i = 0; i < recording.message_count; i++)
        if (recording.messages[i].frame == number)
            return &recording.messages[i];
    return NULL;
}

static void load_measurements(void)
{
    struct reader reader = reader_of(frame(MEASUREMENTS)->message);
    struct spdm_measurements measurements;
    EXPECT_OK(spdm_measurements_read(&reader, &recording.shape, true, &measurements));
    record = measurements.record;
    record_count = measurements.block_count;
}

/* One message there, and what comes back. */
static slice ask(struct spdm_responder *responder, slice message, uint8_t space[FRAME_SIZE_MAX])
{
    uint8_t request[FRAME_SIZE_MAX];
    struct writer writer = writer_over(request, sizeof request);
    struct writer out = writer_over(space, FRAME_SIZE_MAX);
    struct spdm_frame answer = {0};
    const size_t begin = spdm_frame_begin(setup.transport, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(setup.transport, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(spdm_responder_receive(responder, (struct moment){0}, request, writer.size, &out));
    EXPECT_OK(spdm_frame_read(setup.transport, (slice){space, out.size}, &answer));
    return answer.message;
}

static bool begins_equal(slice a, slice b, size_t size)
{
    return a.size >= size && b.size >= size && memcmp(a.data, b.data, size) == 0;
}

/* The challenge: all but the signature is the same, and ours verifies over the same transcript. */
static void expect_challenge_auth(slice got, slice expected)
{
    const size_t unsigned_size = expected.size - recording.shape.signature_size;
    EXPECT(got.size == expected.size);
    EXPECT(begins_equal(got, expected, unsigned_size));
}

static void use_nonce_of(unsigned number)
{
    enum { CHALLENGE_AUTH_NONCE = SPDM_HEADER_SIZE + 48 };
    memcpy(next_nonce, frame(number)->message.data + CHALLENGE_AUTH_NONCE, sizeof next_nonce);
}

struct stage {
    struct party party;
    struct spdm_session sessions[SESSIONS];
    uint8_t scratch[FRAME_SIZE_MAX];
    struct spdm_responder responder;
};

static void stage_set(struct stage *stage)
{
    spdm_recording_open("tcp-13-p384-aes256-oneway", &recording);
    load_measurements();
    setup.transport = &spdm_tcp;
    setup.settings.capabilities.flags = recording.responder_flags;
    party_load(&stage->party);
    spdm_responder_begin(&stage->responder, &setup, NULL,
                         &(struct spdm_responder_loans){
                             .connection = {.sessions = stage->sessions, .session_count = SESSIONS},
                             .scratch = stage->scratch,
                             .scratch_size = sizeof stage->scratch,
                         });
}

static void stage_clear(struct stage *stage)
{
    spdm_responder_clear(&stage->responder);
    party_clear(&stage->party);
    spdm_recording_clear(&recording);
}

TEST(the_recorded_requests_get_the_recorded_responses)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage);
    use_nonce_of(LAST_CHALLENGE);
    for (unsigned number = 1; number < LAST_CHALLENGE; number += 2) {
        uint8_t space[FRAME_SIZE_MAX];
        const slice expected = frame(number + 1)->message;
        const slice got = ask(&stage.responder, frame(number)->message, space);
        if (number + 1 == LAST_CHALLENGE)
            expect_challenge_auth(got, expected);
        else
            EXPECT(slice_equal(got, expected));
    }
    stage_clear(&stage);
}

/* spec: DSP0274 1.4, "Error code and error data table" */
static void expect_error(slice got, uint8_t code)
{
    EXPECT(got.size >= SPDM_HEADER_SIZE && got.data[1] == SPDM_ERROR && got.data[2] == code);
}

TEST(what_comes_out_of_turn_is_refused_and_changes_nothing)
{
    static struct stage stage;
    uint8_t space[FRAME_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage);
    struct spdm_responder *const responder = &stage.responder;
    use_nonce_of(LAST_CHALLENGE);

    expect_error(ask(responder, frame(3)->message, space), SPDM_UNEXPECTED_REQUEST);
    expect_error(ask(responder, frame(7)->message, space), SPDM_UNEXPECTED_REQUEST);
    ask(responder, frame(1)->message, space);
    expect_error(ask(responder, frame(5)->message, space), SPDM_UNEXPECTED_REQUEST);
    ask(responder, frame(3)->message, space);
    expect_error(ask(responder, frame(3)->message, space), SPDM_UNEXPECTED_REQUEST);
    const uint8_t older_negotiation[] = {SPDM_1_2, SPDM_NEGOTIATE_ALGORITHMS, 0, 0};
    expect_error(ask(responder, SLICE(older_negotiation), space), SPDM_VERSION_MISMATCH);
    ask(responder, frame(5)->message, space);
    expect_error(ask(responder, frame(5)->message, space), SPDM_UNEXPECTED_REQUEST);

    const uint8_t heartbeat[] = {SPDM_1_3, SPDM_HEARTBEAT, 0, 0};
    expect_error(ask(responder, SLICE(heartbeat), space), SPDM_SESSION_REQUIRED);
    const uint8_t finish[SPDM_HEADER_SIZE + 48] = {SPDM_1_3, SPDM_FINISH, 0, 0};
    expect_error(ask(responder, SLICE(finish), space), SPDM_SESSION_REQUIRED);
    const uint8_t older[] = {SPDM_1_2, SPDM_GET_DIGESTS, 0, 0};
    expect_error(ask(responder, SLICE(older), space), SPDM_VERSION_MISMATCH);
    const uint8_t unknown[] = {SPDM_1_3, 0xD0, 0, 0};
    expect_error(ask(responder, SLICE(unknown), space), SPDM_UNSUPPORTED_REQUEST);
    const uint8_t response[] = {SPDM_1_3, SPDM_DIGESTS, 0, 0};
    expect_error(ask(responder, SLICE(response), space), SPDM_INVALID_REQUEST);

    /* And the conversation goes on as if none of it had been said. */
    for (unsigned number = 7; number < LAST_CHALLENGE - 1; number += 2)
        EXPECT(
            slice_equal(ask(responder, frame(number)->message, space), frame(number + 1)->message));
    stage_clear(&stage);
}

TEST(a_challenge_is_signed_over_everything_that_was_said)
{
    static struct stage stage;
    uint8_t space[FRAME_SIZE_MAX];
    SCOPED(buffer) m1 = {0};
    struct digest digest;
    slice last = {0};
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage);
    use_nonce_of(LAST_CHALLENGE);
    for (unsigned number = 1; number < LAST_CHALLENGE; number += 2) {
        last = ask(&stage.responder, frame(number)->message, space);
        const bool is_signed = number + 1 == LAST_CHALLENGE;
        const size_t size = last.size - (is_signed ? recording.shape.signature_size : 0);
        EXPECT_OK(buffer_append(&m1, frame(number)->message));
        EXPECT_OK(buffer_append(&m1, (slice){last.data, size}));
    }
    const struct spdm_signing signing = {SPDM_1_3, SPDM_SIGNATURE_CHALLENGE_AUTH, ASYM_ECDSA_P384,
                                         HASH_SHA384};
    const slice signature = {last.data + last.size - recording.shape.signature_size,
                             recording.shape.signature_size};
    EXPECT_OK(digest_of(HASH_SHA384, buffer_view(&m1), &digest));
    EXPECT_OK(spdm_verify(&signing, &stage.party.public, &digest, signature));
    digest.data[0] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, spdm_verify(&signing, &stage.party.public, &digest, signature));
    stage_clear(&stage);
}
