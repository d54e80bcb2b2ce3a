/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/endorsements.h"

#include "codec/text.h"
#include "evidence/bundle.h"
#include "evidence/extension.h"
#include "evidence/memory.h"
#include "evidence/snp/table.h"
#include "evidence/vendor_forms.h"

#include <ctype.h>
#include <string.h>

enum { HEX_SIZE_MAX = 2 * CRL_SIZE_MAX };

static void endorsement_clear(struct endorsement *item)
{
    buffer_clear(&item->bytes);
    certificate_clear(&item->certificate);
    crl_clear(&item->crl);
    json_clear(&item->json);
    *item = (struct endorsement){0};
}

static void keep_only(struct endorsements *endorsements, size_t count)
{
    while (endorsements->count > count)
        endorsement_clear(&endorsements->items[--endorsements->count]);
}

static void trust_anchor_clear(struct trust_anchor *anchor)
{
    certificate_clear(&anchor->certificate);
    public_key_clear(&anchor->public_key);
    *anchor = (struct trust_anchor){0};
}

void endorsements_clear(struct endorsements *endorsements)
{
    extension_memory_free(endorsements->extensions); /* they borrow from the rest */
    keep_only(endorsements, endorsements->lent_count);
    for (size_t i = 0; i < endorsements->anchor_count && !endorsements->base; i++)
        trust_anchor_clear(&endorsements->anchors[i]);
    memories_free(endorsements->memories);
    *endorsements = (struct endorsements){0};
}

/* Field by field: another thread may be making one of the base's caches. */
void endorsements_extend(const struct endorsements *base, struct endorsements *out)
{
    *out = (struct endorsements){
        .count = base->count,
        .anchor_count = base->anchor_count,
        .base = base,
        .lent_count = base->count,
    };
    for (size_t i = 0; i < base->count; i++)
        out->items[i] = base->items[i];
    for (size_t i = 0; i < base->anchor_count; i++)
        out->anchors[i] = base->anchors[i];
}

static bool holds(const struct endorsements *endorsements, enum endorsement_kind kind, slice bytes)
{
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == kind &&
            slice_equal(buffer_view(&endorsements->items[i].bytes), bytes))
            return true;
    return false;
}

static status read_object(enum endorsement_kind kind, slice bytes, struct endorsement *item)
{
    if (kind == ENDORSEMENT_CERTIFICATE)
        TRY(certificate_read(bytes, &item->certificate));
    else if (kind == ENDORSEMENT_CRL)
        TRY(crl_read(bytes, &item->crl));
    else if (kind == ENDORSEMENT_ANDROID_REVOCATION)
        (void)json_read(bytes, &item->json).fault; /* a check tells that it is none */
    TRY(buffer_append(&item->bytes, bytes));
    item->kind = kind;
    return OK;
}

static status add_object(struct endorsements *endorsements, enum endorsement_kind kind, slice bytes)
{
    if (holds(endorsements, kind, bytes))
        return OK;
    if (endorsements->count == ENDORSEMENTS_MAX)
        return FAIL(EXHAUSTED, "more endorsements than we keep");
    SCOPED(endorsement) item = {0};
    TRY(read_object(kind, bytes, &item));
    endorsements->items[endorsements->count++] = item;
    item = (struct endorsement){0}; /* handed over */
    return OK;
}

/* Evidence has chains in PEM inside, and is no endorsement: no text has a NUL before its first
 * block. */
static bool begins_pem(slice file)
{
    static const char mark[] = "-----BEGIN ";
    const uint8_t *const at = file.data && file.size >= sizeof mark
                                  ? memmem(file.data, file.size, mark, sizeof mark - 1)
                                  : NULL;
    return at && !memchr(file.data, 0, (size_t)(at - file.data));
}

static enum endorsement_kind kind_of_label(const char *label)
{
    if (strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0)
        return ENDORSEMENT_CERTIFICATE;
    return strcmp(label, "X509 CRL") == 0 ? ENDORSEMENT_CRL : ENDORSEMENT_NONE;
}

/* Calls for the next block of the file; UNEXPECTED when none is left. */
static status next_block(slice *file, enum endorsement_kind *out_kind, struct buffer *out_der)
{
    char label[PEM_LABEL_SIZE_MAX];
    buffer_clear(out_der);
    TRY(pem_read_next(file, label, out_der));
    *out_kind = kind_of_label(label);
    return OK;
}

static status add_pem(struct endorsements *endorsements, slice file)
{
    SCOPED(buffer) der = {0};
    enum endorsement_kind kind;
    size_t known = 0;
    status block;
    while (!(block = next_block(&file, &kind, &der)).fault) {
        if (kind == ENDORSEMENT_NONE)
            continue;
        TRY(add_object(endorsements, kind, buffer_view(&der)));
        known++;
    }
    if (block.fault->failure != FAILURE_UNEXPECTED)
        return block;
    return known ? OK : FAIL(UNSUPPORTED, "the PEM file holds no certificate and no CRL");
}

