/* SPDX-License-Identifier: Apache-2.0 */

/* The measurement extension log and endpoint information, asked for and answered; and the recorded
 * ones. */

#include "spdm_pair.h"
#include "spdm_recording.h"

#include "spdm/message/endpoint_info.h"
#include "spdm/message/measurement_log.h"

enum { LOG_SIZE_MAX = 4096, LOG_ENTRIES = 12, ENTRY_VALUE_SIZE = 48 };

static const uint8_t versions[] = {SPDM_1_3, SPDM_1_4};
static const uint8_t vendor_id[] = {0x34, 0x12};
static const uint8_t sub_ids[] = {2, 7, 8};

struct stage {
    struct pair pair;
    struct pair_party asking, answering;
    uint8_t log_space[LOG_SIZE_MAX];
    slice log;
    const struct spdm_session *asked_in;
    unsigned spoils; /* the byte of each response, counted from its end, that is wrong */
    unsigned frames;
};

static struct stage stage;

/* ---- what the program tells ---- */

static status give_log(void *context, const struct spdm_session *session, slice *out)
{
    (void)context;
    stage.asked_in = session;
    *out = stage.log;
    return OK;
}

static void write_info(struct writer *info)
{
    spdm_device_classes_write(info, 1);
    spdm_device_class_write(
        info, &(struct spdm_device_class){.body = {SPDM_BODY_PCI_SIG, SLICE(vendor_id)},
                                          .sub_id_count = 1,
                                          .sub_ids = SLICE(sub_ids)});
}

static status tell_info(void *context, const struct spdm_session *session, struct writer *info)
{
    (void)context;
    stage.asked_in = session;
    write_info(info);
    return OK;
}

static slice log_make(void)
{
    uint8_t entries_space[LOG_SIZE_MAX], value[ENTRY_VALUE_SIZE];
    struct writer entries = writer_over(entries_space, sizeof entries_space);
    struct writer log = writer_over(stage.log_space, sizeof stage.log_space);
    struct spdm_log whole = {.entry_count = LOG_ENTRIES};
    for (uint32_t i = 0; i < LOG_ENTRIES; i++) {
        memset(value, (int)i, sizeof value);
        spdm_log_entry_write(&entries, &(struct spdm_log_entry){.number = i + 1,
                                                                .measurement_index = 1,
                                                                .is_raw = true,
                                                                .value = SLICE(value)});
    }
    EXPECT_OK(writer_finish(&entries, &whole.entries));
    spdm_log_write(&log, &whole);
    return (slice){stage.log_space, log.size};
}

static void stage_set(uint8_t version)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = version,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_256_GCM,
    };
    struct private_key keys[2] = {0};
    memset(&stage, 0, sizeof stage);
    must(private_key_read_pem(slice_of_text(sim_test_keys[4]), &keys[0]));
    must(private_key_read_pem(slice_of_text(sim_test_keys[5]), &keys[1]));
    pair_party_make(&stage.asking, &keys[0], HASH_SHA256);
    pair_party_make(&stage.answering, &keys[1], HASH_SHA256);
    pair_begin(&stage.pair, &terms, &stage.asking, &stage.answering);
    stage.pair.requester_setup.settings.algorithms.log_specifications = SPDM_LOG_DMTF;
    stage.pair.responder_setup.settings.algorithms.log_specifications = SPDM_LOG_DMTF;
    stage.pair.responder_setup.settings.capabilities.flags |= SPDM_MEL_CAP | SPDM_EP_INFO_SIGNED;
    stage.pair.responder_setup.duties.measurement_log = give_log;
    stage.pair.responder_setup.duties.endpoint_info = tell_info;
    stage.log = log_make();
}

static void stage_clear(void)
{
    pair_end(&stage.pair);
    pair_party_clear(&stage.asking);
    pair_party_clear(&stage.answering);
}

