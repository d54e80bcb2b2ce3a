/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/issue.h"

#include "crypto/der.h"
#include "crypto/openssl.h"

#include <string.h>

enum {
    SUBJECT_SIZE_MAX = 512,
    DNS_NAME_SIZE_MAX = 253,
    SERIALS_MAX = 4096,
};

/* ---- names and times ---- */

/* Adds "CN=Name". */
static status add_part(X509_NAME *name, char *part)
{
    char *const value = strchr(part, '=');
    if (!value || value == part || !value[1])
        return FAIL(MALFORMED, "a part of a subject is not KEY=value");
    *value = '\0';
    if (X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (const uint8_t *)value + 1, -1, -1,
                                   0) != 1)
        return FAIL(MALFORMED, "a part of a subject that OpenSSL does not take");
    return OK;
}

static status set_name(X509_NAME *name, const char *subject)
{
    char text[SUBJECT_SIZE_MAX], *rest = NULL;
    const size_t size = strlen(subject) + 1;
    if (size > sizeof text)
        return FAIL(EXHAUSTED, "a subject is longer than we write");
    memcpy(text, subject, size);
    char *part = strtok_r(text, "/", &rest);
    if (!part)
        return FAIL(MALFORMED, "a subject is empty");
    for (; part; part = strtok_r(NULL, "/", &rest))
        TRY(add_part(name, part));
    return OK;
}

/* ---- extensions ---- */

static status add_known(X509 *x509, int nid, void *value, bool critical)
{
    return X509_add1_ext_i2d(x509, nid, value, critical, X509V3_ADD_DEFAULT) == 1
               ? OK
               : FAIL(INTERNAL, "an extension that cannot be written");
}

static status add_constraints(X509 *x509, const struct certificate_request *request)
{
    SCOPED_OPENSSL(BASIC_CONSTRAINTS) *constraints = BASIC_CONSTRAINTS_new();
    if (!constraints)
        return FAIL(EXHAUSTED, "no memory for an extension");
    constraints->ca = request->is_ca ? 0xff : 0;
    if (request->is_ca && request->path_length >= 0) {
        constraints->pathlen = ASN1_INTEGER_new();
        if (!constraints->pathlen ||
            ASN1_INTEGER_set(constraints->pathlen, request->path_length) != 1)
            return FAIL(EXHAUSTED, "no memory for an extension");
    }
    return add_known(x509, NID_basic_constraints, constraints, true);
}

/* Bits count from the most significant one. spec: RFC 5280, "Key Usage" */
enum { DIGITAL_SIGNATURE_BIT = 0, KEY_CERT_SIGN_BIT = 5, CRL_SIGN_BIT = 6 };

static status add_usage(X509 *x509, bool is_ca)
{
    SCOPED_OPENSSL(ASN1_BIT_STRING) *usage = ASN1_BIT_STRING_new();
    const int first = is_ca ? KEY_CERT_SIGN_BIT : DIGITAL_SIGNATURE_BIT;
    if (!usage || ASN1_BIT_STRING_set_bit(usage, first, 1) != 1 ||
        (is_ca && ASN1_BIT_STRING_set_bit(usage, CRL_SIGN_BIT, 1) != 1))
        return FAIL(EXHAUSTED, "no memory for an extension");
    return add_known(x509, NID_key_usage, usage, true);
}

/* OpenSSL's own word for a SHA-1 of the key: an identifier, not a protection. */
static status add_by_name(X509 *x509, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    SCOPED_OPENSSL(X509_EXTENSION) *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension || X509_add_ext(x509, extension, -1) != 1)
        return FAIL(INTERNAL, "a key identifier that cannot be written");
    return OK;
}

static status add_dns_name(X509 *x509, const char *dns)
{
    const size_t size = strlen(dns);
    if (size == 0 || size > DNS_NAME_SIZE_MAX)
        return FAIL(MALFORMED, "not a DNS name");
    SCOPED_OPENSSL(GENERAL_NAMES) *names = GENERAL_NAMES_new();
    SCOPED_OPENSSL(GENERAL_NAME) *name = GENERAL_NAME_new();
    SCOPED_OPENSSL(ASN1_IA5STRING) *text = ASN1_IA5STRING_new();
    if (!names || !name || !text || ASN1_STRING_set(text, dns, (int)size) != 1)
        return FAIL(EXHAUSTED, "no memory for an extension");
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    text = NULL;
    if (sk_GENERAL_NAME_push(names, name) <= 0)
        return FAIL(EXHAUSTED, "no memory for an extension");
    name = NULL;
    return add_known(x509, NID_subject_alt_name, names, false);
}

