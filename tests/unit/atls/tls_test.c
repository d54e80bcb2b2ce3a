/* SPDX-License-Identifier: Apache-2.0 */

/* Sessions of ours, with each other. What strangers try is in outsiders_test.c. */

#include "wire.h"

#include "atls/session.h"
#include "codec/text.h"
#include "crypto/issue.h"

#include <dlfcn.h>

/* Stands in front of OpenSSL's, so that a test can make the exporter fail. */
static bool exporter_fails;

int SSL_export_keying_material(SSL *ssl, unsigned char *out, size_t size, const char *label,
                               size_t label_size, const unsigned char *context, size_t context_size,
                               int use_context)
{
    static int (*real)(SSL *, unsigned char *, size_t, const char *, size_t, const unsigned char *,
                       size_t, int);
    if (exporter_fails)
        return 0;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "SSL_export_keying_material");
    return real(ssl, out, size, label, label_size, context, context_size, use_context);
}

struct pair {
    struct tls_identity *client_identity, *server_identity;
    struct talk client, server;
};

static void begin(struct pair *pair)
{
    memset(pair, 0, sizeof *pair);
    pair->client_identity = fresh_identity();
    pair->server_identity = fresh_identity();
    must(
        tls_session_open(pair->client_identity, ROLE_CLIENT, our_protocols, &pair->client.session));
    must(
        tls_session_open(pair->server_identity, ROLE_SERVER, our_protocols, &pair->server.session));
}

static void finish(struct pair *pair)
{
    tls_session_free(pair->client.session);
    tls_session_free(pair->server.session);
    tls_identity_free(pair->client_identity);
    tls_identity_free(pair->server_identity);
}

static void move(struct talk *from, struct talk *to)
{
    const slice output = tls_session_output(from->session);
    tls_session_feed(to->session, output);
    talk_look(to);
    tls_session_feed(to->session, (slice){0});
    tls_session_sent(from->session, output.size);
}

static void exchange(struct pair *pair)
{
    talk_look(&pair->client);
    for (int i = 0; i < 4; i++) {
        move(&pair->client, &pair->server);
        move(&pair->server, &pair->client);
    }
}

static struct pair joined(void)
{
    struct pair pair;
    begin(&pair);
    exchange(&pair);
    require(pair.client.handshake == TLS_READY && pair.server.handshake == TLS_READY);
    return pair;
}

TEST(a_session_is_tls_1_3_with_our_groups_suites_and_protocol)
{
    struct pair pair = joined();
    SSL *const ssl = pair.client.session->ssl;
    EXPECT(SSL_version(ssl) == TLS1_3_VERSION);
    EXPECT(SSL_get_negotiated_group(ssl) == NID_X25519);
    EXPECT(strcmp(SSL_get_cipher_name(ssl), "TLS_AES_256_GCM_SHA384") == 0);
    EXPECT(strcmp(tls_session_alpn(pair.client.session), "cix-channel/1") == 0);
    EXPECT(strcmp(tls_session_alpn(pair.server.session), "cix-channel/1") == 0);
    finish(&pair);
}

TEST(each_end_knows_the_others_key_and_no_other)
{
    struct pair pair = joined();
    const struct digest *const seen = tls_session_peer_spki_digest(pair.client.session);
    const struct digest *const true_key = tls_identity_spki_digest(pair.server_identity);
    EXPECT(seen->size == 48 && memcmp(seen->data, true_key->data, 48) == 0);
    EXPECT(memcmp(tls_session_peer_spki_digest(pair.server.session)->data,
                  tls_identity_spki_digest(pair.client_identity)->data, 48) == 0);
    EXPECT(memcmp(true_key->data, tls_identity_spki_digest(pair.client_identity)->data, 48) != 0);
    finish(&pair);
}

