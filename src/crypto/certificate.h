/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * X.509 certificates and CRLs as facts. Nothing here builds paths or decides trust by itself: a
 * platform names the links it expects and asks about each.
 * spec: RFC 5280
 */

#include "crypto/key.h"

enum { CERTIFICATE_SIZE_MAX = 16 << 10, CRL_SIZE_MAX = 1 << 20, COMMON_NAME_SIZE_MAX = 65 };

struct certificate {
    struct x509_st *x509;
    int64_t not_before_s;
    int64_t not_after_s;
};
struct crl {
    struct X509_crl_st *crl;
    int64_t this_update_s;
    int64_t next_update_s; /* 0 when absent */
};
void certificate_clear(struct certificate *certificate);
void crl_clear(struct crl *crl);

/* One DER object and nothing after it. MALFORMED otherwise; EXHAUSTED above the size limit. */
status certificate_read(slice der, struct certificate *out);
/* One that OpenSSL has parsed already, for TLS: parsing it again is most of a handshake's cost. */
status certificate_hold(struct x509_st *x509, struct certificate *out);
/* The same certificate once more, without reading it again. */
void certificate_share(const struct certificate *certificate, struct certificate *out);
status crl_read(slice der, struct crl *out);
status certificate_der(const struct certificate *certificate, struct buffer *out);

bool certificate_is_valid_at(const struct certificate *certificate, int64_t now_s);
status certificate_key(const struct certificate *certificate, struct public_key *out);
status certificate_spki_digest(const struct certificate *certificate, enum hash hash,
                               struct digest *out);
/* How it is signed; SIGNATURE_NONE when that is no way we use. */
enum signature_scheme certificate_scheme(const struct certificate *certificate);
bool certificate_equal(const struct certificate *a, const struct certificate *b);

/* Empty text when there is not exactly one common name, or it has control characters. */
void certificate_common_name(const struct certificate *certificate, char out[COMMON_NAME_SIZE_MAX]);
void certificate_issuer_common_name(const struct certificate *certificate,
                                    char out[COMMON_NAME_SIZE_MAX]);
/* "C=US,ST=CA,...": one line, escaped, the last name first as RFC 4514 writes them. */
void certificate_issuer_text(const struct certificate *certificate, char *out, size_t size);
void certificate_subject_text(const struct certificate *certificate, char *out, size_t size);
/* The serial number, big-endian, without leading zeros; empty for one that is not positive. */
status certificate_serial(const struct certificate *certificate, struct buffer *out);
/* The kind of its key, as a dotted OID: also of keys that we do not use. */
enum { OID_TEXT_SIZE = 80 };
void certificate_key_algorithm(const struct certificate *certificate, char out[OID_TEXT_SIZE]);
bool certificate_is_self_issued(const struct certificate *certificate);
/* That the names join; whether it is so is certificate_issued_by()'s to say. */
bool certificate_names_issuer(const struct certificate *subject, const struct certificate *issuer);

/*
 * The value (content of the extension's OCTET STRING) of the one extension with this dotted OID.
 * `out` is empty when absent; MALFORMED when it occurs twice. Borrowed from the certificate.
 */
status certificate_extension(const struct certificate *certificate, const char *oid, slice *out);

/*
 * OK when `issuer` signed `subject` with exactly this scheme (parameters included), the names
 * join, and `issuer` may do so: CA flag, keyCertSign, path length for `depth` certificates below
 * it, no unknown critical extension in either. UNAUTHENTIC, naming which, otherwise. Not dates.
 */
status certificate_issued_by(const struct certificate *subject, const struct certificate *issuer,
                             enum signature_scheme scheme, int depth);
/*
 * The same for who looks at these extensions itself, which may then be critical: dotted OIDs, and
 * NULL after the last.
 */
status certificate_issued_by_knowing(const char *const *oids, const struct certificate *subject,
                                     const struct certificate *issuer, enum signature_scheme scheme,
                                     int depth);

/*
 * OK when `issuer`, a certificate authority, signed the CRL with this scheme and their names join,
 * and no critical extension makes it a list of something else. UNAUTHENTIC otherwise. Not dates.
 */
status crl_issued_by(const struct crl *crl, const struct certificate *issuer,
                     enum signature_scheme scheme);
bool crl_names_issuer_of(const struct crl *crl, const struct certificate *certificate);
bool crl_lists(const struct crl *crl, const struct certificate *certificate);