static status add_entry(X509 *x509, const struct certificate_extension_entry *entry)
{
    SCOPED_OPENSSL(ASN1_OBJECT) *oid = OBJ_txt2obj(entry->oid, 1);
    SCOPED_OPENSSL(ASN1_OCTET_STRING) *value = ASN1_OCTET_STRING_new();
    if (!oid)
        return FAIL(MALFORMED, "an extension's name is not a dotted object identifier");
    if (!value || entry->value.size > CERTIFICATE_SIZE_MAX ||
        ASN1_OCTET_STRING_set(value, entry->value.data, (int)entry->value.size) != 1)
        return FAIL(EXHAUSTED, "an extension is larger than we write");
    SCOPED_OPENSSL(X509_EXTENSION) *extension =
        X509_EXTENSION_create_by_OBJ(NULL, oid, entry->critical, value);
    if (!extension || X509_add_ext(x509, extension, -1) != 1)
        return FAIL(EXHAUSTED, "no memory for an extension");
    return OK;
}

static status add_extensions(X509 *x509, X509 *issuer, const struct certificate_request *request)
{
    TRY(add_constraints(x509, request));
    TRY(add_usage(x509, request->is_ca));
    TRY(add_by_name(x509, issuer, NID_subject_key_identifier, "hash"));
    /* Absent where an issuer that somebody else made has none to copy. */
    if (issuer == x509 || X509_get0_subject_key_id(issuer))
        TRY(add_by_name(x509, issuer, NID_authority_key_identifier, "keyid"));
    if (request->subject_alternative_dns)
        TRY(add_dns_name(x509, request->subject_alternative_dns));
    for (size_t i = 0; i < request->extension_count; i++)
        TRY(add_entry(x509, &request->extensions[i]));
    return OK;
}

/* ---- signing ---- */

