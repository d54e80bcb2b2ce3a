/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Conversations between two other programs, followed by somebody who was told only the shared
 * secrets: every transcript, secret, VerifyData, signature and record is made again.
 * spec: tests/spdm_recording.h
 */

#include "spdm/algorithms.h"
#include "spdm/chain.h"
#include "spdm/session.h"
#include "spdm/signing.h"

#include "spdm_recording.h"

enum { SESSIONS_MAX = 4, RECORD_MAX = 70000, MESSAGE_MAX = 70000 };

/* What DIGESTS and CERTIFICATE gave of one side's slot, or the raw key. */
struct slot {
    struct buffer chain; /* while it arrives, and then whole */
    struct digest digest;
    struct public_key key; /* empty where this OpenSSL cannot read it */
};

struct side {
    struct slot slots[SPDM_SLOTS + 1]; /* the last: the raw key */
    enum asym asym;
    bool is_requester;
};

struct large {
    struct buffer message;
    bool is_whole;
};

struct walk {
    const struct spdm_recording *recording;
    struct spdm_shape shape;
    struct spdm_key_schedule schedule;
    struct spdm_transcript transcript;
    struct side responder, requester;

    struct spdm_session sessions[SESSIONS_MAX];
    size_t keys_of[SESSIONS_MAX]; /* which member of "sessions" each is, from 1; 0: free */
    size_t updates[SESSIONS_MAX];
    size_t session_count;
    struct spdm_session *handshaking;

    slice request;      /* awaits its response */
    slice encapsulated; /* the same, encapsulated */
    struct large chunks_in, chunks_out;
    struct buffer kept_request, kept_encapsulated;

    struct buffer capture;
    slice capture_left;
    int signatures, verify_data, secrets, records, signatures_not_possible;
};

/* ---- small things ---- */

static slice head(slice bytes, size_t size)
{
    EXPECT(size <= bytes.size);
    return (slice){bytes.data, size <= bytes.size ? size : bytes.size};
}

static slice tail(slice bytes, size_t size)
{
    EXPECT(size <= bytes.size);
    return size <= bytes.size ? (slice){bytes.data + bytes.size - size, size} : (slice){0};
}

static slice without(slice bytes, size_t size)
{
    return head(bytes, size <= bytes.size ? bytes.size - size : 0);
}

static size_t le16(slice bytes, size_t at)
{
    return at + 2 <= bytes.size ? (size_t)(bytes.data[at] | bytes.data[at + 1] << 8) : 0;
}

static size_t le32(slice bytes, size_t at)
{
    return le16(bytes, at) | le16(bytes, at + 2) << 16;
}

static slice keep(struct buffer *buffer, slice bytes)
{
    struct buffer copy = {0};
    EXPECT_OK(buffer_append(&copy, bytes));
    buffer_clear(buffer);
    *buffer = copy;
    return buffer_view(buffer);
}

static const json_t *keys_of(const struct walk *walk, const struct spdm_session *session)
{
    const json_t *const all = json_object_get(walk->recording->keys.root, "sessions");
    return json_array_get(all, walk->keys_of[session - walk->sessions] - 1);
}

static bool is_recorded(const json_t *keys, const char *name, slice bytes)
{
    SCOPED(buffer) expected = recorded_bytes(keys, name);
    const bool same = expected.size && slice_equal(buffer_view(&expected), bytes);
    if (!same)
        printf("  %s is another\n", name);
    return same;
}

static void expect_secret(struct walk *walk, const json_t *keys, const char *name, slice bytes)
{
    EXPECT(is_recorded(keys, name, bytes));
    walk->secrets++;
}

/* ---- who signs ---- */

static struct slot *slot_of(struct side *side, uint8_t slot)
{
    return &side->slots[slot < SPDM_SLOTS ? slot : SPDM_SLOTS];
}

static void expect_signed(struct walk *walk, struct side *side, uint8_t slot,
                          enum spdm_signature signature, const struct digest *transcript,
                          slice bytes)
{
    const struct spdm_signing signing = {walk->shape.version, signature, side->asym,
                                         walk->schedule.hash};
    struct spdm_signing other = signing;
    const struct public_key *const key = &slot_of(side, slot)->key;
    if (!asym_is_available(side->asym)) {
        walk->signatures_not_possible++;
        return;
    }
    EXPECT(key->pkey);
    if (!key->pkey)
        return;
    EXPECT_OK(spdm_verify(&signing, key, transcript, bytes));
    struct digest changed = *transcript;
    changed.data[0] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, spdm_verify(&signing, key, &changed, bytes));
    other.signature =
        signature == SPDM_SIGNATURE_FINISH ? SPDM_SIGNATURE_MEASUREMENTS : SPDM_SIGNATURE_FINISH;
    if (walk->shape.version >= SPDM_1_2)
        EXPECT_FAIL(UNAUTHENTIC, spdm_verify(&other, key, transcript, bytes));
    walk->signatures++;
}