static enum spdm_progress speak(void)
{
    struct pair *const pair = &stage.pair;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        EXPECT_OK(spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size,
                                         &answer));
        if (stage.spoils)
            pair->response[answer.size - stage.spoils] ^= 1;
        pair->out.size = 0;
        stage.frames++;
        progress = spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out);
    }
    return progress;
}

static void connect(void)
{
    struct pair *const pair = &stage.pair;
    EXPECT_OK(spdm_requester_connect(&pair->requester, pair_now, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(spdm_requester_digests(&pair->requester, pair_now, NULL, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &stage.answering.read));
}

static struct spdm_session *open_session(void)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    return pair->requester.opened;
}

static enum spdm_progress ask_log(struct spdm_session *session)
{
    EXPECT_OK(
        spdm_requester_measurement_log(&stage.pair.requester, pair_now, session, &stage.pair.out));
    return speak();
}

static enum spdm_progress ask_info(const struct spdm_information_order *order)
{
    EXPECT_OK(
        spdm_requester_endpoint_info(&stage.pair.requester, pair_now, order, &stage.pair.out));
    return speak();
}

/* One plain message there, and what comes back. */
static slice ask(slice message)
{
    struct pair *const pair = &stage.pair;
    struct writer writer = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    struct spdm_frame frame = {0};
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT_OK(
        spdm_responder_receive(&pair->responder, pair_now, pair->request, writer.size, &answer));
    EXPECT_OK(spdm_frame_read(&spdm_tcp, (slice){pair->response, answer.size}, &frame));
    return frame.message;
}

static void expect_error(slice got, uint8_t code)
{
    EXPECT(got.size >= SPDM_HEADER_SIZE && got.data[1] == SPDM_ERROR && got.data[2] == code);
}

/* ---- the log ---- */

TEST(a_log_comes_in_as_many_portions_as_it_needs_in_and_out_of_sessions)
{
    static const uint32_t sizes[] = {PAIR_FRAME_SIZE_MAX - 64, 300};
    for (size_t i = 0; i < 4; i++) {
        stage_set(versions[i % 2]);
        stage.pair.requester_setup.settings.capabilities.data_transfer_size = sizes[i / 2];
        stage.pair.requester_setup.settings.capabilities.message_size_max = sizes[i / 2];
        connect();
        stage.frames = 0;
        EXPECT(ask_log(NULL) == SPDM_DONE);
        EXPECT(stage.frames == (stage.log.size + sizes[i / 2] - 13) / (sizes[i / 2] - 12));
        EXPECT(slice_equal(stage.pair.requester.payload, stage.log));
        EXPECT(!stage.asked_in);
        const uint8_t get_all[] = {versions[i % 2], 0xEF, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255};
        EXPECT(ask(SLICE(get_all)).size ==
               (stage.log.size + 12 < sizes[i / 2] ? stage.log.size + 12 : sizes[i / 2]));
        struct spdm_session *const session = open_session();
        EXPECT(ask_log(session) == SPDM_DONE);
        EXPECT(slice_equal(stage.pair.requester.payload, stage.log));
        EXPECT(stage.asked_in == &stage.pair.responder_sessions[0]);
        stage_clear();
    }
}

/* P30 */
TEST(a_portion_of_the_log_that_there_is_not_is_refused)
{
    const struct {
        uint32_t offset, length;
        bool is_there;
    } cases[] = {
        {0, 0, true}, {0, UINT32_MAX, true},  {1, UINT32_MAX, true},
        {0, 1, true}, {UINT32_MAX, 1, false}, {UINT32_MAX, UINT32_MAX, false},
    };
    stage_set(SPDM_1_3);
    connect();
    const uint32_t size = (uint32_t)stage.log.size;
    for (size_t i = 0; i < sizeof cases / sizeof *cases + 2; i++) {
        const bool is_last = i == sizeof cases / sizeof *cases;
        const bool is_end = i == sizeof cases / sizeof *cases + 1;
        const uint32_t offset = is_last ? size - 1 : is_end ? size : cases[i].offset;
        const uint32_t length = is_last || is_end ? 7 : cases[i].length;
        uint8_t space[SPDM_MEASUREMENT_LOG_HEADER_SIZE];
        struct writer writer = writer_over(space, sizeof space);
        struct spdm_measurement_log got;
        spdm_get_measurement_log_write(&writer, &stage.pair.responder.connection.shape,
                                       &(struct spdm_get_measurement_log){offset, length});
        const slice answer = ask((slice){space, writer.size});
        if (is_end || (!is_last && !cases[i].is_there)) {
            expect_error(answer, SPDM_INVALID_REQUEST);
            continue;
        }
        struct reader reader = reader_of(answer);
        EXPECT_OK(spdm_measurement_log_read(&reader, &got));
        EXPECT(got.portion.size == (length < size - offset ? length : size - offset));
        EXPECT(slice_equal(got.portion, (slice){stage.log.data + offset, got.portion.size}));
        EXPECT(got.remainder_size == size - offset - got.portion.size);
    }
    stage_clear();
}

/* P29: what is longer than we take, has no end, or is no log. */
TEST(a_log_that_is_none_is_not_taken)
{
    static uint8_t large[PAIR_FRAME_SIZE_MAX + 1];
    stage_set(SPDM_1_3);
    connect();
    const slice log = stage.log;
    stage.log.size--;
    EXPECT(ask_log(NULL) == SPDM_FAILED);
    EXPECT_FAIL(TRUNCATED, stage.pair.requester.failure);
    stage.log = SLICE(large);
    EXPECT(ask_log(NULL) == SPDM_FAILED);
    EXPECT_FAIL(EXHAUSTED, stage.pair.requester.failure);
    stage.log = (slice){large, 0};
    EXPECT(ask_log(NULL) == SPDM_FAILED);
    EXPECT(stage.pair.requester.error == SPDM_INVALID_REQUEST);
    stage.log = log;
    EXPECT(ask_log(NULL) == SPDM_DONE);

    stage.pair.requester.chain_capacity = log.size - 1; /* whole, and by the first half of it */
    for (unsigned i = 1; i <= 2; i++) {
        stage.frames = 0;
        stage.pair.requester_setup.settings.capabilities.data_transfer_size =
            (uint32_t)(12 + log.size / i);
        EXPECT(ask_log(NULL) == SPDM_FAILED);
        EXPECT_FAIL(EXHAUSTED, stage.pair.requester.failure);
        EXPECT(stage.frames == 1);
    }
    stage_clear();
}

TEST(a_portion_without_bytes_ends_the_log)
{
    static const uint8_t empty[] = {
        SPDM_1_3, SPDM_MEASUREMENT_EXTENSION_LOG, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0};
    struct pair *const pair = &stage.pair;
    struct writer writer = writer_over(pair->response, sizeof pair->response);
    stage_set(SPDM_1_3);
    connect();
    EXPECT_OK(spdm_requester_measurement_log(&pair->requester, pair_now, NULL, &pair->out));
    pair->out.size = 0;
    const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
    write_bytes(&writer, SLICE(empty));
    EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
    EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, writer.size,
                                  &pair->out) == SPDM_FAILED);
    EXPECT_FAIL(UNEXPECTED, pair->requester.failure);
    stage_clear();
}

