/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The recorded requester's part, played by ours: it is told the recorded responses, asks for what
 * was asked for, and has the same keys and certificates. Its dice fall as they did: nonces, key
 * shares, the agreed secrets, signatures (which must be good over our transcript), the tags of key
 * updates, the handles of large messages and the padding of records. Then every frame must be the
 * recorded one, to the last byte.
 *
 * Functions are put in other functions' place by the linker (--wrap).
 */

#include "spdm/requester.h"

#include "crypto/agreement.h"
#include "spdm/message/csr.h"
#include "spdm/message/endpoint_info.h"
#include "spdm/message/finish.h"
#include "spdm/message/key_exchange.h"
#include "spdm/message/key_pair_info.h"
#include "spdm/message/psk_exchange.h"
#include "spdm/signing.h"
#include "spdm_recording.h"

enum {
    FRAME_SIZE_MAX = 70000,
    SESSIONS = 2,
    PCAP_HEADER = 24,
    PACKET_HEADER = 16,
    CODE = 1,
    PARAM_1,
    PARAM_2,
};

static struct replay {
    struct spdm_recording recording;
    struct buffer capture;
    slice left;
    unsigned frame; /* of the last packet that was taken */
    size_t next;    /* of recording.messages */

    struct spdm_requester requester;
    struct spdm_requester_setup setup;
    struct spdm_session sessions[SESSIONS];
    struct private_key key;
    struct public_key public;
    struct buffer chain_bytes, spki;
    struct spdm_own_chain own_chain, other_chains[SPDM_SLOTS];
    struct spdm_identity identity;
    struct public_key peer_key;
    struct spdm_chain peer_chains[SPDM_SLOTS];

    const struct recorded_message *expected; /* the request that is to be said now */
    slice expected_packet;
    size_t sessions_begun; /* of the recorded ones */
    struct secret psk;
    struct buffer csr, key_pair_info;
    bool reads_chain;

    unsigned requests, identical, others, not_ours;
} replay;

/* ---- the capture ---- */

static uint32_t le16(slice bytes, size_t at)
{
    return (uint32_t)(bytes.data[at] | bytes.data[at + 1] << 8);
}

static uint32_t le32(slice bytes, size_t at)
{
    return le16(bytes, at) | le16(bytes, at + 2) << 16;
}

/* The next packet from the transport's header on, and what is known of it; or NULL. */
static slice take_packet(const struct recorded_message **out_message)
{
    static const size_t below[] = {[RECORDED_MCTP] = 4, [RECORDED_TCP] = 40, [RECORDED_DOE] = 0};
    const size_t skipped = PACKET_HEADER + below[replay.recording.transport];
    const size_t size = PACKET_HEADER + le32(replay.left, 8);
    const slice packet = {replay.left.data + skipped, size - skipped};
    const struct recorded_message *const message = &replay.recording.messages[replay.next];
    replay.left = (slice){replay.left.data + size, replay.left.size - size};
    replay.frame++;
    *out_message = message->frame == replay.frame ? message : NULL;
    replay.next += *out_message != NULL;
    return packet;
}

static const json_t *session_keys(size_t which)
{
    return json_array_get(json_object_get(replay.recording.keys.root, "sessions"), which);
}

/* ---- how the dice fell ---- */

static slice said(void)
{
    return replay.expected->message;
}

