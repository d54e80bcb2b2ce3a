/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/chain.h"

#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct dcap_cache {
    pthread_mutex_t lock;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct dcap_collateral *collaterals[DCAP_ROOTS_MAX];
    size_t collateral_count;
    struct dcap_chain *chains[DCAP_CHAINS_REMEMBERED_MAX];
    size_t next; /* the place to use next; what lies there is the oldest */
};

static void key_free(struct dcap_certified_key *certified)
{
    if (!certified)
        return;
    buffer_clear(&certified->certification);
    public_key_clear(&certified->key);
    free(certified);
}

static void chain_free(struct dcap_chain *chain)
{
    for (size_t i = 0; i < DCAP_KEYS_REMEMBERED_MAX; i++)
        key_free(chain->keys[i]);
    buffer_clear(&chain->certification);
    pck_chain_clear(&chain->certificates);
    public_key_clear(&chain->key);
    free(chain);
}

static void drop_reference(struct dcap_chain *chain)
{
    if (chain && --chain->references == 0)
        chain_free(chain);
}

static void forget(struct dcap_cache *cache)
{
    for (size_t i = 0; i < DCAP_CHAINS_REMEMBERED_MAX; i++) {
        drop_reference(cache->chains[i]);
        cache->chains[i] = NULL;
    }
    for (size_t i = 0; i < cache->collateral_count; i++)
        dcap_collateral_free(cache->collaterals[i]);
    cache->collateral_count = 0;
    cache->next = 0;
}

static void *cache_make(void)
{
    struct dcap_cache *const cache = calloc(1, sizeof *cache);
    if (!cache || pthread_mutex_init(&cache->lock, NULL) == 0)
        return cache;
    free(cache);
    return NULL;
}

