/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include "crypto/der.h"
#include "crypto/openssl.h"

#include <limits.h>
#include <openssl/asn1t.h>
#include <string.h>
#include <time.h>

enum {
    PSS_TRAILER_FIELD = 1,
    UTC_TIME_SIZE = 13,         /* YYMMDDHHMMSSZ */
    GENERALIZED_TIME_SIZE = 15, /* YYYYMMDDHHMMSSZ */
    FIRST_PRINTABLE = 0x20,
    DELETE = 0x7f,
};

void certificate_clear(struct certificate *certificate)
{
    X509_free(certificate->x509);
    *certificate = (struct certificate){0};
}

void crl_clear(struct crl *crl)
{
    X509_CRL_free(crl->crl);
    *crl = (struct crl){0};
}

/* ---- reading ---- */

/* spec: RFC 5280, "Validity": to the second, in UTC, in two forms only */
static status read_time(const ASN1_TIME *time, int64_t *out_s)
{
    struct tm parts = {0};
    const int size =
        ASN1_STRING_type(time) == V_ASN1_UTCTIME ? UTC_TIME_SIZE : GENERALIZED_TIME_SIZE;
    if (ASN1_STRING_length(time) != size || ASN1_STRING_get0_data(time)[size - 1] != 'Z' ||
        ASN1_TIME_to_tm(time, &parts) != 1)
        return FAIL(MALFORMED, "a time that is not as X.509 writes them");
    *out_s = timegm(&parts);
    return OK;
}

/* Takes the reference when it succeeds. */
static status hold(X509 *x509, struct certificate *out)
{
    struct certificate draft = {.x509 = x509};
    /* Makes OpenSSL read the extensions it knows now: threads share certificates, unlocked. */
    if (X509_check_purpose(x509, -1, 0) != 1 || X509_get_extension_flags(x509) & EXFLAG_INVALID)
        return FAIL(MALFORMED, "a certificate with a broken extension");
    TRY(read_time(X509_get0_notBefore(x509), &draft.not_before_s));
    TRY(read_time(X509_get0_notAfter(x509), &draft.not_after_s));
    *out = draft;
    return OK;
}

/* OpenSSL's default is no id at all, with which nobody signs. */
static status set_sm2_id(X509 *x509)
{
    static const uint8_t id[] = {SM2_DEFAULT_ID};
    if (X509_get_signature_nid(x509) != NID_SM2_with_SM3)
        return OK;
    SCOPED_OPENSSL(ASN1_OCTET_STRING) *string = ASN1_OCTET_STRING_new();
    if (!string || ASN1_OCTET_STRING_set(string, id, sizeof id - 1) != 1)
        return FAIL(EXHAUSTED, "no memory for an id");
    X509_set0_distinguishing_id(x509, string);
    string = NULL; /* handed over */
    return OK;
}

status certificate_read(slice der, struct certificate *out)
{
    FORGET_OPENSSL_ERRORS;
    if (der.size > CERTIFICATE_SIZE_MAX)
        return FAIL(EXHAUSTED, "a larger certificate than we read");
    if (der_check(der).fault) /* OpenSSL alone would take BER */
        return FAIL(MALFORMED, "a certificate that is not one DER object");

    const uint8_t *end = der.data;
    SCOPED_OPENSSL(X509) *x509 = d2i_X509(NULL, &end, (long)der.size);
    if (!x509 || end != der.data + der.size)
        return FAIL(MALFORMED, "not one X.509 certificate");
    TRY(set_sm2_id(x509));
    TRY(hold(x509, out));
    x509 = NULL; /* handed over */
    return OK;
}

status certificate_hold(struct x509_st *x509, struct certificate *out)
{
    FORGET_OPENSSL_ERRORS;
    TRY(hold(x509, out));
    X509_up_ref(x509);
    return OK;
}

void certificate_share(const struct certificate *certificate, struct certificate *out)
{
    X509_up_ref(certificate->x509);
    *out = *certificate;
}

