/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/chain.h"

#include "evidence/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* spec: AMD KDS, "cert_chain"; compare docs/vendor-roots.md */
static const struct pinned_root roots[] = {
    {"ARK-Milan", "1249f67f15cf229a4069195e1a9ce537d1765ef706a1f4a123c36be951878651"
                  "5d25ecc007f366b564d2b3f31c48082e"},
    {"ARK-Genoa", "32ab53a6ce5ec14926207396e5c475ae768a6a9831b7e860b5acf2e1c1dff222"
                  "bc5a8bfc43eb5e06393189c1f246d880"},
    {"ARK-Turin", "3475f08a9727f8ac9a1deaea5f2a2097aa59d64d05c2a678c229c873e6359d3a"
                  "6926287a2a22cd5f88a385e333a2fcc5"},
};

enum { CAS_BELOW_INTERMEDIATE = 0, CAS_BELOW_ROOT = 1 };

struct snp_cache {
    pthread_mutex_t lock;
    bool filled;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct snp_chains chains;
};

static void forget(struct snp_cache *cache)
{
    for (size_t i = 0; i < cache->chains.count; i++) {
        public_key_clear(&cache->chains.chains[i]->key);
        free(cache->chains.chains[i]);
    }
    cache->chains.count = 0;
    cache->filled = false;
}

static void *cache_make(void)
{
    struct snp_cache *const cache = calloc(1, sizeof *cache);
    if (!cache || pthread_mutex_init(&cache->lock, NULL) == 0)
        return cache;
    free(cache);
    return NULL;
}

static void cache_free(void *remembered)
{
    struct snp_cache *const cache = remembered;
    forget(cache);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static struct snp_cache *cache_of(const struct endorsements *endorsements)
{
    static const struct memory_kind kind = {cache_make, cache_free};
    return endorsements_memory(endorsements, &kind);
}

static status add_leaf(const struct certificate *certificate, struct snp_chains *chains)
{
    const enum snp_signing_key kind = snp_leaf_kind(certificate);
    if (kind == SNP_KEY_NONE)
        return OK;
    struct snp_chain *const chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    chain->leaf = certificate;
    chain->kind = chain->says.kind = kind;
    chain->issuer_kind = SNP_KEY_NONE;
    chain->read = snp_leaf_read(certificate, &chain->says);
    chain->key_read = certificate_key(certificate, &chain->key);
    if (!chain->key_read.fault && !public_key_is_on(&chain->key, CURVE_P384))
        chain->key_read = FAIL(MALFORMED, "the VCEK or VLEK is not of a key on P-384");
    chains->chains[chains->count++] = chain;
    return OK;
}

/* Held: the lock. */
static status fill(struct snp_cache *cache, const struct endorsements *endorsements)
{
    if (cache->filled && cache->endorsement_count == endorsements->count &&
        cache->anchor_count == endorsements->anchor_count)
        return OK;
    forget(cache);
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == ENDORSEMENT_CERTIFICATE)
            TRY(add_leaf(&endorsements->items[i].certificate, &cache->chains));
    cache->endorsement_count = endorsements->count;
    cache->anchor_count = endorsements->anchor_count;
    cache->filled = true;
    return OK;
}

status snp_chains_of(const struct endorsements *endorsements, const struct snp_chains **out)
{
    struct snp_cache *const cache = cache_of(endorsements);
    if (!cache)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    pthread_mutex_lock(&cache->lock);
    const status filled = fill(cache, endorsements);
    pthread_mutex_unlock(&cache->lock);
    TRY(filled);
    *out = &cache->chains;
    return OK;
}

/* The certificates among which issuers are looked for: endorsements, then the caller's anchors. */
static const struct certificate *candidate(const struct endorsements *endorsements, size_t index)
{
    if (index < endorsements->count) {
        const struct endorsement *const item = &endorsements->items[index];
        return item->kind == ENDORSEMENT_CERTIFICATE ? &item->certificate : NULL;
    }
    const struct certificate *const anchor =
        &endorsements->anchors[index - endorsements->count].certificate;
    return anchor->x509 ? anchor : NULL;
}

static bool is_named(const struct certificate *certificate, const char *name)
{
    char common_name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(certificate, common_name);
    return *common_name && strcmp(common_name, name) == 0;
}

static bool may_be_issuer(const struct certificate *issuer, const struct certificate *subject)
{
    char name[COMMON_NAME_SIZE_MAX];
    certificate_issuer_common_name(subject, name);
    return issuer && issuer != subject && is_named(issuer, name);
}