TEST(who_has_no_log_and_no_information_says_so)
{
    static const uint8_t get_log[] = {
        SPDM_1_3, SPDM_GET_MEASUREMENT_EXTENSION_LOG, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0};
    static const uint8_t get_info[] = {SPDM_1_3, SPDM_GET_ENDPOINT_INFO, 1, 0, 0, 0, 0, 0};
    static const uint8_t get_other[] = {SPDM_1_3, SPDM_GET_ENDPOINT_INFO, 2, 0, 0, 0, 0, 0};
    struct spdm_information_order order = {.slot = PAIR_SLOT};
    struct pair *const pair = &stage.pair;
    stage_set(SPDM_1_3);
    connect();
    expect_error(ask(SLICE(get_other)), SPDM_INVALID_REQUEST);
    pair->responder_setup.duties.measurement_log = NULL;
    pair->responder_setup.duties.endpoint_info = NULL;
    expect_error(ask(SLICE(get_log)), SPDM_UNSUPPORTED_REQUEST);
    expect_error(ask(SLICE(get_info)), SPDM_UNSUPPORTED_REQUEST);
    stage_clear();

    stage_set(SPDM_1_3); /* no form of the log, no signature */
    pair->requester_setup.settings.algorithms.log_specifications = 0;
    pair->responder_setup.settings.capabilities.flags ^=
        SPDM_EP_INFO_SIGNED | SPDM_EP_INFO_UNSIGNED;
    connect();
    expect_error(ask(SLICE(get_log)), SPDM_UNEXPECTED_REQUEST);
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_measurement_log(&pair->requester, pair_now, NULL, &pair->out));
    EXPECT(ask_info(&order) == SPDM_DONE);
    order.asks_signature = true;
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_endpoint_info(&pair->requester, pair_now, &order, &pair->out));
    const uint8_t get_signed[40] = {SPDM_1_3, SPDM_GET_ENDPOINT_INFO, 1, 0, 1};
    expect_error(ask(SLICE(get_signed)), SPDM_UNSUPPORTED_REQUEST);
    stage_clear();

    stage_set(SPDM_1_3); /* no capability */
    pair->responder_setup.settings.capabilities.flags &=
        ~(uint32_t)(SPDM_MEL_CAP | SPDM_EP_INFO_CAP);
    connect();
    expect_error(ask(SLICE(get_log)), SPDM_UNSUPPORTED_REQUEST);
    expect_error(ask(SLICE(get_info)), SPDM_UNSUPPORTED_REQUEST);
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_measurement_log(&pair->requester, pair_now, NULL, &pair->out));
    order.asks_signature = false;
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_endpoint_info(&pair->requester, pair_now, &order, &pair->out));
    stage_clear();
}