/* Both are sequences whose first member tells them apart, so whichever reads it is right. */
static status add_der(struct endorsements *endorsements, slice file)
{
    const status added = add_object(endorsements, ENDORSEMENT_CERTIFICATE, file);
    if (!added.fault || added.fault->failure == FAILURE_EXHAUSTED)
        return added;
    if (!add_object(endorsements, ENDORSEMENT_CRL, file).fault)
        return OK;
    return FAIL(UNSUPPORTED, "the DER object is neither a certificate nor a CRL");
}

static status add_json(struct endorsements *endorsements, slice file)
{
    slice member;
    if (!json_member_bytes(file, "tcbInfo", &member).fault)
        return add_object(endorsements, ENDORSEMENT_TCB_INFO, file);
    if (!json_member_bytes(file, "enclaveIdentity", &member).fault)
        return add_object(endorsements, ENDORSEMENT_QE_IDENTITY, file);
    return FAIL(UNSUPPORTED, "the JSON is neither a TCB info nor a QE identity");
}

/* A table's entry: what the host provisioned, in DER or PEM. */
static status add_content(struct endorsements *endorsements, slice content)
{
    return begins_pem(content) ? add_pem(endorsements, content) : add_der(endorsements, content);
}

static status add_table(struct endorsements *endorsements, slice file)
{
    struct snp_table table;
    TRY(snp_table_read(file, &table));
    for (size_t i = 0; i < table.count; i++)
        if (table.entries[i].kind != SNP_TABLE_OTHER && table.entries[i].content.size)
            TRY(add_content(endorsements, table.entries[i].content));
    return OK;
}

