/* SPDX-License-Identifier: Apache-2.0 */

/* Our end's key and certificate, in a context that every session shares. */

#include "atls/session.h"

#include "codec/reader.h"
#include "codec/text.h"
#include "crypto/issue.h"

#include <stdlib.h>
#include <string.h>

enum {
    VALID_BEFORE_S = 24 * 3600,           /* peers' clocks differ */
    VALID_AFTER_S = 5 * 365 * 24 * 3600L, /* longer than a process lives */
};

static status identity_new(struct tls_identity **out)
{
    struct tls_identity *const identity = calloc(1, sizeof *identity);
    if (!identity)
        return FAIL(EXHAUSTED, "no memory for a TLS identity");
    identity->wire = tls_wire_method();
    const status made = identity->wire ? tls_profile_context(&identity->context)
                                       : FAIL(EXHAUSTED, "no memory for a TLS identity");
    if (made.fault) {
        tls_identity_free(identity);
        return made;
    }
    *out = identity;
    return OK;
}

void tls_identity_free(struct tls_identity *identity)
{
    if (!identity)
        return;
    SSL_CTX_free(identity->context);
    BIO_meth_free(identity->wire);
    private_key_clear(&identity->key);
    buffer_clear(&identity->certificate);
    free(identity);
}

const struct digest *tls_identity_spki_digest(const struct tls_identity *identity)
{
    return &identity->spki_digest;
}

const struct private_key *tls_identity_key(const struct tls_identity *identity)
{
    return &identity->key;
}

slice tls_identity_own_certificate(const struct tls_identity *identity)
{
    return buffer_view(&identity->certificate);
}

static status use(struct tls_identity *identity, const struct certificate *certificate,
                  const struct private_key *key)
{
    TRY(certificate_spki_digest(certificate, HASH_SHA384, &identity->spki_digest));
    if (SSL_CTX_use_certificate(identity->context, certificate->x509) != 1)
        return FAIL(UNSUPPORTED, "the certificate does not suit TLS 1.3");
    if (SSL_CTX_use_PrivateKey(identity->context, key->pkey) != 1 ||
        SSL_CTX_check_private_key(identity->context) != 1)
        return FAIL(MALFORMED, "the key is not the certificate's");
    return OK;
}

/* ---- made here ---- */

static status random_serial(uint64_t *out)
{
    uint8_t bytes[8];
    TRY(random_bytes(bytes, sizeof bytes));
    struct reader reader = reader_of(SLICE(bytes));
    *out = read_be64(&reader) >> 1 | 1;
    return OK;
}

static enum signature_scheme scheme_for(const struct public_key *key)
{
    if (public_key_is_on(key, CURVE_P256))
        return SIGNATURE_ECDSA_SHA256;
    return public_key_is_on(key, CURVE_P384) ? SIGNATURE_ECDSA_SHA384 : SIGNATURE_ED25519;
}

static status issue_to_ourselves(const struct private_key *key, int64_t not_before_s,
                                 int64_t not_after_s, struct certificate *out)
{
    /* The same for everyone: a name would say more than the key does. */
    struct certificate_request request = {
        .subject = "CN=cix",
        .not_before_s = not_before_s,
        .not_after_s = not_after_s,
        .path_length = -1,
    };
    SCOPED(public_key) public_key = {0};
    TRY(random_serial(&request.serial));
    TRY(private_key_public(key, &public_key));
    return certificate_issue(&request, &public_key, NULL, key, scheme_for(&public_key), out);
}

/* The key is the identity's from here on. */
static status keep(struct tls_identity *identity, const struct certificate *own,
                   struct private_key *key)
{
    TRY(certificate_der(own, &identity->certificate));
    identity->key = *key;
    *key = (struct private_key){0};
    return OK;
}

static status generate(struct tls_identity *identity, int64_t now_s)
{
    SCOPED(private_key) key = {0};
    SCOPED(certificate) certificate = {0};
    TRY(private_key_generate(CURVE_P256, &key));
    TRY(issue_to_ourselves(&key, now_s - VALID_BEFORE_S, now_s + VALID_AFTER_S, &certificate));
    TRY(use(identity, &certificate, &key));
    return keep(identity, &certificate, &key);
}

status tls_identity_generate(int64_t now_s, struct tls_identity **out)
{
    struct tls_identity *identity = NULL;
    TRY(identity_new(&identity));
    const status generated = generate(identity, now_s);
    if (generated.fault)
        tls_identity_free(identity);
    else
        *out = identity;
    return generated;
}

/* ---- read from files ---- */

static status next_certificate(slice *pem, struct certificate *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    TRY(pem_read_next(pem, label, &der));
    if (strcmp(label, "CERTIFICATE") != 0)
        return FAIL(MALFORMED, "the chain holds something other than certificates");
    return certificate_read(buffer_view(&der), out);
}

static bool is_end(status block)
{
    return block.fault && block.fault->failure == FAILURE_UNEXPECTED;
}

static status add_issuers(struct tls_identity *identity, slice pem)
{
    for (size_t count = 1;; count++) {
        SCOPED(certificate) issuer = {0};
        const status next = next_certificate(&pem, &issuer);
        if (is_end(next))
            return OK;
        TRY(next);
        if (count == TLS_CHAIN_MAX)
            return FAIL(EXHAUSTED, "the chain is longer than peers accept");
        if (SSL_CTX_add1_chain_cert(identity->context, issuer.x509) != 1)
            return FAIL(UNSUPPORTED, "an issuer's certificate does not suit TLS 1.3");
    }
}

static status use_pem(struct tls_identity *identity, slice chain, slice key_pem)
{
    SCOPED(private_key) key = {0};
    SCOPED(certificate) leaf = {0};
    SCOPED(certificate) own = {0};
    const status first = next_certificate(&chain, &leaf);
    if (is_end(first))
        return FAIL(MALFORMED, "the PEM text holds no certificate");
    TRY(first);
    TRY(private_key_read_pem(key_pem, &key));
    if (!tls_profile_takes_key(key.pkey))
        return FAIL(UNSUPPORTED, "the key is not P-256, P-384 or Ed25519");
    TRY(use(identity, &leaf, &key));
    TRY(add_issuers(identity, chain));
    TRY(issue_to_ourselves(&key, leaf.not_before_s, leaf.not_after_s, &own));
    return keep(identity, &own, &key);
}

status tls_identity_of_pem(slice certificate_chain_pem, slice key_pem, struct tls_identity **out)
{
    struct tls_identity *identity = NULL;
    TRY(identity_new(&identity));
    const status used = use_pem(identity, certificate_chain_pem, key_pem);
    if (used.fault)
        tls_identity_free(identity);
    else
        *out = identity;
    return used;
}
