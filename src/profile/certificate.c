/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/certificate.h"

#include "codec/reader.h"
#include "crypto/der.h"
#include "evidence/tagged.h"

#include <stdio.h>
#include <string.h>

#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_RESPONDER_AUTH "1.3.6.1.4.1.412.274.3"
#define OID_TAGGED_EVIDENCE "2.23.133.5.4.9"

enum { DER_SEQUENCE = 0x30, SUBJECT_SIZE = 128, EXTENSIONS_MAX = 2 };

status profile_key_claims(const struct private_key *key, struct buffer *out_claims,
                          uint8_t out_binding[BINDING_SIZE])
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    SCOPED(buffer) claims = {0};
    struct digest digest;
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    TRY(tagged_claims_write(buffer_view(&spki), &claims));
    TRY(digest_of(HASH_SHA256, buffer_view(&claims), &digest));
    memset(out_binding, 0, BINDING_SIZE);
    memcpy(out_binding, digest.data, digest.size);
    *out_claims = buffer_take(&claims);
    return OK;
}

/* Positive, unlike any other, and of at most 20 bytes. */
static status random_serial(uint64_t *out)
{
    uint8_t bytes[sizeof *out];
    TRY(random_bytes(bytes, sizeof bytes));
    struct reader reader = reader_of(SLICE(bytes));
    *out = read_be64(&reader) >> 1 | 1;
    return OK;
}

static status subject_of(const char *name, const char *ending, char out[SUBJECT_SIZE])
{
    const int size = snprintf(out, SUBJECT_SIZE, "CN=%s%s", name, ending);
    return size > 0 && size < SUBJECT_SIZE
               ? OK
               : FAIL(EXHAUSTED, "a certificate's name is longer than we write");
}

static enum signature_scheme scheme_of(const struct public_key *key)
{
    return public_key_is_on(key, CURVE_P256)   ? SIGNATURE_ECDSA_SHA256
           : public_key_is_on(key, CURVE_P384) ? SIGNATURE_ECDSA_SHA384
                                               : SIGNATURE_NONE;
}

/* ---- the leaf ---- */

struct issuer {
    const struct certificate *certificate; /* NULL: the key itself */
    const struct private_key *key;
};

static status write_usage(struct buffer *out)
{
    SCOPED(buffer) oid = {0};
    TRY(der_write_oid(&oid, OID_RESPONDER_AUTH));
    return der_write(out, DER_SEQUENCE, buffer_view(&oid));
}

static status issue_leaf(const struct profile_certificate *request, const struct public_key *key,
                         const struct issuer *issuer, enum signature_scheme scheme,
                         struct certificate *out)
{
    char subject[SUBJECT_SIZE];
    SCOPED(buffer) usage = {0};
    struct certificate_request leaf = {
        .subject = subject,
        .not_before_s = request->not_before_s,
        .not_after_s = request->not_after_s,
        .path_length = -1,
        .extension_count = request->tagged.size ? EXTENSIONS_MAX : EXTENSIONS_MAX - 1,
    };
    TRY(subject_of(request->name, "", subject));
    TRY(random_serial(&leaf.serial));
    TRY(write_usage(&usage));
    const struct certificate_extension_entry extensions[EXTENSIONS_MAX] = {
        {.oid = OID_EXTENDED_KEY_USAGE, .value = buffer_view(&usage)},
        {.oid = OID_TAGGED_EVIDENCE, .value = request->tagged},
    };
    leaf.extensions = extensions;
    return certificate_issue(&leaf, key, issuer->certificate, issuer->key, scheme, out);
}

status profile_certificate_alone(const struct profile_certificate *request,
                                 const struct private_key *key, struct buffer *out_certificate)
{
    SCOPED(public_key) public = {0};
    SCOPED(certificate) leaf = {0};
    TRY(private_key_public(key, &public));
    if (scheme_of(&public) == SIGNATURE_NONE)
        return FAIL(UNSUPPORTED, "a key of another kind than responders have here");
    TRY(issue_leaf(request, &public, &(struct issuer){.key = key}, scheme_of(&public), &leaf));
    return certificate_der(&leaf, out_certificate);
}

/* ---- an authority for it ---- */

static status issue_root(const struct profile_certificate *request, const struct private_key *key,
                         struct certificate *out)
{
    char subject[SUBJECT_SIZE];
    SCOPED(public_key) public = {0};
    struct certificate_request root = {
        .subject = subject,
        .not_before_s = request->not_before_s,
        .not_after_s = request->not_after_s,
        .is_ca = true,
        .path_length = 0,
    };
    TRY(subject_of(request->name, " issuer", subject));
    TRY(random_serial(&root.serial));
    TRY(private_key_public(key, &public));
    return certificate_issue(&root, &public, NULL, key, SIGNATURE_ECDSA_SHA384, out);
}

static status append_der(const struct certificate *certificate, struct buffer *out)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    return buffer_append(out, buffer_view(&der));
}

status profile_certificate_chain(const struct profile_certificate *request,
                                 const struct private_key *key, struct buffer *out_certificates)
{
    SCOPED(private_key) authority = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) root = {0};
    SCOPED(certificate) leaf = {0};
    SCOPED(buffer) chain = {0};
    TRY(private_key_generate(CURVE_P384, &authority));
    TRY(private_key_public(key, &public));
    TRY(issue_root(request, &authority, &root));
    TRY(issue_leaf(request, &public, &(struct issuer){&root, &authority}, SIGNATURE_ECDSA_SHA384,
                   &leaf));
    TRY(append_der(&root, &chain));
    TRY(append_der(&leaf, &chain));
    *out_certificates = buffer_take(&chain);
    return OK;
}
