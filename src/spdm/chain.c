/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/chain.h"

#include "codec/writer.h"
#include "crypto/der.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_BIT_STRING = 0x03,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
    DIGITAL_SIGNATURE = 0x80, /* the first bit of keyUsage */
    KEY_CERT_SIGN = 0x04,     /* and the sixth */
};

#define OID_KEY_USAGE "2.5.29.15"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_HARDWARE_IDENTITY "1.3.6.1.4.1.412.274.2"
#define OID_RESPONDER_AUTH "1.3.6.1.4.1.412.274.3"
#define OID_REQUESTER_AUTH "1.3.6.1.4.1.412.274.4"
#define OID_SPDM_EXTENSION "1.3.6.1.4.1.412.274.6"

void spdm_chain_clear(struct spdm_chain *chain)
{
    certificate_clear(&chain->leaf);
    public_key_clear(&chain->key);
    *chain = (struct spdm_chain){0};
}

bool spdm_chain_is_valid_at(const struct spdm_chain *chain, int64_t now_s)
{
    return chain->leaf.x509 && chain->not_before_s <= now_s && now_s <= chain->not_after_s;
}

/* ---- what a leaf may be used as ---- */

/* Whether a SEQUENCE has this OID: itself an element, or first in one that is a SEQUENCE. */
static status lists_oid(slice extension, const char *oid, bool *out)
{
    struct reader reader = reader_of(extension);
    slice list;
    bool found = false;
    TRY(der_expect(&reader, DER_SEQUENCE, &list));
    TRY(reader_finish(&reader));
    for (struct reader left = reader_of(list); left.left.size;) {
        struct der_element element;
        TRY(der_read(&left, &element));
        if (element.tag == DER_SEQUENCE) {
            struct reader inner = reader_of(element.content);
            TRY(der_read(&inner, &element));
        }
        found |= element.tag == DER_OID && der_oid_is(element.content, oid);
    }
    *out = found;
    return OK;
}

/* keyUsage is there, and has this bit. */
static status check_usage(const struct certificate *leaf, uint8_t bit)
{
    slice extension, bits;
    TRY(certificate_extension(leaf, OID_KEY_USAGE, &extension));
    if (extension.size == 0)
        return FAIL(UNAUTHENTIC, "a leaf certificate does not say what its key is for");
    struct reader reader = reader_of(extension);
    TRY(der_expect(&reader, DER_BIT_STRING, &bits));
    if (bits.size < 2 || !(bits.data[1] & bit)) /* after the count of unused bits */
        return FAIL(UNAUTHENTIC, "a leaf certificate's key is for something else");
    return OK;
}

/* Not for the other role alone. */
static status check_role(const struct certificate *leaf, bool is_requester)
{
    bool may_request, may_respond;
    slice extension;
    TRY(certificate_extension(leaf, OID_EXTENDED_KEY_USAGE, &extension));
    if (extension.size == 0)
        return OK;
    TRY(lists_oid(extension, OID_REQUESTER_AUTH, &may_request));
    TRY(lists_oid(extension, OID_RESPONDER_AUTH, &may_respond));
    if (is_requester ? may_respond && !may_request : may_request && !may_respond)
        return FAIL(UNAUTHENTIC, "a leaf certificate is for the other role");
    return OK;
}

static status read_constraints(const struct certificate *leaf, bool *out_is_there,
                               bool *out_is_authority)
{
    slice extension, constraints, flag;
    *out_is_authority = false;
    TRY(certificate_extension(leaf, OID_BASIC_CONSTRAINTS, &extension));
    *out_is_there = extension.size > 0;
    if (extension.size == 0)
        return OK;
    struct reader reader = reader_of(extension);
    TRY(der_expect(&reader, DER_SEQUENCE, &constraints));
    struct reader inner = reader_of(constraints);
    if (constraints.size == 0 || constraints.data[0] != DER_BOOLEAN)
        return OK;
    TRY(der_expect(&inner, DER_BOOLEAN, &flag));
    return der_boolean(flag, out_is_authority);
}