status crl_read(slice der, struct crl *out)
{
    FORGET_OPENSSL_ERRORS;
    if (der.size > CRL_SIZE_MAX)
        return FAIL(EXHAUSTED, "a larger CRL than we read");
    if (der_check(der).fault)
        return FAIL(MALFORMED, "a CRL that is not one DER object");

    struct crl draft = {0};
    X509_REVOKED *unused;
    const uint8_t *end = der.data;
    SCOPED_OPENSSL(X509_CRL) *crl = d2i_X509_CRL(NULL, &end, (long)der.size);
    if (!crl || end != der.data + der.size)
        return FAIL(MALFORMED, "not one X.509 CRL");
    TRY(read_time(X509_CRL_get0_lastUpdate(crl), &draft.this_update_s));
    if (X509_CRL_get0_nextUpdate(crl))
        TRY(read_time(X509_CRL_get0_nextUpdate(crl), &draft.next_update_s));

    /* The first search sorts the list; done now, later ones only read. */
    SCOPED_OPENSSL(ASN1_INTEGER) *zero = ASN1_INTEGER_new();
    if (!zero)
        return FAIL(EXHAUSTED, "no memory for a CRL");
    X509_CRL_get0_by_serial(crl, &unused, zero);

    draft.crl = crl;
    crl = NULL;
    *out = draft;
    return OK;
}

status certificate_der(const struct certificate *certificate, struct buffer *out)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(openssl_bytes) *der = NULL;
    const int size = i2d_X509(certificate->x509, &der);
    if (size <= 0)
        return FAIL(INTERNAL, "a certificate that cannot be written");
    return buffer_append(out, (slice){der, (size_t)size});
}

/* ---- what a certificate says ---- */

bool certificate_is_valid_at(const struct certificate *certificate, int64_t now_s)
{
    return certificate->x509 && certificate->not_before_s <= now_s &&
           now_s <= certificate->not_after_s;
}

status certificate_key(const struct certificate *certificate, struct public_key *out)
{
    FORGET_OPENSSL_ERRORS;
    EVP_PKEY *const key = X509_get0_pubkey(certificate->x509);
    if (!key)
        return FAIL(UNSUPPORTED, "a certificate's key is of a kind we do not use");
    TRY(openssl_key_check(key));
    EVP_PKEY_up_ref(key);
    out->pkey = key;
    return OK;
}

status certificate_spki_digest(const struct certificate *certificate, enum hash hash,
                               struct digest *out)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(openssl_bytes) *der = NULL;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate->x509), &der);
    if (size <= 0)
        return FAIL(INTERNAL, "a certificate's key that cannot be written");
    return digest_of(hash, (slice){der, (size_t)size}, out);
}

bool certificate_equal(const struct certificate *a, const struct certificate *b)
{
    SCOPED(buffer) a_der = {0};
    SCOPED(buffer) b_der = {0};
    return a->x509 && b->x509 && !certificate_der(a, &a_der).fault &&
           !certificate_der(b, &b_der).fault &&
           slice_equal(buffer_view(&a_der), buffer_view(&b_der));
}

/* A name to show and to compare: nothing in it may end the text early or disturb a terminal. */
static bool is_plain(slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < FIRST_PRINTABLE || text.data[i] == DELETE)
            return false;
    return text.size < COMMON_NAME_SIZE_MAX;
}

static void common_name_of(const X509_NAME *name, char out[COMMON_NAME_SIZE_MAX])
{
    FORGET_OPENSSL_ERRORS;
    out[0] = '\0';
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, index) >= 0)
        return;
    SCOPED_OPENSSL(openssl_bytes) *text = NULL;
    const X509_NAME_ENTRY *const entry = X509_NAME_get_entry(name, index);
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (size <= 0 || !is_plain((slice){text, (size_t)size}))
        return;
    memcpy(out, text, (size_t)size);
    out[size] = '\0';
}

void certificate_common_name(const struct certificate *certificate, char out[COMMON_NAME_SIZE_MAX])
{
    common_name_of(X509_get_subject_name(certificate->x509), out);
}

void certificate_issuer_common_name(const struct certificate *certificate,
                                    char out[COMMON_NAME_SIZE_MAX])
{
    common_name_of(X509_get_issuer_name(certificate->x509), out);
}

static void name_text(const X509_NAME *name, char *out, size_t size)
{
    FORGET_OPENSSL_ERRORS;
    if (size == 0)
        return;
    out[0] = '\0';
    SCOPED_OPENSSL(BIO) *bio = BIO_new(BIO_s_mem());
    if (!bio || X509_NAME_print_ex(bio, name, 0,
                                   XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_DN_REV | XN_FLAG_FN_SN |
                                       ASN1_STRFLGS_RFC2253) < 0)
        return;
    const int length = BIO_read(bio, out, size - 1 < INT_MAX ? (int)(size - 1) : INT_MAX);
    out[length > 0 ? length : 0] = '\0';
}

void certificate_issuer_text(const struct certificate *certificate, char *out, size_t size)
{
    name_text(X509_get_issuer_name(certificate->x509), out, size);
}

