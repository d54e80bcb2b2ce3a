/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/chain.h"

#include "codec/writer.h"

#include <stdlib.h>

#define KEY_USAGE "2.5.29.15"

/* spec: AWS Nitro Enclaves User Guide, "Verifying the root of trust": the root certificate */
static const struct pinned_root roots[] = {
    {"aws.nitro-enclaves", "4b9304ae9024d81ad3990fd7d143025dd72b15aba91961d0259d757cb6295c2b"
                           "4c3f101eb8e5d266e6c9b32aa56eb439"},
};

static const struct memory_kind kind = RECOLLECTIONS;

/* A chain rests on trust anchors alone, and those are the base's: what a peer sends along with its
 * evidence changes nothing, so all links of a gateway remember together. */
static const struct endorsements *base_of(const struct endorsements *endorsements)
{
    return endorsements->base ? endorsements->base : endorsements;
}

static void chain_free(struct recollection *recollection)
{
    struct nitro_chain *const chain = (struct nitro_chain *)recollection;
    for (size_t i = 0; i < NITRO_CHAIN_MAX; i++)
        certificate_clear(&chain->certificates[i]);
    public_key_clear(&chain->key);
    free(chain);
}

/* Lengths between them, so that no two chains have the same bytes. */
static status append_certificate(slice der, struct buffer *bytes)
{
    uint8_t size[4];
    struct writer writer = writer_over(size, sizeof size);
    write_be32(&writer, (uint32_t)der.size);
    TRY(buffer_append(bytes, SLICE(size)));
    return buffer_append(bytes, der);
}

static status bytes_of(const struct nitro_document *document, struct buffer *out)
{
    for (size_t i = 0; i < document->bundle_count; i++)
        TRY(append_certificate(document->bundle[i], out));
    return append_certificate(document->certificate, out);
}

static status read_certificates(const struct nitro_document *document, struct nitro_chain *chain)
{
    for (size_t i = 0; i < document->bundle_count; i++)
        TRY(certificate_read(document->bundle[i], &chain->certificates[i]));
    TRY(certificate_read(document->certificate, &chain->certificates[document->bundle_count]));
    chain->count = document->bundle_count + 1;
    return certificate_key(&chain->certificates[chain->count - 1], &chain->key);
}

/* A BIT STRING whose first bit is digitalSignature. */
static status may_sign(const struct certificate *leaf)
{
    slice usage;
    TRY(certificate_extension(leaf, KEY_USAGE, &usage));
    if (usage.size < 4 || usage.data[0] != 0x03 || !(usage.data[3] & 0x80))
        return FAIL(UNAUTHENTIC, "the certificate's key may not sign documents");
    return OK;
}

/* Each issues the next, and the root itself: what a certificate says is believed only when signed.
 */
static status verify_links(const struct nitro_chain *chain)
{
    const struct certificate *const root = &chain->certificates[0];
    const size_t leaf = chain->count - 1;
    TRY(certificate_issued_by(root, root, SIGNATURE_ECDSA_SHA384, (int)leaf - 1));
    for (size_t i = 0; i < leaf; i++)
        TRY(certificate_issued_by(&chain->certificates[i + 1], &chain->certificates[i],
                                  SIGNATURE_ECDSA_SHA384, (int)(leaf - 1 - i)));
    return may_sign(&chain->certificates[leaf]);
}

static void examine(const struct endorsements *endorsements, const struct nitro_document *document,
                    struct nitro_chain *chain)
{
    const char *name;
    chain->read = read_certificates(document, chain);
    if (chain->read.fault)
        return;
    chain->trust = endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0],
                                     &chain->certificates[0], &name);
    chain->verified = verify_links(chain);
}

status nitro_chain_acquire(const struct endorsements *endorsements,
                           const struct nitro_document *document, struct nitro_chain **out)
{
    const struct endorsements *const base = base_of(endorsements);
    SCOPED(buffer) bytes = {0};
    TRY(bytes_of(document, &bytes));
    struct recollection *recollection = recollection_find(base, &kind, buffer_view(&bytes));
    if (recollection) {
        *out = (struct nitro_chain *)recollection;
        return OK;
    }
    recollection = recollection_new(sizeof **out, chain_free);
    if (!recollection)
        return FAIL(EXHAUSTED, "no memory for a certificate chain");
    struct nitro_chain *const chain = (struct nitro_chain *)recollection;
    recollection->bytes = buffer_take(&bytes);
    examine(endorsements, document, chain);
    if (!chain->read.fault && !chain->verified.fault && chain->trust != ROOT_UNTRUSTED)
        recollection_keep(base, &kind, recollection);
    *out = chain;
    return OK;
}

void nitro_chain_release(struct nitro_chain *chain)
{
    recollection_release(&chain->recollection);
}