/* Where in the recorded request there is a random value of this size. */
static size_t random_at(size_t size)
{
    enum { SLOT_SIZE = 1, EXCHANGE_RANDOM = 8, PSK_LENGTHS = 12, WRAPPER = 4, INFO_NONCE = 8 };
    const struct spdm_shape *const shape = &replay.recording.shape;
    switch (said().data[CODE]) {
    case SPDM_GET_MEASUREMENTS:
        return size == SPDM_NONCE_SIZE || !(said().data[PARAM_1] & 1)
                   ? SPDM_HEADER_SIZE
                   : SPDM_HEADER_SIZE + SPDM_NONCE_SIZE + SLOT_SIZE;
    case SPDM_KEY_EXCHANGE:
        return EXCHANGE_RANDOM;
    case SPDM_PSK_EXCHANGE:
        return PSK_LENGTHS + le16(said(), 6);
    case SPDM_GET_ENDPOINT_INFO:
        return INFO_NONCE;
    case SPDM_DELIVER_ENCAPSULATED_RESPONSE:
        return WRAPPER + (said().data[WRAPPER + CODE] == SPDM_ENDPOINT_INFO
                              ? (size_t)INFO_NONCE
                              : SPDM_HEADER_SIZE + shape->hash_size); /* of CHALLENGE_AUTH */
    case SPDM_CHALLENGE:
    default:
        return size == SPDM_NONCE_SIZE ? SPDM_HEADER_SIZE : SPDM_HEADER_SIZE + SPDM_NONCE_SIZE;
    }
}

static status recorded_random(uint8_t *out, size_t size)
{
    const size_t at = random_at(size);
    EXPECT(at + size <= said().size);
    memcpy(out, said().data + at, size);
    return OK;
}

status __wrap_agreement_begin(enum group group, struct agreement *out, uint8_t *out_share);
status __wrap_agreement_begin(enum group group, struct agreement *out, uint8_t *out_share)
{
    enum { SHARE = 40 };
    *out = (struct agreement){.group = group};
    memcpy(out_share, said().data + SHARE, group_first_share_size(group));
    return OK;
}

status __wrap_agreement_finish(const struct agreement *agreement, slice share,
                               struct shared_secret *out);
status __wrap_agreement_finish(const struct agreement *agreement, slice share,
                               struct shared_secret *out)
{
    SCOPED(buffer)
    secret = recorded_bytes(session_keys(replay.sessions_begun - 1), "shared_secret");
    EXPECT(share.size == group_second_share_size(agreement->group));
    EXPECT(secret.size == group_secret_size(agreement->group));
    memcpy(out->data, secret.data, secret.size);
    out->size = secret.size;
    return OK;
}

status __wrap_spdm_signature_write(struct writer *writer, const struct spdm_signing *signing,
                                   const struct private_key *key, const struct digest *transcript);
status __wrap_spdm_signature_write(struct writer *writer, const struct spdm_signing *signing,
                                   const struct private_key *key, const struct digest *transcript)
{
    const size_t after = said().data[CODE] == SPDM_FINISH ? replay.recording.shape.hash_size : 0;
    const size_t size = asym_signature_size(signing->asym);
    const slice signature = {said().data + said().size - after - size, size};
    EXPECT(key == &replay.key);
    EXPECT_OK(spdm_verify(signing, &replay.public, transcript, signature));
    write_bytes(writer, signature);
    return OK;
}

void __real_spdm_key_update_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_key_update *request);
void __wrap_spdm_key_update_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_key_update *request);
void __wrap_spdm_key_update_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_key_update *request)
{
    const struct spdm_key_update tagged = {request->operation, said().data[PARAM_2]};
    replay.requester.key_tag = tagged.tag;
    __real_spdm_key_update_write(writer, shape, &tagged);
}

/* ---- records ---- */

static slice recorded_record(const struct spdm_session *session)
{
    const size_t header = replay.setup.transport->header_size;
    const slice record = {replay.expected_packet.data + header,
                          replay.expected_packet.size - header};
    const size_t prefix = spdm_record_prefix_size(&session->form);
    const size_t before_length = 4 + (size_t)session->form.sequence_size;
    EXPECT(prefix >= before_length + 2);
    return (slice){record.data, before_length + 2 + le16(record, before_length)};
}

/* The padding of the recorded record, which our key opens. */
static slice recorded_padding(const struct spdm_session *session, uint8_t *space)
{
    struct spdm_record_key key = session->halves[SPDM_REQUESTS].key;
    const slice record = recorded_record(session);
    slice data = {0};
    memcpy(space, record.data, record.size);
    const status opened = spdm_record_open(&key, &session->form, space, record.size, &data);
    EXPECT_OK(opened);
    if (opened.fault)
        return (slice){0};
    const uint8_t *const end = data.data + data.size;
    return (slice){end, (size_t)(space + record.size - AEAD_TAG_SIZE - end)};
}

