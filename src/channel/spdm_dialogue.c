/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/spdm_dialogue.h"

#include "channel/spdm_purpose.h"
#include "spdm/message/error.h"
#include "spdm/message/key_exchange.h"

#include <stdlib.h>

enum {
    SLOT = 0,
    HASHES = 3,
    MESSAGE_SIZE_MAX = 8192, /* DataTransferSize: nothing comes in chunks */
    PEER_MESSAGE_SIZE_MIN = 4096,
    FRAME_SIZE_MAX = SPDM_FRAME_HEADER_SIZE_MAX + SPDM_RECORD_OVERHEAD_MAX + MESSAGE_SIZE_MAX,
    PURPOSE_SIZE_MAX = SPDM_OPAQUE_MORE_SIZE_MAX,
    SECURED_VERSION = 0x1200,
    TIMEOUT_EXPONENT = 20, /* a second, in microseconds */
};

/* What either end must be able to, and what none may. */
enum {
    ALWAYS = SPDM_CERT_CAP | SPDM_KEY_EX_CAP | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_MUT_AUTH_CAP |
             SPDM_ENCAP_CAP | SPDM_KEY_UPD_CAP,
    NEVER = SPDM_HANDSHAKE_IN_THE_CLEAR_CAP | SPDM_PSK_CAP | SPDM_PUB_KEY_ID_CAP | SPDM_HBEAT_CAP |
            SPDM_CHUNK_CAP,
};

/* spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS request and ALGORITHMS response messages" */
enum {
    DHE_P256 = 1 << 3,
    DHE_P384 = 1 << 4,
    AEAD_BITS = 1 << 0 | 1 << 1 | 1 << 2, /* AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305 */
};

static const enum hash hashes[HASHES] = {HASH_SHA256, HASH_SHA384, HASH_SHA512};
static const enum asym asyms[] = {ASYM_ECDSA_P256, ASYM_ECDSA_P384, ASYM_ED25519};
enum { ASYMS = sizeof asyms / sizeof *asyms };

/* A client's messages outside the session, in their order. */
static const uint8_t order[] = {SPDM_GET_VERSION, SPDM_GET_CAPABILITIES, SPDM_NEGOTIATE_ALGORITHMS,
                                SPDM_GET_DIGESTS, SPDM_GET_CERTIFICATE,  SPDM_KEY_EXCHANGE};
enum { ORDER_COUNT = sizeof order };

/* What a client asks for, one after another. */
enum errand { CONNECT, DIGESTS, CERTIFICATE, SESSION, SETTLED };

struct spdm_handshake {
    struct spdm_identity identity; /* ours: one certificate, under each hash */
    struct spdm_own_chain chains[HASHES];
    struct buffer bytes[HASHES];
    uint8_t purpose[PURPOSE_SIZE_MAX]; /* our element */

    enum errand errand;                              /* a client's next */
    size_t place;                                    /* in `order`, of what a server awaits */
    size_t heard_size;                               /* wire bytes */
    struct spdm_chain peer;                          /* its certificates, once they were read */
    uint8_t chain[SPDM_DIALOGUE_HANDSHAKE_SIZE_MAX]; /* ... and on their way */
};

/* ---- the profile ---- */

static uint32_t all_asym_bits(void)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < ASYMS; i++)
        bits |= spdm_asym_bit(asyms[i]);
    return bits;
}

/* Of our own key: there is one. */
static status own_asym_bit(const struct tls_identity *identity, uint32_t *out)
{
    SCOPED(public_key) key = {0};
    TRY(private_key_public(tls_identity_key(identity), &key));
    for (size_t i = 0; i < ASYMS; i++)
        if (asym_fits_key(asyms[i], &key)) {
            *out = spdm_asym_bit(asyms[i]);
            return OK;
        }
    return FAIL(UNSUPPORTED, "a key of a kind that SPDM sessions do not take");
}