static void cache_free(void *remembered)
{
    struct dcap_cache *const cache = remembered;
    forget(cache);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

static struct dcap_cache *cache_of(const struct endorsements *endorsements)
{
    static const struct memory_kind kind = {cache_make, cache_free};
    return endorsements_memory(endorsements, &kind);
}

/* Held: the lock. */
static void forget_if_changed(struct dcap_cache *cache, const struct endorsements *endorsements)
{
    if (cache->endorsement_count == endorsements->count &&
        cache->anchor_count == endorsements->anchor_count)
        return;
    forget(cache);
    cache->endorsement_count = endorsements->count;
    cache->anchor_count = endorsements->anchor_count;
}

/* Held: the lock. */
static struct dcap_chain *recall(struct dcap_cache *cache, slice certification)
{
    for (size_t i = 0; i < DCAP_CHAINS_REMEMBERED_MAX && cache->chains[i]; i++)
        if (slice_equal(buffer_view(&cache->chains[i]->certification), certification)) {
            cache->chains[i]->references++;
            return cache->chains[i];
        }
    return NULL;
}

/* Held: the lock. Only chains of trusted roots come here, so strangers cannot push others out. */
static void remember(struct dcap_cache *cache, struct dcap_chain *chain)
{
    drop_reference(cache->chains[cache->next]);
    cache->chains[cache->next] = chain;
    chain->references++;
    cache->next = (cache->next + 1) % DCAP_CHAINS_REMEMBERED_MAX;
}

/* Held: the lock. */
static status find_collateral(struct dcap_cache *cache, const struct endorsements *endorsements,
                              struct dcap_chain *chain)
{
    struct digest root_key;
    TRY(certificate_spki_digest(&chain->certificates.root, HASH_SHA384, &root_key));
    for (size_t i = 0; i < cache->collateral_count; i++)
        if (digest_equal(&cache->collaterals[i]->root_key, &root_key)) {
            chain->collateral = cache->collaterals[i];
            return OK;
        }
    if (cache->collateral_count == DCAP_ROOTS_MAX)
        return FAIL(EXHAUSTED, "more trusted roots than we keep");
    struct dcap_collateral *collateral;
    TRY(dcap_collateral_open(endorsements, &chain->certificates.root, &chain->certificates.ca,
                             &collateral));
    cache->collaterals[cache->collateral_count++] = collateral;
    chain->collateral = collateral;
    return OK;
}

static status examine(const struct endorsements *endorsements, const struct pinned_root *pinned,
                      size_t pinned_count, struct dcap_chain *chain)
{
    const struct pck_chain *const certificates = &chain->certificates;
    chain->read = pck_chain_read(buffer_view(&chain->certification), &chain->certificates);
    if (chain->read.fault)
        return OK;
    chain->extension_read = pck_extension_of(&certificates->leaf, &chain->extension);
    chain->verified = pck_chain_verify(certificates);
    const status key = certificate_key(&certificates->leaf, &chain->key);
    if (!chain->verified.fault)
        chain->verified = key;
    chain->trust = endorsements_root(endorsements, pinned, pinned_count, &certificates->root,
                                     &chain->root_name);
    crl_set_gather(endorsements, &certificates->ca, &certificates->leaf, SIGNATURE_ECDSA_SHA256,
                   &chain->leaf_crls);
    return OK;
}

static status read_chain(const struct endorsements *endorsements, const struct pinned_root *pinned,
                         size_t pinned_count, slice certification, struct dcap_chain *chain)
{
    chain->references = 1;
    TRY(buffer_append(&chain->certification, certification));
    return examine(endorsements, pinned, pinned_count, chain);
}

static status link_chain(struct dcap_cache *cache, const struct endorsements *endorsements,
                         struct dcap_chain *chain)
{
    if (chain->read.fault || chain->verified.fault || chain->trust == ROOT_UNTRUSTED)
        return OK;
    pthread_mutex_lock(&cache->lock);
    const status result = find_collateral(cache, endorsements, chain);
    if (!result.fault)
        remember(cache, chain);
    pthread_mutex_unlock(&cache->lock);
    return result;
}

status dcap_chain_acquire(const struct endorsements *endorsements, const struct pinned_root *pinned,
                          size_t pinned_count, slice certification, struct dcap_chain **out)
{
    struct dcap_cache *const cache = cache_of(endorsements);
    if (!cache)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    pthread_mutex_lock(&cache->lock);
    forget_if_changed(cache, endorsements);
    struct dcap_chain *chain = recall(cache, certification);
    pthread_mutex_unlock(&cache->lock);
    if (chain) {
        *out = chain;
        return OK;
    }

    chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for a PCK chain");
    status result = read_chain(endorsements, pinned, pinned_count, certification, chain);
    if (!result.fault)
        result = link_chain(cache, endorsements, chain);
    if (result.fault)
        dcap_chain_release(endorsements, chain);
    else
        *out = chain;
    return result;
}

void dcap_chain_release(const struct endorsements *endorsements, struct dcap_chain *chain)
{
    struct dcap_cache *const cache = cache_of(endorsements);
    if (!chain || !cache)
        return;
    pthread_mutex_lock(&cache->lock);
    drop_reference(chain);
    pthread_mutex_unlock(&cache->lock);
}

/* Held: the lock. The place of a key, of the first free one, or past the last. */
static size_t place_of_key(const struct dcap_chain *chain, slice certification)
{
    size_t i = 0;
    while (i < DCAP_KEYS_REMEMBERED_MAX && chain->keys[i] &&
           !slice_equal(buffer_view(&chain->keys[i]->certification), certification))
        i++;
    return i;
}

const struct public_key *dcap_chain_key(const struct endorsements *endorsements,
                                        const struct dcap_chain *chain, slice certification)
{
    struct dcap_cache *const cache = cache_of(endorsements);
    if (!cache)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    const size_t place = place_of_key(chain, certification);
    const struct dcap_certified_key *const found =
        place < DCAP_KEYS_REMEMBERED_MAX ? chain->keys[place] : NULL;
    pthread_mutex_unlock(&cache->lock);
    return found ? &found->key : NULL;
}

void dcap_chain_remember_key(const struct endorsements *endorsements, struct dcap_chain *chain,
                             slice certification, struct public_key *key)
{
    struct dcap_cache *const cache = cache_of(endorsements);
    struct dcap_certified_key *fresh = calloc(1, sizeof *fresh);
    if (!cache || !fresh || buffer_append(&fresh->certification, certification).fault) {
        key_free(fresh); /* it will be verified again next time */
        return;
    }
    pthread_mutex_lock(&cache->lock);
    const size_t place = place_of_key(chain, certification);
    if (place < DCAP_KEYS_REMEMBERED_MAX && !chain->keys[place]) {
        fresh->key = *key;
        *key = (struct public_key){0};
        chain->keys[place] = fresh;
        fresh = NULL;
    }
    pthread_mutex_unlock(&cache->lock);
    key_free(fresh);
}
