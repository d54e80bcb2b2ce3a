/* SPDX-License-Identifier: Apache-2.0 */

/* The SPDM row of channel/session.h: whom it meets, what it insists on, what ends it. */

#include "channel/spdm_dialogue.h"

#include "codec/text.h"
#include "crypto/issue.h"
#include "spdm/message/key_exchange.h"
#include "test.h"

enum { NOW_S = 1767225600, YEAR_S = 365 * 24 * 3600, TURNS = 32, WIRE_SIZE = 1 << 16 };

static const char *const link_only[] = {"cix-link/1", NULL};
static const char *const link_or_lane[] = {"cix-link/1", "cix-lane/1", NULL};

static void must(status result)
{
    if (!result.fault)
        return;
    printf("  %s:%d: %s\n", result.fault->file, result.fault->line, result.fault->what);
    abort();
}

/* ---- identities ---- */

static struct tls_identity *one, *other;

static void make_identities(void)
{
    if (one)
        return;
    must(tls_identity_generate(NOW_S, &one));
    must(tls_identity_generate(NOW_S, &other));
}

__attribute__((destructor)) static void drop_identities(void)
{
    tls_identity_free(one);
    tls_identity_free(other);
}

/* As people make them: a certificate that says it is an authority. */
static struct tls_identity *identity_of_files(enum asym asym)
{
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public_key = {0};
    SCOPED(certificate) certificate = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) chain_pem = {0};
    SCOPED(buffer) key_pem = {0};
    const struct certificate_request request = {.subject = "CN=gateway",
                                                .serial = 1,
                                                .not_before_s = NOW_S - 10,
                                                .not_after_s = NOW_S + 10,
                                                .is_ca = true,
                                                .path_length = -1};
    struct tls_identity *identity = NULL;
    must(asym_generate(asym, &key));
    must(private_key_public(&key, &public_key));
    must(certificate_issue(&request, &public_key, NULL, &key,
                           asym == ASYM_ED25519      ? SIGNATURE_ED25519
                           : asym == ASYM_ECDSA_P384 ? SIGNATURE_ECDSA_SHA384
                                                     : SIGNATURE_ECDSA_SHA256,
                           &certificate));
    must(certificate_der(&certificate, &der));
    must(pem_write("CERTIFICATE", buffer_view(&der), &chain_pem));
    must(private_key_write_pem(&key, &key_pem));
    must(tls_identity_of_pem(buffer_view(&chain_pem), buffer_view(&key_pem), &identity));
    return identity;
}

/* ---- two ends ---- */

struct talk {
    struct session client, server;
    enum session_progress client_progress, server_progress;
    uint8_t said[2][WIRE_SIZE]; /* by the client, by the server */
    size_t said_size[2];
    size_t spoils; /* the byte of the whole conversation that is changed; counted from 1 */
    size_t seen;
    int64_t now_s;
};

static void begin_as(struct talk *talk, const struct tls_identity *client,
                     const struct tls_identity *server)
{
    make_identities();
    *talk = (struct talk){.client_progress = SESSION_AGAIN, .server_progress = SESSION_AGAIN};
    talk->now_s = NOW_S;
    must(session_over_spdm.open(client, ROLE_CLIENT, link_only, &talk->client));
    must(session_over_spdm.open(server, ROLE_SERVER, link_or_lane, &talk->server));
}

static void begin(struct talk *talk)
{
    make_identities();
    begin_as(talk, one, other);
}

static void finish(struct talk *talk)
{
    session_free(&talk->client);
    session_free(&talk->server);
}

static struct spdm_settings *client_settings(struct talk *talk)
{
    return &talk->client.spdm->setup.requester.settings;
}

static struct spdm_settings *server_settings(struct talk *talk)
{
    return &talk->server.spdm->setup.responder.settings;
}

/* What a session has to say, noted and perhaps changed on its way. */
static size_t take(struct talk *talk, int whose, struct session *from)
{
    const slice said = from->kind->output(from);
    uint8_t *const place = talk->said[whose] + talk->said_size[whose];
    if (said.size)
        memcpy(place, said.data, said.size);
    if (talk->spoils > talk->seen && talk->spoils <= talk->seen + said.size)
        place[talk->spoils - talk->seen - 1] ^= 1;
    talk->seen += said.size;
    talk->said_size[whose] += said.size;
    from->kind->sent(from, said.size);
    return said.size;
}