static struct spdm_settings settings_for(enum role role, uint32_t own_asym)
{
    const uint32_t server = role == ROLE_SERVER ? own_asym : all_asym_bits();
    const uint32_t client = role == ROLE_CLIENT ? own_asym : all_asym_bits();
    struct spdm_settings settings = {
        .side = role == ROLE_CLIENT ? SPDM_REQUESTER : SPDM_RESPONDER,
        .version_min = SPDM_1_2,
        .version_max = SPDM_1_4,
        .capabilities = {.timeout_exponent = TIMEOUT_EXPONENT,
                         .flags = ALWAYS,
                         .data_transfer_size = MESSAGE_SIZE_MAX,
                         .message_size_max = MESSAGE_SIZE_MAX},
        .algorithms = {.other_params = SPDM_OPAQUE_FORMAT_1, .base_asym = server},
    };
    const uint16_t tables[SPDM_TABLES] = {
        [SPDM_TABLE_DHE] = DHE_P256 | DHE_P384,
        [SPDM_TABLE_AEAD] = AEAD_BITS,
        [SPDM_TABLE_REQUESTER_ASYM] = (uint16_t)client,
        [SPDM_TABLE_KEY_SCHEDULE] = SPDM_KEY_SCHEDULE,
    };
    for (size_t i = 0; i < SPDM_TABLES; i++)
        settings.algorithms.tables[i] =
            (struct spdm_algorithm_table){.is_present = tables[i] != 0, .algorithms = tables[i]};
    for (size_t i = 0; i < HASHES; i++)
        settings.algorithms.base_hash |= spdm_hash_bit(hashes[i]);
    return settings;
}

/* What was selected is among what was offered; here, that all of it is there. */
static status check_profile(const struct spdm_connection *connection)
{
    const struct spdm_suite *const suite = &connection->suite;
    if (connection->phase != SPDM_PHASE_ALGORITHMS)
        return OK;
    if ((connection->peer_flags & ALWAYS) != ALWAYS || connection->peer_flags & NEVER)
        return FAIL(UNSUPPORTED, "the peer's capabilities are not those of a channel");
    if (connection->peer_data_transfer_size < PEER_MESSAGE_SIZE_MIN)
        return FAIL(UNSUPPORTED, "the peer takes no message as long as ours are");
    if (suite->hash == HASH_NONE || suite->asym == ASYM_NONE || suite->requester_asym == ASYM_NONE)
        return FAIL(UNSUPPORTED, "no signatures that both ends know");
    if (suite->group == GROUP_NONE || suite->aead == AEAD_NONE || !suite->has_key_schedule ||
        !suite->has_opaque_list)
        return FAIL(UNSUPPORTED, "no algorithms for a session that both ends know");
    return OK;
}

static bool is_mutual(uint8_t mutual)
{
    return mutual == SPDM_MUTUAL_ENCAPSULATED || mutual == SPDM_MUTUAL_IMPLICIT_DIGESTS;
}

/* Whatever both roles made of the settings. */
static status check_session(const struct spdm_dialogue *dialogue)
{
    const struct spdm_session *const session = &dialogue->session;
    TRY(check_profile(dialogue->connection));
    if (session->phase != SPDM_SESSION_ESTABLISHED || session->kind != SPDM_SESSION_KEY_EXCHANGE ||
        !is_mutual(session->mutual) || !session->form.is_encrypted ||
        session->secured_version != SECURED_VERSION || session->heartbeat_s)
        return FAIL(INTERNAL, "a session other than a channel's");
    return dialogue->purpose && dialogue->peer_spki.size
               ? OK
               : FAIL(INTERNAL, "a session without its purpose or its peer's key");
}

/* ---- certificates ---- */