static const struct scheme_row {
    enum hash hash; /* HASH_NONE: the key signs whole messages */
    const char *key_type;
    bool is_pss;
} schemes[] = {
    [SIGNATURE_ECDSA_SHA256] = {HASH_SHA256, "EC", false},
    [SIGNATURE_ECDSA_SHA384] = {HASH_SHA384, "EC", false},
    [SIGNATURE_ECDSA_SHA512] = {HASH_SHA512, "EC", false},
    [SIGNATURE_RSA_PSS_SHA384] = {HASH_SHA384, "RSA", true},
    [SIGNATURE_RSA_PKCS1_SHA256] = {HASH_SHA256, "RSA", false},
    [SIGNATURE_RSA_PKCS1_SHA384] = {HASH_SHA384, "RSA", false},
    [SIGNATURE_RSA_PKCS1_SHA512] = {HASH_SHA512, "RSA", false},
    [SIGNATURE_RSA_PSS_SHA256] = {HASH_SHA256, "RSA", true},
    [SIGNATURE_RSA_PSS_SHA512] = {HASH_SHA512, "RSA", true},
    [SIGNATURE_SM2_SM3] = {HASH_SM3, "SM2", false},
    [SIGNATURE_ED25519] = {HASH_NONE, "ED25519", false},
    [SIGNATURE_ED448] = {HASH_NONE, "ED448", false},
    [SIGNATURE_ML_DSA_44] = {HASH_NONE, "ML-DSA-44", false},
    [SIGNATURE_ML_DSA_65] = {HASH_NONE, "ML-DSA-65", false},
    [SIGNATURE_ML_DSA_87] = {HASH_NONE, "ML-DSA-87", false},
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static bool set_parameters(EVP_PKEY_CTX *parameters, enum signature_scheme scheme)
{
    if (scheme == SIGNATURE_SM2_SM3)
        return EVP_PKEY_CTX_set1_id(parameters, SM2_DEFAULT_ID, strlen(SM2_DEFAULT_ID)) == 1;
    return !schemes[scheme].is_pss ||
           (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, openssl_md(schemes[scheme].hash)) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* Makes `context` ready for X509_sign_ctx() and its like. */
static status begin_to_sign(EVP_MD_CTX *context, const struct private_key *signer,
                            enum signature_scheme scheme)
{
    EVP_PKEY_CTX *parameters = NULL;
    if (scheme == SIGNATURE_NONE || (size_t)scheme >= SCHEMES)
        return FAIL(UNSUPPORTED, "no such signature scheme");
    const struct scheme_row *const row = &schemes[scheme];
    if (!signer->pkey || EVP_PKEY_is_a(signer->pkey, row->key_type) != 1)
        return FAIL(UNSUPPORTED, "a signing key is of another kind than the scheme");
    if (!context ||
        EVP_DigestSignInit(context, &parameters, openssl_md(row->hash), NULL, signer->pkey) != 1 ||
        !set_parameters(parameters, scheme))
        return FAIL(UNAVAILABLE, "OpenSSL could not begin to sign");
    return OK;
}

static status set_fields(X509 *x509, const struct certificate_request *request,
                         const struct public_key *subject_key)
{
    if (!ASN1_TIME_set(X509_getm_notBefore(x509), request->not_before_s) ||
        !ASN1_TIME_set(X509_getm_notAfter(x509), request->not_after_s))
        return FAIL(MALFORMED, "a time that X.509 cannot write");
    if (X509_set_version(x509, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), request->serial) != 1 ||
        X509_set_pubkey(x509, subject_key->pkey) != 1)
        return FAIL(INTERNAL, "a certificate that cannot be filled in");
    return set_name(X509_get_subject_name(x509), request->subject);
}

status certificate_issue(const struct certificate_request *request,
                         const struct public_key *subject_key, const struct certificate *issuer,
                         const struct private_key *signer, enum signature_scheme scheme,
                         struct certificate *out)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(X509) *x509 = X509_new();
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    if (!x509)
        return FAIL(EXHAUSTED, "no memory for a certificate");
    if (!issuer && EVP_PKEY_eq(subject_key->pkey, signer->pkey) != 1)
        return FAIL(MALFORMED, "a certificate signed by itself needs its own key");
    X509 *const parent = issuer ? issuer->x509 : x509;
    TRY(set_fields(x509, request, subject_key));
    if (X509_set_issuer_name(x509, X509_get_subject_name(parent)) != 1)
        return FAIL(EXHAUSTED, "no memory for a certificate");
    TRY(add_extensions(x509, parent, request));
    TRY(begin_to_sign(context, signer, scheme));
    if (X509_sign_ctx(x509, context) <= 0)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign a certificate");

    /* Read like anybody's, so that what is made here is no exception to what is accepted. */
    SCOPED(buffer) der = {0};
    TRY(certificate_der(&(struct certificate){.x509 = x509}, &der));
    return certificate_read(buffer_view(&der), out);
}

/* ---- revocation ---- */

static status set_crl_times(X509_CRL *crl, int64_t this_update_s, int64_t next_update_s)
{
    SCOPED_OPENSSL(ASN1_TIME) *this_update = ASN1_TIME_set(NULL, this_update_s);
    SCOPED_OPENSSL(ASN1_TIME) *next_update = ASN1_TIME_set(NULL, next_update_s);
    if (!this_update || !next_update)
        return FAIL(MALFORMED, "a time that X.509 cannot write");
    if (X509_CRL_set1_lastUpdate(crl, this_update) != 1 ||
        (next_update_s && X509_CRL_set1_nextUpdate(crl, next_update) != 1))
        return FAIL(EXHAUSTED, "no memory for a CRL");
    return OK;
}

static status add_serial(X509_CRL *crl, uint64_t serial)
{
    SCOPED_OPENSSL(X509_REVOKED) *entry = X509_REVOKED_new();
    SCOPED_OPENSSL(ASN1_INTEGER) *number = ASN1_INTEGER_new();
    if (!entry || !number || ASN1_INTEGER_set_uint64(number, serial) != 1 ||
        X509_REVOKED_set_serialNumber(entry, number) != 1 ||
        X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)X509_CRL_get0_lastUpdate(crl)) != 1 ||
        X509_CRL_add0_revoked(crl, entry) != 1)
        return FAIL(EXHAUSTED, "no memory for a CRL");
    entry = NULL; /* the CRL's now */
    return OK;
}