static bool goes_on(enum session_progress progress)
{
    return progress == SESSION_AGAIN;
}

static bool carry(struct talk *talk, int whose, struct session *from, struct session *to,
                  enum session_progress *progress)
{
    const size_t at = talk->said_size[whose];
    const size_t size = take(talk, whose, from);
    to->kind->feed(to, (slice){talk->said[whose] + at, size});
    if (goes_on(*progress))
        *progress = to->kind->handshake(to, talk->now_s);
    return size > 0;
}

/* Until both are ready, or nobody says anything more. */
static void shake_hands(struct talk *talk)
{
    bool moved = true;
    talk->client_progress = session_over_spdm.handshake(&talk->client, talk->now_s);
    for (int i = 0; moved && i < TURNS; i++) {
        moved = carry(talk, 0, &talk->client, &talk->server, &talk->server_progress);
        moved |= carry(talk, 1, &talk->server, &talk->client, &talk->client_progress);
    }
}

static bool is_ready(const struct talk *talk)
{
    return talk->client_progress == SESSION_READY && talk->server_progress == SESSION_READY;
}

/* Neither end gives a byte, a purpose or a secret. */
static bool neither_is_ready(struct talk *talk)
{
    struct session *const ends[] = {&talk->client, &talk->server};
    uint8_t space[64];
    bool none = talk->client_progress != SESSION_READY && talk->server_progress != SESSION_READY;
    for (size_t i = 0; i < 2; i++) {
        const struct session_kind *const kind = ends[i]->kind;
        size_t size = 0;
        none &= !kind->purpose(ends[i]) && !kind->peer_spki_digest(ends[i]) &&
                kind->read(ends[i], space, sizeof space, &size) == SESSION_FAILED &&
                kind->write(ends[i], slice_of_text("x")).fault &&
                kind->export(ends[i], "EXPERIMENTAL cix link id 1", (slice){0}, space, 32).fault;
    }
    return none;
}

static bool failed_for(const struct session *session, const char *why)
{
    if (strcmp(session->kind->failure(session), why) == 0)
        return true;
    printf("  failed: %s\n", session->kind->failure(session));
    return false;
}

/* ---- whom it meets ---- */

TEST(both_ends_prove_their_keys_agree_on_a_purpose_and_export_the_same)
{
    struct talk talk;
    uint8_t client[64], server[64], third[64];
    begin(&talk);
    shake_hands(&talk);
    EXPECT(is_ready(&talk));
    EXPECT(strcmp(session_over_spdm.purpose(&talk.client), "cix-link/1") == 0);
    EXPECT(session_over_spdm.purpose(&talk.server) == link_or_lane[0]);
    EXPECT(digest_equal(session_over_spdm.peer_spki_digest(&talk.client),
                        tls_identity_spki_digest(other)));
    EXPECT(digest_equal(session_over_spdm.peer_spki_digest(&talk.server),
                        tls_identity_spki_digest(one)));
    EXPECT_OK(session_over_spdm.export(&talk.client, "EXPERIMENTAL cix link id 1", (slice){0},
                                       client, sizeof client));
    EXPECT_OK(session_over_spdm.export(&talk.server, "EXPERIMENTAL cix link id 1", (slice){0},
                                       server, sizeof server));
    EXPECT_OK(session_over_spdm.export(&talk.server, "EXPERIMENTAL cix link id 1",
                                       slice_of_text("x"), third, sizeof third));
    EXPECT(memcmp(client, server, sizeof client) == 0);
    EXPECT(memcmp(client, third, sizeof client) != 0);
    finish(&talk);
}

/* docs/link-protocol.md, "The SPDM session": the opaque data of both messages. */
TEST(the_opaque_data_are_those_of_the_page)
{
    static const uint8_t offer[] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x01,
                                    0x01, 0x01, 0x00, 0x12, 0x00, 0x00, 0x00, 0x04, 0x04,
                                    0xd9, 0x7e, 0x00, 0x00, 0x0a, 0x00, 0x63, 0x69, 0x78,
                                    0x2d, 0x6c, 0x69, 0x6e, 0x6b, 0x2f, 0x31, 0x00, 0x00};
    static const uint8_t choice[] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
                                     0x01, 0x00, 0x00, 0x12, 0x04, 0x04, 0xd9, 0x7e,
                                     0x00, 0x00, 0x0a, 0x00, 0x63, 0x69, 0x78, 0x2d,
                                     0x6c, 0x69, 0x6e, 0x6b, 0x2f, 0x31, 0x00, 0x00};
    struct talk talk;
    begin(&talk);
    shake_hands(&talk);
    EXPECT(memmem(talk.said[0], talk.said_size[0], offer, sizeof offer));
    EXPECT(memmem(talk.said[1], talk.said_size[1], choice, sizeof choice));
    finish(&talk);
}