/* No authority. From 1.3 on it must say so. */
static status check_constraints(const struct certificate *leaf, uint8_t version)
{
    bool is_there, is_authority;
    TRY(read_constraints(leaf, &is_there, &is_authority));
    if (!is_there && version >= SPDM_1_3)
        return FAIL(UNAUTHENTIC, "a leaf certificate has no basicConstraints");
    return is_authority ? FAIL(UNAUTHENTIC, "a leaf certificate is a certificate authority") : OK;
}

/* The device's own, which issues its aliases. */
static status check_issuer(const struct certificate *last)
{
    bool is_there, is_authority;
    TRY(read_constraints(last, &is_there, &is_authority));
    if (!is_authority)
        return FAIL(UNAUTHENTIC, "an issuer of aliases is no certificate authority");
    return check_usage(last, KEY_CERT_SIGN);
}

/* The device's own certificate is not the leaf where that is an alias of it. */
static status check_alias(const struct certificate *leaf)
{
    slice extension;
    bool is_device = false;
    TRY(certificate_extension(leaf, OID_SPDM_EXTENSION, &extension));
    if (extension.size)
        TRY(lists_oid(extension, OID_HARDWARE_IDENTITY, &is_device));
    return is_device ? FAIL(UNAUTHENTIC, "an alias certificate claims to be the device's") : OK;
}

static status check_leaf(const struct spdm_chain_rules *rules, const struct spdm_chain *chain)
{
    if (rules->ends_with_issuer)
        return check_issuer(&chain->leaf);
    if (rules->asym != ASYM_NONE && !asym_fits_key(rules->asym, &chain->key))
        return FAIL(UNAUTHENTIC, "a leaf certificate's key is of another kind than negotiated");
    if (rules->model == SPDM_GENERIC_CERT)
        return OK; /* which says nothing of itself */
    TRY(check_usage(&chain->leaf, DIGITAL_SIGNATURE));
    TRY(check_role(&chain->leaf, rules->is_requester));
    TRY(check_constraints(&chain->leaf, rules->version));
    return rules->model == SPDM_ALIAS_CERT ? check_alias(&chain->leaf) : OK;
}

/* ---- from the root to the leaf ---- */

struct path {
    struct certificate certificates[SPDM_CHAIN_CERTIFICATES_MAX];
    size_t count;
    slice first; /* as it was sent */
};

static void path_clear(struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        certificate_clear(&path->certificates[i]);
    path->count = 0;
}

/* The next DER object with its header. */
static status cut_certificate(struct reader *reader, slice *out)
{
    const uint8_t *const begin = reader->left.data;
    struct der_element element;
    TRY(der_read(reader, &element));
    *out = (slice){begin, (size_t)(reader->left.data - begin)};
    return OK;
}

static status read_path(slice certificates, struct path *path)
{
    for (struct reader reader = reader_of(certificates); reader.left.size;) {
        slice der;
        if (path->count == SPDM_CHAIN_CERTIFICATES_MAX)
            return FAIL(EXHAUSTED, "a chain of more certificates than we follow");
        TRY(cut_certificate(&reader, &der));
        TRY(certificate_read(der, &path->certificates[path->count]));
        if (path->count++ == 0)
            path->first = der;
    }
    return path->count ? OK : FAIL(MALFORMED, "a chain without certificates");
}

/* What check_leaf() looks at; of authorities, EKU says nothing about what their leaves may be. */
static const char *const looked_at[] = {OID_EXTENDED_KEY_USAGE, OID_SPDM_EXTENSION, NULL};

/* `below`: how many authorities there are between the two and the leaf. */
static status check_link(const struct certificate *subject, const struct certificate *issuer,
                         size_t below)
{
    const enum signature_scheme scheme = certificate_scheme(subject);
    if (scheme == SIGNATURE_NONE)
        return FAIL(UNSUPPORTED, "a certificate is signed in a way we do not use");
    return certificate_issued_by_knowing(looked_at, subject, issuer, scheme, (int)below);
}

