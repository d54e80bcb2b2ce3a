/* SPDX-License-Identifier: Apache-2.0 */

/* Peers that speak TLS well and keep none of our rules: every one of them must fail closed. */

#include "wire.h"

#include <openssl/x509v3.h>

struct stage {
    struct tls_identity *identity;
    struct talk talk; /* ours */
    struct outsider outsider;
};

/* `role` is ours. The outsider may be changed before open(). */
static void begin(struct stage *stage, enum role role)
{
    memset(stage, 0, sizeof *stage);
    stage->identity = fresh_identity();
    must(tls_session_open(stage->identity, role, our_protocols, &stage->talk.session));
    outsider_begin(&stage->outsider);
}

static void meet(struct stage *stage, enum role role)
{
    outsider_open(&stage->outsider, role == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT);
    carry(&stage->talk, &stage->outsider);
}

static bool failed_with(const struct stage *stage, int alert)
{
    const bool failed = stage->talk.handshake == TLS_FAILED && stage->outsider.alert == alert &&
                        *tls_session_failure(stage->talk.session);
    if (!failed)
        printf("  handshake %d, alert %d, %s\n", (int)stage->talk.handshake, stage->outsider.alert,
               tls_session_failure(stage->talk.session));
    return failed;
}

static void finish(struct stage *stage)
{
    tls_session_free(stage->talk.session);
    tls_identity_free(stage->identity);
    outsider_end(&stage->outsider);
}

TEST(the_stage_itself_is_sound_an_outsider_that_keeps_our_rules_gets_a_session)
{
    static const enum role roles[] = {ROLE_CLIENT, ROLE_SERVER};
    for (size_t i = 0; i < 2; i++) {
        struct stage stage;
        begin(&stage, roles[i]);
        meet(&stage, roles[i]);
        EXPECT(stage.talk.handshake == TLS_READY && stage.outsider.is_ready);
        EXPECT(tls_session_peer_spki_digest(stage.talk.session)->size == 48);
        EXPECT(!*tls_session_failure(stage.talk.session));
        finish(&stage);
    }
}

/* ---- versions, suites, groups ---- */

/* P8 */
TEST(tls_1_2_fails_closed_in_both_roles)
{
    static const enum role roles[] = {ROLE_CLIENT, ROLE_SERVER};
    for (size_t i = 0; i < 2; i++) {
        struct stage stage;
        begin(&stage, roles[i]);
        SSL_CTX_set_max_proto_version(stage.outsider.context, TLS1_2_VERSION);
        meet(&stage, roles[i]);
        EXPECT(stage.talk.handshake != TLS_READY && !stage.outsider.is_ready);
        if (roles[i] == ROLE_SERVER)
            EXPECT(failed_with(&stage, SSL_AD_PROTOCOL_VERSION));
        finish(&stage);
    }
}

/* P8 */
TEST(a_client_of_weak_suites_or_other_groups_is_refused)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    require(SSL_CTX_set_ciphersuites(stage.outsider.context, "TLS_AES_128_CCM_8_SHA256") == 1);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_HANDSHAKE_FAILURE));
    finish(&stage);

    begin(&stage, ROLE_SERVER);
    require(SSL_CTX_set1_groups_list(stage.outsider.context, "P-521:X448") == 1);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_HANDSHAKE_FAILURE));
    finish(&stage);
}

TEST(a_client_that_guessed_another_group_is_asked_again_and_succeeds_with_p256)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    require(SSL_CTX_set1_groups_list(stage.outsider.context, "P-521:P-256") == 1);
    meet(&stage, ROLE_SERVER);
    EXPECT(stage.talk.handshake == TLS_READY);
    finish(&stage);
}

/* ---- ALPN ---- */

static int choose_nothing(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                          const unsigned char *offer, unsigned offer_size, void *unused)
{
    (void)ssl, (void)out, (void)out_size, (void)offer, (void)offer_size, (void)unused;
    return SSL_TLSEXT_ERR_NOACK;
}

