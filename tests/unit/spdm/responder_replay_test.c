/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Recorded requests, packet by packet as they were on the wire, get the recorded responses from
 * our responder, byte by byte: it has the same keys, and its dice fall as they did.
 */

#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/endpoint_info.h"
#include "spdm/message/key_exchange.h"
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
static struct spdm_recording other; /* has the measurements of which there is only a summary */

/* Where in the expected response that begins which dice decided. */
static size_t dice_begin(slice message)
{
    enum { KEY_EXCHANGE_RANDOM = 8, PSK_CONTEXT = 12, RECORD = 8, CHALLENGE_NONCE = 4 };
    const size_t hash_size = replay.recording.shape.hash_size;
    switch (message.data[1]) {
    case SPDM_PSK_EXCHANGE_RSP:
        return PSK_CONTEXT + hash_size; /* behind a summary of measurements */
    case SPDM_CHALLENGE_AUTH:
        return SPDM_HEADER_SIZE + hash_size;
    case SPDM_MEASUREMENTS:
        return RECORD + (le32(message, 5) & 0xFFFFFF);
    case SPDM_KEY_EXCHANGE_RSP:
        return KEY_EXCHANGE_RANDOM;
    case SPDM_ENDPOINT_INFO:
    case SPDM_ENCAPSULATED_REQUEST: /* with a GET_ENDPOINT_INFO */
        return message.data[1] == SPDM_ENDPOINT_INFO ? 8 : 4 + 8;
    default: /* ENCAPSULATED_RESPONSE_ACK with a CHALLENGE */
        return (replay.recording.shape.version >= SPDM_1_2 ? 8 : 4) + CHALLENGE_NONCE;
    }
}

/* Each message's dice are behind each other in it. */
static status recorded_random(uint8_t *out, size_t size)
{
    static const struct recorded_message *thrown;
    static size_t at;
    if (thrown != expected)
        at = dice_begin(expected->message);
    thrown = expected;
    EXPECT(expected->message.size >= at + size);
    memcpy(out, expected->message.data + at, size);
    at += size;
    return OK;
}