/* A file about the keys of this kind. */
static struct buffer sample_file(enum asym asym, const char *name)
{
    static const char *const folders[] = {[ASYM_ECDSA_P256] = "ecp256",
                                          [ASYM_ECDSA_P384] = "ecp384",
                                          [ASYM_RSAPSS_3072] = "rsa3072",
                                          [ASYM_ML_DSA_65] = "mldsa65"};
    char file[RECORDING_PATH_SIZE];
    snprintf(file, sizeof file, "certs/%s/%s", folders[asym], name);
    return spdm_recordings_file(file);
}

/* The key is there before the chain, where an answer is signed that early. */
static void provision_key(struct side *side, struct slot *slot)
{
    const char *const name =
        side->is_requester ? "end_requester.key.pub.der" : "end_responder.key.pub.der";
    SCOPED(buffer) der = sample_file(side->asym, name);
    EXPECT_OK(public_key_read(buffer_view(&der), &slot->key));
}

static void chain_is_whole(struct walk *walk, const struct side *side, struct slot *slot)
{
    SCOPED(spdm_chain) chain = {0};
    EXPECT_OK(digest_of(walk->schedule.hash, buffer_view(&slot->chain), &slot->digest));
    if (!asym_is_available(side->asym))
        return;
    SCOPED(certificate) root = {0};
    SCOPED(buffer) root_der = sample_file(side->asym, "ca.cert.der");
    EXPECT_OK(certificate_read(buffer_view(&root_der), &root));
    const struct spdm_chain_rules rules = {.version = walk->shape.version,
                                           .hash = walk->schedule.hash,
                                           .asym = side->asym,
                                           .is_requester = side->is_requester,
                                           .roots = &root,
                                           .root_count = 1};
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&slot->chain), &chain));
    EXPECT(digest_equal(&chain.digest, &slot->digest));
    EXPECT(chain.is_anchored == (slot != &side->slots[1])); /* which has a root of its own */
    public_key_clear(&slot->key);
    slot->key = chain.key;
    chain.key = (struct public_key){0};
}

/* GET_CERTIFICATE and CERTIFICATE, in either form. */
static void take_portion(struct walk *walk, struct side *side, slice request, slice response)
{
    const bool is_large = response.data[2] & 0x80;
    const size_t offset = is_large ? le32(request, 8) : le16(request, 4);
    const size_t portion = is_large ? le32(response, 8) : le16(response, 4);
    const size_t remainder = is_large ? le32(response, 12) : le16(response, 6);
    struct slot *const slot = slot_of(side, response.data[2] & 0xF);
    if (offset == 0)
        buffer_clear(&slot->chain);
    EXPECT(slot->chain.size == offset);
    EXPECT_OK(buffer_append(&slot->chain, tail(response, portion)));
    if (remainder == 0)
        chain_is_whole(walk, side, slot);
}

/* No certificates: the key itself is what transcripts hold. */
static void provision_raw_key(struct walk *walk, struct side *side)
{
    struct slot *const slot = &side->slots[SPDM_SLOTS];
    provision_key(side, slot);
    EXPECT_OK(public_key_spki_digest(&slot->key, walk->schedule.hash, &slot->digest));
}

/* ---- the true length of what DOE padded ---- */

static size_t bits_in(uint8_t mask)
{
    size_t count = 0;
    for (; mask; mask &= (uint8_t)(mask - 1))
        count++;
    return count;
}

/* `at` is where a length of opaque data is. */
static size_t past_opaque(slice message, size_t at)
{
    return at + 2 + le16(message, at);
}

