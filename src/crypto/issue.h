/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Makes certificates, CRLs, and requests for certificates: for a gateway's own TLS key, for keys
 * that others certify, and for simulated and test vendors. A certificate made here is trusted by
 * nobody who was not told to.
 */

#include "crypto/certificate.h"

struct certificate_extension_entry {
    const char *oid; /* dotted */
    bool critical;
    slice value; /* the content of the OCTET STRING */
};

struct certificate_request {
    const char *subject; /* "C=US/O=Example/CN=Name": parts split at '/', in order */
    uint64_t serial;
    int64_t not_before_s;
    int64_t not_after_s;
    bool is_ca;
    int path_length;                     /* -1: none */
    const char *subject_alternative_dns; /* NULL: none */
    const struct certificate_extension_entry *extensions;
    size_t extension_count;
};

/* `issuer` NULL makes it self-signed by `signer`, which must then be `subject_key`'s pair. */
status certificate_issue(const struct certificate_request *request,
                         const struct public_key *subject_key, const struct certificate *issuer,
                         const struct private_key *signer, enum signature_scheme scheme,
                         struct certificate *out);

status crl_issue(const struct certificate *issuer, const struct private_key *signer,
                 enum signature_scheme scheme, int64_t this_update_s, int64_t next_update_s,
                 const uint64_t *serials, size_t serial_count, struct buffer *out_der);

/*
 * Appends a request for a certificate of `key` (PKCS #10). `info` says what for: a
 * CertificationRequestInfo, whose own key is not looked at; when it is empty, `subject` does, as in
 * a certificate. MALFORMED when `info` is none. spec: RFC 2986, "CertificationRequest"
 */
status signing_request_make(const struct private_key *key, enum signature_scheme scheme,
                            const char *subject, slice info, struct buffer *out_der);