status __real_spdm_session_seal(struct spdm_session *session, enum spdm_side side,
                                struct writer *writer, size_t begin, slice padding);
status __wrap_spdm_session_seal(struct spdm_session *session, enum spdm_side side,
                                struct writer *writer, size_t begin, slice padding);
status __wrap_spdm_session_seal(struct spdm_session *session, enum spdm_side side,
                                struct writer *writer, size_t begin, slice padding)
{
    static uint8_t space[FRAME_SIZE_MAX];
    EXPECT(padding.size == 0);
    return __real_spdm_session_seal(session, side, writer, begin, recorded_padding(session, space));
}

/* A piece was as long as that program's own buffer takes, which is less than what its peer does. */
size_t __real_spdm_wrap_room(const struct spdm_path *path, const struct spdm_session *session,
                             const struct writer *writer);
size_t __wrap_spdm_wrap_room(const struct spdm_path *path, const struct spdm_session *session,
                             const struct writer *writer);
size_t __wrap_spdm_wrap_room(const struct spdm_path *path, const struct spdm_session *session,
                             const struct writer *writer)
{
    enum { PIECE_SIZE_MAX = 0x1100 };
    const size_t room = __real_spdm_wrap_room(path, session, writer);
    return room < PIECE_SIZE_MAX ? room : PIECE_SIZE_MAX;
}

/* ---- who they were ---- */

static enum asym recorded_asym(const char *classical, const char *quantum)
{
    const uint32_t bit = recorded_algorithm(&replay.recording, quantum);
    return bit ? spdm_pqc_asym_of(bit)
               : spdm_asym_of(recorded_algorithm(&replay.recording, classical));
}

static struct buffer sample(enum asym asym, const char *name)
{
    static const char *const folders[] = {[ASYM_ECDSA_P256] = "ecp256",
                                          [ASYM_ECDSA_P384] = "ecp384",
                                          [ASYM_RSAPSS_3072] = "rsa3072",
                                          [ASYM_ML_DSA_65] = "mldsa65"};
    char file[RECORDING_PATH_SIZE];
    snprintf(file, sizeof file, "certs/%s/%s", folders[asym], name);
    return spdm_recordings_file(file);
}

static enum hash recorded_hash(void)
{
    return spdm_hash_of(recorded_algorithm(&replay.recording, "hash"));
}

static void load_identity(enum asym asym)
{
    SCOPED(buffer) pem = sample(asym, "end_requester.key");
    SCOPED(buffer) der = sample(asym, "bundle_requester.certchain.der");
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &replay.key));
    EXPECT_OK(private_key_public(&replay.key, &replay.public));
    EXPECT_OK(public_key_spki(&replay.public, &replay.spki));
    EXPECT_OK(spdm_chain_write(recorded_hash(), buffer_view(&der), &replay.chain_bytes));
    replay.own_chain.hash = recorded_hash();
    replay.own_chain.bytes = buffer_view(&replay.chain_bytes);
    EXPECT_OK(digest_of(recorded_hash(), replay.own_chain.bytes, &replay.own_chain.digest));
    replay.identity.slots[0] =
        (struct spdm_own_slot){.chains = &replay.own_chain, .chain_count = 1, .key = &replay.key};
    if (!(replay.recording.requester_flags & SPDM_PUB_KEY_ID_CAP))
        return;
    replay.identity.raw_key = &replay.key;
    replay.identity.raw_key_spki = buffer_view(&replay.spki);
}

/* What the requester's DIGESTS says in a multi-key connection: of slots that nobody asks for there
 * is no more. */
