/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sessions of ours against each other, and against an OpenSSL that keeps none of our rules. */

#include "atls/tls.h"

#include "test.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static const int64_t now_s = 1767225600; /* 2026 */

static inline void must(status result)
{
    if (!result.fault)
        return;
    printf("  %s:%d: %s\n", result.fault->file, result.fault->line, result.fault->what);
    abort();
}

static inline void require(bool condition)
{
    if (condition)
        return;
    ERR_print_errors_fp(stdout);
    abort();
}

static const char *const our_protocols[] = {"cix-channel/1", NULL};
static const unsigned char our_protocol_list[] = "\x0d"
                                                 "cix-channel/1";

static inline struct tls_identity *fresh_identity(void)
{
    struct tls_identity *identity = NULL;
    must(tls_identity_generate(now_s, &identity));
    return identity;
}

/* ---- the outsider ---- */

struct outsider {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    bool is_ready;
    int tickets; /* that it was given */
    int alert;   /* the last that it was sent; 0: none */
};

static inline EVP_PKEY *outsider_key(void)
{
    EVP_PKEY *const key = EVP_EC_gen("P-256");
    require(key != NULL);
    return key;
}

/* A self-signed certificate valid from `from_s` for `for_s` seconds around now. */
static inline X509 *outsider_certificate(EVP_PKEY *key, long from_s, long for_s)
{
    X509 *const certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    X509_set_version(certificate, 2);
    ASN1_TIME_set(X509_getm_notBefore(certificate), now_s + from_s);
    ASN1_TIME_set(X509_getm_notAfter(certificate), now_s + from_s + for_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"outsider", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    require(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

static inline void outsider_wears(struct outsider *outsider, long from_s, long for_s)
{
    EVP_PKEY *const key = outsider_key();
    X509 *const certificate = outsider_certificate(key, from_s, for_s);
    require(SSL_CTX_use_certificate(outsider->context, certificate) == 1);
    require(SSL_CTX_use_PrivateKey(outsider->context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static inline int accept_anything(X509_STORE_CTX *store, void *unused)
{
    (void)store, (void)unused;
    return 1;
}

static inline void note_alert(const SSL *ssl, int where, int what)
{
    struct outsider *const outsider = SSL_get_app_data(ssl);
    if (where == SSL_CB_READ_ALERT && outsider)
        outsider->alert = what & 0xff;
}

static inline int count_ticket(SSL *ssl, SSL_SESSION *session)
{
    struct outsider *const outsider = SSL_get_app_data(ssl);
    (void)session;
    outsider->tickets++;
    return 0;
}

static inline int choose_ours(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                              const unsigned char *offer, unsigned offer_size, void *unused)
{
    (void)ssl, (void)offer, (void)offer_size, (void)unused;
    *out = our_protocol_list + 1;
    *out_size = 13;
    return SSL_TLSEXT_ERR_OK;
}

/* Accepts every certificate, offers and chooses our protocol, and is free with tickets. */
static inline void outsider_begin(struct outsider *outsider)
{
    *outsider = (struct outsider){.context = SSL_CTX_new(TLS_method())};
    SSL_CTX_set_cert_verify_callback(outsider->context, accept_anything, NULL);
    SSL_CTX_set_verify(outsider->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(outsider->context, our_protocol_list, 14);
    SSL_CTX_set_alpn_select_cb(outsider->context, choose_ours, NULL);
    SSL_CTX_set_info_callback(outsider->context, note_alert);
    SSL_CTX_set_session_cache_mode(outsider->context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(outsider->context, count_ticket);
    SSL_CTX_set_session_id_context(outsider->context, (const unsigned char *)"o", 1);
    outsider_wears(outsider, -1000, 100000);
}

static inline void outsider_open(struct outsider *outsider, enum role role)
{
    outsider->ssl = SSL_new(outsider->context);
    SSL_set_app_data(outsider->ssl, outsider);
    outsider->in = BIO_new(BIO_s_mem());
    outsider->out = BIO_new(BIO_s_mem());
    SSL_set_bio(outsider->ssl, outsider->in, outsider->out);
    if (role == ROLE_CLIENT)
        SSL_set_connect_state(outsider->ssl);
    else
        SSL_set_accept_state(outsider->ssl);
}

static inline void outsider_end(struct outsider *outsider)
{
    SSL_free(outsider->ssl);
    SSL_CTX_free(outsider->context);
    ERR_clear_error();
}

/* ---- carrying bytes ---- */

struct talk {
    struct tls_session *session;
    enum tls_progress handshake; /* the last that our end said */
    enum tls_progress reading;
    uint8_t plaintext[TLS_RECORD_PLAINTEXT_MAX];
    size_t plaintext_size;
};

static inline void talk_look(struct talk *talk)
{
    talk->handshake = tls_session_handshake(talk->session, now_s);
    if (talk->handshake != TLS_READY)
        return;
    size_t size = 0;
    while ((talk->reading = tls_session_read(talk->session, talk->plaintext, sizeof talk->plaintext,
                                             &size)) == TLS_READY)
        talk->plaintext_size += size;
}

static inline void outsider_take(struct outsider *outsider, slice bytes)
{
    if (bytes.size)
        require(BIO_write(outsider->in, bytes.data, (int)bytes.size) == (int)bytes.size);
}

static inline void outsider_look(struct outsider *outsider)
{
    char byte;
    if (SSL_do_handshake(outsider->ssl) == 1) {
        outsider->is_ready = true;
        SSL_read(outsider->ssl, &byte, 1); /* so that tickets are seen */
    }
}

static inline void carry(struct talk *talk, struct outsider *outsider)
{
    for (int i = 0; i < 8; i++) {
        outsider_look(outsider);
        char *bytes;
        const long size = BIO_get_mem_data(outsider->out, &bytes);
        tls_session_feed(talk->session, (slice){(const uint8_t *)bytes, (size_t)size});
        talk_look(talk);
        tls_session_feed(talk->session, (slice){0});
        (void)BIO_reset(outsider->out);
        const slice output = tls_session_output(talk->session);
        outsider_take(outsider, output);
        tls_session_sent(talk->session, output.size);
    }
}