TEST(keys_of_every_kind_meet_each_other_whatever_their_tls_certificates_say)
{
    static const enum asym asyms[] = {ASYM_ECDSA_P256, ASYM_ECDSA_P384, ASYM_ED25519};
    struct tls_identity *identities[3];
    make_identities();
    for (size_t i = 0; i < 3; i++)
        identities[i] = identity_of_files(asyms[i]);
    for (size_t i = 0; i < 9; i++) {
        struct talk talk;
        begin_as(&talk, identities[i / 3], identities[i % 3]);
        shake_hands(&talk);
        EXPECT(is_ready(&talk));
        EXPECT(talk.client.spdm->connection->suite.requester_asym == asyms[i / 3]);
        EXPECT(talk.client.spdm->connection->suite.asym == asyms[i % 3]);
        finish(&talk);
    }
    for (size_t i = 0; i < 3; i++)
        tls_identity_free(identities[i]);
}

TEST(each_version_and_algorithm_of_the_page_is_taken)
{
    static const struct {
        uint8_t version;
        enum hash hash;
        uint16_t group, aead;
    } rows[] = {
        {SPDM_1_2, HASH_SHA256, 1 << 3, 1 << 0},
        {SPDM_1_3, HASH_SHA384, 1 << 4, 1 << 1},
        {SPDM_1_4, HASH_SHA512, 1 << 3, 1 << 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk talk;
        begin(&talk);
        struct spdm_settings *const settings = client_settings(&talk);
        settings->version_max = rows[i].version;
        settings->algorithms.base_hash = spdm_hash_bit(rows[i].hash);
        settings->algorithms.tables[SPDM_TABLE_DHE].algorithms = rows[i].group;
        settings->algorithms.tables[SPDM_TABLE_AEAD].algorithms = rows[i].aead;
        shake_hands(&talk);
        EXPECT(is_ready(&talk));
        EXPECT(talk.server.spdm->connection->shape.version == rows[i].version);
        EXPECT(talk.server.spdm->connection->suite.hash == rows[i].hash);
        finish(&talk);
    }
}

/* ---- what it insists on ---- */

TEST(an_end_without_a_capability_of_the_page_or_with_one_too_many_is_not_met)
{
    static const uint32_t needed[] = {SPDM_CERT_CAP,   SPDM_KEY_EX_CAP,   SPDM_ENCRYPT_CAP,
                                      SPDM_MAC_CAP,    SPDM_MUT_AUTH_CAP, SPDM_ENCAP_CAP,
                                      SPDM_KEY_UPD_CAP};
    static const uint32_t unwanted[] = {SPDM_HANDSHAKE_IN_THE_CLEAR_CAP, SPDM_PSK_PLAIN,
                                        SPDM_HBEAT_CAP, SPDM_CHUNK_CAP};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        for (int whose = 0; whose < 2; whose++) {
            struct talk talk;
            begin(&talk);
            (whose ? server_settings : client_settings)(&talk)->capabilities.flags &= ~needed[i];
            shake_hands(&talk);
            EXPECT(neither_is_ready(&talk));
            finish(&talk);
        }
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        for (int whose = 0; whose < 2; whose++) {
            struct talk talk;
            begin(&talk);
            (whose ? server_settings : client_settings)(&talk)->capabilities.flags |= unwanted[i];
            shake_hands(&talk);
            EXPECT(neither_is_ready(&talk));
            finish(&talk);
        }
}

TEST(an_end_that_takes_only_small_messages_is_not_met)
{
    static const uint32_t sizes[] = {SPDM_DATA_TRANSFER_SIZE_MIN, 4095, 4096};
    for (size_t i = 0; i < 6; i++) {
        struct talk talk;
        begin(&talk);
        struct spdm_capabilities *const capabilities =
            &(i / 3 ? server_settings : client_settings)(&talk)->capabilities;
        capabilities->data_transfer_size = capabilities->message_size_max = sizes[i % 3];
        shake_hands(&talk);
        EXPECT(i % 3 == 2 ? is_ready(&talk) : neither_is_ready(&talk));
        finish(&talk);
    }
}

TEST(ends_without_an_algorithm_in_common_do_not_meet)
{
    for (int what = 0; what < 7; what++) {
        struct talk talk;
        begin(&talk);
        struct spdm_algorithm_set *const ours = &client_settings(&talk)->algorithms;
        if (what == 0)
            ours->base_asym = spdm_asym_bit(ASYM_ECDSA_P521);
        else if (what == 1)
            ours->base_hash = spdm_hash_bit(HASH_SHA3_384);
        else if (what == 2)
            ours->tables[SPDM_TABLE_DHE].algorithms = 1 << 5; /* P-521 */
        else if (what == 3)
            ours->tables[SPDM_TABLE_AEAD].algorithms = 1 << 3; /* SM4-GCM */
        else if (what == 4)
            ours->tables[SPDM_TABLE_KEY_SCHEDULE].is_present = false;
        else if (what == 5)
            ours->other_params = 0;
        else
            client_settings(&talk)->version_max = client_settings(&talk)->version_min = SPDM_1_1;
        shake_hands(&talk);
        EXPECT(neither_is_ready(&talk));
        EXPECT(what != 0 || failed_for(&talk.client, "no signatures that both ends know"));
        finish(&talk);
    }
}

TEST(a_server_that_does_not_ask_who_the_client_is_is_left)
{
    struct talk talk;
    begin(&talk);
    talk.server.spdm->setup.responder.mutual = SPDM_MUTUAL_NONE;
    shake_hands(&talk);
    EXPECT(neither_is_ready(&talk));
    EXPECT(failed_for(&talk.client, "an answer to a key exchange other than a channel's"));
    finish(&talk);
}

TEST(purposes_that_differ_do_not_meet)
{
    static const char *const channel[] = {"cix-channel/1", NULL};
    struct talk talk;
    begin(&talk);
    talk.client.spdm->purposes = channel;
    shake_hands(&talk);
    EXPECT(neither_is_ready(&talk));
    EXPECT(failed_for(&talk.server, "the session is for another purpose"));
    EXPECT(failed_for(&talk.client, "the responder answered with ERROR"));
    finish(&talk);
}

TEST(certificates_outside_their_dates_are_not_met)
{
    static const int64_t times[] = {NOW_S - YEAR_S, NOW_S + 20 * (int64_t)YEAR_S};
    for (size_t i = 0; i < 2; i++) {
        struct talk talk;
        begin(&talk);
        talk.now_s = times[i];
        shake_hands(&talk);
        EXPECT(neither_is_ready(&talk));
        EXPECT(failed_for(&talk.client, "the peer's certificate is not valid now"));
        finish(&talk);
    }
}

/* A chain of `count`, of which the last holds our key. */
struct long_chain {
    struct private_key keys[SPDM_DIALOGUE_CERTIFICATES_MAX + 1];
    struct certificate certificates[SPDM_DIALOGUE_CERTIFICATES_MAX + 1];
    struct buffer der;
    struct buffer bytes;
    struct spdm_own_chain chain;
    struct spdm_identity identity;
    size_t count;
};

static void grow_chain(struct long_chain *chain, size_t count)
{
    *chain = (struct long_chain){.count = count};
    for (size_t i = 0; i < count; i++) {
        SCOPED(public_key) key = {0};
        struct certificate_request request = {.serial = i + 1,
                                              .not_before_s = NOW_S - 1,
                                              .not_after_s = NOW_S + 1,
                                              .is_ca = i + 1 < count,
                                              .path_length = -1};
        char name[16];
        snprintf(name, sizeof name, "CN=%zu", i);
        request.subject = name;
        must(private_key_generate(CURVE_P256, &chain->keys[i]));
        must(private_key_public(&chain->keys[i], &key));
        must(certificate_issue(&request, &key, i ? &chain->certificates[i - 1] : NULL,
                               &chain->keys[i ? i - 1 : 0], SIGNATURE_ECDSA_SHA256,
                               &chain->certificates[i]));
        SCOPED(buffer) der = {0};
        must(certificate_der(&chain->certificates[i], &der));
        must(buffer_append(&chain->der, buffer_view(&der)));
    }
    must(spdm_chain_write(HASH_SHA512, buffer_view(&chain->der), &chain->bytes));
    chain->chain =
        (struct spdm_own_chain){.hash = HASH_SHA512, .bytes = buffer_view(&chain->bytes)};
    must(digest_of(HASH_SHA512, chain->chain.bytes, &chain->chain.digest));
    chain->identity.slots[0] = (struct spdm_own_slot){
        .chains = &chain->chain, .chain_count = 1, .key = &chain->keys[count - 1]};
}

static void cut_chain(struct long_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        private_key_clear(&chain->keys[i]);
        certificate_clear(&chain->certificates[i]);
    }
    buffer_clear(&chain->der);
    buffer_clear(&chain->bytes);
}