TEST(plaintext_goes_both_ways_in_any_size)
{
    static uint8_t bytes[100000];
    struct pair pair = joined();
    for (size_t size = 1; size <= sizeof bytes; size *= 7) {
        pair.server.plaintext_size = pair.client.plaintext_size = 0;
        EXPECT_OK(tls_session_write(pair.client.session, (slice){bytes, size}));
        EXPECT_OK(tls_session_write(pair.server.session, (slice){bytes, size}));
        exchange(&pair);
        EXPECT(pair.server.plaintext_size == size && pair.client.plaintext_size == size);
    }
    EXPECT_OK(tls_session_write(pair.client.session, (slice){0}));
    EXPECT(tls_session_output(pair.client.session).size == 0);
    finish(&pair);
}

TEST(exporters_agree_at_both_ends_and_differ_by_label_context_and_session)
{
    struct pair pair = joined(), other = joined();
    uint8_t one[64], two[64];
    const slice context = slice_of_text("nonce");
    EXPECT_OK(tls_session_export(pair.client.session, "EXPERIMENTAL a", context, one, 64));
    EXPECT_OK(tls_session_export(pair.server.session, "EXPERIMENTAL a", context, two, 64));
    EXPECT(memcmp(one, two, 64) == 0);
    EXPECT_OK(tls_session_export(pair.server.session, "EXPERIMENTAL b", context, two, 64));
    EXPECT(memcmp(one, two, 64) != 0);
    EXPECT_OK(tls_session_export(pair.server.session, "EXPERIMENTAL a", (slice){0}, two, 64));
    EXPECT(memcmp(one, two, 64) != 0);
    EXPECT_OK(tls_session_export(other.client.session, "EXPERIMENTAL a", context, two, 64));
    EXPECT(memcmp(one, two, 64) != 0);
    finish(&pair);
    finish(&other);
}

TEST(an_exporter_fails_closed_before_the_handshake_after_the_end_and_when_openssl_does)
{
    static const uint8_t untouched[64] = {0};
    struct pair pair;
    uint8_t out[64] = {0};
    begin(&pair);
    EXPECT_FAIL(UNEXPECTED, tls_session_export(pair.client.session, "x", (slice){0}, out, 64));
    EXPECT(!tls_session_alpn(pair.client.session));
    EXPECT(!tls_session_peer_spki_digest(pair.client.session));
    exchange(&pair);
    exporter_fails = true;
    EXPECT_FAIL(UNAVAILABLE, tls_session_export(pair.client.session, "x", (slice){0}, out, 64));
    exporter_fails = false;
    EXPECT_FAIL(INTERNAL, tls_session_export(pair.client.session, "x", (slice){0}, out, 0));
    EXPECT_FAIL(INTERNAL, tls_session_export(pair.client.session, "x", (slice){0}, out, 65));
    tls_session_close(pair.client.session);
    EXPECT_FAIL(UNEXPECTED, tls_session_export(pair.client.session, "x", (slice){0}, out, 64));
    EXPECT(memcmp(out, untouched, 64) == 0);
    finish(&pair);
}

TEST(a_close_is_told_from_a_cut)
{
    struct pair pair = joined();
    tls_session_close(pair.client.session);
    move(&pair.client, &pair.server);
    EXPECT(pair.server.reading == TLS_CLOSED);
    EXPECT_FAIL(UNEXPECTED, tls_session_write(pair.client.session, slice_of_text("x")));
    EXPECT_OK(tls_session_write(pair.server.session, slice_of_text("half-closed"))); /* RFC 8446 */
    finish(&pair);
}

TEST(nothing_can_be_read_or_written_before_the_handshake_is_done)
{
    struct pair pair;
    uint8_t byte;
    size_t size = 9;
    begin(&pair);
    EXPECT_FAIL(UNEXPECTED, tls_session_write(pair.client.session, slice_of_text("x")));
    EXPECT(tls_session_read(pair.client.session, &byte, 1, &size) == TLS_FAILED && size == 9);
    tls_session_close(pair.client.session);
    EXPECT(tls_session_output(pair.client.session).size == 0);
    finish(&pair);
}