static status show(struct spdm_handshake *handshake, const struct tls_identity *identity)
{
    const slice certificate = tls_identity_own_certificate(identity);
    for (size_t i = 0; i < HASHES; i++) {
        struct spdm_own_chain *const chain = &handshake->chains[i];
        TRY(spdm_chain_write(hashes[i], certificate, &handshake->bytes[i]));
        chain->hash = hashes[i];
        chain->bytes = buffer_view(&handshake->bytes[i]);
        TRY(digest_of(chain->hash, chain->bytes, &chain->digest));
    }
    handshake->identity.slots[SLOT] = (struct spdm_own_slot){
        .chains = handshake->chains, .chain_count = HASHES, .key = tls_identity_key(identity)};
    return OK;
}

/* Who issued it does not matter: its key is what appraisal decides about. */
static status meet(struct spdm_dialogue *dialogue, slice bytes)
{
    const struct spdm_suite *const suite = &dialogue->connection->suite;
    struct spdm_chain *const peer = &dialogue->handshake->peer;
    const bool is_requester = dialogue->role == ROLE_SERVER;
    const struct spdm_chain_rules rules = {
        .version = dialogue->connection->shape.version,
        .hash = suite->hash,
        .asym = is_requester ? suite->requester_asym : suite->asym,
        .is_requester = is_requester,
        .model = SPDM_DEVICE_CERT,
    };
    if (peer->leaf.x509)
        return FAIL(UNEXPECTED, "the peer shows its certificates twice");
    TRY(spdm_chain_read(&rules, bytes, peer));
    if (peer->certificate_count > SPDM_DIALOGUE_CERTIFICATES_MAX)
        return FAIL(EXHAUSTED, "the peer shows more certificates than we take");
    if (!spdm_chain_is_valid_at(peer, dialogue->now.wall_s))
        return FAIL(UNAUTHENTIC, "the peer's certificate is not valid now");
    return certificate_spki_digest(&peer->leaf, HASH_SHA384, &dialogue->peer_spki);
}

static status judge(void *context, slice chain, const struct public_key **out_key)
{
    struct spdm_dialogue *const dialogue = context;
    TRY(meet(dialogue, chain));
    *out_key = &dialogue->handshake->peer.key;
    return OK;
}

/* ---- the purpose ---- */

static struct spdm_opaque_more say_purpose(struct spdm_handshake *handshake, const char *purpose)
{
    struct writer writer = writer_over(handshake->purpose, sizeof handshake->purpose);
    spdm_purpose_write(&writer, purpose);
    return (struct spdm_opaque_more){{handshake->purpose, writer.size}, 1};
}

/* The server reads it before its responder answers. */
static status hear_exchange(struct spdm_dialogue *dialogue, slice message)
{
    const struct spdm_shape *const shape = &dialogue->connection->shape;
    struct reader reader = reader_of(message);
    struct spdm_key_exchange asked;
    TRY(spdm_key_exchange_read(&reader, shape, &asked));
    if (asked.slot != SLOT || asked.summary != SPDM_SUMMARY_NONE || asked.policy.survives_update ||
        asked.policy.wants_events)
        return FAIL(UNEXPECTED, "a key exchange other than a channel's");
    TRY(spdm_purpose_read(asked.opaque, shape, dialogue->purposes, &dialogue->purpose));
    dialogue->self.responder.more = say_purpose(dialogue->handshake, dialogue->purpose);
    return OK;
}

/* The client reads it before its requester checks who says so: a wrong one ends it either way. */
static status hear_exchanged(struct spdm_dialogue *dialogue, slice message)
{
    const struct spdm_shape *const shape = &dialogue->connection->shape;
    struct reader reader = reader_of(message);
    struct spdm_key_exchange_rsp answer;
    TRY(spdm_key_exchange_rsp_read(&reader, shape, false, &answer));
    if (!is_mutual(answer.mutual) || answer.heartbeat_s)
        return FAIL(UNEXPECTED, "an answer to a key exchange other than a channel's");
    TRY(spdm_purpose_read(answer.opaque, shape, dialogue->purposes, &dialogue->purpose));
    return dialogue->purpose == dialogue->purposes[0]
               ? OK
               : FAIL(UNEXPECTED, "the session is for another purpose");
}