static size_t true_size(const struct walk *walk, slice request, slice message)
{
    const struct spdm_shape *const shape = &walk->shape;
    const size_t h = shape->hash_size;
    const size_t context = shape->version >= SPDM_1_3 ? SPDM_CONTEXT_SIZE : 0;
    const size_t summary = request.size > 2 && request.data[2] ? h : 0; /* of KEY_EXCHANGE */
    const size_t nonce = shape->version == SPDM_1_0 ? 32 : 33;          /* from 1.1 with a slot */
    switch (message.data[1]) {
    case SPDM_NEGOTIATE_ALGORITHMS:
    case SPDM_ALGORITHMS:
        return le16(message, 4);
    case SPDM_DIGESTS:
        return 4 + bits_in(message.data[3]) * (h + (shape->responder_is_multi_key ? 4 : 0));
    case SPDM_CERTIFICATE:
        return message.data[2] & 0x80 ? 16 + le32(message, 8) : 8 + le16(message, 4);
    case SPDM_CHALLENGE_AUTH:
        return past_opaque(message, 4 + h + 32 + (request.data[3] ? h : 0)) + context +
               shape->signature_size;
    case SPDM_GET_MEASUREMENTS:
        return 4 + (message.data[2] & 1 ? nonce : 0) + context;
    case SPDM_MEASUREMENTS:
        return past_opaque(message, 8 + (le32(message, 5) & 0xFFFFFF) + 32) + context +
               (request.data[2] & 1 ? shape->signature_size : 0);
    case SPDM_KEY_EXCHANGE:
        return past_opaque(message, 40 + shape->request_exchange_size);
    case SPDM_KEY_EXCHANGE_RSP:
        return past_opaque(message, 40 + shape->response_exchange_size + summary) +
               shape->signature_size + (shape->handshake_in_the_clear ? 0 : h);
    case SPDM_PSK_EXCHANGE:
        return 12 + le16(message, 6) + le16(message, 8) + le16(message, 10);
    case SPDM_PSK_EXCHANGE_RSP:
        return 12 + summary + le16(message, 8) + le16(message, 10) + h;
    default:
        return message.size;
    }
}

/* ---- sessions ---- */

static struct spdm_session *session_of(struct walk *walk, uint32_t id)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (walk->keys_of[i] && walk->sessions[i].form.session_id == id)
            return &walk->sessions[i];
    return NULL;
}

static void end_session(struct walk *walk, struct spdm_session *session)
{
    const json_t *const updates = json_object_get(keys_of(walk, session), "updates");
    EXPECT(walk->updates[session - walk->sessions] == json_array_size(updates));
    spdm_session_clear(session);
    walk->keys_of[session - walk->sessions] = 0;
}

static struct spdm_session *open_session(struct walk *walk, enum spdm_session_kind kind,
                                         slice request, slice response)
{
    size_t place = 0;
    while (walk->keys_of[place])
        place++;
    struct spdm_session *const session = &walk->sessions[place];
    const uint32_t both = walk->recording->requester_flags & walk->recording->responder_flags;
    session->phase = SPDM_SESSION_EXCHANGE;
    session->kind = kind;
    session->form = (struct spdm_record_form){
        .session_id = (uint32_t)(le16(request, 4) | le16(response, 4) << 16),
        .sequence_size = walk->recording->transport == RECORDED_MCTP ? 2 : 0,
        .is_encrypted = (both & SPDM_ENCRYPT_CAP) != 0,
    };
    walk->updates[place] = 0;
    walk->keys_of[place] = ++walk->session_count;
    walk->handshaking = session;
    EXPECT(session->form.session_id == recorded_word(keys_of(walk, session), "session_id"));
    return session;
}

static void expect_th(struct walk *walk, struct spdm_session *session, const char *name)
{
    struct digest th = {0};
    EXPECT_OK(running_hash_peek(&session->th, &th));
    expect_secret(walk, keys_of(walk, session), name, (slice){th.data, th.size});
}

static void expect_halves(struct walk *walk, struct spdm_session *session,
                          const char *const names[4])
{
    for (int i = 0; i < SPDM_DIRECTIONS; i++) {
        struct spdm_half *const half = &session->halves[i];
        expect_secret(walk, keys_of(walk, session), names[2 * i], secret_view(&half->secret));
        expect_secret(walk, keys_of(walk, session), names[2 * i + 1], SLICE(half->key.iv));
    }
}

static void begin_handshake(struct walk *walk, struct spdm_session *session)
{
    static const char *const names[] = {"request_handshake_secret", "request_handshake_iv",
                                        "response_handshake_secret", "response_handshake_iv"};
    SCOPED(buffer) shared = recorded_bytes(keys_of(walk, session), "shared_secret");
    expect_th(walk, session, "th1");
    EXPECT_OK(spdm_session_handshake(session, &walk->schedule, buffer_view(&shared)));
    expect_halves(walk, session, names);
    expect_secret(walk, keys_of(walk, session), "master_secret", secret_view(&session->master));
}

static void establish(struct walk *walk, struct spdm_session *session)
{
    static const char *const names[] = {"request_data_secret", "request_data_iv",
                                        "response_data_secret", "response_data_iv"};
    expect_th(walk, session, "th2");
    EXPECT_OK(spdm_session_establish(session, &walk->schedule));
    expect_halves(walk, session, names);
    expect_secret(walk, keys_of(walk, session), "export_master_secret",
                  secret_view(&session->exporter));
    EXPECT(session->master.size == 0);
    walk->handshaking = NULL;
}