static int choose_unoffered(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                            const unsigned char *offer, unsigned offer_size, void *unused)
{
    static const unsigned char name[] = "cix-lane/1";
    (void)ssl, (void)offer, (void)offer_size, (void)unused;
    *out = name;
    *out_size = sizeof name - 1;
    return SSL_TLSEXT_ERR_OK;
}

/* P23 */
TEST(alpn_loss_fails_closed_on_servers)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    SSL_CTX_set_alpn_protos(stage.outsider.context, NULL, 0);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_NO_APPLICATION_PROTOCOL));
    finish(&stage);

    static const struct {
        const char *bytes;
        unsigned size;
    } offers[] = {{"\x02h2", 3},
                  {"\x0d"
                   "cix-channel/2",
                   14},
                  {"\x0c"
                   "cix-channel/",
                   13},
                  {"\x0e"
                   "cix-channel/1\0",
                   15},
                  {"\x0d"
                   "CIX-CHANNEL/1",
                   14}};
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        begin(&stage, ROLE_SERVER);
        SSL_CTX_set_alpn_protos(stage.outsider.context, (const unsigned char *)offers[i].bytes,
                                offers[i].size);
        meet(&stage, ROLE_SERVER);
        EXPECT(failed_with(&stage, SSL_AD_NO_APPLICATION_PROTOCOL));
        finish(&stage);
    }
}

TEST(alpn_loss_fails_closed_on_clients)
{
    struct stage stage;
    begin(&stage, ROLE_CLIENT);
    SSL_CTX_set_alpn_select_cb(stage.outsider.context, choose_nothing, NULL);
    meet(&stage, ROLE_CLIENT);
    EXPECT(stage.talk.handshake == TLS_FAILED);
    EXPECT(strstr(tls_session_failure(stage.talk.session), "protocol"));
    finish(&stage);

    begin(&stage, ROLE_CLIENT);
    SSL_CTX_set_alpn_select_cb(stage.outsider.context, choose_unoffered, NULL);
    meet(&stage, ROLE_CLIENT);
    EXPECT(stage.talk.handshake == TLS_FAILED);
    finish(&stage);
}

TEST(a_server_chooses_the_first_protocol_it_shares_with_a_longer_offer)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    SSL_CTX_set_alpn_protos(stage.outsider.context,
                            (const unsigned char *)"\x02h2\x0d"
                                                   "cix-channel/1",
                            17);
    meet(&stage, ROLE_SERVER);
    EXPECT(stage.talk.handshake == TLS_READY);
    finish(&stage);
}

/* ---- tickets, PSK, early data ---- */

/* P6 */
TEST(a_ticket_is_never_sent)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    meet(&stage, ROLE_SERVER);
    EXPECT_OK(tls_session_write(stage.talk.session, slice_of_text("x")));
    carry(&stage.talk, &stage.outsider);
    EXPECT(stage.outsider.is_ready && stage.outsider.tickets == 0);
    EXPECT(!SSL_SESSION_is_resumable(SSL_get0_session(stage.outsider.ssl)));
    finish(&stage);
}

static int psk_offers;

static int note_hello(SSL *ssl, int *alert, void *unused)
{
    const unsigned char *bytes;
    size_t size;
    (void)alert, (void)unused;
    psk_offers += SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &bytes, &size);
    psk_offers += SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_early_data, &bytes, &size);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* P5, P6 */
TEST(a_ticket_is_never_used)
{
    struct stage stage;
    psk_offers = 0;
    begin(&stage, ROLE_CLIENT);
    SSL_CTX_set_num_tickets(stage.outsider.context, 2);
    SSL_CTX_set_client_hello_cb(stage.outsider.context, note_hello, NULL);
    for (int i = 0; i < 3; i++) {
        meet(&stage, ROLE_CLIENT);
        EXPECT(stage.talk.handshake == TLS_READY && stage.talk.reading == TLS_AGAIN);
        EXPECT(!SSL_session_reused(stage.outsider.ssl));
        SSL_free(stage.outsider.ssl);
        tls_session_free(stage.talk.session);
        must(tls_session_open(stage.identity, ROLE_CLIENT, our_protocols, &stage.talk.session));
    }
    EXPECT(psk_offers == 0);
    stage.outsider.ssl = NULL;
    finish(&stage);
}

