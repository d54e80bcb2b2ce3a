/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A root, an authority below it and a leaf, made at once from the throw-away keys. */

#include "crypto/issue.h"

#include "vectors/sim/keys.h"

#include "test.h"

#define DAY_S ((int64_t)24 * 3600)
#define MADE_S ((int64_t)1768435200) /* 2026-01-15T00:00:00Z */

/* In sim_test_keys: RSA-4096 twice, P-384, then P-256. */
enum { RSA_KEY, OTHER_RSA_KEY, P384_KEY, ROOT_KEY, CA_KEY, LEAF_KEY, OTHER_KEY };

static inline struct private_key test_key(int index)
{
    struct private_key key = {0};
    EXPECT_OK(private_key_read_pem(slice_of_text(sim_test_keys[index]), &key));
    return key;
}

static inline struct public_key test_public(int index)
{
    SCOPED(private_key) private = test_key(index);
    struct public_key key = {0};
    EXPECT_OK(private_key_public(&private, &key));
    return key;
}

static inline struct certificate_request authority_request(const char *subject, uint64_t serial,
                                                           int path_length)
{
    return (struct certificate_request){
        .subject = subject,
        .serial = serial,
        .not_before_s = MADE_S,
        .not_after_s = MADE_S + 3650 * DAY_S,
        .is_ca = true,
        .path_length = path_length,
    };
}

static inline struct certificate_request leaf_request(const char *subject, uint64_t serial)
{
    struct certificate_request request = authority_request(subject, serial, -1);
    request.is_ca = false;
    request.not_after_s = MADE_S + 365 * DAY_S;
    return request;
}

/* `issuer` NULL: by itself. */
static inline struct certificate make(const struct certificate_request *request, int subject_key,
                                      const struct certificate *issuer, int signer_key,
                                      enum signature_scheme scheme)
{
    struct certificate certificate = {0};
    SCOPED(public_key) subject = test_public(subject_key);
    SCOPED(private_key) signer = test_key(signer_key);
    EXPECT_OK(certificate_issue(request, &subject, issuer, &signer, scheme, &certificate));
    return certificate;
}

struct pki {
    struct certificate root, ca, leaf;
};

static inline void pki_clear(struct pki *pki)
{
    certificate_clear(&pki->root);
    certificate_clear(&pki->ca);
    certificate_clear(&pki->leaf);
}

static inline struct pki pki_make(void)
{
    const struct certificate_request root = authority_request("C=US/O=Test/CN=Root", 1, 1);
    const struct certificate_request ca = authority_request("C=US/O=Test/CN=Authority", 2, 0);
    const struct certificate_request leaf = leaf_request("C=US/O=Test/CN=Leaf", 3);
    struct pki pki = {.root = make(&root, ROOT_KEY, NULL, ROOT_KEY, SIGNATURE_ECDSA_SHA256)};
    pki.ca = make(&ca, CA_KEY, &pki.root, ROOT_KEY, SIGNATURE_ECDSA_SHA256);
    pki.leaf = make(&leaf, LEAF_KEY, &pki.ca, CA_KEY, SIGNATURE_ECDSA_SHA256);
    return pki;
}

static inline struct buffer der_of(const struct certificate *certificate)
{
    struct buffer der = {0};
    EXPECT_OK(certificate_der(certificate, &der));
    return der;
}

static inline struct crl crl_make(const struct certificate *issuer, int signer_key,
                                  enum signature_scheme scheme, const uint64_t *serials,
                                  size_t count)
{
    struct crl crl = {0};
    SCOPED(private_key) signer = test_key(signer_key);
    SCOPED(buffer) der = {0};
    EXPECT_OK(
        crl_issue(issuer, &signer, scheme, MADE_S, MADE_S + 30 * DAY_S, serials, count, &der));
    EXPECT_OK(crl_read(buffer_view(&der), &crl));
    return crl;
}