void certificate_subject_text(const struct certificate *certificate, char *out, size_t size)
{
    name_text(X509_get_subject_name(certificate->x509), out, size);
}

status certificate_serial(const struct certificate *certificate, struct buffer *out)
{
    const ASN1_INTEGER *const serial = X509_get0_serialNumber(certificate->x509);
    SCOPED(buffer) bytes = {0};
    slice left = {ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)};
    while (left.size && left.data[0] == 0)
        left = (slice){left.data + 1, left.size - 1};
    if (ASN1_STRING_type(serial) == V_ASN1_INTEGER)
        TRY(buffer_append(&bytes, left));
    buffer_clear(out);
    *out = buffer_take(&bytes);
    return OK;
}

void certificate_key_algorithm(const struct certificate *certificate, char out[OID_TEXT_SIZE])
{
    FORGET_OPENSSL_ERRORS;
    ASN1_OBJECT *algorithm = NULL;
    out[0] = '\0';
    if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL,
                               X509_get_X509_PUBKEY(certificate->x509)) != 1 ||
        OBJ_obj2txt(out, OID_TEXT_SIZE, algorithm, 1) >= OID_TEXT_SIZE)
        out[0] = '\0';
}

static bool names_join(const X509_NAME *issuer, const X509_NAME *subject)
{
    return X509_NAME_entry_count(issuer) > 0 && X509_NAME_cmp(issuer, subject) == 0;
}

bool certificate_is_self_issued(const struct certificate *certificate)
{
    return names_join(X509_get_issuer_name(certificate->x509),
                      X509_get_subject_name(certificate->x509));
}

bool certificate_names_issuer(const struct certificate *subject, const struct certificate *issuer)
{
    return names_join(X509_get_issuer_name(subject->x509), X509_get_subject_name(issuer->x509));
}

status certificate_extension(const struct certificate *certificate, const char *oid, slice *out)
{
    FORGET_OPENSSL_ERRORS;
    SCOPED_OPENSSL(ASN1_OBJECT) *object = OBJ_txt2obj(oid, 1);
    if (!object)
        return FAIL(INTERNAL, "not a dotted object identifier");
    const int index = X509_get_ext_by_OBJ(certificate->x509, object, -1);
    if (index < 0) {
        *out = (slice){0};
        return OK;
    }
    if (X509_get_ext_by_OBJ(certificate->x509, object, index) >= 0)
        return FAIL(MALFORMED, "a certificate has the same extension twice");
    const ASN1_OCTET_STRING *const value =
        X509_EXTENSION_get_data(X509_get_ext(certificate->x509, index));
    *out = (slice){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
    return OK;
}

/* ---- who signed it ---- */

/* Whether `algorithm` is this hash; its parameters may be absent or NULL. */
static bool is_hash(const X509_ALGOR *algorithm, int nid)
{
    const ASN1_OBJECT *oid;
    int kind;
    if (!algorithm)
        return false; /* absent means SHA-1 */
    X509_ALGOR_get0(&oid, &kind, NULL, algorithm);
    return OBJ_obj2nid(oid) == nid && (kind == V_ASN1_UNDEF || kind == V_ASN1_NULL);
}

static bool is_mgf1_of(const X509_ALGOR *algorithm, int nid)
{
    if (!algorithm || OBJ_obj2nid(algorithm->algorithm) != NID_mgf1 || !algorithm->parameter)
        return false;
    SCOPED_OPENSSL(X509_ALGOR) *inner =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), algorithm->parameter);
    return is_hash(inner, nid);
}

/* With MGF1 and a salt as the hash. spec: RFC 4055, "RSASSA-PSS Public Keys": absent fields */
static bool is_pss(const X509_ALGOR *algorithm, int hash, int salt_size)
{
    if (!algorithm->parameter)
        return false;
    SCOPED_OPENSSL(RSA_PSS_PARAMS) *pss =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
    return pss && is_hash(pss->hashAlgorithm, hash) && is_mgf1_of(pss->maskGenAlgorithm, hash) &&
           pss->saltLength && ASN1_INTEGER_get(pss->saltLength) == salt_size &&
           (!pss->trailerField || ASN1_INTEGER_get(pss->trailerField) == PSS_TRAILER_FIELD);
}

/*
 * By their numbers as text, since OpenSSL 3.0 does not know the last ones.
 * spec: RFC 5758; RFC 8017; RFC 8410; RFC 9881, "Identifiers"; GM/T 0006
 */
