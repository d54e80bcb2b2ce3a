/* SPDX-License-Identifier: Apache-2.0 */

/* What a handshake may agree on. A peer that wants anything else gets an alert and no session. */

#include "atls/session.h"

#include "crypto/openssl.h"

#include <string.h>

#define SUITES "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:P-256"
#define SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:ed25519"

/* ---- the peer's certificate ---- */

bool tls_profile_takes_key(const EVP_PKEY *key)
{
    char group[32];
    if (!key)
        return false;
    if (EVP_PKEY_is_a(key, "ED25519"))
        return true;
    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
        return false;
    return strcmp(group, "prime256v1") == 0 || strcmp(group, "secp384r1") == 0;
}

/* An X509_V_ error, from which OpenSSL makes the alert. */
static int certificate_error(struct tls_session *session, X509_STORE_CTX *store)
{
    X509 *const leaf = X509_STORE_CTX_get0_cert(store);
    const int count = sk_X509_num(X509_STORE_CTX_get0_untrusted(store));
    SCOPED(certificate) certificate = {0};
    struct digest spki_digest;
    if (!leaf || count > TLS_CHAIN_MAX)
        return X509_V_ERR_CERT_CHAIN_TOO_LONG;
    if (certificate_hold(leaf, &certificate).fault ||
        !tls_profile_takes_key(X509_get0_pubkey(leaf)) ||
        certificate_spki_digest(&certificate, HASH_SHA384, &spki_digest).fault)
        return X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM;
    if (session->now_s < certificate.not_before_s)
        return X509_V_ERR_CERT_NOT_YET_VALID;
    if (session->now_s > certificate.not_after_s)
        return X509_V_ERR_CERT_HAS_EXPIRED;
    session->peer_spki_digest = spki_digest;
    return X509_V_OK;
}

/*
 * Pins the certificate's shape and dates only: CertificateVerify proves its key, and appraisal says
 * whether that key is the right one.
 */
static int judge_certificate(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    const SSL *const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_session *const session = SSL_get_app_data(ssl);
    const int error = certificate_error(session, store);
    if (error == X509_V_OK)
        return 1;
    tls_session_note(session, X509_verify_cert_error_string(error));
    X509_STORE_CTX_set_error(store, error);
    return 0;
}

/* ---- the client's offer ---- */

static bool hello_has(SSL *ssl, unsigned extension)
{
    const unsigned char *bytes;
    size_t size;
    return SSL_client_hello_get0_ext(ssl, extension, &bytes, &size) == 1;
}

/* Nobody was ever given a ticket, so whoever offers one is lost or lying. */
static int judge_hello(SSL *ssl, int *alert, void *unused)
{
    (void)unused;
    struct tls_session *const session = SSL_get_app_data(ssl);
    if (hello_has(ssl, TLSEXT_TYPE_psk) || hello_has(ssl, TLSEXT_TYPE_early_data)) {
        tls_session_note(session, "the client offers resumption or early data");
        *alert = SSL_AD_ILLEGAL_PARAMETER;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (!hello_has(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)) {
        tls_session_note(session, "the client names no protocol");
        *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

static bool is_protocol(const char *name, const unsigned char *bytes, size_t size)
{
    return slice_equal(slice_of_text(name), (slice){bytes, size});
}

/* The first of the client's that we speak. OpenSSL has checked the list's lengths. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *offer, unsigned offer_size, void *unused)
{
    (void)unused;
    struct tls_session *const session = SSL_get_app_data(ssl);
    for (unsigned at = 0; at < offer_size; at += 1u + offer[at])
        for (const char *const *name = session->alpn; *name; name++)
            if (is_protocol(*name, offer + at + 1, offer[at])) {
                *out = offer + at + 1;
                *out_size = offer[at];
                return SSL_TLSEXT_ERR_OK;
            }
    tls_session_note(session, "no protocol in common with the client");
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

status tls_profile_offer(struct tls_session *session)
{
    uint8_t offer[ALPN_NAMES_MAX * (1 + ALPN_NAME_SIZE_MAX)];
    size_t size = 0;
    for (size_t i = 0; session->alpn[i]; i++) {
        const size_t name_size = strlen(session->alpn[i]);
        if (i == ALPN_NAMES_MAX || !name_size || name_size > ALPN_NAME_SIZE_MAX)
            return FAIL(INTERNAL, "protocol names have 1 to 32 bytes, and there are at most 4");
        offer[size++] = (uint8_t)name_size;
        memcpy(offer + size, session->alpn[i], name_size);
        size += name_size;
    }
    if (!size)
        return FAIL(INTERNAL, "a session needs a protocol");
    if (session->role == ROLE_CLIENT &&
        SSL_set_alpn_protos(session->ssl, offer, (unsigned)size) != 0)
        return FAIL(EXHAUSTED, "no memory for the protocol names");
    return OK;
}

/* ---- the whole ---- */

static bool was_offered(const struct tls_session *session)
{
    const unsigned char *name;
    unsigned size;
    SSL_get0_alpn_selected(session->ssl, &name, &size);
    for (const char *const *offered = session->alpn; size && *offered; offered++)
        if (is_protocol(*offered, name, size))
            return true;
    return false;
}

const char *tls_profile_breach(const struct tls_session *session)
{
    SSL *const ssl = session->ssl;
    if (SSL_version(ssl) != TLS1_3_VERSION)
        return "the session is not TLS 1.3";
    if (SSL_session_reused(ssl))
        return "the session was resumed";
    if (SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED)
        return "the session took early data";
    if (!SSL_get0_peer_certificate(ssl) || !session->peer_spki_digest.size)
        return "the peer showed no certificate";
    const int group = (int)SSL_get_negotiated_group(ssl);
    if (group != NID_X25519 && group != NID_X9_62_prime256v1)
        return "the session's key exchange is not one of ours";
    if (!was_offered(session))
        return "the session's protocol is not one of ours";
    return NULL;
}

static void fix_options(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_clear_options(context, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_verify_callback(context, judge_certificate, NULL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_client_hello_cb(context, judge_hello, NULL);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    SSL_CTX_set_max_cert_list(context, TLS_CHAIN_MAX * CERTIFICATE_SIZE_MAX);
}

status tls_profile_context(SSL_CTX **out)
{
    SSL_CTX *const context = SSL_CTX_new(TLS_method());
    if (!context)
        return FAIL(EXHAUSTED, "no memory for a TLS context");
    fix_options(context);
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, SUITES) != 1 ||
        SSL_CTX_set1_groups_list(context, GROUPS) != 1 ||
        SSL_CTX_set1_sigalgs_list(context, SIGNATURES) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1 || SSL_CTX_set_max_early_data(context, 0) != 1 ||
        SSL_CTX_set_recv_max_early_data(context, 0) != 1) {
        SSL_CTX_free(context);
        return FAIL(UNAVAILABLE, "OpenSSL does not offer the TLS profile");
    }
    *out = context;
    return OK;
}