/* ---- the client ---- */

static status run_errand(struct spdm_dialogue *dialogue, struct writer *out)
{
    struct spdm_requester *const requester = &dialogue->self.requester;
    struct spdm_handshake *const handshake = dialogue->handshake;
    const struct moment now = dialogue->now;
    switch (handshake->errand++) {
    case CONNECT:
        return spdm_requester_connect(requester, now, out);
    case DIGESTS:
        TRY(check_profile(dialogue->connection));
        return spdm_requester_digests(requester, now, NULL, out);
    case CERTIFICATE:
        return spdm_requester_certificate(requester, now, NULL, SLOT, out);
    case SESSION:
        TRY(meet(dialogue, (slice){requester->chain, requester->chain_size}));
        TRY(spdm_requester_accept(requester, SLOT, &handshake->peer));
        return spdm_requester_open_session(
            requester, now,
            &(struct spdm_opening){.more = say_purpose(handshake, dialogue->purposes[0])}, out);
    case SETTLED:
        break;
    }
    return check_session(dialogue);
}

static status take_response(struct spdm_dialogue *dialogue, uint8_t *frame, size_t size,
                            struct writer *out)
{
    struct spdm_requester *const requester = &dialogue->self.requester;
    switch (spdm_requester_receive(requester, dialogue->now, frame, size, out)) {
    case SPDM_SEND:
        return OK;
    case SPDM_DONE:
        return run_errand(dialogue, out);
    case SPDM_FAILED:
        return requester->failure;
    case SPDM_WAIT:
        break;
    }
    return FAIL(UNEXPECTED, "a message that answers nothing");
}

/* ---- the server ---- */

static status take_turn(struct spdm_handshake *handshake, uint8_t code)
{
    const bool goes_on =
        code == SPDM_GET_CERTIFICATE && handshake->place && order[handshake->place - 1] == code;
    if (goes_on)
        return OK;
    if (handshake->place == ORDER_COUNT || order[handshake->place] != code)
        return FAIL(UNEXPECTED, "a request out of its order");
    handshake->place++;
    return OK;
}

static status take_request(struct spdm_dialogue *dialogue, uint8_t *frame, size_t size,
                           struct writer *out)
{
    struct spdm_responder *const responder = &dialogue->self.responder;
    TRY(check_profile(dialogue->connection));
    TRY(spdm_responder_receive(responder, dialogue->now, frame, size, out));
    TRY(responder->refusal);
    if (!out->size)
        return FAIL(UNEXPECTED, "a message that is not answered");
    return dialogue->session.phase == SPDM_SESSION_ESTABLISHED ? check_session(dialogue) : OK;
}

/* ---- one frame ---- */

/* What is said outside the session is looked at here first. */
static status look_at(struct spdm_dialogue *dialogue, slice frame)
{
    const bool is_server = dialogue->role == ROLE_SERVER;
    struct spdm_frame read;
    struct spdm_header header;
    dialogue->handshake->heard_size += frame.size;
    if (dialogue->handshake->heard_size > SPDM_DIALOGUE_HANDSHAKE_SIZE_MAX)
        return FAIL(EXHAUSTED, "too many bytes before the session is open");
    TRY(spdm_frame_read(&spdm_tcp, frame, &read));
    if (read.kind == SPDM_FRAME_SECURED)
        return OK;
    if (read.kind != SPDM_FRAME_PLAIN)
        return FAIL(UNEXPECTED, "a frame that has no place in a handshake");
    TRY(spdm_header_peek(read.message, &header));
    if (is_server)
        TRY(take_turn(dialogue->handshake, header.code));
    if (header.code == SPDM_KEY_EXCHANGE && is_server)
        return hear_exchange(dialogue, read.message);
    if (header.code == SPDM_KEY_EXCHANGE_RSP && !is_server)
        return hear_exchanged(dialogue, read.message);
    return OK;
}