static const struct scheme_row {
    const char *oid;
    int parameters; /* how they are: absent, NULL or, for PSS, a sequence */
    int hash;       /* PSS: of all three */
    int salt_size;  /* PSS */
} schemes[] = {
    [SIGNATURE_ECDSA_SHA256] = {"1.2.840.10045.4.3.2", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ECDSA_SHA384] = {"1.2.840.10045.4.3.3", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_RSA_PSS_SHA384] = {"1.2.840.113549.1.1.10", V_ASN1_SEQUENCE, NID_sha384, 48},
    [SIGNATURE_ECDSA_SHA512] = {"1.2.840.10045.4.3.4", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_RSA_PKCS1_SHA256] = {"1.2.840.113549.1.1.11", V_ASN1_NULL, 0, 0},
    [SIGNATURE_RSA_PKCS1_SHA384] = {"1.2.840.113549.1.1.12", V_ASN1_NULL, 0, 0},
    [SIGNATURE_RSA_PKCS1_SHA512] = {"1.2.840.113549.1.1.13", V_ASN1_NULL, 0, 0},
    [SIGNATURE_RSA_PSS_SHA256] = {"1.2.840.113549.1.1.10", V_ASN1_SEQUENCE, NID_sha256, 32},
    [SIGNATURE_RSA_PSS_SHA512] = {"1.2.840.113549.1.1.10", V_ASN1_SEQUENCE, NID_sha512, 64},
    [SIGNATURE_SM2_SM3] = {"1.2.156.10197.1.501", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ED25519] = {"1.3.101.112", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ED448] = {"1.3.101.113", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ML_DSA_44] = {"2.16.840.1.101.3.4.3.17", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ML_DSA_65] = {"2.16.840.1.101.3.4.3.18", V_ASN1_UNDEF, 0, 0},
    [SIGNATURE_ML_DSA_87] = {"2.16.840.1.101.3.4.3.19", V_ASN1_UNDEF, 0, 0},
};

static bool is_scheme(const X509_ALGOR *algorithm, enum signature_scheme scheme)
{
    char text[OID_TEXT_SIZE];
    const ASN1_OBJECT *oid;
    int kind;
    if (scheme <= SIGNATURE_NONE || scheme >= SIGNATURE_END)
        return false;
    const struct scheme_row *const row = &schemes[scheme];
    X509_ALGOR_get0(&oid, &kind, NULL, algorithm);
    const int size = OBJ_obj2txt(text, sizeof text, oid, 1);
    return size > 0 && (size_t)size < sizeof text && strcmp(text, row->oid) == 0 &&
           kind == row->parameters && (!row->hash || is_pss(algorithm, row->hash, row->salt_size));
}

enum signature_scheme certificate_scheme(const struct certificate *certificate)
{
    const X509_ALGOR *algorithm;
    X509_get0_signature(NULL, &algorithm, certificate->x509);
    for (enum signature_scheme scheme = SIGNATURE_NONE + 1; scheme < SIGNATURE_END; scheme++)
        if (is_scheme(algorithm, scheme))
            return scheme;
    return SIGNATURE_NONE;
}

/*
 * Critical extensions that these functions take into account themselves, and other names, which are
 * critical where the subject has no name (RFC 5280, "Subject Alternative Name") and restrict
 * nothing.
 */
static bool is_known(const X509_EXTENSION *extension)
{
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)extension));
    return nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_subject_alt_name;
}

static const char *const no_oids[] = {NULL};

/* One of those that the caller takes into account. */
static bool is_among(const X509_EXTENSION *extension, const char *const *oids)
{
    char oid[OID_TEXT_SIZE];
    const int size =
        OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object((X509_EXTENSION *)extension), 1);
    for (; *oids; oids++)
        if (size > 0 && size < OID_TEXT_SIZE && strcmp(oid, *oids) == 0)
            return true;
    return false;
}

static bool knows_all_critical(const STACK_OF(X509_EXTENSION) * extensions, const char *const *oids)
{
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        const X509_EXTENSION *const extension = sk_X509_EXTENSION_value(extensions, i);
        if (X509_EXTENSION_get_critical(extension) && !is_known(extension) &&
            !is_among(extension, oids))
            return false;
    }
    return true;
}

/* Version 3 and CA:TRUE, and one of these uses is allowed where uses are listed. */
static status check_authority(const struct certificate *issuer, uint32_t usage,
                              const char *const *oids)
{
    /* Older versions have no extensions that could make them authorities. */
    if (X509_get_version(issuer->x509) != X509_VERSION_3 ||
        !(X509_get_extension_flags(issuer->x509) & EXFLAG_CA))
        return FAIL(UNAUTHENTIC, "the issuer is not a certificate authority");
    if (!(X509_get_key_usage(issuer->x509) & usage)) /* all ones when not listed */
        return FAIL(UNAUTHENTIC, "the issuer's key is for other uses");
    if (!knows_all_critical(X509_get0_extensions(issuer->x509), oids))
        return FAIL(UNAUTHENTIC, "the issuer has a critical extension we do not know");
    return OK;
}