/* RFC 8446, 5.5: a key is used for a limited number of records. */
TEST(a_session_that_wrote_very_much_takes_new_keys_and_goes_on)
{
    struct pair pair = joined();
    for (int i = 0; i < 3; i++) {
        pair.client.session->records_of_key = TLS_RECORDS_PER_KEY - 1;
        pair.server.plaintext_size = 0;
        EXPECT_OK(tls_session_write(pair.client.session, slice_of_text("more")));
        EXPECT(pair.client.session->records_of_key == 0);
        EXPECT(tls_session_output(pair.client.session).size > 5 + 4 + 17); /* a KeyUpdate before */
        move(&pair.client, &pair.server);
        EXPECT(pair.server.plaintext_size == 4);
    }
    finish(&pair);
}

/* A network that takes as much as we write, and never the last of it. */
TEST(output_that_is_never_all_sent_neither_grows_nor_ends_the_session)
{
    static const uint8_t bytes[TLS_RECORD_PLAINTEXT_MAX];
    struct pair pair = joined();
    size_t written = 0;
    EXPECT_OK(tls_session_write(pair.client.session, SLICE(bytes)));
    const size_t record_size = tls_session_output(pair.client.session).size;
    while (written <= OUTGOING_SIZE_MAX + sizeof bytes) {
        const status wrote = tls_session_write(pair.client.session, SLICE(bytes));
        EXPECT_OK(wrote);
        if (wrote.fault)
            break;
        written += sizeof bytes;
        const slice output = tls_session_output(pair.client.session);
        EXPECT(output.size == 2 * record_size);
        tls_session_feed(pair.server.session, (slice){output.data, record_size});
        talk_look(&pair.server);
        tls_session_sent(pair.client.session, record_size);
    }
    EXPECT(pair.server.plaintext_size == written);
    EXPECT(pair.client.session->output.capacity <= 8 * record_size);
    finish(&pair);
}

TEST(sessions_need_a_role_and_one_to_four_protocols_of_sensible_names)
{
    static const char *const none[] = {NULL};
    static const char *const empty[] = {"", NULL};
    static const char *const many[] = {"a", "b", "c", "d", "e", NULL};
    static const char *const large[] = {"a-name-of-more-than-thirty-two-bytes", NULL};
    struct tls_identity *const identity = fresh_identity();
    struct tls_session *session = NULL;
    EXPECT_FAIL(INTERNAL, tls_session_open(identity, ROLE_NONE, our_protocols, &session));
    EXPECT_FAIL(INTERNAL, tls_session_open(identity, ROLE_CLIENT, none, &session));
    EXPECT_FAIL(INTERNAL, tls_session_open(identity, ROLE_CLIENT, empty, &session));
    EXPECT_FAIL(INTERNAL, tls_session_open(identity, ROLE_SERVER, many, &session));
    EXPECT_FAIL(INTERNAL, tls_session_open(identity, ROLE_SERVER, large, &session));
    EXPECT(!session);
    tls_session_free(NULL);
    tls_identity_free(identity);
    tls_identity_free(NULL);
}

/* ---- identities from files ---- */

struct files {
    struct buffer chain, key;
};

static void files_clear(struct files *files)
{
    buffer_clear(&files->chain);
    buffer_clear(&files->key);
}

