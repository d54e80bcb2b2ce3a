/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Two recorded responders' parts, played by ours: one with several keys, and one with a key and no
 * certificate. Every byte is the same but those that a signature's own randomness decides, and what
 * is signed is what the recorded one signed.
 */

#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/challenge.h"
#include "spdm/message/measurements.h"
#include "spdm/signing.h"
#include "spdm_recording.h"

enum { FRAME_SIZE_MAX = 8192 };

static struct spdm_recording recording;
static const struct recorded_message *expected; /* what is to be answered now */
static slice record;                            /* the recorded measurements */
static uint8_t record_count;

static const struct recorded_message *frame(unsigned number)
{
    for (size_t i = 0; i < recording.message_count; i++)
        if (recording.messages[i].frame == number)
            return &recording.messages[i];
    return NULL;
}

/* ---- the recorded responder's duties ---- */

static status recorded_random(uint8_t *out, size_t size)
{
    struct reader reader = reader_of(expected->message);
    struct spdm_challenge_auth auth;
    struct spdm_measurements measurements;
    EXPECT(size == SPDM_NONCE_SIZE);
    if (expected->message.data[1] == SPDM_CHALLENGE_AUTH) {
        EXPECT_OK(spdm_challenge_auth_read(&reader, &recording.shape, true, &auth));
        memcpy(out, auth.nonce, sizeof auth.nonce);
    } else {
        EXPECT_OK(spdm_measurements_read(&reader, &recording.shape, true, &measurements));
        memcpy(out, measurements.nonce, sizeof measurements.nonce);
    }
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

static void load_measurements(unsigned number)
{
    struct reader reader = reader_of(frame(number)->message);
    struct spdm_measurements measurements;
    EXPECT_OK(spdm_measurements_read(&reader, &recording.shape, true, &measurements));
    record = measurements.record;
    record_count = measurements.block_count;
}

/* As the first of the recorded responder's 24 was when it was asked first. */
static const uint8_t rsa[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                              0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00};
static struct spdm_key_pair_info first_pair;

static status recorded_pair(void *context, uint8_t key_pair_id, struct spdm_key_pair_info *out)
{
    (void)context;
    *out = first_pair;
    return key_pair_id <= first_pair.total ? OK : FAIL(UNEXPECTED, "no such key pair");
}

static status recorded_change(void *context, const struct spdm_set_key_pair_info *request,
                              struct spdm_pending *out)
{
    (void)context;
    (void)out;
    EXPECT(request->key_pair_id == 1);
    if (request->operation == SPDM_KEY_PAIR_ERASE)
        first_pair.usage = 0, first_pair.algorithm = 0;
    else
        first_pair.slots = request->slots;
    return OK;
}

/* A signing request's signature is as random as others. */
static status recorded_csr(void *context, const struct spdm_csr_order *order, struct writer *csr,
                           struct spdm_pending *out)
{
    struct reader reader = reader_of(expected->message);
    struct spdm_csr recorded;
    (void)context;
    (void)out;
    EXPECT(order->request->key_pair_id == 1);
    EXPECT(order->request->certificate_model == SPDM_DEVICE_CERT);
    EXPECT(order->asym == ASYM_ECDSA_P384 && order->hash == HASH_SHA384);
    EXPECT_OK(spdm_csr_read(&reader, &recorded));
    write_bytes(csr, recorded.request);
    return OK;
}

/* ---- the stage ---- */

static struct spdm_responder_setup setup;
static struct spdm_responder responder;
static uint8_t scratch[FRAME_SIZE_MAX];

static void responder_set(uint8_t version, uint32_t asym, uint32_t hash, uint16_t group)
{
    setup = (struct spdm_responder_setup){
        .settings =
            {
                .side = SPDM_RESPONDER,
                .version_min = version,
                .version_max = version,
                .capabilities = {.flags = recording.responder_flags,
                                 .data_transfer_size = 0x1200,
                                 .message_size_max = 0x1200},
                .algorithms =
                    {
                        .measurement_specifications = 1,
                        .other_params = SPDM_OPAQUE_FORMAT_1,
                        .base_asym = asym,
                        .base_hash = hash,
                        .tables = {[SPDM_TABLE_DHE] = {.is_present = true, .algorithms = group},
                                   [SPDM_TABLE_AEAD] = {.is_present = true, .algorithms = 0x02},
                                   [SPDM_TABLE_REQUESTER_ASYM] = {.is_present = true,
                                                                  .algorithms = (uint16_t)asym},
                                   [SPDM_TABLE_KEY_SCHEDULE] = {.is_present = true,
                                                                .algorithms = 1}},
                    },
                .measurement_hashes = hash << 1,
                .sequence_size = (uint8_t)spdm_mctp.sequence_size,
            },
        .transport = &spdm_mctp,
        .duties = {.measure = recorded_measurements,
                   .key_pair = recorded_pair,
                   .set_key_pair = recorded_change,
                   .sign_request = recorded_csr},
        .change = SPDM_UNCHANGED,
        .provisioning = SPDM_PROVISIONING_TRUSTED,
        .random = recorded_random,
    };
}

static void responder_start(void)
{
    spdm_responder_begin(&responder, &setup, NULL,
                         &(struct spdm_responder_loans){
                             .scratch = scratch,
                             .scratch_size = sizeof scratch,
                         });
}

/* What `number` asked, and what comes back. */
static slice ask(unsigned number, uint8_t space[FRAME_SIZE_MAX])
{
    uint8_t request[FRAME_SIZE_MAX];
    struct writer writer = writer_over(request, sizeof request);
    struct writer out = writer_over(space, FRAME_SIZE_MAX);
    struct spdm_frame answer = {0};
    const size_t begin = spdm_frame_begin(&spdm_mctp, &writer);
    expected = frame(number + 1);
    write_bytes(&writer, frame(number)->message);
    EXPECT_OK(spdm_frame_end(&spdm_mctp, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(spdm_responder_receive(&responder, (struct moment){0}, request, writer.size, &out));
    EXPECT_OK(spdm_frame_read(&spdm_mctp, (slice){space, out.size}, &answer));
    return answer.message;
}

static void expect_recorded(unsigned number)
{
    uint8_t space[FRAME_SIZE_MAX];
    const slice got = ask(number, space);
    if (!slice_equal(got, expected->message))
        printf("  packet %u is answered otherwise\n", number);
    EXPECT(slice_equal(got, expected->message));
}

/*
 * The same but for the signature, and both signatures are good over the same transcript: `before`
 * is what it begins with.
 */
static void expect_signed(unsigned number, slice before, enum spdm_signature signature,
                          const struct private_key *key)
{
    const size_t signature_size = recording.shape.signature_size;
    const size_t size = frame(number + 1)->message.size - signature_size;
    const struct spdm_signing signing = {recording.shape.version, signature,
                                         signature_size == 64 ? ASYM_ECDSA_P256 : ASYM_ECDSA_P384,
                                         signature_size == 64 ? HASH_SHA256 : HASH_SHA384};
    uint8_t space[FRAME_SIZE_MAX];
    SCOPED(public_key) public = {0};
    SCOPED(buffer) transcript = {0};
    struct digest digest;
    const slice got = ask(number, space);
    EXPECT(got.size == expected->message.size);
    EXPECT(slice_equal((slice){got.data, size}, (slice){expected->message.data, size}));
    EXPECT_OK(buffer_append(&transcript, before));
    EXPECT_OK(buffer_append(&transcript, frame(number)->message));
    EXPECT_OK(buffer_append(&transcript, (slice){got.data, size}));
    EXPECT_OK(digest_of(signing.hash, buffer_view(&transcript), &digest));
    EXPECT_OK(private_key_public(key, &public));
    EXPECT_OK(spdm_verify(&signing, &public, &digest, (slice){got.data + size, signature_size}));
    EXPECT_OK(spdm_verify(&signing, &public, &digest,
                          (slice){expected->message.data + size, signature_size}));
}

static struct private_key key_of(const char *file)
{
    struct private_key key = {0};
    SCOPED(buffer) pem = spdm_recordings_file(file);
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &key));
    return key;
}

/* ---- a raw key ---- */

TEST(a_recorded_responder_without_certificates_is_the_same)
{
    enum { CHALLENGE = 7, MEASUREMENTS = 9 };
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-13-p256-rawpubkey", &recording);
    load_measurements(MEASUREMENTS + 1);
    responder_set(SPDM_1_3, 0x10, 0x01, 0x08);
    SCOPED(private_key) key = key_of("certs/ecp256/end_responder.key");
    SCOPED(buffer) spki = spdm_recordings_file("certs/ecp256/end_responder.key.pub.der");
    SCOPED(buffer) a = recorded_bytes(recording.keys.root, "message_a");
    const struct spdm_identity identity = {.raw_key = &key, .raw_key_spki = buffer_view(&spki)};
    setup.identity = &identity;
    responder_start();
    for (unsigned number = 1; number < CHALLENGE; number += 2)
        expect_recorded(number);
    expect_signed(CHALLENGE, buffer_view(&a), SPDM_SIGNATURE_CHALLENGE_AUTH, &key);
    expect_signed(MEASUREMENTS, buffer_view(&a), SPDM_SIGNATURE_MEASUREMENTS, &key);
    spdm_responder_clear(&responder);
    spdm_recording_clear(&recording);
}

/* ---- several keys ---- */

struct several {
    struct private_key keys[2];
    struct buffer bytes[3];
    struct spdm_own_chain chains[3];
    struct spdm_identity identity;
};

static void several_load(struct several *several)
{
    static const struct {
        uint8_t slot, key_pair_id;
        const char *file;
    } slots[] = {{0, 0x05, "certs/ecp384/bundle_responder.certchain.der"},
                 {1, 0x05, "certs/ecp384/bundle_responder.certchain1.der"},
                 {4, 0x11, "certs/ecp384/bundle_responder.certchain4.der"}};
    *several = (struct several){.keys = {key_of("certs/ecp384/end_responder.key"),
                                         key_of("certs/ecp384/end_responder4.key")}};
    for (size_t i = 0; i < 3; i++) {
        SCOPED(buffer) certificates = spdm_recordings_file(slots[i].file);
        struct spdm_own_chain *const chain = &several->chains[i];
        EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&certificates), &several->bytes[i]));
        chain->hash = HASH_SHA384;
        chain->bytes = buffer_view(&several->bytes[i]);
        EXPECT_OK(digest_of(HASH_SHA384, chain->bytes, &chain->digest));
        several->identity.slots[slots[i].slot] = (struct spdm_own_slot){
            .chains = chain,
            .chain_count = 1,
            .key = &several->keys[slots[i].slot == 4],
            .key_pair_id = slots[i].key_pair_id,
            .certificate_model = SPDM_DEVICE_CERT,
            .key_usage = 0x0F,
        };
    }
}