static int offer_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *id_size,
                     SSL_SESSION **out)
{
    static const unsigned char key[48] = {1};
    static const unsigned char suite[] = {0x13, 0x02};
    SSL_SESSION *const session = SSL_SESSION_new();
    (void)md;
    require(SSL_SESSION_set1_master_key(session, key, sizeof key) == 1);
    require(SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, suite)) == 1);
    require(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1);
    require(SSL_SESSION_set_max_early_data(session, 1000) == 1);
    require(SSL_SESSION_set1_alpn_selected(session, our_protocol_list + 1, 13) == 1);
    *id = (const unsigned char *)"me";
    *id_size = 2;
    *out = session;
    return 1;
}

/* P5, P6 */
TEST(a_client_that_offers_a_psk_fails_closed)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    SSL_CTX_set_psk_use_session_callback(stage.outsider.context, offer_psk);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_ILLEGAL_PARAMETER));
    finish(&stage);
}

/* P5 */
TEST(a_client_that_sends_early_data_fails_closed)
{
    struct stage stage;
    size_t written = 0;
    begin(&stage, ROLE_SERVER);
    SSL_CTX_set_psk_use_session_callback(stage.outsider.context, offer_psk);
    outsider_open(&stage.outsider, ROLE_CLIENT);
    require(SSL_write_early_data(stage.outsider.ssl, "early", 5, &written) == 1);
    carry(&stage.talk, &stage.outsider);
    EXPECT(failed_with(&stage, SSL_AD_ILLEGAL_PARAMETER));
    EXPECT(stage.talk.plaintext_size == 0);
    finish(&stage);
}

/* ---- certificates ---- */

/* E21, T3 */
TEST(an_expired_certificate_is_refused)
{
    static const enum role roles[] = {ROLE_CLIENT, ROLE_SERVER};
    for (size_t i = 0; i < 2; i++) {
        struct stage stage;
        begin(&stage, roles[i]);
        outsider_wears(&stage.outsider, -1000, 999);
        meet(&stage, roles[i]);
        EXPECT(failed_with(&stage, SSL_AD_CERTIFICATE_EXPIRED));
        finish(&stage);

        begin(&stage, roles[i]);
        outsider_wears(&stage.outsider, -1000, 1000); /* its last second still counts */
        meet(&stage, roles[i]);
        EXPECT(stage.talk.handshake == TLS_READY);
        finish(&stage);
    }
}

/* E21, P19 */
TEST(a_certificate_that_is_not_yet_valid_is_refused)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    outsider_wears(&stage.outsider, 1, 1000);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_BAD_CERTIFICATE));
    finish(&stage);
}

/* P19 */
TEST(clocks_that_differ_by_minutes_are_allowed_and_by_ten_years_are_a_clear_error)
{
    static const struct {
        int64_t offset_s;
        bool allowed;
    } clocks[] = {
        {-300, true}, {300, true}, {-10L * 365 * 86400, false}, {10L * 365 * 86400, false}};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct tls_identity *identity = NULL;
        struct stage stage;
        begin(&stage, ROLE_CLIENT);
        must(tls_identity_generate(now_s + clocks[i].offset_s, &identity));
        struct tls_session *server = NULL;
        must(tls_session_open(identity, ROLE_SERVER, our_protocols, &server));
        enum tls_progress progress = TLS_AGAIN;
        for (int round = 0; round < 3; round++) {
            progress = tls_session_handshake(stage.talk.session, now_s);
            tls_session_feed(server, tls_session_output(stage.talk.session));
            tls_session_handshake(server, now_s + clocks[i].offset_s);
            tls_session_sent(stage.talk.session, 1 << 20);
            tls_session_feed(stage.talk.session, tls_session_output(server));
            progress = tls_session_handshake(stage.talk.session, now_s);
            tls_session_sent(server, 1 << 20);
        }
        EXPECT((progress == TLS_READY) == clocks[i].allowed);
        if (!clocks[i].allowed)
            EXPECT(strstr(tls_session_failure(stage.talk.session), "certificate"));
        tls_session_free(server);
        tls_identity_free(identity);
        finish(&stage);
    }
}