/* The trusted root with this digest; NULL when it is not one. */
static status find_root(const struct spdm_chain_rules *rules, const struct digest *digest,
                        const struct certificate **out)
{
    *out = NULL;
    for (size_t i = 0; i < rules->root_count; i++) {
        SCOPED(buffer) der = {0};
        struct digest found;
        TRY(certificate_der(&rules->roots[i], &der));
        TRY(digest_of(rules->hash, buffer_view(&der), &found));
        if (digest_equal(&found, digest))
            *out = &rules->roots[i];
    }
    return OK;
}

/* The root is the first certificate, or was left out. Its own signature proves nothing. */
static status check_root(const struct spdm_chain_rules *rules, const struct path *path,
                         struct spdm_chain *chain)
{
    const struct certificate *root;
    struct digest first;
    TRY(find_root(rules, &chain->root, &root));
    TRY(digest_of(rules->hash, path->first, &first));
    if (!digest_equal(&first, &chain->root)) {
        if (certificate_is_self_issued(&path->certificates[0]))
            return FAIL(UNAUTHENTIC, "a chain's root is another than its header says");
        if (root)
            TRY(check_link(&path->certificates[0], root, path->count - 1));
    }
    chain->is_anchored = root != NULL;
    return OK;
}

static status check_path(const struct spdm_chain_rules *rules, const struct path *path,
                         struct spdm_chain *chain)
{
    const size_t last = path->count - 1;
    const size_t end = last + (rules->ends_with_issuer ? 1 : 0);
    chain->certificate_count = path->count;
    chain->not_before_s = path->certificates[0].not_before_s;
    chain->not_after_s = path->certificates[0].not_after_s;
    for (size_t i = 1; i < path->count; i++) {
        const struct certificate *const certificate = &path->certificates[i];
        TRY(check_link(certificate, &path->certificates[i - 1], end - i));
        if (certificate->not_before_s > chain->not_before_s)
            chain->not_before_s = certificate->not_before_s;
        if (certificate->not_after_s < chain->not_after_s)
            chain->not_after_s = certificate->not_after_s;
    }
    return certificate_hold(path->certificates[last].x509, &chain->leaf);
}

/* ---- the whole ---- */

/* spec: DSP0274 1.4, "Format of certificate chain": 16 bits of length, 32 from 1.4 on */
static status read_header(const struct spdm_chain_rules *rules, struct reader *reader, size_t size,
                          struct digest *out_root)
{
    struct digest root = {.size = hash_size(rules->hash)};
    const uint32_t field = read_le32(reader);
    const uint32_t length = rules->version < SPDM_1_4 ? field & UINT16_MAX : field;
    read_exactly(reader, root.data, root.size);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "a chain shorter than its header");
    if (length != size)
        return FAIL(MALFORMED, "a chain of another length than it says");
    *out_root = root;
    return OK;
}

status spdm_chain_read(const struct spdm_chain_rules *rules, slice bytes, struct spdm_chain *out)
{
    struct reader reader = reader_of(bytes);
    SCOPED(path) path = {0};
    SCOPED(spdm_chain) chain = {.hash = rules->hash};

    TRY(read_header(rules, &reader, bytes.size, &chain.root));
    TRY(digest_of(rules->hash, bytes, &chain.digest));
    TRY(read_path(reader.left, &path));
    TRY(check_root(rules, &path, &chain));
    TRY(check_path(rules, &path, &chain));
    TRY(certificate_key(&chain.leaf, &chain.key));
    TRY(check_leaf(rules, &chain));
    *out = chain;
    chain = (struct spdm_chain){0};
    return OK;
}

status spdm_chain_write(enum hash hash, slice certificates, struct buffer *out)
{
    uint8_t space[SPDM_CHAIN_HEADER_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    struct reader reader = reader_of(certificates);
    struct digest root;
    slice first, header;

    TRY(cut_certificate(&reader, &first));
    TRY(digest_of(hash, first, &root));
    const size_t size = sizeof space + root.size + certificates.size;
    if (size > SPDM_CHAIN_SIZE_MAX)
        return FAIL(EXHAUSTED, "a longer chain than every version takes");
    write_le32(&writer, (uint32_t)size);
    TRY(writer_finish(&writer, &header));
    TRY(buffer_append(out, header));
    TRY(buffer_append(out, (slice){root.data, root.size}));
    return buffer_append(out, certificates);
}