static status recorded_measurements(void *context, const struct spdm_measuring *what,
                                    struct writer *out, uint8_t *out_count)
{
    const struct spdm_recording *const from = context;
    struct spdm_measurements measurements = {0};
    EXPECT(what->operation == SPDM_MEASUREMENTS_ALL);
    for (size_t i = 0; i < from->message_count && !measurements.record.size; i++) {
        struct reader reader = reader_of(from->messages[i].message);
        if (reader.left.size > 1 && reader.left.data[1] == SPDM_MEASUREMENTS)
            EXPECT_OK(spdm_measurements_read(&reader, &from->shape, true, &measurements));
    }
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
    spdm_responder_begin(&responder, &setup, &other,
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

/* ---- requesters that are asked who they are ---- */

enum { SLOTS = 3, SPACE_SIZE = 0x28000 };

struct party {
    struct private_key key;
    struct buffer bytes[SLOTS];
    struct spdm_own_chain chains[SLOTS];
    struct spdm_identity identity;
};

/* One recording, up to the first message that needs the keys of its sessions. */
struct part {
    const char *name;
    const char *folder;
    unsigned last_frame;
    uint32_t data_transfer_size; /* not told in 1.1 */
    bool challenges_back;
    unsigned info_frame; /* at which it asks the requester what it is; 0: none */
};

static const struct part parts[] = {
    {"mctp-11-rsapss3072-ffdhe3072", "rsa3072", 38, SPACE_SIZE, true, 0},
    {"mctp-12-p256-aes128-mut", "ecp256", 30, 0x1200, false, 0},
    {"mctp-13-p384-aes256-mut-enchs", "ecp384", 30, 0x1200, false, 27},
    {"mctp-14-p384-multikey", "ecp384", 22, 0x1200, true, 0},
};

static struct spdm_chain requester; /* as it was judged */

static status judge(void *context, slice chain, const struct public_key **out_key)
{
    const struct spdm_recording *const recording = context;
    const struct spdm_chain_rules rules = {
        .version = recording->shape.version,
        .hash = spdm_hash_of(recorded_algorithm(recording, "hash")),
        .asym = spdm_asym_of(recorded_algorithm(recording, "reqasym")),
        .is_requester = true,
    };
    spdm_chain_clear(&requester);
    TRY(spdm_chain_read(&rules, chain, &requester));
    *out_key = &requester.key;
    return OK;
}

/* The requester as it is known beforehand, and what it says of itself. */
static struct buffer known_chain;
static struct buffer told_info;

static status recall(void *context, enum hash hash, uint8_t *out_slot, slice *out_chain)
{
    (void)context;
    buffer_clear(&known_chain);
    struct buffer der = spdm_recordings_file("certs/ecp384/bundle_requester.certchain.der");
    EXPECT_OK(spdm_chain_write(hash, buffer_view(&der), &known_chain));
    buffer_clear(&der);
    *out_slot = 0;
    *out_chain = buffer_view(&known_chain);
    return OK;
}

static status requester_info(void *context, const struct spdm_session *session, slice info,
                             bool is_signed)
{
    (void)context;
    EXPECT(!session && is_signed);
    return buffer_append(&told_info, info);
}

static status recorded_log(void *context, const struct spdm_session *session, slice *out)
{
    enum { LOG_HEADER = 12 };
    (void)context;
    EXPECT(!session);
    *out = (slice){expected->message.data + LOG_HEADER, expected->message.size - LOG_HEADER};
    return OK;
}

static status recorded_info(void *context, const struct spdm_session *session, struct writer *info)
{
    struct reader reader = reader_of(expected->message);
    struct spdm_endpoint_info told = {0};
    (void)context;
    EXPECT(!session);
    EXPECT_OK(spdm_endpoint_info_read(&reader, &replay.recording.shape, true, &told));
    write_bytes(info, told.info);
    return OK;
}

static const struct recorded_message *first_of(const struct spdm_recording *recording, uint8_t code)
{
    for (size_t i = 0; i < recording->message_count; i++)
        if (recording->messages[i].message.data[1] == code)
            return &recording->messages[i];
    return NULL;
}

static struct buffer sample_file(const char *folder, const char *name)
{
    char file[RECORDING_PATH_SIZE];
    snprintf(file, sizeof file, "certs/%s/%s", folder, name);
    return spdm_recordings_file(file);
}

/* The slots that DIGESTS tells of, with what it tells of them. */
static void party_load(struct party *party, const struct part *part,
                       const struct spdm_recording *recording)
{
    static const struct {
        uint8_t slot;
        const char *file;
    } files[SLOTS] = {{0, "bundle_responder.certchain.der"},
                      {1, "bundle_responder.certchain1.der"},
                      {4, "bundle_responder.certchain4.der"}};
    const enum hash hash = spdm_hash_of(recorded_algorithm(recording, "hash"));
    struct buffer pem = sample_file(part->folder, "end_responder.key");
    struct reader reader = reader_of(first_of(recording, SPDM_DIGESTS)->message);
    struct spdm_digests digests = {0};
    memset(party, 0, sizeof *party);
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &party->key));
    buffer_clear(&pem);
    EXPECT_OK(spdm_digests_read(&reader, &recording->shape, &digests));
    for (size_t i = 0; i < SLOTS; i++) {
        const struct spdm_slot_digest *const told = &digests.slots[files[i].slot];
        struct spdm_own_chain *const chain = &party->chains[i];
        if (!(digests.provisioned_slots >> files[i].slot & 1))
            continue;
        struct buffer certificates = sample_file(part->folder, files[i].file);
        EXPECT_OK(spdm_chain_write(hash, buffer_view(&certificates), &party->bytes[i]));
        buffer_clear(&certificates);
        chain->hash = hash;
        chain->bytes = buffer_view(&party->bytes[i]);
        EXPECT_OK(digest_of(hash, chain->bytes, &chain->digest));
        party->identity.slots[files[i].slot] =
            (struct spdm_own_slot){.chains = chain,
                                   .chain_count = 1,
                                   .key = &party->key,
                                   .key_pair_id = told->key_pair_id,
                                   .certificate_model = told->certificate_model,
                                   .key_usage = told->key_usage};
    }
}

static void party_clear(struct party *party)
{
    for (size_t i = 0; i < SLOTS; i++)
        buffer_clear(&party->bytes[i]);
    private_key_clear(&party->key);
}

