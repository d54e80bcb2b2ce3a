/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/chain.h"

#include "crypto/der.h"
#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>

/* spec: NVIDIA, "nvtrust", the certificates of its verifiers; compare docs/vendor-roots.md */
static const struct pinned_root roots[] = {
    {"NVIDIA Device Identity CA", "e108f61de3fce5261151f8a0eb562a920639ef1b0fcebba785ee52f54420e424"
                                  "8be3400366d45c2880bdf13044325393"},
};

/* spec: TCG, DICE Attestation Architecture, "Extensions" */
#define COMPOSITE_DEVICE_ID_OID "2.23.133.5.4.1"
#define TCB_INFO_OID "2.23.133.5.4.1.1"
#define SHA384_OID "2.16.840.1.101.3.4.2.2"

enum {
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_FWIDS = 0xa6, /* of a TCB info */
};

/* ---- for which firmware ---- */

static status read_fwid(struct reader *reader, slice *out)
{
    slice sequence, oid, digest;
    TRY(der_expect(reader, TAG_SEQUENCE, &sequence));
    struct reader fwid = reader_of(sequence);
    TRY(der_expect(&fwid, TAG_OID, &oid));
    TRY(der_expect(&fwid, TAG_OCTET_STRING, &digest));
    TRY(reader_finish(&fwid));
    if (!der_oid_is(oid, SHA384_OID) || digest.size != NVIDIA_FWID_SIZE)
        return FAIL(MALFORMED, "the firmware of a certificate is no digest by SHA-384");
    *out = digest;
    return OK;
}

/* { version, the device's key, the firmware } */
static status read_composite(slice extension, slice *out)
{
    struct reader reader = reader_of(extension);
    slice sequence, unused;
    TRY(der_expect(&reader, TAG_SEQUENCE, &sequence));
    TRY(reader_finish(&reader));
    struct reader inner = reader_of(sequence);
    TRY(der_expect(&inner, TAG_INTEGER, &unused));
    TRY(der_expect(&inner, TAG_SEQUENCE, &unused));
    TRY(read_fwid(&inner, out));
    return reader_finish(&inner);
}

/* The first of the firmware's digests, among much else. */
static status read_tcb_info(slice extension, slice *out)
{
    struct reader reader = reader_of(extension);
    slice sequence;
    TRY(der_expect(&reader, TAG_SEQUENCE, &sequence));
    TRY(reader_finish(&reader));
    struct reader inner = reader_of(sequence);
    while (inner.left.size) {
        struct der_element element;
        TRY(der_read(&inner, &element));
        if (element.tag != TAG_FWIDS)
            continue;
        struct reader fwids = reader_of(element.content);
        return read_fwid(&fwids, out);
    }
    return FAIL(MALFORMED, "a certificate names no firmware");
}

/* Whether the certificate is one of a device, and then what it says of the firmware. */
static bool is_of_device(const struct certificate *certificate, status *out_read, slice *out_fwid)
{
    slice composite = {0}, tcb_info = {0};
    *out_read = certificate_extension(certificate, COMPOSITE_DEVICE_ID_OID, &composite);
    if (!out_read->fault)
        *out_read = certificate_extension(certificate, TCB_INFO_OID, &tcb_info);
    if (out_read->fault)
        return true;
    if (!composite.size && !tcb_info.size)
        return false;
    *out_read =
        composite.size ? read_composite(composite, out_fwid) : read_tcb_info(tcb_info, out_fwid);
    return true;
}

/* ---- what is remembered ---- */

struct memory_of_chains {
    pthread_mutex_t lock;
    bool filled;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct nvidia_chains chains;
};

static void forget(struct memory_of_chains *memory)
{
    for (size_t i = 0; i < memory->chains.count; i++) {
        public_key_clear(&memory->chains.chains[i]->key);
        free(memory->chains.chains[i]);
    }
    memory->chains.count = 0;
    memory->filled = false;
}

static void *memory_make(void)
{
    struct memory_of_chains *const memory = calloc(1, sizeof *memory);
    if (!memory || pthread_mutex_init(&memory->lock, NULL) == 0)
        return memory;
    free(memory);
    return NULL;
}