/* What the responder was not asked about is refused as it would. */
static void refuse(const struct spdm_dialogue *dialogue, struct writer *out)
{
    const uint8_t version = dialogue->connection->shape.version;
    struct writer draft = *out;
    const size_t begin = spdm_frame_begin(&spdm_tcp, &draft);
    spdm_error_write(&draft, &(struct spdm_error){.version = version ? version : SPDM_1_0,
                                                  .code = SPDM_INVALID_REQUEST});
    if (!spdm_frame_end(&spdm_tcp, &draft, begin, SPDM_FRAME_PLAIN).fault)
        *out = draft;
}

static status take_as_server(struct spdm_dialogue *dialogue, uint8_t *frame, size_t size,
                             struct writer *out)
{
    const status looked = look_at(dialogue, (slice){frame, size});
    if (looked.fault)
        refuse(dialogue, out);
    return looked.fault ? looked : take_request(dialogue, frame, size, out);
}

static status take_as_client(struct spdm_dialogue *dialogue, uint8_t *frame, size_t size,
                             struct writer *out)
{
    if (!size)
        return run_errand(dialogue, out);
    TRY(look_at(dialogue, (slice){frame, size}));
    return take_response(dialogue, frame, size, out);
}

/* No frame: a client begins. */
static status take_frame(struct spdm_dialogue *dialogue, uint8_t *frame, size_t size)
{
    uint8_t *const room = outgoing_room(&dialogue->records.output, FRAME_SIZE_MAX);
    if (!room)
        return FAIL(EXHAUSTED, "no room for output");
    struct writer out = writer_over(room, FRAME_SIZE_MAX);
    const status taken = dialogue->role == ROLE_SERVER
                             ? take_as_server(dialogue, frame, size, &out)
                             : take_as_client(dialogue, frame, size, &out);
    outgoing_add(&dialogue->records.output, out.size); /* perhaps an ERROR */
    return taken;
}

/* ---- the whole ---- */

static void drop_handshake(struct spdm_dialogue *dialogue)
{
    struct spdm_handshake *const handshake = dialogue->handshake;
    if (!handshake)
        return;
    spdm_chain_clear(&handshake->peer);
    for (size_t i = 0; i < HASHES; i++)
        buffer_clear(&handshake->bytes[i]);
    free(handshake);
    dialogue->handshake = NULL;
}

/* Only the session and what made its keys is left. */
static void settle(struct spdm_dialogue *dialogue)
{
    dialogue->connection->peer_slots[SLOT].chain = NULL;
    spdm_transcript_clear(&dialogue->connection->transcript);
    spdm_frames_clear(&dialogue->records.frames);
    drop_handshake(dialogue);
    spdm_records_begin(&dialogue->records, dialogue->connection, &dialogue->session);
}

/* One step; `out_is_dry` when more bytes are needed first. */
static status step(struct spdm_dialogue *dialogue, bool *out_is_dry)
{
    uint8_t *frame;
    size_t size;
    if (dialogue->role == ROLE_CLIENT && dialogue->handshake->errand == CONNECT)
        return take_frame(dialogue, NULL, 0);
    TRY(spdm_frames_next(&dialogue->records.frames, &frame, &size));
    *out_is_dry = size == 0;
    return *out_is_dry ? OK : take_frame(dialogue, frame, size);
}

enum session_progress spdm_dialogue_shake_hands(struct spdm_dialogue *dialogue, int64_t now_s)
{
    bool is_dry = false;
    dialogue->now = (struct moment){.wall_s = now_s};
    if (dialogue->records.is_over || !dialogue->handshake)
        return SESSION_FAILED;
    while (dialogue->session.phase != SPDM_SESSION_ESTABLISHED) {
        const status stepped = step(dialogue, &is_dry);
        if (stepped.fault) {
            dialogue->records.failure = stepped.fault->what;
            dialogue->records.is_over = true;
            return SESSION_FAILED;
        }
        if (is_dry)
            return SESSION_AGAIN;
    }
    settle(dialogue);
    return SESSION_READY;
}