/* How far a root gets; the best one is the one that gets furthest. */
static void try_root(const struct endorsements *endorsements, const struct certificate *root,
                     struct snp_chain *chain)
{
    const char *name = NULL;
    status verified = certificate_issued_by(root, root, SIGNATURE_RSA_PSS_SHA384, CAS_BELOW_ROOT);
    if (!verified.fault)
        verified = certificate_issued_by(chain->intermediate, root, SIGNATURE_RSA_PSS_SHA384,
                                         CAS_BELOW_ROOT);
    const enum root_trust trust =
        endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0], root, &name);
    const bool is_better =
        !chain->root || (chain->verified.fault && !verified.fault) ||
        (!verified.fault && chain->trust == ROOT_UNTRUSTED && trust != ROOT_UNTRUSTED);
    if (!is_better)
        return;
    chain->root = root;
    chain->verified = verified;
    chain->trust = trust;
    chain->root_name = name;
}

static void find_root(const struct endorsements *endorsements, struct snp_chain *chain)
{
    const size_t count = endorsements->count + endorsements->anchor_count;
    chain->verified = FAIL(UNAUTHENTIC, "the root that issued the intermediate is missing");
    for (size_t i = 0; i < count; i++) {
        const struct certificate *const root = candidate(endorsements, i);
        if (may_be_issuer(root, chain->intermediate) && certificate_is_self_issued(root))
            try_root(endorsements, root, chain);
    }
}

/* AMD may renew an intermediate, under another key: the signature says which one it was. */
static status find_intermediate(const struct endorsements *endorsements, struct snp_chain *chain)
{
    const size_t count = endorsements->count + endorsements->anchor_count;
    status result = FAIL(UNAUTHENTIC, "the intermediate that issued the leaf is missing");
    for (size_t i = 0; i < count; i++) {
        const struct certificate *const issuer = candidate(endorsements, i);
        if (!may_be_issuer(issuer, chain->leaf) || certificate_is_self_issued(issuer))
            continue;
        chain->intermediate = issuer;
        result = certificate_issued_by(chain->leaf, issuer, SIGNATURE_RSA_PSS_SHA384,
                                       CAS_BELOW_INTERMEDIATE);
        if (!result.fault)
            break;
    }
    return result;
}

/* What the names say: "SEV-Genoa" issues VCEKs, "SEV-VLEK-Genoa" VLEKs, under "ARK-Genoa". */
static void read_names(struct snp_chain *chain)
{
    char name[COMMON_NAME_SIZE_MAX];
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCT_END; product++) {
        snprintf(name, sizeof name, "SEV-%s", snp_product_name(product));
        if (is_named(chain->intermediate, name)) {
            chain->issuer_kind = SNP_KEY_VCEK;
            chain->issuer_product = product;
        }
        snprintf(name, sizeof name, "SEV-VLEK-%s", snp_product_name(product));
        if (is_named(chain->intermediate, name)) {
            chain->issuer_kind = SNP_KEY_VLEK;
            chain->issuer_product = product;
        }
        snprintf(name, sizeof name, "ARK-%s", snp_product_name(product));
        if (chain->root && (chain->trust == ROOT_PINNED ? strcmp(chain->root_name, name) == 0
                                                        : is_named(chain->root, name)))
            chain->root_product = product;
    }
}

enum root_trust snp_root_trust(const struct endorsements *endorsements,
                               const struct certificate *root, enum snp_product *out_product)
{
    char name[COMMON_NAME_SIZE_MAX];
    const char *pinned = NULL;
    const enum root_trust trust =
        endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0], root, &pinned);
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCT_END; product++) {
        snprintf(name, sizeof name, "ARK-%s", snp_product_name(product));
        if (trust == ROOT_PINNED ? strcmp(pinned, name) != 0 : !is_named(root, name))
            continue;
        *out_product = product;
        return trust;
    }
    return ROOT_UNTRUSTED;
}

static void examine(const struct endorsements *endorsements, struct snp_chain *chain)
{
    const status issued = find_intermediate(endorsements, chain);
    if (chain->intermediate)
        find_root(endorsements, chain);
    if (issued.fault)
        chain->verified = issued;
    if (chain->intermediate)
        read_names(chain);
    if (!chain->verified.fault && chain->trust != ROOT_UNTRUSTED)
        crl_set_gather(endorsements, chain->root, chain->intermediate, SIGNATURE_RSA_PSS_SHA384,
                       &chain->crls);
    chain->examined = true;
}

void snp_chain_examine(const struct endorsements *endorsements, struct snp_chain *chain)
{
    /* It holds the chain, so it is there. */
    struct snp_cache *const cache = cache_of(endorsements);
    pthread_mutex_lock(&cache->lock);
    if (!chain->examined)
        examine(endorsements, chain);
    pthread_mutex_unlock(&cache->lock);
}