static void several_clear(struct several *several)
{
    private_key_clear(&several->keys[0]);
    private_key_clear(&several->keys[1]);
    for (size_t i = 0; i < 3; i++)
        buffer_clear(&several->bytes[i]);
}

/* Its KEY_PAIR_INFO has six zeros behind it, which are none of it. */
static void expect_key_pair(unsigned number)
{
    enum { ZEROS = 6 };
    static const uint8_t zeros[ZEROS];
    uint8_t space[FRAME_SIZE_MAX];
    const slice got = ask(number, space);
    EXPECT(got.size + ZEROS == expected->message.size);
    EXPECT(slice_equal(got, (slice){expected->message.data, got.size}));
    EXPECT(slice_equal(SLICE(zeros), (slice){expected->message.data + got.size, ZEROS}));
}

TEST(a_recorded_responder_with_several_keys_is_the_same)
{
    static const unsigned shown[] = {1, 3, 5, 7, 9, 11, 23, 25, 27};
    enum {
        CHALLENGE = 13,
        MEASUREMENTS = 29,
        PAIR = 39,
        CHANGE = 41,
        ERASE = 43,
        PAIR_LATER = 71,
        CSR = 77
    };
    static struct several several;
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-14-p384-multikey", &recording);
    load_measurements(MEASUREMENTS + 1);
    several_load(&several);
    responder_set(SPDM_1_4, 0x80, 0x02, 0x10);
    setup.identity = &several.identity;
    setup.settings.capabilities.message_size_max = 0x28000;
    setup.settings.algorithms.other_params |= SPDM_MULTI_KEY_CONNECTION;
    setup.settings.algorithms.log_specifications = SPDM_LOG_DMTF;
    first_pair = (struct spdm_key_pair_info){
        .total = 24,
        .capabilities = 0x3F,
        .usage_capabilities = SPDM_USE_KEY_EXCHANGE,
        .usage = SPDM_USE_KEY_EXCHANGE,
        .algorithm_capabilities = 0x1FF,
        .algorithm = SPDM_KEY_PAIR_RSA_2048,
        .slots = 0x03,
        .public_key_info = SLICE(rsa),
        .post_quantum_capabilities = 7,
    };
    responder_start();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        expect_recorded(shown[i]);
    SCOPED(buffer) a = recorded_bytes(recording.keys.root, "message_a");
    expect_signed(MEASUREMENTS, buffer_view(&a), SPDM_SIGNATURE_MEASUREMENTS, &several.keys[0]);
    expect_key_pair(PAIR);
    expect_recorded(CHANGE);
    expect_recorded(ERASE);
    expect_key_pair(PAIR_LATER);
    expect_recorded(CSR);
    spdm_responder_clear(&responder);

    /* And it challenges back whoever challenges it. */
    setup.challenges_back = true;
    responder_start();
    for (unsigned number = 1; number < CHALLENGE; number += 2)
        expect_recorded(number);
    for (unsigned number = 7; number < CHALLENGE; number++)
        EXPECT_OK(buffer_append(&a, frame(number)->message));
    expect_signed(CHALLENGE, buffer_view(&a), SPDM_SIGNATURE_CHALLENGE_AUTH, &several.keys[0]);
    spdm_responder_clear(&responder);
    several_clear(&several);
    spdm_recording_clear(&recording);
}
