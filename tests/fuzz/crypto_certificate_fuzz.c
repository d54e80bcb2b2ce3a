/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a certificate. What is accepted must write back the same bytes, answer every
 * question without harm, and leave nothing in OpenSSL's error queue, which TLS reads.
 */

#include "crypto/certificate.h"

#include <assert.h>
#include <openssl/err.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_names(const struct certificate *certificate)
{
    char name[COMMON_NAME_SIZE_MAX], text[64];
    certificate_common_name(certificate, name);
    assert(strlen(name) < sizeof name);
    certificate_issuer_common_name(certificate, name);
    assert(strlen(name) < sizeof name);
    certificate_issuer_text(certificate, text, sizeof text);
    assert(strlen(text) < sizeof text);
    for (const char *c = text; *c; c++)
        assert(*c >= ' ' && *c <= '~');
}

static void ask_key(const struct certificate *certificate)
{
    SCOPED(public_key) key = {0};
    if (certificate_key(certificate, &key).fault)
        return;
    const int kinds = public_key_is_on(&key, CURVE_P256) + public_key_is_on(&key, CURVE_P384) +
                      (public_key_rsa_bits(&key) != 0);
    assert(kinds == 1);
}

static void ask_signatures(const struct certificate *certificate)
{
    for (enum signature_scheme scheme = SIGNATURE_NONE; scheme <= SIGNATURE_RSA_PSS_SHA384;
         scheme++) {
        const status issued = certificate_issued_by(certificate, certificate, scheme, 0);
        assert(issued.fault || (scheme && certificate_is_self_issued(certificate)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SCOPED(certificate) certificate = {0};
    SCOPED(certificate) again = {0};
    SCOPED(buffer) der = {0};
    struct digest digest;
    slice value;
    if (!certificate_read((slice){data, size}, &certificate).fault) {
        status got = certificate_der(&certificate, &der);
        assert(!got.fault && slice_equal(buffer_view(&der), (slice){data, size}));
        got = certificate_read(buffer_view(&der), &again);
        assert(!got.fault && certificate_equal(&certificate, &again));
        got = certificate_spki_digest(&certificate, HASH_SHA384, &digest);
        assert(!got.fault);
        (void)certificate_extension(&certificate, "1.3.6.1.4.1.3704.1.4", &value).fault;
        (void)certificate_extension(&certificate, "2.5.29.19", &value).fault;
        ask_names(&certificate);
        ask_key(&certificate);
        ask_signatures(&certificate);
    }
    assert(ERR_peek_error() == 0);
    return 0;
}