static void begin_requester(struct spdm_dialogue *dialogue, const struct spdm_settings *settings)
{
    struct spdm_handshake *const handshake = dialogue->handshake;
    struct spdm_requester *const requester = &dialogue->self.requester;
    dialogue->setup.requester = (struct spdm_requester_setup){
        .settings = *settings,
        .transport = &spdm_tcp,
        .identity = &handshake->identity,
        .secured = {1, {SECURED_VERSION}, .aead_limit = SPDM_AEAD_LIMIT_MAX},
        .random = random_bytes,
    };
    const struct spdm_requester_loans loans = {
        .connection = {.sessions = &dialogue->session, .session_count = 1},
        .chain = handshake->chain,
        .chain_capacity = sizeof handshake->chain,
    };
    spdm_requester_begin(requester, &dialogue->setup.requester, &loans);
    dialogue->connection = &requester->connection;
}

static void begin_responder(struct spdm_dialogue *dialogue, const struct spdm_settings *settings)
{
    struct spdm_handshake *const handshake = dialogue->handshake;
    struct spdm_responder *const responder = &dialogue->self.responder;
    dialogue->setup.responder = (struct spdm_responder_setup){
        .settings = *settings,
        .transport = &spdm_tcp,
        .identity = &handshake->identity,
        .duties = {.judge = judge},
        .mutual = SPDM_MUTUAL_IMPLICIT_DIGESTS,
        .secured = {1, {SECURED_VERSION}, .aead_limit = SPDM_AEAD_LIMIT_MAX},
        .random = random_bytes,
    };
    const struct spdm_responder_loans loans = {
        .connection = {.sessions = &dialogue->session, .session_count = 1},
        .scratch = handshake->chain,
        .scratch_size = sizeof handshake->chain,
    };
    spdm_responder_begin(responder, &dialogue->setup.responder, dialogue, &loans);
    dialogue->connection = &responder->connection;
}

static status begin(struct spdm_dialogue *dialogue, const struct tls_identity *identity)
{
    uint32_t own_asym;
    TRY(own_asym_bit(identity, &own_asym));
    dialogue->handshake = calloc(1, sizeof *dialogue->handshake);
    if (!dialogue->handshake)
        return FAIL(EXHAUSTED, "no memory for a handshake");
    const struct spdm_settings settings = settings_for(dialogue->role, own_asym);
    if (dialogue->role == ROLE_CLIENT)
        begin_requester(dialogue, &settings);
    else
        begin_responder(dialogue, &settings);
    return show(dialogue->handshake, identity);
}

status spdm_dialogue_open(const struct tls_identity *identity, enum role role,
                          const char *const *purposes, struct spdm_dialogue **out)
{
    if (role != ROLE_CLIENT && role != ROLE_SERVER)
        return FAIL(INTERNAL, "a session needs a role");
    struct spdm_dialogue *const dialogue = calloc(1, sizeof *dialogue);
    if (!dialogue)
        return FAIL(EXHAUSTED, "no memory for an SPDM session");
    dialogue->role = role;
    dialogue->purposes = purposes;
    dialogue->records.frames.size_max = FRAME_SIZE_MAX;
    const status begun = begin(dialogue, identity);
    if (begun.fault)
        spdm_dialogue_free(dialogue);
    else
        *out = dialogue;
    return begun;
}

void spdm_dialogue_free(struct spdm_dialogue *dialogue)
{
    if (!dialogue)
        return;
    if (dialogue->connection && dialogue->role == ROLE_CLIENT)
        spdm_requester_clear(&dialogue->self.requester);
    else if (dialogue->connection)
        spdm_responder_clear(&dialogue->self.responder);
    drop_handshake(dialogue);
    spdm_records_clear(&dialogue->records);
    free(dialogue);
}
