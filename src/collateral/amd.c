/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/amd.h"

#include "codec/text.h"
#include "evidence/snp/chain.h"

#include <inttypes.h>
#include <stdio.h>

enum { CAS_BELOW_INTERMEDIATE = 0, CAS_BELOW_ROOT = 1, DIGEST_SHOWN = 16 };

/* The way up from a leaf, as far as it is known. */
struct way {
    const struct certificate *root, *intermediate;
    enum snp_product product;
    enum root_trust trust;
    enum snp_signing_key issues;
};

static const char *word_of(enum snp_signing_key kind)
{
    return kind == SNP_KEY_VLEK ? "vlek" : "vcek";
}

void amd_chain_name(enum snp_product product, enum snp_signing_key kind, char out[OBJECT_NAME_SIZE])
{
    snprintf(out, OBJECT_NAME_SIZE, "amd-%s-%s-chain.pem", snp_product_name(product),
             word_of(kind));
}

void amd_crl_name(enum snp_product product, char out[OBJECT_NAME_SIZE])
{
    snprintf(out, OBJECT_NAME_SIZE, "amd-%s-crl.pem", snp_product_name(product));
}

void amd_vcek_name(enum snp_product product, const struct snp_tcb *tcb, slice hw_id,
                   char out[OBJECT_NAME_SIZE])
{
    char id[2 * SNP_CHIP_ID_SIZE + 1];
    hex_write(hw_id, id);
    snprintf(out, OBJECT_NAME_SIZE,
             "amd-%s-vcek-%s-%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".%" PRIu64 ".pem",
             snp_product_name(product), id, tcb->levels[SNP_FMC], tcb->levels[SNP_BOOT_LOADER],
             tcb->levels[SNP_TEE], tcb->levels[SNP_SNP], tcb->levels[SNP_MICROCODE]);
}

/* A VLEK names no chip: told apart by what it is. */
static status vlek_name(enum snp_product product, const struct certificate *vlek,
                        char out[OBJECT_NAME_SIZE])
{
    char id[2 * DIGEST_SHOWN + 1];
    struct digest digest;
    TRY(certificate_spki_digest(vlek, HASH_SHA384, &digest));
    hex_write((slice){digest.data, DIGEST_SHOWN}, id);
    snprintf(out, OBJECT_NAME_SIZE, "amd-%s-vlek-%s.pem", snp_product_name(product), id);
    return OK;
}

static status append_way(struct object *object, const struct way *way)
{
    object->trust = way->trust;
    if (way->intermediate)
        TRY(object_append_certificate(object, way->intermediate));
    return object_append_certificate(object, way->root);
}

static status add_chain(const struct way *way, struct objects *out)
{
    SCOPED(object) object = {.kind = OBJECT_AMD_CHAIN, .issued_s = way->intermediate->not_before_s};
    amd_chain_name(way->product, way->issues, object.name);
    TRY(append_way(&object, way));
    return objects_add(out, &object);
}

static status add_leaf(const struct certificate *leaf, const struct snp_leaf *says,
                       const struct way *way, struct objects *out)
{
    SCOPED(object) object = {.kind = OBJECT_AMD_KEY, .issued_s = leaf->not_before_s};
    if (says->kind == SNP_KEY_VCEK)
        amd_vcek_name(way->product, &says->tcb, says->hw_id, object.name);
    else
        TRY(vlek_name(way->product, leaf, object.name));
    TRY(object_append_certificate(&object, leaf));
    TRY(append_way(&object, way));
    return objects_add(out, &object);
}

static status add_leaves(const struct endorsements *pool, const struct way *way,
                         struct objects *out)
{
    struct snp_leaf says;
    for (size_t i = 0; i < pool_size(pool); i++) {
        const struct certificate *const leaf = pool_certificate(pool, i);
        if (!leaf || snp_leaf_kind(leaf) != way->issues || snp_leaf_read(leaf, &says).fault ||
            says.product != way->product ||
            certificate_issued_by(leaf, way->intermediate, SIGNATURE_RSA_PSS_SHA384,
                                  CAS_BELOW_INTERMEDIATE)
                .fault)
            continue;
        TRY(add_leaf(leaf, &says, way, out));
    }
    return OK;
}

/* Everything under intermediates of this kind. */
static status add_intermediates(const struct endorsements *pool, const struct way *above,
                                enum snp_signing_key issues, struct objects *out)
{
    char name[COMMON_NAME_SIZE_MAX];
    snprintf(name, sizeof name, "SEV-%s%s", issues == SNP_KEY_VLEK ? "VLEK-" : "",
             snp_product_name(above->product));
    for (size_t i = 0; i < pool_size(pool); i++) {
        struct way way = *above;
        way.intermediate = pool_certificate(pool, i);
        way.issues = issues;
        if (!way.intermediate || !is_named(way.intermediate, name) ||
            certificate_issued_by(way.intermediate, way.root, SIGNATURE_RSA_PSS_SHA384,
                                  CAS_BELOW_ROOT)
                .fault)
            continue;
        TRY(add_chain(&way, out));
        TRY(add_leaves(pool, &way, out));
    }
    return OK;
}

static status add_crls(const struct endorsements *pool, const struct way *way, struct objects *out)
{
    for (size_t i = 0; i < pool->count; i++) {
        const struct endorsement *const item = &pool->items[i];
        if (item->kind != ENDORSEMENT_CRL ||
            crl_issued_by(&item->crl, way->root, SIGNATURE_RSA_PSS_SHA384).fault)
            continue;
        SCOPED(object) object = {.kind = OBJECT_AMD_CRL, .issued_s = item->crl.this_update_s};
        amd_crl_name(way->product, object.name);
        TRY(object_append_crl(&object, buffer_view(&item->bytes)));
        TRY(append_way(&object, way));
        object.next_update_s = item->crl.next_update_s;
        TRY(objects_add(out, &object));
    }
    return OK;
}

status objects_read_amd(const struct endorsements *pool, struct objects *out)
{
    for (size_t i = 0; i < pool_size(pool); i++) {
        struct way way = {.root = pool_certificate(pool, i)};
        if (!way.root || !certificate_is_self_issued(way.root))
            continue;
        way.trust = snp_root_trust(pool, way.root, &way.product);
        if (way.trust == ROOT_UNTRUSTED ||
            certificate_issued_by(way.root, way.root, SIGNATURE_RSA_PSS_SHA384, CAS_BELOW_ROOT)
                .fault)
            continue;
        TRY(add_crls(pool, &way, out));
        TRY(add_intermediates(pool, &way, SNP_KEY_VCEK, out));
        TRY(add_intermediates(pool, &way, SNP_KEY_VLEK, out));
    }
    return OK;
}