static struct spdm_responder_setup setup_of(const struct part *part, const struct party *party,
                                            const struct spdm_recording *recording)
{
    const slice algorithms = first_of(recording, SPDM_ALGORITHMS)->message;
    struct spdm_responder_setup this = setup;
    struct spdm_settings *const settings = &this.settings;
    struct spdm_algorithm_table *const tables = settings->algorithms.tables;
    settings->version_min = settings->version_max = recording->shape.version;
    settings->sequence_size = (uint8_t)spdm_mctp.sequence_size;
    settings->capabilities.flags = recording->responder_flags;
    settings->insecure_allow_psk_before_1_3 = true; /* as they told they would */
    settings->capabilities.data_transfer_size = part->data_transfer_size;
    settings->capabilities.message_size_max = SPACE_SIZE;
    settings->measurement_hashes = recorded_algorithm(recording, "meashash");
    settings->algorithms.other_params = algorithms.data[7];
    settings->algorithms.log_specifications = algorithms.data[31];
    settings->algorithms.base_asym = recorded_algorithm(recording, "asym");
    settings->algorithms.base_hash = recorded_algorithm(recording, "hash");
    tables[SPDM_TABLE_DHE].algorithms = (uint16_t)recorded_algorithm(recording, "dhe");
    tables[SPDM_TABLE_AEAD].algorithms = (uint16_t)recorded_algorithm(recording, "aead");
    tables[SPDM_TABLE_REQUESTER_ASYM].algorithms =
        (uint16_t)recorded_algorithm(recording, "reqasym");
    this.transport = &spdm_mctp;
    this.identity = &party->identity;
    this.duties.judge = judge;
    this.duties.recall = recall;
    this.duties.requester_info = requester_info;
    this.duties.measurement_log = recorded_log;
    this.duties.endpoint_info = recorded_info;
    this.mutual = SPDM_MUTUAL_ENCAPSULATED;
    this.challenges_back = part->challenges_back;
    this.change = SPDM_UNCHANGED;
    return this;
}

/* How much of a response no dice of ours decide: not a signature, nor an ephemeral key. */
static size_t decided_size(slice message)
{
    enum { EXCHANGE = 40 };
    const size_t signature_size = replay.recording.shape.signature_size;
    switch (message.data[1]) {
    case SPDM_CHALLENGE_AUTH:
    case SPDM_MEASUREMENTS:
    case SPDM_ENDPOINT_INFO:
        return message.size - signature_size;
    case SPDM_KEY_EXCHANGE_RSP:
        return EXCHANGE;
    default:
        return message.size;
    }
}

static void replay_part(const struct part *part)
{
    static uint8_t in[SPACE_SIZE], out[SPACE_SIZE], scratch[SPACE_SIZE];
    static uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    static struct spdm_session sessions[SESSIONS];
    struct spdm_responder responder;
    struct party party;
    replay_open(&replay, part->name);
    party_load(&party, part, &replay.recording);
    const struct spdm_responder_setup this = setup_of(part, &party, &replay.recording);
    spdm_responder_begin(&responder, &this, &replay.recording,
                         &(struct spdm_responder_loans){
                             .connection = {.sessions = sessions,
                                            .session_count = SESSIONS,
                                            .incoming = {.space = in, .capacity = sizeof in},
                                            .outgoing = {.space = out, .capacity = sizeof out}},
                             .scratch = scratch,
                             .scratch_size = sizeof scratch,
                         });
    while (replay.frame < part->last_frame) {
        const struct recorded_message *asked;
        struct writer writer = writer_over(response, sizeof response);
        const int before = test_failures;
        const slice packet = take_packet(&replay, &asked);
        const slice answer = take_packet(&replay, &expected);
        const size_t undecided = expected->message.size - decided_size(expected->message);
        if (replay.frame == part->info_frame + 1)
            EXPECT_OK(spdm_responder_ask(&responder, NULL, SPDM_GET_ENDPOINT_INFO));
        memcpy(request, packet.data, packet.size);
        EXPECT_OK(
            spdm_responder_receive(&responder, (struct moment){0}, request, packet.size, &writer));
        EXPECT(writer.size == answer.size);
        EXPECT(slice_equal((slice){answer.data, answer.size - undecided},
                           (slice){response, answer.size - undecided}));
        if (test_failures != before)
            printf("  at frame %u of %s\n", replay.frame, part->name);
    }
    EXPECT(responder.requester_is_authentic == part->challenges_back);
    EXPECT((responder.shown.key == &requester.key) == !part->info_frame);
    EXPECT((told_info.size > 0) == (part->info_frame != 0));
    buffer_clear(&told_info);
    buffer_clear(&known_chain);
    spdm_responder_clear(&responder);
    spdm_chain_clear(&requester);
    party_clear(&party);
    replay_clear(&replay);
}

/* The requester's signature is over the recorded transcript: ours is the same, or it fails. */
TEST(recorded_requesters_are_asked_as_they_were_and_their_answers_prove_them)
{
    if (spdm_recordings_are_absent(1))
        return;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        replay_part(&parts[i]);
}