TEST(four_certificates_are_taken_and_five_are_not)
{
    for (size_t i = 0; i < 4; i++) {
        const bool is_too_long = i & 1, is_client = i & 2;
        struct long_chain chain;
        struct talk talk;
        grow_chain(&chain, SPDM_DIALOGUE_CERTIFICATES_MAX + (is_too_long ? 1 : 0));
        begin(&talk);
        if (is_client)
            talk.client.spdm->setup.requester.identity = &chain.identity;
        else
            talk.server.spdm->setup.responder.identity = &chain.identity;
        shake_hands(&talk);
        EXPECT(is_too_long ? neither_is_ready(&talk) : is_ready(&talk));
        EXPECT(!is_too_long || failed_for(is_client ? &talk.server : &talk.client,
                                          "the peer shows more certificates than we take"));
        finish(&talk);
        cut_chain(&chain);
    }
}

/* ---- what ends it ---- */

/* The next thing that the client says, from the `skipped`th on, in the hands of the test. */
static slice client_says(struct talk *talk, int skipped)
{
    talk->client_progress = session_over_spdm.handshake(&talk->client, talk->now_s);
    for (int i = 0; i < skipped; i++) {
        carry(talk, 0, &talk->client, &talk->server, &talk->server_progress);
        carry(talk, 1, &talk->server, &talk->client, &talk->client_progress);
    }
    const size_t at = talk->said_size[0];
    const size_t size = take(talk, 0, &talk->client);
    return (slice){talk->said[0] + at, size};
}