static void expect_verify_data(struct walk *walk, struct spdm_session *session,
                               enum spdm_direction direction, slice bytes)
{
    uint8_t changed[SPDM_HASH_SIZE_MAX];
    EXPECT_OK(spdm_session_check(session, &walk->schedule, direction, bytes));
    memcpy(changed, bytes.data, bytes.size);
    changed[bytes.size - 1] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, spdm_session_check(session, &walk->schedule, direction,
                                                (slice){changed, bytes.size}));
    EXPECT_OK(running_hash_add(&session->th, bytes));
    walk->verify_data++;
}

static void key_exchange(struct walk *walk, slice request, slice response)
{
    const size_t h = walk->shape.handshake_in_the_clear ? 0 : walk->shape.hash_size;
    const uint8_t slot = request.data[3];
    struct spdm_session *const session =
        open_session(walk, SPDM_SESSION_KEY_EXCHANGE, request, response);
    const slice before_data = without(response, h);
    const slice signature = tail(before_data, walk->shape.signature_size);
    const struct digest *const chain = &slot_of(&walk->responder, slot)->digest;
    struct digest th = {0};

    session->mutual = response.data[6];
    EXPECT_OK(
        spdm_transcript_th(&walk->transcript, (slice){chain->data, chain->size}, &session->th));
    EXPECT_OK(running_hash_add(&session->th, request));
    EXPECT_OK(running_hash_add(&session->th, without(before_data, signature.size)));
    EXPECT_OK(running_hash_peek(&session->th, &th));
    expect_signed(walk, &walk->responder, slot, SPDM_SIGNATURE_KEY_EXCHANGE, &th, signature);
    EXPECT_OK(running_hash_add(&session->th, signature));
    begin_handshake(walk, session);
    if (h)
        expect_verify_data(walk, session, SPDM_RESPONSES, tail(response, h));
}

static void finish(struct walk *walk, struct spdm_session *session, slice request, slice response)
{
    const size_t h = walk->shape.hash_size;
    const slice signed_part = without(request, h);
    const size_t signature_size = request.data[2] & 1 ? walk->shape.requester_signature_size : 0;
    EXPECT((signature_size != 0) == (session->mutual != 0));
    if (signature_size) {
        const struct digest *const chain = &slot_of(&walk->requester, request.data[3])->digest;
        EXPECT(chain->size == h);
        EXPECT_OK(running_hash_add(&session->th, (slice){chain->data, chain->size}));
    }
    EXPECT_OK(running_hash_add(&session->th, without(signed_part, signature_size)));
    if (signature_size) {
        struct digest th = {0};
        EXPECT_OK(running_hash_peek(&session->th, &th));
        expect_signed(walk, &walk->requester, request.data[3], SPDM_SIGNATURE_FINISH, &th,
                      tail(signed_part, signature_size));
        EXPECT_OK(running_hash_add(&session->th, tail(signed_part, signature_size)));
    }
    expect_verify_data(walk, session, SPDM_REQUESTS, tail(request, h));

    const size_t response_data = walk->shape.handshake_in_the_clear ? h : 0;
    EXPECT_OK(running_hash_add(&session->th, without(response, response_data)));
    if (response_data)
        expect_verify_data(walk, session, SPDM_RESPONSES, tail(response, response_data));
    establish(walk, session);
}

static void psk_exchange(struct walk *walk, slice request, slice response)
{
    const size_t h = walk->shape.hash_size;
    struct spdm_session *const session = open_session(walk, SPDM_SESSION_PSK, request, response);
    EXPECT_OK(spdm_transcript_psk_th(&walk->transcript, &session->th));
    EXPECT_OK(running_hash_add(&session->th, request));
    EXPECT_OK(running_hash_add(&session->th, without(response, h)));
    begin_handshake(walk, session);
    expect_verify_data(walk, session, SPDM_RESPONSES, tail(response, h));
    if (!walk->shape.psk_has_context)
        establish(walk, session);
}

static void psk_finish(struct walk *walk, struct spdm_session *session, slice request,
                       slice response)
{
    const size_t h = walk->shape.hash_size;
    EXPECT_OK(running_hash_add(&session->th, without(request, h)));
    expect_verify_data(walk, session, SPDM_REQUESTS, tail(request, h));
    EXPECT_OK(running_hash_add(&session->th, response));
    establish(walk, session);
}

/* ---- KEY_UPDATE ---- */