/* A later list has a higher number, as it must, when it is numbered by its time. */
static status add_crl_extensions(X509_CRL *crl, X509 *issuer, int64_t number)
{
    X509V3_CTX context;
    SCOPED_OPENSSL(ASN1_INTEGER) *value = ASN1_INTEGER_new();
    X509V3_set_ctx(&context, issuer, NULL, NULL, crl, 0);
    if (!value || ASN1_INTEGER_set_int64(value, number) != 1 ||
        X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_DEFAULT) != 1)
        return FAIL(EXHAUSTED, "no memory for a CRL");
    if (!X509_get0_subject_key_id(issuer))
        return OK;
    SCOPED_OPENSSL(X509_EXTENSION) *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid");
    if (!extension || X509_CRL_add_ext(crl, extension, -1) != 1)
        return FAIL(INTERNAL, "a key identifier that cannot be written");
    return OK;
}

status crl_issue(const struct certificate *issuer, const struct private_key *signer,
                 enum signature_scheme scheme, int64_t this_update_s, int64_t next_update_s,
                 const uint64_t *serials, size_t serial_count, struct buffer *out_der)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(X509_CRL) *crl = X509_CRL_new();
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    if (serial_count > SERIALS_MAX)
        return FAIL(EXHAUSTED, "a CRL of more entries than we write");
    if (!crl || X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1 ||
        X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509)) != 1)
        return FAIL(EXHAUSTED, "no memory for a CRL");
    TRY(set_crl_times(crl, this_update_s, next_update_s));
    for (size_t i = 0; i < serial_count; i++)
        TRY(add_serial(crl, serials[i]));
    TRY(add_crl_extensions(crl, issuer->x509, this_update_s));
    TRY(begin_to_sign(context, signer, scheme));
    if (X509_CRL_sort(crl) != 1 || X509_CRL_sign_ctx(crl, context) <= 0)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign a CRL");

    SCOPED_OPENSSL(openssl_bytes) *der = NULL;
    const int size = i2d_X509_CRL(crl, &der);
    if (size <= 0)
        return FAIL(INTERNAL, "a CRL that cannot be written");
    return buffer_append(out_der, (slice){der, (size_t)size});
}

/* ---- requests ---- */

enum { DER_BIT_STRING = 0x03, DER_SEQUENCE = 0x30 };

/* Around what it is to be signed over, with anything for a signature. */
static status request_of_info(slice info, X509_REQ **out)
{
    static const uint8_t no_bits[] = {0};
    SCOPED(buffer) algorithm = {0};
    SCOPED(buffer) parts = {0};
    SCOPED(buffer) der = {0};
    TRY(der_check(info));
    TRY(der_write_oid(&algorithm, "1.2.840.10045.4.3.2"));
    TRY(buffer_append(&parts, info));
    TRY(der_write(&parts, DER_SEQUENCE, buffer_view(&algorithm)));
    TRY(der_write(&parts, DER_BIT_STRING, SLICE(no_bits)));
    TRY(der_write(&der, DER_SEQUENCE, buffer_view(&parts)));
    const uint8_t *end = der.data;
    *out = d2i_X509_REQ(NULL, &end, (long)der.size);
    return *out ? OK : FAIL(MALFORMED, "not what a certificate is asked for with");
}

static status request_of_subject(const char *subject, X509_REQ **out)
{
    X509_REQ *const request = *out = X509_REQ_new();
    if (!request || X509_REQ_set_version(request, X509_REQ_VERSION_1) != 1)
        return FAIL(EXHAUSTED, "no memory for a request");
    return set_name(X509_REQ_get_subject_name(request), subject);
}

status signing_request_make(const struct private_key *key, enum signature_scheme scheme,
                            const char *subject, slice info, struct buffer *out_der)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(X509_REQ) *request = NULL;
    SCOPED_OPENSSL(EVP_MD_CTX) *context = EVP_MD_CTX_new();
    TRY(info.size ? request_of_info(info, &request) : request_of_subject(subject, &request));
    TRY(begin_to_sign(context, key, scheme));
    if (X509_REQ_set_pubkey(request, key->pkey) != 1 || X509_REQ_sign_ctx(request, context) <= 0)
        return FAIL(UNAVAILABLE, "OpenSSL could not sign a request");

    SCOPED_OPENSSL(openssl_bytes) *der = NULL;
    const int size = i2d_X509_REQ(request, &der);
    if (size <= 0)
        return FAIL(EXHAUSTED, "no memory for a request");
    return buffer_append(out_der, (slice){der, (size_t)size});
}