static void load_slots(const struct spdm_digests *digests)
{
    for (uint8_t i = 0; i < SPDM_SLOTS; i++) {
        const struct spdm_slot_digest *const told = &digests->slots[i];
        struct spdm_own_slot *const slot = &replay.identity.slots[i];
        if (!(digests->provisioned_slots >> i & 1))
            continue;
        slot->key_pair_id = told->key_pair_id;
        slot->certificate_model = told->certificate_model;
        slot->key_usage = told->key_usage;
        if (slot->chain_count)
            continue;
        replay.other_chains[i].hash = recorded_hash();
        replay.other_chains[i].digest.size = told->digest.size;
        memcpy(replay.other_chains[i].digest.data, told->digest.data, told->digest.size);
        slot->chains = &replay.other_chains[i];
        slot->chain_count = 1;
    }
    replay.identity.fillable_slots = digests->supported_slots;
}

/* The first response of this code that the requester delivered; empty when there is none. */
static slice first_delivered(uint8_t code)
{
    enum { WRAPPER = 4 };
    for (size_t i = 0; i < replay.recording.message_count; i++) {
        const slice message = replay.recording.messages[i].message;
        if (message.size > WRAPPER + CODE &&
            message.data[CODE] == SPDM_DELIVER_ENCAPSULATED_RESPONSE &&
            message.data[WRAPPER + CODE] == code)
            return (slice){message.data + WRAPPER, message.size - WRAPPER};
    }
    return (slice){0};
}

static void load_digests(void)
{
    const struct spdm_shape shape = spdm_shape_reversed(&replay.recording.shape);
    struct reader reader = reader_of(first_delivered(SPDM_DIGESTS));
    struct spdm_digests digests;
    if (!reader.left.size)
        return;
    EXPECT_OK(spdm_digests_read(&reader, &shape, &digests));
    load_slots(&digests);
}

/* What the requester said it is. */
static void load_info(void)
{
    const struct spdm_shape shape = spdm_shape_reversed(&replay.recording.shape);
    struct reader reader = reader_of(first_delivered(SPDM_ENDPOINT_INFO));
    struct spdm_endpoint_info info;
    if (!reader.left.size)
        return;
    EXPECT_OK(spdm_endpoint_info_read(&reader, &shape, true, &info));
    replay.setup.endpoint_info = info.info;
}

static const struct recorded_message *first_of(uint8_t code)
{
    for (size_t i = 0; i < replay.recording.message_count; i++)
        if (replay.recording.messages[i].message.size > CODE &&
            replay.recording.messages[i].message.data[CODE] == code)
            return &replay.recording.messages[i];
    return NULL;
}