static void server_hears(struct talk *talk, slice wire)
{
    session_over_spdm.feed(&talk->server, wire);
    talk->server_progress = session_over_spdm.handshake(&talk->server, talk->now_s);
}

enum { AT_CERTIFICATE = 4, AT_KEY_EXCHANGE = 5, HEADER = 4 };

TEST(a_key_exchange_for_another_slot_summary_or_policy_is_refused)
{
    static const size_t places[] = {HEADER + 2, HEADER + 3, HEADER + 6};
    for (size_t i = 0; i < 3; i++) {
        struct talk talk;
        begin(&talk);
        const slice said = client_says(&talk, AT_KEY_EXCHANGE);
        EXPECT(said.size > HEADER && said.data[HEADER + 1] == SPDM_KEY_EXCHANGE);
        talk.said[0][talk.said_size[0] - said.size + places[i]] |= 1;
        server_hears(&talk, said);
        EXPECT(talk.server_progress == SESSION_FAILED);
        EXPECT(failed_for(&talk.server, "a key exchange other than a channel's"));
        finish(&talk);
    }
}

TEST(requests_out_of_their_order_are_refused_by_an_error_that_is_the_last_word)
{
    static const uint8_t invalid[] = {6, 0, 1, 5, 0x10, 0x7f, 0x01, 0};
    static const uint8_t codes[] = {SPDM_GET_DIGESTS, SPDM_KEY_EXCHANGE,
                                    SPDM_CHALLENGE,   SPDM_VERSION,
                                    SPDM_FINISH,      SPDM_VENDOR_DEFINED_REQUEST};
    for (size_t i = 0; i < sizeof codes; i++) {
        struct talk talk;
        const uint8_t request[] = {6, 0, 1, 5, 0x12, codes[i], 0, 0};
        begin(&talk);
        server_hears(&talk, SLICE(request));
        EXPECT(talk.server_progress == SESSION_FAILED);
        EXPECT(failed_for(&talk.server, "a request out of its order"));
        EXPECT(slice_equal(session_over_spdm.output(&talk.server), SLICE(invalid)));
        server_hears(&talk, client_says(&talk, 0));
        EXPECT(talk.server_progress == SESSION_FAILED);
        finish(&talk);
    }
}