/* P7 */
TEST(a_client_without_a_certificate_is_refused)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    SSL_CTX_free(stage.outsider.context);
    stage.outsider.context = SSL_CTX_new(TLS_method());
    SSL_CTX_set_alpn_protos(stage.outsider.context, our_protocol_list, 14);
    SSL_CTX_set_info_callback(stage.outsider.context, note_alert);
    meet(&stage, ROLE_SERVER);
    EXPECT(failed_with(&stage, SSL_AD_CERTIFICATE_REQUIRED));
    finish(&stage);
}

static void wear_key(struct outsider *outsider, EVP_PKEY *key)
{
    X509 *const certificate = outsider_certificate(key, -1000, 2000);
    SSL_CTX_free(outsider->context);
    outsider->context = SSL_CTX_new(TLS_method());
    SSL_CTX_set_cert_verify_callback(outsider->context, accept_anything, NULL);
    SSL_CTX_set_alpn_protos(outsider->context, our_protocol_list, 14);
    SSL_CTX_set_info_callback(outsider->context, note_alert);
    require(SSL_CTX_use_certificate(outsider->context, certificate) == 1);
    require(SSL_CTX_use_PrivateKey(outsider->context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* P8, E16 */
TEST(certificates_of_other_kinds_of_key_are_refused)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    wear_key(&stage.outsider, EVP_RSA_gen(2048));
    meet(&stage, ROLE_SERVER);
    EXPECT(stage.talk.handshake == TLS_FAILED);
    finish(&stage);

    begin(&stage, ROLE_SERVER);
    wear_key(&stage.outsider, EVP_EC_gen("P-521"));
    meet(&stage, ROLE_SERVER);
    EXPECT(stage.talk.handshake == TLS_FAILED);
    finish(&stage);
}

/* E19 */
TEST(chains_longer_than_the_limit_are_refused)
{
    for (int issuers = 3; issuers <= 4; issuers++) {
        struct stage stage;
        begin(&stage, ROLE_SERVER);
        EVP_PKEY *const key = outsider_key();
        for (int i = 0; i < issuers; i++) {
            X509 *const extra = outsider_certificate(key, -1000, 2000);
            require(SSL_CTX_add0_chain_cert(stage.outsider.context, extra) == 1);
        }
        EVP_PKEY_free(key);
        meet(&stage, ROLE_SERVER);
        EXPECT((stage.talk.handshake == TLS_READY) == (issuers == 3));
        finish(&stage);
    }
}

/* P15 */
TEST(a_certificate_of_a_megabyte_is_refused_before_it_is_all_there)
{
    static char huge[1 << 20];
    struct stage stage;
    memset(huge, 'x', sizeof huge - 1);
    begin(&stage, ROLE_SERVER);
    EVP_PKEY *const key = outsider_key();
    X509 *const certificate = outsider_certificate(key, -1000, 2000);
    ASN1_OCTET_STRING *const value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)huge, sizeof huge);
    X509_EXTENSION *const extension =
        X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0, value);
    X509_add_ext(certificate, extension, -1);
    require(X509_sign(certificate, key, EVP_sha256()) > 0);
    require(SSL_CTX_use_certificate(stage.outsider.context, certificate) == 1);
    require(SSL_CTX_use_PrivateKey(stage.outsider.context, key) == 1);
    meet(&stage, ROLE_SERVER);
    EXPECT(stage.talk.handshake == TLS_FAILED && !stage.outsider.tickets);
    ASN1_OCTET_STRING_free(value);
    X509_EXTENSION_free(extension);
    X509_free(certificate);
    EVP_PKEY_free(key);
    finish(&stage);
}