static void append_certificate(struct files *files, const struct private_key *key,
                               enum signature_scheme scheme)
{
    const struct certificate_request request = {.subject = "CN=file",
                                                .serial = 3,
                                                .not_before_s = now_s - 1000,
                                                .not_after_s = now_s + 1000,
                                                .path_length = -1};
    SCOPED(public_key) public_key = {0};
    SCOPED(certificate) certificate = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    must(private_key_public(key, &public_key));
    must(certificate_issue(&request, &public_key, NULL, key, scheme, &certificate));
    must(certificate_der(&certificate, &der));
    must(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    must(buffer_append(&files->chain, buffer_view(&pem)));
}

static void make_files(struct files *files, enum curve curve, int certificates)
{
    SCOPED(private_key) key = {0};
    must(private_key_generate(curve, &key));
    must(private_key_write_pem(&key, &files->key));
    for (int i = 0; i < certificates; i++)
        append_certificate(files, &key,
                           curve == CURVE_P384 ? SIGNATURE_ECDSA_SHA384 : SIGNATURE_ECDSA_SHA256);
}

static status of_files(const struct files *files, struct tls_identity **out)
{
    return tls_identity_of_pem(buffer_view(&files->chain), buffer_view(&files->key), out);
}

TEST(identities_from_pem_shake_hands_with_generated_ones)
{
    static const enum curve kinds[] = {CURVE_P256, CURVE_P384};
    for (size_t i = 0; i < 2; i++) {
        SCOPED(files) files = {0};
        make_files(&files, kinds[i], 1 + (int)i * 3);
        struct pair pair;
        begin(&pair);
        tls_session_free(pair.server.session);
        tls_identity_free(pair.server_identity);
        EXPECT_OK(of_files(&files, &pair.server_identity));
        must(tls_session_open(pair.server_identity, ROLE_SERVER, our_protocols,
                              &pair.server.session));
        exchange(&pair);
        EXPECT(pair.client.handshake == TLS_READY && pair.server.handshake == TLS_READY);
        finish(&pair);
    }
}

/* For sessions of another kind: the same key, the same dates, and no authority. */
TEST(an_identity_has_a_certificate_of_its_own_beside_the_one_from_files)
{
    static const enum curve kinds[] = {CURVE_P256, CURVE_P384};
    for (size_t i = 0; i < 2; i++) {
        SCOPED(files) files = {0};
        SCOPED(certificate) own = {0};
        SCOPED(public_key) key = {0};
        SCOPED(public_key) pair = {0};
        SCOPED(certificate) theirs = {0};
        SCOPED(buffer) der = {0};
        char label[PEM_LABEL_SIZE_MAX];
        struct tls_identity *identity = NULL;
        make_files(&files, kinds[i], 2);
        slice pem = buffer_view(&files.chain);
        must(pem_read_next(&pem, label, &der));
        must(certificate_read(buffer_view(&der), &theirs));
        EXPECT_OK(of_files(&files, &identity));
        EXPECT_OK(certificate_read(tls_identity_own_certificate(identity), &own));
        EXPECT_FAIL(UNAUTHENTIC, /* it is no authority, not even its own */
                    certificate_issued_by(&own, &own, certificate_scheme(&own), 0));
        EXPECT(own.not_before_s == theirs.not_before_s && own.not_after_s == theirs.not_after_s);
        EXPECT_OK(certificate_key(&own, &key));
        EXPECT_OK(private_key_public(tls_identity_key(identity), &pair));
        EXPECT(public_key_equal(&key, &pair));
        tls_identity_free(identity);
    }
}

TEST(identities_whose_parts_do_not_fit_are_refused)
{
    SCOPED(files) good = {0};
    SCOPED(files) other = {0};
    SCOPED(files) large = {0};
    struct tls_identity *identity = NULL;
    make_files(&good, CURVE_P256, 1);
    make_files(&other, CURVE_P256, 1);
    make_files(&large, CURVE_P256, TLS_CHAIN_MAX + 1);
    EXPECT_FAIL(MALFORMED,
                tls_identity_of_pem(buffer_view(&good.chain), buffer_view(&other.key), &identity));
    EXPECT_FAIL(EXHAUSTED, of_files(&large, &identity));
    EXPECT_FAIL(MALFORMED, tls_identity_of_pem((slice){0}, buffer_view(&good.key), &identity));
    EXPECT_FAIL(MALFORMED,
                tls_identity_of_pem(buffer_view(&good.key), buffer_view(&good.key), &identity));
    const status no_key =
        tls_identity_of_pem(buffer_view(&good.chain), buffer_view(&good.chain), &identity);
    EXPECT(no_key.fault && !identity);
}

TEST(rsa_identities_are_refused)
{
    SCOPED(private_key) key = {0};
    SCOPED(files) files = {0};
    struct tls_identity *identity = NULL;
    must(private_key_generate_rsa(2048, &key));
    must(private_key_write_pem(&key, &files.key));
    append_certificate(&files, &key, SIGNATURE_RSA_PSS_SHA384);
    EXPECT_FAIL(UNSUPPORTED, of_files(&files, &identity));
}
