/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/chain.h"

#include "codec/writer.h"
#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define KEY_USAGE "2.5.29.15"

/* spec: AWS Nitro Enclaves User Guide, "Verifying the root of trust": the root certificate */
static const struct pinned_root roots[] = {
    {"aws.nitro-enclaves", "4b9304ae9024d81ad3990fd7d143025dd72b15aba91961d0259d757cb6295c2b"
                           "4c3f101eb8e5d266e6c9b32aa56eb439"},
};

struct cache {
    pthread_mutex_t lock;
    size_t anchor_count; /* what the endorsements were when the rest was remembered */
    struct nitro_chain *chains[NITRO_CHAINS_REMEMBERED_MAX];
    size_t next; /* the place to use next; what lies there is the oldest */
};

static void chain_free(struct nitro_chain *chain)
{
    buffer_clear(&chain->bytes);
    for (size_t i = 0; i < NITRO_CHAIN_MAX; i++)
        certificate_clear(&chain->certificates[i]);
    public_key_clear(&chain->key);
    free(chain);
}

static void drop_reference(struct nitro_chain *chain)
{
    if (chain && --chain->references == 0)
        chain_free(chain);
}

static void forget(struct cache *cache)
{
    for (size_t i = 0; i < NITRO_CHAINS_REMEMBERED_MAX; i++) {
        drop_reference(cache->chains[i]);
        cache->chains[i] = NULL;
    }
    cache->next = 0;
}

static void *cache_make(void)
{
    struct cache *const cache = calloc(1, sizeof *cache);
    if (!cache || pthread_mutex_init(&cache->lock, NULL) == 0)
        return cache;
    free(cache);
    return NULL;
}

static void cache_free(void *remembered)
{
    struct cache *const cache = remembered;
    forget(cache);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* A chain rests on trust anchors alone, and those are the base's: what a peer sends along with its
 * evidence changes nothing, so all links of a gateway remember together. */
static struct cache *cache_of(const struct endorsements *endorsements)
{
    static const struct memory_kind kind = {cache_make, cache_free};
    return endorsements_memory(endorsements->base ? endorsements->base : endorsements, &kind);
}

/* Held: the lock. */
static struct nitro_chain *recall(struct cache *cache, slice bytes)
{
    for (size_t i = 0; i < NITRO_CHAINS_REMEMBERED_MAX && cache->chains[i]; i++)
        if (slice_equal(buffer_view(&cache->chains[i]->bytes), bytes)) {
            cache->chains[i]->references++;
            return cache->chains[i];
        }
    return NULL;
}

/* Only chains of trusted roots come here, so strangers cannot push others out. */
static void remember(struct cache *cache, struct nitro_chain *chain)
{
    pthread_mutex_lock(&cache->lock);
    drop_reference(cache->chains[cache->next]);
    cache->chains[cache->next] = chain;
    chain->references++;
    cache->next = (cache->next + 1) % NITRO_CHAINS_REMEMBERED_MAX;
    pthread_mutex_unlock(&cache->lock);
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

static struct nitro_chain *find(struct cache *cache, const struct endorsements *endorsements,
                                slice bytes)
{
    pthread_mutex_lock(&cache->lock);
    if (cache->anchor_count != endorsements->anchor_count)
        forget(cache);
    cache->anchor_count = endorsements->anchor_count;
    struct nitro_chain *const chain = recall(cache, bytes);
    pthread_mutex_unlock(&cache->lock);
    return chain;
}

status nitro_chain_acquire(const struct endorsements *endorsements,
                           const struct nitro_document *document, struct nitro_chain **out)
{
    struct cache *const cache = cache_of(endorsements);
    SCOPED(buffer) bytes = {0};
    if (!cache)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    TRY(bytes_of(document, &bytes));
    struct nitro_chain *chain = find(cache, endorsements, buffer_view(&bytes));
    if (chain) {
        *out = chain;
        return OK;
    }
    chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for a certificate chain");
    chain->references = 1;
    chain->bytes = buffer_take(&bytes);
    examine(endorsements, document, chain);
    if (!chain->read.fault && !chain->verified.fault && chain->trust != ROOT_UNTRUSTED)
        remember(cache, chain);
    *out = chain;
    return OK;
}

void nitro_chain_release(const struct endorsements *endorsements, struct nitro_chain *chain)
{
    struct cache *const cache = cache_of(endorsements);
    pthread_mutex_lock(&cache->lock);
    drop_reference(chain);
    pthread_mutex_unlock(&cache->lock);
}