/* ---- ClientHellos by hand ---- */

/* One ClientHello as a client would send it, for a test to change. */
static void hello(struct stage *stage, struct buffer *out)
{
    char *bytes;
    outsider_open(&stage->outsider, ROLE_CLIENT);
    outsider_look(&stage->outsider);
    const long size = BIO_get_mem_data(stage->outsider.out, &bytes);
    must(buffer_append(out, (slice){(const uint8_t *)bytes, (size_t)size}));
}

static enum tls_progress take_hello(struct stage *stage, slice bytes)
{
    tls_session_feed(stage->talk.session, bytes);
    return tls_session_handshake(stage->talk.session, now_s);
}

static void add_u16(uint8_t *at, size_t more)
{
    const size_t sum = (size_t)(at[0] << 8 | at[1]) + more;
    at[0] = (uint8_t)(sum >> 8);
    at[1] = (uint8_t)sum;
}

/* Appends one extension to a ClientHello record and mends the lengths around it. */
static void append_extension(struct buffer *record, unsigned type, slice content)
{
    const uint8_t head[] = {(uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(content.size >> 8),
                            (uint8_t)content.size};
    const size_t more = sizeof head + content.size;
    must(buffer_append(record, SLICE(head)));
    must(buffer_append(record, content));
    size_t at = 5 + 4 + 2 + 32;
    at += 1u + record->data[at];                                       /* session id */
    at += 2u + (size_t)(record->data[at] << 8 | record->data[at + 1]); /* suites */
    at += 1u + record->data[at];                                       /* compression */
    add_u16(record->data + at, more);
    add_u16(record->data + 3, more);
    add_u16(record->data + 7, more); /* the two low bytes of a u24 */
}

/* P15 */
TEST(a_client_hello_with_a_duplicate_extension_is_refused)
{
    static const unsigned types[] = {0xfafa, 16, 43};
    for (size_t i = 0; i < 3; i++) {
        struct stage stage;
        SCOPED(buffer) record = {0};
        begin(&stage, ROLE_SERVER);
        hello(&stage, &record);
        append_extension(&record, types[i], slice_of_text("\0\2\1x"));
        if (i == 0)
            append_extension(&record, types[i], slice_of_text("\0\2\1x"));
        /* Unknown ones are skipped unread; those that we read may come once. */
        EXPECT(take_hello(&stage, buffer_view(&record)) == (i == 0 ? TLS_AGAIN : TLS_FAILED));
        finish(&stage);
    }
}

/* P15 */
TEST(a_client_hello_of_64_kilobytes_is_cut_off)
{
    static uint8_t flood[70000];
    struct stage stage;
    size_t at = 0;
    const size_t message = 65535;
    for (size_t sent = 0; sent < message + 4; sent += 16384) { /* records of one ClientHello */
        const size_t size = message + 4 - sent < 16384 ? message + 4 - sent : 16384;
        const uint8_t header[] = {22, 3, 1, (uint8_t)(size >> 8), (uint8_t)size};
        memcpy(flood + at, header, 5);
        if (!sent)
            memcpy(flood + at + 5, "\1\0\xff\xff\3\3", 6);
        at += 5 + size;
    }
    begin(&stage, ROLE_SERVER);
    EXPECT(take_hello(&stage, (slice){flood, at}) == TLS_FAILED);
    EXPECT(strstr(tls_session_failure(stage.talk.session), "too many bytes"));
    stage.outsider.ssl = NULL;
    finish(&stage);
}

/* P16 */
TEST(certificate_compression_is_never_negotiated)
{
    struct stage stage;
    SCOPED(buffer) record = {0};
    begin(&stage, ROLE_SERVER);
    hello(&stage, &record);
    append_extension(&record, 27, (slice){(const uint8_t *)"\2\0\1", 3}); /* zlib */
    EXPECT(take_hello(&stage, buffer_view(&record)) == TLS_AGAIN);
    /* The answer holds the certificate as it is: its issuer's name can be found in no other. */
    EXPECT(tls_session_output(stage.talk.session).size > 400);
    finish(&stage);
}

TEST(a_client_hello_cut_anywhere_waits_and_junk_is_refused)
{
    struct stage stage;
    SCOPED(buffer) record = {0};
    begin(&stage, ROLE_SERVER);
    hello(&stage, &record);
    for (size_t i = 0; i < record.size - 1; i++)
        EXPECT(take_hello(&stage, (slice){record.data + i, 1}) == TLS_AGAIN);
    EXPECT(take_hello(&stage, (slice){record.data + record.size - 1, 1}) == TLS_AGAIN);
    EXPECT(tls_session_output(stage.talk.session).size > 0);
    finish(&stage);

    static const char *const junk[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                                       "SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01\x7f\xff",
                                       "\x17\x03\x03\x00\x05hello"};
    for (size_t i = 0; i < 4; i++) {
        begin(&stage, ROLE_SERVER);
        const slice bytes = {(const uint8_t *)junk[i], i < 2 ? strlen(junk[i]) : i == 2 ? 5 : 10};
        EXPECT(take_hello(&stage, bytes) == TLS_FAILED);
        EXPECT(take_hello(&stage, bytes) == TLS_FAILED); /* and stays so */
        stage.outsider.ssl = NULL;
        finish(&stage);
    }
}

/* ---- floods after the handshake ---- */

/* P13 */
TEST(a_key_update_flood_is_cut_off)
{
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    meet(&stage, ROLE_SERVER);
    require(stage.outsider.is_ready);
    for (int i = 0; i < 4000; i++) {
        require(SSL_key_update(stage.outsider.ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        require(SSL_do_handshake(stage.outsider.ssl) == 1);
    }
    carry(&stage.talk, &stage.outsider);
    EXPECT(stage.talk.reading == TLS_FAILED);
    finish(&stage);
}

/* P13 */
TEST(a_ticket_flood_is_cut_off)
{
    struct stage stage;
    begin(&stage, ROLE_CLIENT);
    meet(&stage, ROLE_CLIENT);
    require(stage.outsider.is_ready);
    for (int i = 0; i < 200; i++) {
        require(SSL_new_session_ticket(stage.outsider.ssl) == 1);
        require(SSL_do_handshake(stage.outsider.ssl) == 1);
    }
    carry(&stage.talk, &stage.outsider);
    EXPECT(stage.talk.reading == TLS_FAILED);
    EXPECT(strstr(tls_session_failure(stage.talk.session), "too many bytes"));
    finish(&stage);
}

/* P13 */
TEST(a_record_above_the_size_limit_is_refused_with_record_overflow)
{
    static uint8_t record[5 + 16384 + 257] = {23, 3, 3, 0x41, 0x01};
    struct stage stage;
    begin(&stage, ROLE_SERVER);
    meet(&stage, ROLE_SERVER);
    require(stage.talk.handshake == TLS_READY);
    tls_session_feed(stage.talk.session, SLICE(record));
    talk_look(&stage.talk);
    EXPECT(stage.talk.reading == TLS_FAILED);
    tls_session_feed(stage.talk.session, (slice){0});
    const slice output = tls_session_output(stage.talk.session);
    outsider_take(&stage.outsider, output);
    outsider_look(&stage.outsider);
    EXPECT(stage.outsider.alert == SSL_AD_RECORD_OVERFLOW);
    finish(&stage);
}

/* P8 */
TEST(requests_of_post_handshake_authentication_are_refused_by_clients)
{
    struct stage stage;
    begin(&stage, ROLE_CLIENT);
    meet(&stage, ROLE_CLIENT);
    require(stage.outsider.is_ready);
    EXPECT(SSL_verify_client_post_handshake(stage.outsider.ssl) == 0); /* we did not offer it */
    finish(&stage);
}