status certificate_issued_by_knowing(const char *const *oids, const struct certificate *subject,
                                     const struct certificate *issuer, enum signature_scheme scheme,
                                     int depth)
{
    FORGET_OPENSSL_ERRORS;
    const X509_ALGOR *algorithm;
    SCOPED(public_key) key = {0};
    if (!subject->x509 || !issuer->x509)
        return FAIL(UNAUTHENTIC, "a certificate is missing");
    if (!names_join(X509_get_issuer_name(subject->x509), X509_get_subject_name(issuer->x509)))
        return FAIL(UNAUTHENTIC, "the certificate names another issuer");
    TRY(check_authority(issuer, X509v3_KU_KEY_CERT_SIGN, oids));
    const long path_length = X509_get_pathlen(issuer->x509); /* -1: none */
    if (depth < 0 || (path_length >= 0 && depth > path_length))
        return FAIL(UNAUTHENTIC, "the issuer's path length does not reach this far");
    if (!knows_all_critical(X509_get0_extensions(subject->x509), oids))
        return FAIL(UNAUTHENTIC, "the certificate has a critical extension we do not know");

    X509_get0_signature(NULL, &algorithm, subject->x509);
    if (!is_scheme(algorithm, scheme))
        return FAIL(UNAUTHENTIC, "the certificate is signed in another way than its issuer's");
    TRY(certificate_key(issuer, &key));
    if (X509_verify(subject->x509, key.pkey) != 1)
        return FAIL(UNAUTHENTIC, "the certificate's signature does not verify");
    return OK;
}

status certificate_issued_by(const struct certificate *subject, const struct certificate *issuer,
                             enum signature_scheme scheme, int depth)
{
    return certificate_issued_by_knowing(no_oids, subject, issuer, scheme, depth);
}

/* ---- revocation ---- */

/* Entries that speak of other issuers, and lists of only a part, say so in critical extensions. */
static bool crl_is_plain(X509_CRL *crl)
{
    if (!knows_all_critical(X509_CRL_get0_extensions(crl), no_oids))
        return false;
    const STACK_OF(X509_REVOKED) *const entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++)
        if (!knows_all_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i)),
                                no_oids))
            return false;
    return true;
}

status crl_issued_by(const struct crl *crl, const struct certificate *issuer,
                     enum signature_scheme scheme)
{
    FORGET_OPENSSL_ERRORS;
    const X509_ALGOR *algorithm;
    SCOPED(public_key) key = {0};
    if (!crl->crl || !issuer->x509)
        return FAIL(UNAUTHENTIC, "a CRL or its issuer is missing");
    if (!names_join(X509_CRL_get_issuer(crl->crl), X509_get_subject_name(issuer->x509)))
        return FAIL(UNAUTHENTIC, "the CRL names another issuer");
    /* Wider than RFC 5280, which wants cRLSign: who may issue a certificate may take it back, and
     * a list refused for a missing bit is a revocation not heard of. */
    TRY(check_authority(issuer, X509v3_KU_KEY_CERT_SIGN | X509v3_KU_CRL_SIGN, no_oids));
    if (!crl_is_plain(crl->crl))
        return FAIL(UNAUTHENTIC, "the CRL has a critical extension we do not know");

    X509_CRL_get0_signature(crl->crl, NULL, &algorithm);
    if (!is_scheme(algorithm, scheme))
        return FAIL(UNAUTHENTIC, "the CRL is signed in another way than its issuer's");
    TRY(certificate_key(issuer, &key));
    if (X509_CRL_verify(crl->crl, key.pkey) != 1)
        return FAIL(UNAUTHENTIC, "the CRL's signature does not verify");
    return OK;
}

bool crl_names_issuer_of(const struct crl *crl, const struct certificate *certificate)
{
    return crl->crl && certificate->x509 &&
           names_join(X509_CRL_get_issuer(crl->crl), X509_get_issuer_name(certificate->x509));
}

bool crl_lists(const struct crl *crl, const struct certificate *certificate)
{
    X509_REVOKED *entry;
    /* Any answer but "no such entry": what a list takes back, it had better not list. */
    return X509_CRL_get0_by_cert(crl->crl, &entry, certificate->x509) != 0;
}