static void commit_update(struct walk *walk, struct spdm_session *session,
                          enum spdm_direction direction)
{
    const json_t *const updates = json_object_get(keys_of(walk, session), "updates");
    const json_t *const update = json_array_get(updates, walk->updates[session - walk->sessions]++);
    const char *const recorded = json_string_value(json_object_get(update, "direction"));
    EXPECT(session->opened_with_next);
    EXPECT(recorded && strcmp(recorded, direction == SPDM_REQUESTS ? "req" : "rsp") == 0);
    spdm_session_commit_update(session, direction);
    expect_secret(walk, update, "secret", secret_view(&session->halves[direction].secret));
    expect_secret(walk, update, "iv", SLICE(session->halves[direction].key.iv));
}

static void key_update_asked(struct walk *walk, struct spdm_session *session, slice request)
{
    enum { UPDATE = 1, UPDATE_ALL, VERIFY };
    const uint8_t operation = request.data[2];
    if (operation == VERIFY) {
        commit_update(walk, session, SPDM_REQUESTS);
        return;
    }
    EXPECT_OK(spdm_session_prepare_update(session, &walk->schedule, SPDM_REQUESTS));
    if (operation == UPDATE_ALL)
        EXPECT_OK(spdm_session_prepare_update(session, &walk->schedule, SPDM_RESPONSES));
}

static void key_update_answered(struct walk *walk, struct spdm_session *session)
{
    if (session->opened_with_next)
        commit_update(walk, session, SPDM_RESPONSES);
}

/* ---- everything else that is signed ---- */

static void challenge(struct walk *walk, slice request, slice response)
{
    const slice signature = tail(response, walk->shape.signature_size);
    struct digest m1 = {0};
    EXPECT_OK(
        spdm_transcript_m1(&walk->transcript, request, without(response, signature.size), &m1));
    expect_signed(walk, &walk->responder, request.data[2], SPDM_SIGNATURE_CHALLENGE_AUTH, &m1,
                  signature);
    spdm_transcript_challenged(&walk->transcript);
}

static void measurements(struct walk *walk, struct running_hash *m, slice request, slice response)
{
    if (!(request.data[2] & 1)) {
        EXPECT_OK(spdm_transcript_add_m(&walk->transcript, m, request, response));
        return;
    }
    const slice signature = tail(response, walk->shape.signature_size);
    const uint8_t slot = walk->shape.version >= SPDM_1_1 ? request.data[36] & 0xF : 0;
    struct digest l1 = {0};
    EXPECT_OK(
        spdm_transcript_l1(&walk->transcript, m, request, without(response, signature.size), &l1));
    expect_signed(walk, &walk->responder, slot, SPDM_SIGNATURE_MEASUREMENTS, &l1, signature);
    spdm_transcript_forget_m(m);
}

static void endpoint_info(struct walk *walk, struct side *side, slice request, slice response)
{
    struct digest il1 = {0};
    if (!(request.data[4] & 1))
        return;
    const size_t size = asym_signature_size(side->asym);
    EXPECT_OK(spdm_transcript_il1(&walk->transcript, request, without(response, size), &il1));
    expect_signed(walk, side, request.data[3] & 0xF,
                  side->is_requester ? SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO
                                     : SPDM_SIGNATURE_ENDPOINT_INFO,
                  &il1, tail(response, size));
}

/* ---- encapsulated exchanges ---- */

static void encapsulated_challenge(struct walk *walk, slice request, slice response)
{
    const slice signature = tail(response, walk->shape.requester_signature_size);
    struct digest m1 = {0};
    EXPECT_OK(spdm_transcript_mutual_m1(&walk->transcript, request,
                                        without(response, signature.size), &m1));
    expect_signed(walk, &walk->requester, request.data[2], SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH,
                  &m1, signature);
    spdm_transcript_mutual_challenged(&walk->transcript);
}

static void encapsulated_exchange(struct walk *walk, struct spdm_session *session, slice request,
                                  slice response)
{
    struct spdm_session *const handshaking = walk->handshaking;
    switch (response.data[1]) {
    case SPDM_DIGESTS:
        if (handshaking && walk->shape.requester_is_multi_key)
            EXPECT_OK(running_hash_add(&handshaking->th, response));
        break;
    case SPDM_CERTIFICATE:
        take_portion(walk, &walk->requester, request, response);
        break;
    case SPDM_CHALLENGE_AUTH:
        encapsulated_challenge(walk, request, response);
        return;
    case SPDM_ENDPOINT_INFO:
        endpoint_info(walk, &walk->requester, request, response);
        return;
    case SPDM_KEY_UPDATE_ACK:
        if (request.data[2] == 1)
            EXPECT_OK(spdm_session_prepare_update(session, &walk->schedule, SPDM_RESPONSES));
        return;
    default:
        return;
    }
    if (!handshaking && request.size)
        EXPECT_OK(spdm_transcript_add_mutual_b(&walk->transcript, request, response));
}