/* ---- endpoint information ---- */

TEST(endpoint_information_comes_with_and_without_a_signature_in_and_out_of_sessions)
{
    uint8_t space[64];
    struct writer expected = writer_over(space, sizeof space);
    write_info(&expected);
    for (size_t i = 0; i < 2 * sizeof versions; i++) {
        stage_set(versions[i % 2]);
        connect();
        struct spdm_session *const session = i / 2 ? open_session() : NULL;
        for (unsigned k = 0; k < 4; k++) {
            const struct spdm_information_order order = {session, k % 2, PAIR_SLOT};
            EXPECT(ask_info(&order) == SPDM_DONE);
            EXPECT(slice_equal(stage.pair.requester.payload, (slice){space, expected.size}));
            EXPECT(stage.asked_in == (session ? &stage.pair.responder_sessions[0] : NULL));
        }
        stage_clear();
    }
}

TEST(endpoint_information_with_one_wrong_byte_or_of_another_slot_is_not_taken)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_information_order order = {NULL, true, PAIR_SLOT};
    const struct spdm_information_order other = {NULL, true, PAIR_SLOT + 1};
    const struct spdm_information_order unsure = {NULL, false, 0};
    enum { INFO_SIZE = 13, SIGNATURE_SIZE = 64 };
    enum { MESSAGE_SIZE = 8 + SPDM_NONCE_SIZE + 4 + INFO_SIZE + SIGNATURE_SIZE };
    stage_set(SPDM_1_3);
    connect();
    for (stage.spoils = 1; stage.spoils <= MESSAGE_SIZE; stage.spoils++)
        EXPECT(ask_info(&order) == SPDM_FAILED);
    stage.spoils = 0;
    EXPECT(ask_info(&order) == SPDM_DONE);
    EXPECT_FAIL(UNEXPECTED,
                spdm_requester_endpoint_info(&pair->requester, pair_now, &other, &pair->out));
    stage.spoils = INFO_SIZE; /* the count of classes */
    EXPECT(ask_info(&unsure) == SPDM_FAILED);
    EXPECT_FAIL(MALFORMED, pair->requester.failure);
    stage_clear();
}