static slice trimmed(slice text)
{
    while (text.size && isspace(text.data[0]))
        text = (slice){text.data + 1, text.size - 1};
    while (text.size && isspace(text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool is_hex_of_der(slice text)
{
    if (text.size < 2 || text.size % 2 || text.size > HEX_SIZE_MAX || text.data[0] != '3' ||
        text.data[1] != '0')
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!isxdigit(text.data[i]))
            return false;
    return true;
}

static status add_hex(struct endorsements *endorsements, slice text)
{
    SCOPED(buffer) der = {0};
    TRY(hex_read(text, &der));
    return add_der(endorsements, buffer_view(&der));
}

static status add_percent_encoded(struct endorsements *endorsements, slice text)
{
    SCOPED(buffer) pem = {0};
    TRY(percent_decode(text, &pem));
    return add_pem(endorsements, buffer_view(&pem));
}

static bool begins_json(slice text)
{
    return text.size && text.data[0] == '{';
}

/* One object, or a file of one kind. DER before PEM, for there may be PEM in DER. */
static status add_plain(struct endorsements *endorsements, slice file)
{
    const slice text = trimmed(file);
    if (is_hex_of_der(text))
        return add_hex(endorsements, text);
    if (file.size && file.data[0] == 0x30)
        return add_der(endorsements, file);
    if (begins_json(text)) /* before PEM, for there may be PEM in JSON */
        return add_json(endorsements, file);
    if (percent_encoded_pem_begins(text))
        return add_percent_encoded(endorsements, text);
    if (begins_pem(file))
        return add_pem(endorsements, file);
    return FAIL(UNSUPPORTED, "the file holds no endorsement that we know");
}

/* One object after another, all in a vendor's form. */
static status add_vendor_forms(struct endorsements *endorsements, slice file)
{
    size_t size = 0;
    while (file.size) {
        const enum endorsement_kind kind = vendor_form_begins(file, &size);
        if (kind == ENDORSEMENT_NONE)
            return FAIL(UNSUPPORTED, "the file holds no endorsement that we know");
        TRY(add_object(endorsements, kind, (slice){file.data, size}));
        file = (slice){file.data + size, file.size - size};
    }
    return OK;
}

/* An object, or a list of what devices said. */
static bool may_hold_others(slice file)
{
    const slice text = trimmed(file);
    return begins_json(text) || (text.size && text.data[0] == '[');
}

/* What holds others comes first. A bundle in a bundle is none. */
static status add_file(struct endorsements *endorsements, slice file)
{
    if (file.size > ENDORSEMENT_SIZE_MAX)
        return FAIL(EXHAUSTED, "the endorsement is larger than we read");
    if (snp_table_begins(file))
        return add_table(endorsements, file);
    size_t size = 0;
    if (vendor_form_begins(file, &size) != ENDORSEMENT_NONE)
        return add_vendor_forms(endorsements, file);
    const status added = add_plain(endorsements, file);
    return added.fault && added.fault->failure == FAILURE_UNSUPPORTED && may_hold_others(file)
               ? bundle_read(file, add_plain, endorsements)
               : added;
}

status endorsements_add(struct endorsements *endorsements, slice file)
{
    const size_t count = endorsements->count;
    const status added = add_file(endorsements, file);
    if (added.fault)
        keep_only(endorsements, count);
    return added;
}

/* A root renewed with its key is two anchors: a chain may name either. */
static bool is_same(const struct trust_anchor *a, const struct trust_anchor *b)
{
    if (a->certificate.x509 && b->certificate.x509)
        return certificate_equal(&a->certificate, &b->certificate);
    return !a->certificate.x509 && !b->certificate.x509 && digest_equal(&a->key, &b->key);
}

/* Takes what `anchor` holds, unless it is there already. */
static status add_anchor(struct endorsements *endorsements, struct trust_anchor *anchor)
{
    for (size_t i = 0; i < endorsements->anchor_count; i++)
        if (is_same(&endorsements->anchors[i], anchor))
            return OK;
    if (endorsements->anchor_count == TRUST_ANCHORS_MAX)
        return FAIL(EXHAUSTED, "more trust anchors than we keep");
    endorsements->anchors[endorsements->anchor_count++] = *anchor;
    *anchor = (struct trust_anchor){0}; /* handed over */
    return OK;
}

static status trust_certificate(struct endorsements *endorsements, slice der)
{
    SCOPED(trust_anchor) anchor = {0};
    TRY(certificate_read(der, &anchor.certificate));
    TRY(certificate_spki_digest(&anchor.certificate, HASH_SHA384, &anchor.key));
    (void)certificate_key(&anchor.certificate, &anchor.public_key); /* other kinds: left empty */
    return add_anchor(endorsements, &anchor);
}

static status trust_key(struct endorsements *endorsements,
                        status (*read)(slice, struct public_key *), slice file)
{
    SCOPED(trust_anchor) anchor = {0};
    TRY(read(file, &anchor.public_key));
    TRY(public_key_spki_digest(&anchor.public_key, HASH_SHA384, &anchor.key));
    return add_anchor(endorsements, &anchor);
}

static status trust_pem(struct endorsements *endorsements, slice file)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    size_t known = 0;
    status block;
    while (!(block = pem_read_next(&file, label, &der)).fault) {
        if (kind_of_label(label) == ENDORSEMENT_CERTIFICATE) {
            TRY(trust_certificate(endorsements, buffer_view(&der)));
            known++;
        } else if (strcmp(label, "PUBLIC KEY") == 0) {
            TRY(trust_key(endorsements, public_key_of_spki, buffer_view(&der)));
            known++;
        }
        buffer_clear(&der);
    }
    if (block.fault->failure != FAILURE_UNEXPECTED)
        return block;
    return known ? OK : FAIL(UNSUPPORTED, "the PEM file holds no certificate and no public key");
}

/* DER before PEM, for there may be PEM in DER. */
static status trust_file(struct endorsements *endorsements, slice file)
{
    if (file.size && file.data[0] == 0x30) {
        const status added = trust_certificate(endorsements, file);
        return added.fault && added.fault->failure == FAILURE_MALFORMED
                   ? trust_key(endorsements, public_key_of_spki, file)
                   : added;
    }
    if (begins_pem(file))
        return trust_pem(endorsements, file);
    return trust_key(endorsements, vendor_anchor_read, file);
}

status endorsements_trust(struct endorsements *endorsements, slice file)
{
    const size_t count = endorsements->anchor_count;
    if (file.size > ENDORSEMENT_SIZE_MAX)
        return FAIL(EXHAUSTED, "the trust anchor is larger than we read");
    if (endorsements->base)
        return FAIL(INTERNAL, "endorsements that extend others take no trust anchors");
    const status added = trust_file(endorsements, file);
    if (added.fault)
        while (endorsements->anchor_count > count)
            trust_anchor_clear(&endorsements->anchors[--endorsements->anchor_count]);
    return added;
}

static bool is_pinned(const struct pinned_root *pinned, const struct digest *key)
{
    uint8_t expected[48];
    return !hex_read_exactly(slice_of_text(pinned->spki_sha384_hex), expected, sizeof expected)
                .fault &&
           slice_equal(SLICE(expected), (slice){key->data, key->size});
}

static enum root_trust trust_in(const struct endorsements *endorsements,
                                const struct pinned_root *pinned, size_t pinned_count,
                                const struct digest *key, const char **out_name)
{
    for (size_t i = 0; i < pinned_count; i++)
        if (is_pinned(&pinned[i], key)) {
            *out_name = pinned[i].name;
            return ROOT_PINNED;
        }
    for (size_t i = 0; i < endorsements->anchor_count; i++)
        if (digest_equal(&endorsements->anchors[i].key, key)) {
            *out_name = "trusted by the caller";
            return ROOT_BY_CALLER;
        }
    return ROOT_UNTRUSTED;
}

enum root_trust endorsements_root(const struct endorsements *endorsements,
                                  const struct pinned_root *pinned, size_t pinned_count,
                                  const struct certificate *root, const char **out_name)
{
    struct digest key;
    if (certificate_spki_digest(root, HASH_SHA384, &key).fault)
        return ROOT_UNTRUSTED;
    return trust_in(endorsements, pinned, pinned_count, &key, out_name);
}

enum root_trust endorsements_root_key(const struct endorsements *endorsements,
                                      const struct pinned_root *pinned, size_t pinned_count,
                                      const struct public_key *root, const char **out_name)
{
    struct digest key;
    if (public_key_spki_digest(root, HASH_SHA384, &key).fault)
        return ROOT_UNTRUSTED;
    return trust_in(endorsements, pinned, pinned_count, &key, out_name);
}