/* The wrappers: what a response carries is the next request. */
static void encapsulation(struct walk *walk, struct spdm_session *session, slice request,
                          slice response)
{
    const size_t ack_header = walk->shape.version >= SPDM_1_2 ? 8 : 4;
    slice next = {0};
    if (request.data[1] == SPDM_DELIVER_ENCAPSULATED_RESPONSE)
        encapsulated_exchange(walk, session, walk->encapsulated, tail(request, request.size - 4));
    if (response.data[1] == SPDM_ENCAPSULATED_REQUEST)
        next = tail(response, response.size - 4);
    else if (response.data[1] == SPDM_ENCAPSULATED_RESPONSE_ACK && response.data[3] == 1)
        next = tail(response, response.size - ack_header);
    if (session && session->opened_with_next)
        commit_update(walk, session, SPDM_RESPONSES);
    walk->encapsulated = keep(&walk->kept_encapsulated, next);
}

/* ---- exchange by exchange ---- */

static void certificates(struct walk *walk, struct spdm_session *session, slice request,
                         slice response)
{
    if (response.data[1] == SPDM_CERTIFICATE)
        take_portion(walk, &walk->responder, request, response);
    if (session)
        return;
    EXPECT_OK(spdm_transcript_add_b(&walk->transcript, request, response));
    if (response.data[1] == SPDM_DIGESTS && walk->shape.responder_is_multi_key)
        EXPECT_OK(spdm_transcript_add_d(&walk->transcript, response));
}

static void negotiate(struct walk *walk, slice request, slice response)
{
    EXPECT_OK(spdm_transcript_add_a(&walk->transcript, request));
    EXPECT_OK(spdm_transcript_add_a(&walk->transcript, response));
    if (response.data[1] != SPDM_ALGORITHMS)
        return;
    SCOPED(buffer) a = recorded_bytes(walk->recording->keys.root, "message_a");
    EXPECT(
        slice_equal(buffer_view(&a), (slice){walk->transcript.a_bytes, walk->transcript.a_size}));
    EXPECT_OK(spdm_transcript_begin(&walk->transcript, walk->shape.version, walk->schedule.hash));
}

static void exchange(struct walk *walk, struct spdm_session *session, slice request, slice response)
{
    struct running_hash *const m = session ? &session->m : &walk->transcript.m;
    const bool is_error = response.data[1] == SPDM_ERROR;
    if (walk->transcript.hash)
        spdm_transcript_before(&walk->transcript, m, request.data[1]);
    if (is_error) {
        spdm_transcript_forget_m(m);
        return;
    }
    switch (request.data[1]) {
    case SPDM_GET_VERSION:
    case SPDM_GET_CAPABILITIES:
    case SPDM_NEGOTIATE_ALGORITHMS:
        negotiate(walk, request, response);
        break;
    case SPDM_GET_DIGESTS:
    case SPDM_GET_CERTIFICATE:
        certificates(walk, session, request, response);
        break;
    case SPDM_CHALLENGE:
        challenge(walk, request, response);
        break;
    case SPDM_GET_MEASUREMENTS:
        measurements(walk, m, request, response);
        break;
    case SPDM_GET_ENDPOINT_INFO:
        endpoint_info(walk, &walk->responder, request, response);
        break;
    case SPDM_KEY_EXCHANGE:
        key_exchange(walk, request, response);
        break;
    case SPDM_FINISH:
        finish(walk, session ? session : walk->handshaking, request, response);
        break;
    case SPDM_PSK_EXCHANGE:
        psk_exchange(walk, request, response);
        break;
    case SPDM_PSK_FINISH:
        psk_finish(walk, session, request, response);
        break;
    case SPDM_KEY_UPDATE:
        key_update_answered(walk, session);
        break;
    case SPDM_GET_ENCAPSULATED_REQUEST:
    case SPDM_DELIVER_ENCAPSULATED_RESPONSE:
        encapsulation(walk, session, request, response);
        break;
    case SPDM_END_SESSION:
        end_session(walk, session);
        break;
    default:
        break;
    }
}

/* ---- messages in pieces ---- */

/* A piece: where the size of the whole is, in the first, and what it carries. */
static void take_piece(const struct walk *walk, struct large *large, slice message)
{
    const size_t size_at = 8; /* both forms of the number before it take as much */
    const bool is_first =
        (walk->shape.version >= SPDM_1_4 ? le32(message, 4) : le16(message, 4)) == 0;
    if (is_first)
        buffer_clear(&large->message);
    EXPECT_OK(buffer_append(&large->message, tail(message, le32(message, size_at))));
    large->is_whole = message.data[2] & 1;
}