/* What a responder signs that has the right key, and tells of another slot. */
TEST(endpoint_information_that_is_signed_for_another_slot_is_not_taken)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_information_order order = {NULL, true, PAIR_SLOT};
    for (uint8_t slot = 0; slot < 2; slot++) {
        uint8_t info_space[64];
        struct writer info = writer_over(info_space, sizeof info_space);
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        const struct spdm_signing signing = {SPDM_1_3, SPDM_SIGNATURE_ENDPOINT_INFO,
                                             ASYM_ECDSA_P256, HASH_SHA256};
        struct digest il1;
        stage_set(SPDM_1_3);
        connect();
        EXPECT_OK(spdm_requester_endpoint_info(&pair->requester, pair_now, &order, &pair->out));
        write_info(&info);
        const size_t begin = spdm_frame_begin(&spdm_tcp, &answer);
        spdm_endpoint_info_write(&answer, &pair->responder.connection.shape,
                                 &(struct spdm_endpoint_info){.slot = slot,
                                                              .is_signed = true,
                                                              .info = {info_space, info.size}});
        EXPECT_OK(spdm_transcript_il1(&pair->responder.connection.transcript,
                                      (slice){pair->request + begin, pair->out.size - begin},
                                      (slice){pair->response + begin, answer.size - begin}, &il1));
        EXPECT_OK(spdm_signature_write(&answer, &signing, &stage.answering.key, &il1));
        EXPECT_OK(spdm_frame_end(&spdm_tcp, &answer, begin, SPDM_FRAME_PLAIN));
        EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                      &pair->out) == (slot == PAIR_SLOT ? SPDM_DONE : SPDM_FAILED));
        stage_clear();
    }
}

/* ---- the recorded ones ---- */

/* mctp-13-p384-aes256-mut-enchs, before its first session */
enum { GET_LOG = 23, LOG = 24, GET_INFO = 25, INFO = 26, RESPONDER_NONCE = 8 };

static struct spdm_recording recording;
static uint8_t next_nonce[SPDM_NONCE_SIZE];

static status recorded_random(uint8_t *out, size_t size)
{
    memcpy(out, next_nonce, size);
    return OK;
}

static slice frame(unsigned number)
{
    return recording.messages[number - 1].message;
}

static status give_recorded_log(void *context, const struct spdm_session *session, slice *out)
{
    struct reader reader = reader_of(frame(LOG));
    struct spdm_measurement_log log;
    (void)context, (void)session;
    EXPECT_OK(spdm_measurement_log_read(&reader, &log));
    EXPECT(log.remainder_size == 0);
    *out = log.portion;
    return OK;
}

static status tell_recorded_info(void *context, const struct spdm_session *session,
                                 struct writer *info)
{
    struct reader reader = reader_of(frame(INFO));
    struct spdm_endpoint_info recorded;
    (void)context, (void)session;
    EXPECT_OK(spdm_endpoint_info_read(&reader, &recording.shape, true, &recorded));
    write_bytes(info, recorded.info);
    return OK;
}

/* As the recorded negotiation left it. */
static void negotiated(struct spdm_connection *connection)
{
    struct buffer a = recorded_bytes(recording.keys.root, "message_a");
    connection->phase = SPDM_PHASE_ALGORITHMS;
    connection->shape = recording.shape;
    connection->suite.hash = HASH_SHA384;
    connection->suite.asym = ASYM_ECDSA_P384;
    connection->suite.has_log = true;
    connection->peer_data_transfer_size = 0x1200;
    connection->peer_message_size_max = 0x28000;
    connection->peer_flags = connection->settings->side == SPDM_REQUESTER
                                 ? recording.responder_flags
                                 : recording.requester_flags;
    EXPECT_OK(spdm_transcript_add_a(&connection->transcript, buffer_view(&a)));
    EXPECT_OK(spdm_transcript_begin(&connection->transcript, SPDM_1_3, HASH_SHA384));
    buffer_clear(&a);
}