/* Whoever asks on after an ERROR is not heard. */
TEST(a_request_that_is_answered_by_an_error_is_the_last)
{
    static const uint8_t capabilities[] = {
        0x16, 0, 1, 5, 0x12, SPDM_GET_CAPABILITIES, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
        0,    1, 0, 0, 0};
    struct talk talk;
    begin(&talk);
    server_hears(&talk, client_says(&talk, 0));
    server_hears(&talk, SLICE(capabilities)); /* takes one byte at a time */
    EXPECT(talk.server_progress == SESSION_FAILED);
    finish(&talk);
}

TEST(a_negotiation_is_not_begun_twice)
{
    struct talk talk;
    begin(&talk);
    const slice said = client_says(&talk, 0);
    server_hears(&talk, said);
    EXPECT(talk.server_progress == SESSION_AGAIN);
    server_hears(&talk, said);
    EXPECT(talk.server_progress == SESSION_FAILED);
    finish(&talk);
}

/* P29 */
TEST(a_handshake_without_end_is_cut_off)
{
    struct talk talk;
    size_t heard = 0;
    begin(&talk);
    const slice said = client_says(&talk, AT_CERTIFICATE);
    EXPECT(said.data[HEADER + 1] == SPDM_GET_CERTIFICATE);
    while (talk.server_progress == SESSION_AGAIN && heard < 2 * SPDM_DIALOGUE_HANDSHAKE_SIZE_MAX) {
        server_hears(&talk, said);
        heard += said.size;
        session_over_spdm.sent(&talk.server, session_over_spdm.output(&talk.server).size);
    }
    EXPECT(talk.server_progress == SESSION_FAILED && heard <= SPDM_DIALOGUE_HANDSHAKE_SIZE_MAX);
    EXPECT(failed_for(&talk.server, "too many bytes before the session is open"));
    finish(&talk);
}