static void take_request(struct walk *walk, struct spdm_session *session, slice request)
{
    if (request.data[1] == SPDM_CHUNK_SEND) {
        take_piece(walk, &walk->chunks_in, request);
        if (walk->chunks_in.is_whole)
            walk->request = keep(&walk->kept_request, buffer_view(&walk->chunks_in.message));
        return;
    }
    if (request.data[1] == SPDM_CHUNK_GET)
        return;
    if (request.data[1] == SPDM_KEY_UPDATE)
        key_update_asked(walk, session, request);
    walk->request = keep(&walk->kept_request, request);
}

static void take_response(struct walk *walk, struct spdm_session *session, slice response)
{
    const size_t ack_header = walk->shape.version >= SPDM_1_4 ? 8 : 6;
    if (response.data[1] == SPDM_CHUNK_SEND_ACK) {
        if (!walk->chunks_in.is_whole)
            return;
        walk->chunks_in.is_whole = false;
        response = tail(response, response.size - ack_header);
    }
    if (response.data[1] == SPDM_CHUNK_RESPONSE) {
        take_piece(walk, &walk->chunks_out, response);
        if (!walk->chunks_out.is_whole)
            return;
        response = buffer_view(&walk->chunks_out.message);
    }
    if (response.data[1] == SPDM_ERROR && response.data[2] == SPDM_LARGE_RESPONSE)
        return;
    exchange(walk, session, walk->request, response);
}

/* ---- records ---- */

/* The next packet of the capture, from the transport's header on. */
static slice next_packet(struct walk *walk)
{
    enum { PACKET_HEADER = 16, MCTP = 4, IP_AND_TCP = 40 };
    const slice left = walk->capture_left;
    const size_t size = le32(left, 8);
    const slice packet = {left.data + PACKET_HEADER, size};
    walk->capture_left = (slice){packet.data + size, left.size - PACKET_HEADER - size};
    switch (walk->recording->transport) {
    case RECORDED_MCTP:
        return tail(packet, packet.size - MCTP);
    case RECORDED_TCP:
        return tail(packet, packet.size - IP_AND_TCP);
    case RECORDED_DOE:
    default:
        return packet;
    }
}

static bool is_discovery(const struct walk *walk, slice packet)
{
    return walk->recording->transport == RECORDED_DOE && packet.data[2] == 0;
}