/* As its first messages say. */
static void load_settings(void)
{
    static const struct spdm_transport *const transports[] = {
        [RECORDED_MCTP] = &spdm_mctp, [RECORDED_TCP] = &spdm_tcp, [RECORDED_DOE] = &spdm_doe};
    const uint8_t version = replay.recording.shape.version;
    struct reader capabilities = reader_of(first_of(SPDM_GET_CAPABILITIES)->message);
    struct reader algorithms = reader_of(first_of(SPDM_NEGOTIATE_ALGORITHMS)->message);
    replay.setup = (struct spdm_requester_setup){
        .settings = {.side = SPDM_REQUESTER,
                     .version_min = version,
                     .version_max = version,
                     .insecure_allow_psk_before_1_3 = true},
        .transport = transports[replay.recording.transport],
        .identity = &replay.identity,
        .secured = {3, {0x1000, 0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX},
        .clears_negotiated_state = true,
        .random = recorded_random,
    };
    struct spdm_settings *const settings = &replay.setup.settings;
    settings->sequence_size = (uint8_t)replay.setup.transport->sequence_size;
    EXPECT_OK(spdm_get_capabilities_read(&capabilities, &settings->capabilities));
    EXPECT_OK(spdm_negotiate_algorithms_read(&algorithms, &replay.recording.shape,
                                             &settings->algorithms));
    if (version < SPDM_1_2) /* where it is not told, it took chains whole */
        settings->capabilities.data_transfer_size = FRAME_SIZE_MAX;
}

static void open_replay(const char *name)
{
    static uint8_t chain[FRAME_SIZE_MAX], incoming[FRAME_SIZE_MAX], outgoing[FRAME_SIZE_MAX];
    char file[RECORDING_PATH_SIZE];
    memset(&replay, 0, sizeof replay);
    spdm_recording_open(name, &replay.recording);
    snprintf(file, sizeof file, "%s.pcap", name);
    replay.capture = spdm_recordings_file(file);
    replay.left = (slice){replay.capture.data + PCAP_HEADER, replay.capture.size - PCAP_HEADER};
    load_settings();
    const enum asym asym = recorded_asym("asym", "pqc");
    const enum asym requester_asym = recorded_asym("reqasym", "reqpqc");
    if (requester_asym && asym_is_available(requester_asym)) {
        load_identity(requester_asym);
        load_digests();
        load_info();
    }
    spdm_requester_begin(
        &replay.requester, &replay.setup,
        &(struct spdm_requester_loans){
            .connection = {.sessions = replay.sessions,
                           .session_count = SESSIONS,
                           .incoming = {.space = incoming, .capacity = sizeof incoming},
                           .outgoing = {.space = outgoing, .capacity = sizeof outgoing}},
            .chain = chain,
            .chain_capacity = sizeof chain,
        });
    if (replay.recording.responder_flags & SPDM_PUB_KEY_ID_CAP) {
        SCOPED(buffer) der = sample(asym, "end_responder.key.pub.der");
        EXPECT_OK(public_key_read(buffer_view(&der), &replay.peer_key));
        spdm_requester_accept_key(&replay.requester, &replay.peer_key);
    }
}

static void close_replay(void)
{
    spdm_requester_clear(&replay.requester);
    for (size_t i = 0; i < SPDM_SLOTS; i++)
        spdm_chain_clear(&replay.peer_chains[i]);
    private_key_clear(&replay.key);
    public_key_clear(&replay.public);
    public_key_clear(&replay.peer_key);
    buffer_clear(&replay.chain_bytes);
    buffer_clear(&replay.spki);
    buffer_clear(&replay.capture);
    spdm_recording_clear(&replay.recording);
}

/* ---- what was asked for ---- */

static const struct moment now = {0};

static struct spdm_session *recorded_session(void)
{
    return replay.expected->in_session
               ? spdm_connection_session(&replay.requester.connection, replay.expected->session_id)
               : NULL;
}

/* The chain that was read is trusted. */
static void accept_chain(void)
{
    struct spdm_requester *const requester = &replay.requester;
    const uint8_t slot = requester->slot;
    const struct spdm_chain_rules rules = {
        .version = replay.recording.shape.version,
        .hash = recorded_hash(),
        .asym = recorded_asym("asym", "pqc"),
        .model = SPDM_DEVICE_CERT,
    };
    spdm_chain_clear(&replay.peer_chains[slot]);
    EXPECT_OK(spdm_chain_read(&rules, (slice){requester->chain, requester->chain_size},
                              &replay.peer_chains[slot]));
    EXPECT_OK(spdm_requester_accept(requester, slot, &replay.peer_chains[slot]));
}

static status ask_measurements(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_get_measurements request;
    EXPECT_OK(spdm_get_measurements_read(&reader, &replay.recording.shape, &request));
    const struct spdm_measuring_order order = {
        .session = recorded_session(),
        .operation = request.operation,
        .asks_raw = request.asks_raw,
        .asks_new = request.asks_new,
        .asks_signature = request.asks_signature,
        .slot = request.slot,
    };
    return spdm_requester_measurements(&replay.requester, now, &order, out);
}

static status ask_endpoint_info(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_get_endpoint_info request;
    EXPECT_OK(spdm_get_endpoint_info_read(&reader, &request));
    const struct spdm_information_order order = {recorded_session(), request.asks_signature,
                                                 request.slot};
    return spdm_requester_endpoint_info(&replay.requester, now, &order, out);
}

static void begin_recorded_session(uint16_t requester_id)
{
    replay.sessions_begun++;
    replay.requester.sessions_begun = (uint16_t)(0xFFFF - requester_id);
}

static status ask_session(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_key_exchange request;
    EXPECT_OK(spdm_key_exchange_read(&reader, &replay.recording.shape, &request));
    const struct spdm_opening opening = {
        .slot = request.slot, .summary = request.summary, .policy = request.policy};
    begin_recorded_session(request.session_id);
    return spdm_requester_open_session(&replay.requester, now, &opening, out);
}

static status ask_psk_session(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_psk_exchange request;
    EXPECT_OK(spdm_psk_exchange_read(&reader, &replay.recording.shape, &request));
    begin_recorded_session(request.session_id);
    SCOPED(buffer) psk = recorded_bytes(session_keys(replay.sessions_begun - 1), "shared_secret");
    EXPECT(psk.size <= sizeof replay.psk.data);
    memcpy(replay.psk.data, psk.data, psk.size);
    replay.psk.size = psk.size;
    const struct spdm_psk_opening opening = {.hint = request.hint,
                                             .psk = &replay.psk,
                                             .summary = request.summary,
                                             .policy = request.policy};
    return spdm_requester_open_psk_session(&replay.requester, now, &opening, out);
}

static status ask_vendor_defined(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_vendor_defined request;
    EXPECT_OK(spdm_vendor_defined_request_read(&reader, &replay.recording.shape, &request));
    return spdm_requester_vendor_defined(&replay.requester, now, recorded_session(), &request, out);
}

static status ask_csr(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_get_csr request;
    EXPECT_OK(spdm_get_csr_read(&reader, &replay.recording.shape, &request));
    return spdm_requester_csr(&replay.requester, now, recorded_session(), &request, out);
}

static status ask_to_set_key_pair(struct writer *out)
{
    struct reader reader = reader_of(said());
    struct spdm_set_key_pair_info request;
    EXPECT_OK(spdm_set_key_pair_info_read(&reader, &replay.recording.shape, &request));
    return spdm_requester_set_key_pair_info(&replay.requester, now, recorded_session(), &request,
                                            out);
}

static status ask(struct writer *out)
{
    struct spdm_requester *const requester = &replay.requester;
    struct spdm_session *const session = recorded_session();
    const uint8_t *const request = said().data;
    switch (request[CODE]) {
    case SPDM_GET_VERSION:
        return spdm_requester_connect(requester, now, out);
    case SPDM_GET_DIGESTS:
        return spdm_requester_digests(requester, now, session, out);
    case SPDM_GET_CERTIFICATE:
        replay.reads_chain = !session;
        return spdm_requester_certificate(requester, now, session, request[PARAM_1] & 0xF, out);
    case SPDM_CHALLENGE:
        return spdm_requester_challenge(requester, now, request[PARAM_1], request[PARAM_2], out);
    case SPDM_GET_MEASUREMENTS:
        return ask_measurements(out);
    case SPDM_GET_MEASUREMENT_EXTENSION_LOG:
        return spdm_requester_measurement_log(requester, now, session, out);
    case SPDM_GET_ENDPOINT_INFO:
        return ask_endpoint_info(out);
    case SPDM_KEY_EXCHANGE:
        return ask_session(out);
    case SPDM_PSK_EXCHANGE:
        return ask_psk_session(out);
    case SPDM_HEARTBEAT:
        return spdm_requester_heartbeat(requester, now, session, out);
    case SPDM_KEY_UPDATE:
        return spdm_requester_key_update(requester, now, session,
                                         (enum spdm_key_operation)request[PARAM_1], out);
    case SPDM_GET_ENCAPSULATED_REQUEST:
        return spdm_requester_listen(requester, now, session, out);
    case SPDM_VENDOR_DEFINED_REQUEST:
        return ask_vendor_defined(out);
    case SPDM_GET_CSR:
        return ask_csr(out);
    case SPDM_GET_KEY_PAIR_INFO:
        return spdm_requester_key_pair_info(requester, now, session, request[SPDM_HEADER_SIZE],
                                            out);
    case SPDM_SET_KEY_PAIR_INFO:
        return ask_to_set_key_pair(out);
    case SPDM_END_SESSION:
        return spdm_requester_end_session(requester, now, session, out);
    default:
        return FAIL(UNSUPPORTED, "a request of no kind that our requester knows");
    }
}

/* ---- packet by packet ---- */

/* Another protocol's message, or a request that is not ours: the session's sequences go on. */
static void pass_over(struct spdm_session *session, slice response)
{
    static uint8_t space[FRAME_SIZE_MAX], none[FRAME_SIZE_MAX];
    struct writer out = writer_over(none, sizeof none);
    if (!session)
        return;
    session->halves[SPDM_REQUESTS].key.sequence++;
    memcpy(space, response.data, response.size);
    EXPECT(spdm_requester_receive(&replay.requester, now, space, response.size, &out) == SPDM_WAIT);
}

/* Another protocol's message or one that our requester does not know, which it has not said. */
static bool is_passed_over(struct writer *out)
{
    if (!replay.expected || said().size == 0) {
        replay.others += replay.expected != NULL;
        return true;
    }
    const status asked = replay.requester.step ? OK : ask(out);
    replay.not_ours += asked.fault != NULL;
    return asked.fault;
}

static void expect_said(slice frame)
{
    const bool is_same = slice_equal(frame, replay.expected_packet);
    if (!is_same)
        printf("  another request than in frame %u of %s (code %02X): %zu bytes, not %zu\n",
               replay.expected->frame, replay.recording.name, said().data[CODE], frame.size,
               replay.expected_packet.size);
    replay.identical += is_same;
}

/* One response, at which our requester may say the next request. False when it cannot go on. */
static bool hear(slice packet, const struct recorded_message *response, struct writer *out)
{
    static uint8_t frame[FRAME_SIZE_MAX];
    struct spdm_requester *const requester = &replay.requester;
    const bool is_error =
        response->message.size > CODE && response->message.data[CODE] == SPDM_ERROR;
    out->size = 0;
    memcpy(frame, packet.data, packet.size);
    const enum spdm_progress progress =
        spdm_requester_receive(requester, now, frame, packet.size, out);
    if (progress == SPDM_FAILED && !is_error) {
        EXPECT_OK(requester->failure);
        return false;
    }
    if (progress == SPDM_DONE && replay.reads_chain) {
        replay.reads_chain = false;
        accept_chain();
    }
    return progress != SPDM_WAIT;
}

static void take_request(void)
{
    if (!replay.left.size)
        return;
    replay.expected_packet = take_packet(&replay.expected);
    replay.requests += replay.expected != NULL;
    if (replay.expected && said().size && said().data[CODE] == SPDM_CHUNK_SEND)
        replay.requester.connection.last_handle = (uint8_t)(said().data[PARAM_2] - 1);
}

static void repeat(const char *name)
{
    static uint8_t space[FRAME_SIZE_MAX];
    struct writer out = writer_over(space, sizeof space);
    bool goes_on = true;
    take_request();
    while (goes_on && replay.left.size) {
        const struct recorded_message *response;
        const bool passed_over = is_passed_over(&out);
        if (!passed_over)
            expect_said((slice){out.data, out.size});
        struct spdm_session *const session = replay.expected ? recorded_session() : NULL;
        const slice packet = take_packet(&response);
        take_request();
        if (passed_over)
            pass_over(session, packet);
        else
            goes_on = hear(packet, response, &out);
    }
    printf("  %-40s %3u of %3u requests are the same, %u of other protocols, %u not ours\n", name,
           replay.identical, replay.requests, replay.others, replay.not_ours);
    EXPECT(replay.left.size == 0);
    EXPECT(replay.identical == replay.requests - replay.others - replay.not_ours);
}

static void visit(const char *name)
{
    const int before = test_failures;
    open_replay(name);
    const bool is_here = asym_is_available(recorded_asym("asym", "pqc"));
    if (is_here)
        repeat(name);
    else
        printf("  skipped %zu: this OpenSSL does not have the algorithms of %s\n",
               replay.recording.message_count / 2, name);
    test_skipped += is_here ? 0 : (int)replay.recording.message_count / 2;
    if (test_failures != before)
        printf("  in %s\n", name);
    close_replay();
}

TEST(recorded_requesters_are_repeated_to_the_last_byte)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    for (size_t i = 0; i < SPDM_RECORDINGS; i++)
        visit(spdm_recording_names[i]);
}