static void memory_free(void *remembered)
{
    struct memory_of_chains *const memory = remembered;
    forget(memory);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static struct memory_of_chains *memory_of(const struct endorsements *endorsements)
{
    static const struct memory_kind kind = {memory_make, memory_free};
    return endorsements_memory(endorsements, &kind);
}

static status add_leaf(const struct certificate *certificate, struct nvidia_chains *chains)
{
    slice fwid = {0};
    status read;
    if (!is_of_device(certificate, &read, &fwid))
        return OK;
    SCOPED(public_key) key = {0};
    if (certificate_key(certificate, &key).fault || !public_key_is_on(&key, CURVE_P384))
        return OK; /* of somebody else's device */
    struct nvidia_chain *const chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    chain->links[chain->count++] = certificate;
    chain->fwid = fwid;
    chain->fwid_read = read;
    chain->key = key;
    key = (struct public_key){0}; /* handed over */
    chains->chains[chains->count++] = chain;
    return OK;
}

/* Held: the lock. */
static status fill(struct memory_of_chains *memory, const struct endorsements *endorsements)
{
    if (memory->filled && memory->endorsement_count == endorsements->count &&
        memory->anchor_count == endorsements->anchor_count)
        return OK;
    forget(memory);
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == ENDORSEMENT_CERTIFICATE)
            TRY(add_leaf(&endorsements->items[i].certificate, &memory->chains));
    memory->endorsement_count = endorsements->count;
    memory->anchor_count = endorsements->anchor_count;
    memory->filled = true;
    return OK;
}

status nvidia_chains_of(const struct endorsements *endorsements, const struct nvidia_chains **out)
{
    struct memory_of_chains *const memory = memory_of(endorsements);
    if (!memory)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    pthread_mutex_lock(&memory->lock);
    const status filled = fill(memory, endorsements);
    pthread_mutex_unlock(&memory->lock);
    TRY(filled);
    *out = &memory->chains;
    return OK;
}

/* ---- up to the root ---- */

/* The certificates among which issuers are looked for: endorsements, then the caller's anchors. */
static const struct certificate *candidate(const struct endorsements *endorsements, size_t index)
{
    if (index >= endorsements->count)
        return &endorsements->anchors[index - endorsements->count].certificate;
    const struct endorsement *const item = &endorsements->items[index];
    return item->kind == ENDORSEMENT_CERTIFICATE ? &item->certificate : NULL;
}

/* NULL, and why not, when there is none. */
static const struct certificate *issuer_of(const struct endorsements *endorsements,
                                           const struct nvidia_chain *chain, status *out_why)
{
    const struct certificate *const subject = chain->links[chain->count - 1];
    const size_t candidates = endorsements->count + endorsements->anchor_count;
    *out_why = FAIL(UNEXPECTED, "the issuer of a certificate of the device's chain is missing");
    for (size_t i = 0; i < candidates; i++) {
        const struct certificate *const issuer = candidate(endorsements, i);
        if (!issuer || !issuer->x509 || issuer == subject ||
            !certificate_names_issuer(subject, issuer))
            continue;
        *out_why =
            certificate_issued_by(subject, issuer, SIGNATURE_ECDSA_SHA384, (int)chain->count - 1);
        if (!out_why->fault)
            return issuer;
    }
    return NULL;
}

static void follow(const struct endorsements *endorsements, struct nvidia_chain *chain)
{
    const char *name;
    while (chain->count < NVIDIA_LINKS_MAX) {
        const struct certificate *const issuer = issuer_of(endorsements, chain, &chain->verified);
        if (!issuer)
            return;
        chain->links[chain->count++] = issuer;
        if (!certificate_is_self_issued(issuer))
            continue;
        chain->verified = certificate_issued_by(issuer, issuer, SIGNATURE_ECDSA_SHA384, 0);
        chain->trust =
            endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0], issuer, &name);
        return;
    }
    chain->verified = FAIL(EXHAUSTED, "the device's chain is longer than we follow");
}

void nvidia_chain_follow(const struct endorsements *endorsements, struct nvidia_chain *chain)
{
    struct memory_of_chains *const memory = memory_of(endorsements); /* it holds the chain */
    pthread_mutex_lock(&memory->lock);
    if (!chain->followed)
        follow(endorsements, chain);
    chain->followed = true;
    pthread_mutex_unlock(&memory->lock);
}