/* Sealing what was opened gives what was recorded. */
static void expect_sealed_again(const struct spdm_session *session,
                                const struct spdm_record_key *used, slice record, slice data,
                                slice padding)
{
    static uint8_t space[RECORD_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_record_key key = *used;
    key.sequence--;
    const size_t begin = spdm_record_begin(&session->form, &writer);
    write_bytes(&writer, data);
    EXPECT_OK(spdm_record_seal(&key, &session->form, &writer, begin, padding));
    EXPECT(slice_equal(record, (slice){writer.data, writer.size}));
    EXPECT(key.sequence == used->sequence);
}

static void open_record(struct walk *walk, struct spdm_session *session,
                        const struct recorded_message *message, slice packet)
{
    static const size_t headers[] = {[RECORDED_MCTP] = 1, [RECORDED_TCP] = 4, [RECORDED_DOE] = 8};
    static uint8_t opened[RECORD_MAX];
    const enum spdm_side side = message->is_response ? SPDM_REQUESTER : SPDM_RESPONDER;
    slice record = tail(packet, packet.size - headers[walk->recording->transport]);
    uint32_t id = 0;
    slice data = {0};

    record = head(record, 4 + (size_t)session->form.sequence_size + 2 +
                              le16(record, 4 + (size_t)session->form.sequence_size));
    EXPECT_OK(spdm_record_session(record, &id));
    EXPECT(id == message->session_id);
    EXPECT((session->phase == SPDM_SESSION_HANDSHAKE) == message->in_handshake);
    memcpy(opened, record.data, record.size);
    EXPECT_OK(spdm_session_open(session, side, opened, record.size, &data));
    EXPECT(slice_equal(data, message->bytes));
    walk->records++;

    const struct spdm_half *const half =
        &session->halves[message->is_response ? SPDM_RESPONSES : SPDM_REQUESTS];
    const struct spdm_record_key *const key =
        session->opened_with_next ? &half->next_key : &half->key;
    EXPECT(key->sequence == message->sequence + 1);
    const size_t before_padding = (size_t)(data.data + data.size - opened);
    const slice padding = {data.data + data.size, record.size - AEAD_TAG_SIZE - before_padding};
    expect_sealed_again(session, key, record, data, padding);
}

/* ---- a whole recording ---- */

static void step(struct walk *walk, const struct recorded_message *message)
{
    slice packet = next_packet(walk);
    struct spdm_session *session = NULL;
    slice content = message->message;
    while (is_discovery(walk, packet)) /* which the list of messages leaves out */
        packet = next_packet(walk);
    if (message->in_session) {
        session = session_of(walk, message->session_id);
        EXPECT(session);
        if (!session)
            return;
        open_record(walk, session, message, packet);
    } else {
        content = head(content, true_size(walk, walk->request, content));
    }
    if (content.size == 0)
        return; /* another protocol's */
    if (message->is_response)
        take_response(walk, session, content);
    else
        take_request(walk, session, content);
}

static enum asym recorded_asym(const struct spdm_recording *recording, const char *classical,
                               const char *pqc)
{
    const uint32_t pqc_bit = recorded_algorithm(recording, pqc);
    return pqc_bit ? spdm_pqc_asym_of(pqc_bit)
                   : spdm_asym_of(recorded_algorithm(recording, classical));
}

static void walk_begin(struct walk *walk, const struct spdm_recording *recording)
{
    enum { CAPTURE_HEADER = 24 };
    static const enum aead aeads[] = {
        [1] = AEAD_AES_128_GCM, [2] = AEAD_AES_256_GCM, [4] = AEAD_CHACHA20_POLY1305};
    char file[RECORDING_PATH_SIZE];
    *walk = (struct walk){.recording = recording, .shape = recording->shape};
    walk->schedule = (struct spdm_key_schedule){recording->shape.version,
                                                spdm_hash_of(recorded_algorithm(recording, "hash")),
                                                aeads[recorded_algorithm(recording, "aead")]};
    walk->responder.asym = recorded_asym(recording, "asym", "pqc");
    walk->requester.asym = recorded_asym(recording, "reqasym", "reqpqc");
    walk->requester.is_requester = true;
    snprintf(file, sizeof file, "%s.pcap", recording->name);
    walk->capture = spdm_recordings_file(file);
    walk->capture_left = tail(buffer_view(&walk->capture), walk->capture.size - CAPTURE_HEADER);
    if (recording->responder_flags & SPDM_PUB_KEY_ID_CAP) {
        provision_raw_key(walk, &walk->responder);
        provision_raw_key(walk, &walk->requester);
    } else if (recording->requester_flags & SPDM_CERT_CAP &&
               asym_is_available(walk->requester.asym)) {
        provision_key(&walk->requester, &walk->requester.slots[0]);
    }
}

static void side_clear(struct side *side)
{
    for (size_t i = 0; i <= SPDM_SLOTS; i++) {
        buffer_clear(&side->slots[i].chain);
        public_key_clear(&side->slots[i].key);
    }
}

static void walk_clear(struct walk *walk)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        spdm_session_clear(&walk->sessions[i]);
    spdm_transcript_clear(&walk->transcript);
    side_clear(&walk->responder);
    side_clear(&walk->requester);
    buffer_clear(&walk->chunks_in.message);
    buffer_clear(&walk->chunks_out.message);
    buffer_clear(&walk->kept_request);
    buffer_clear(&walk->kept_encapsulated);
    buffer_clear(&walk->capture);
}

static void visit(const struct spdm_recording *recording)
{
    static struct walk walk;
    int records = 0;
    walk_begin(&walk, recording);
    for (size_t i = 0; i < recording->message_count; i++) {
        const int before = test_failures;
        step(&walk, &recording->messages[i]);
        records += recording->messages[i].in_session;
        if (test_failures != before)
            printf("  at frame %u of %s\n", recording->messages[i].frame, recording->name);
    }
    EXPECT(walk.capture_left.size == 0);
    EXPECT(walk.records == records);
    EXPECT(walk.session_count ==
           json_array_size(json_object_get(recording->keys.root, "sessions")));
    printf("  %-40s %3d signatures, %2d verify data, %2d secrets, %3d records\n", recording->name,
           walk.signatures, walk.verify_data, walk.secrets, walk.records);
    if (walk.signatures_not_possible) {
        printf("  skipped %d: signatures of %s that this OpenSSL does not have\n",
               walk.signatures_not_possible, recording->name);
        test_skipped += walk.signatures_not_possible;
    }
    walk_clear(&walk);
}

TEST(every_recorded_conversation_is_followed_to_the_last_tag)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    spdm_recordings_each(visit);
}
