/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a CRL, asked about a certificate that stays the same. Answers must not change from
 * one question to the next, and nothing is left in OpenSSL's error queue, which TLS reads.
 */

#include "crypto/issue.h"

#include "vectors/sim/keys.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>

enum { ISSUER_KEY = 3 }; /* in sim_test_keys */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static status make_issuer(struct certificate *out)
{
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    const struct certificate_request request = {
        .subject = "CN=Root", .serial = 3, .is_ca = true, .path_length = -1};
    TRY(private_key_read_pem(slice_of_text(sim_test_keys[ISSUER_KEY]), &key));
    TRY(private_key_public(&key, &public));
    return certificate_issue(&request, &public, NULL, &key, SIGNATURE_ECDSA_SHA256, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct certificate issuer;
    SCOPED(crl) crl = {0};
    if (!issuer.x509 && make_issuer(&issuer).fault)
        abort();
    if (!crl_read((slice){data, size}, &crl).fault) {
        const bool is_listed = crl_lists(&crl, &issuer);
        for (enum signature_scheme scheme = SIGNATURE_NONE; scheme <= SIGNATURE_RSA_PSS_SHA384;
             scheme++) {
            const status issued = crl_issued_by(&crl, &issuer, scheme);
            assert(issued.fault ||
                   (scheme == SIGNATURE_ECDSA_SHA256 && crl_names_issuer_of(&crl, &issuer)));
        }
        assert(crl_lists(&crl, &issuer) == is_listed);
    }
    assert(ERR_peek_error() == 0);
    return 0;
}