static void recorded_set(struct pair *pair)
{
    pair->requester_setup.random = recorded_random;
    pair->responder_setup.random = recorded_random;
    pair->responder_setup.duties.measurement_log = give_recorded_log;
    pair->responder_setup.duties.endpoint_info = tell_recorded_info;
    pair->responder_setup.settings.capabilities.flags = recording.responder_flags;
    negotiated(&pair->requester.connection);
    negotiated(&pair->responder.connection);
}

TEST(the_recorded_log_and_information_are_answered_as_they_were)
{
    struct private_key key = {0};
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-13-p384-aes256-mut-enchs", &recording);
    stage_set(SPDM_1_3);
    struct buffer pem = spdm_recordings_file("certs/ecp384/end_responder.key");
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &key));
    stage.answering.identity.slots[PAIR_SLOT].key = &key;
    recorded_set(&stage.pair);
    EXPECT(slice_equal(ask(frame(GET_LOG)), frame(LOG)));

    memcpy(next_nonce, frame(INFO).data + RESPONDER_NONCE, sizeof next_nonce);
    const slice got = ask(frame(GET_INFO));
    EXPECT(got.size == frame(INFO).size);
    const size_t unsigned_size = got.size - recording.shape.signature_size;
    EXPECT(slice_equal((slice){got.data, unsigned_size}, (slice){frame(INFO).data, unsigned_size}));
    private_key_clear(&key);
    buffer_clear(&pem);
    stage_clear();
    spdm_recording_clear(&recording);
}

/* The signature is the recorded responder's, which no code of ours has made. */
TEST(the_recorded_signature_of_endpoint_information_verifies)
{
    const struct spdm_chain_rules rules = {.version = SPDM_1_3,
                                           .hash = HASH_SHA384,
                                           .asym = ASYM_ECDSA_P384,
                                           .model = SPDM_DEVICE_CERT};
    const struct spdm_information_order order = {NULL, true, PAIR_SLOT};
    struct pair *const pair = &stage.pair;
    SCOPED(spdm_chain) chain = {0};
    SCOPED(buffer) bytes = {0};
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-13-p384-aes256-mut-enchs", &recording);
    struct buffer der = spdm_recordings_file("certs/ecp384/bundle_responder.certchain.der");
    EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&der), &bytes));
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &chain));
    for (unsigned is_wrong = 0; is_wrong < 2; is_wrong++) {
        stage_set(SPDM_1_3);
        recorded_set(pair);
        pair->requester.connection.peer_slots[PAIR_SLOT].chain = &chain;
        memcpy(next_nonce, frame(GET_INFO).data + 8, sizeof next_nonce);
        next_nonce[0] ^= (uint8_t)is_wrong;
        EXPECT_OK(spdm_requester_endpoint_info(&pair->requester, pair_now, &order, &pair->out));
        EXPECT(slice_equal((slice){pair->request + 4, pair->out.size - 4}, frame(GET_INFO)) ==
               !is_wrong);
        struct writer writer = writer_over(pair->response, sizeof pair->response);
        const size_t begin = spdm_frame_begin(&spdm_tcp, &writer);
        write_bytes(&writer, frame(INFO));
        EXPECT_OK(spdm_frame_end(&spdm_tcp, &writer, begin, SPDM_FRAME_PLAIN));
        EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, writer.size,
                                      &pair->out) == (is_wrong ? SPDM_FAILED : SPDM_DONE));
        stage_clear();
    }
    buffer_clear(&der);
    spdm_recording_clear(&recording);
}