TEST(what_is_no_frame_of_a_handshake_ends_it)
{
    static const struct {
        uint8_t bytes[10];
        size_t size;
        const char *why;
    } rows[] = {
        {{0xff, 0xff, 1, 5}, 4, "a message longer than we take"},
        {{0, 0, 1, 0xbf}, 4, "a frame that has no place in a handshake"},
        {{8, 0, 1, 6, 1, 2, 3, 4, 5, 6}, 10, "a message that is not answered"},
        {{3, 0, 1, 5, 0x10}, 5, NULL},
        {{6, 0, 2, 5}, 4, NULL},
        {{6, 0, 1, 4}, 4, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk talk;
        begin(&talk);
        server_hears(&talk, (slice){rows[i].bytes, rows[i].size});
        EXPECT(talk.server_progress == SESSION_FAILED);
        EXPECT(!rows[i].why || failed_for(&talk.server, rows[i].why));
        talk.client_progress = session_over_spdm.handshake(&talk.client, NOW_S);
        session_over_spdm.feed(&talk.client, (slice){rows[i].bytes, rows[i].size});
        talk.client_progress = session_over_spdm.handshake(&talk.client, NOW_S);
        EXPECT(talk.client_progress == SESSION_FAILED);
        finish(&talk);
    }
}

static bool know_the_same(const struct talk *talk)
{
    uint8_t client[64], server[64];
    must(session_over_spdm.export(&talk->client, "EXPERIMENTAL cix link id 1", (slice){0}, client,
                                  sizeof client));
    must(session_over_spdm.export(&talk->server, "EXPERIMENTAL cix link id 1", (slice){0}, server,
                                  sizeof server));
    return memcmp(client, server, sizeof client) == 0 &&
           digest_equal(session_over_spdm.peer_spki_digest(&talk->client),
                        tls_identity_spki_digest(other)) &&
           digest_equal(session_over_spdm.peer_spki_digest(&talk->server),
                        tls_identity_spki_digest(one));
}

/*
 * P30: whichever byte it is, of whichever message. Two exceptions are DSP0274's: reserved bytes of
 * GET_DIGESTS and GET_CERTIFICATE are in no session's transcript, and change nothing; after
 * FINISH_RSP nothing is said, so the server cannot know that it was lost.
 */
TEST(a_changed_byte_anywhere_in_the_handshake_opens_nothing)
{
    enum { RESERVED_MAX = 8 };
    struct talk talk;
    size_t ineffective = 0;
    begin(&talk);
    shake_hands(&talk);
    const size_t whole = talk.seen;
    EXPECT(is_ready(&talk) && whole > 1000);
    finish(&talk);
    for (size_t at = 1; at <= whole; at += 7 * BIT_STEP) {
        begin(&talk);
        talk.spoils = at;
        shake_hands(&talk);
        ineffective += is_ready(&talk);
        EXPECT(is_ready(&talk) ? know_the_same(&talk) : talk.client_progress != SESSION_READY);
        finish(&talk);
    }
    EXPECT(ineffective <= RESERVED_MAX);
}

TEST(after_the_handshake_its_memory_is_gone_and_close_is_orderly)
{
    struct talk talk;
    uint8_t space[16];
    size_t size = 0;
    begin(&talk);
    shake_hands(&talk);
    EXPECT(is_ready(&talk));
    EXPECT(!talk.client.spdm->handshake && !talk.server.spdm->handshake);
    EXPECT(!talk.client.spdm->records.frames.in && !talk.server.spdm->records.frames.in);
    session_over_spdm.close(&talk.client);
    const slice last = session_over_spdm.output(&talk.client);
    session_over_spdm.feed(&talk.server, last);
    EXPECT(session_over_spdm.read(&talk.server, space, sizeof space, &size) == SESSION_CLOSED);
    EXPECT(!session_over_spdm.peer_spki_digest(&talk.client));
    EXPECT_FAIL(UNEXPECTED, session_over_spdm.write(&talk.client, slice_of_text("x")));
    finish(&talk);
}

/* Says a word of `size` bytes and has it read at the other end. */
static bool is_heard(struct session *from, struct session *to, size_t size)
{
    static uint8_t word[WIRE_SIZE], heard[WIRE_SIZE];
    size_t got = 0;
    memset(word, (int)size, size);
    if (from->kind->write(from, (slice){word, size}).fault)
        return false;
    const slice wire = from->kind->output(from);
    to->kind->feed(to, wire);
    const bool is_read = to->kind->read(to, heard, sizeof heard, &got) == SESSION_READY &&
                         got == size && memcmp(word, heard, size) == 0 &&
                         to->kind->read(to, heard, sizeof heard, &got) == SESSION_AGAIN;
    from->kind->sent(from, wire.size);
    return is_read;
}

TEST(keys_are_renewed_by_volume_while_both_ends_speak_and_the_exporter_stays)
{
    enum { UNITS = 8, WORDS = 300 };
    struct talk talk;
    uint8_t before[32], after[32];
    begin(&talk);
    shake_hands(&talk);
    EXPECT(is_ready(&talk));
    struct spdm_records *const client = &talk.client.spdm->records;
    const struct secret first = talk.client.spdm->session.halves[SPDM_RESPONSES].secret;
    client->units_max = talk.server.spdm->records.units_max = UNITS;
    must(session_over_spdm.export(&talk.client, "EXPERIMENTAL cix link id 1", (slice){0}, before,
                                  sizeof before));
    unsigned renewals = 0;
    for (size_t i = 1; i <= WORDS; i++) {
        const uint8_t tag = client->tag;
        EXPECT(is_heard(&talk.client, &talk.server, i));
        EXPECT(is_heard(&talk.server, &talk.client, 7 * i));
        renewals += client->tag != tag;
    }
    EXPECT(is_heard(&talk.server, &talk.client, SPDM_APPLICATION_SIZE_MAX));
    EXPECT(renewals > WORDS / (4 * UNITS));
    EXPECT(!equal_in_constant_time(
        secret_view(&first),
        secret_view(&talk.client.spdm->session.halves[SPDM_RESPONSES].secret)));
    must(session_over_spdm.export(&talk.client, "EXPERIMENTAL cix link id 1", (slice){0}, after,
                                  sizeof after));
    EXPECT(memcmp(before, after, sizeof before) == 0);
    finish(&talk);
}

TEST(a_role_is_needed)
{
    struct session session = {0};
    make_identities();
    EXPECT_FAIL(INTERNAL, session_over_spdm.open(one, ROLE_NONE, link_only, &session));
    EXPECT(!session.kind);
}
