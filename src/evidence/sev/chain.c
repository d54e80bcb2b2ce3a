/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/chain.h"

#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>

/* spec: AMD, "ask_ark_<product>.cert"; compare docs/vendor-roots.md. From Milan on, SNP's too. */
static const struct pinned_root roots[] = {
    {"ARK-Naples", "dbd7c2cf752133b5121db4df51417b12ae49fe579848e31da21be18b281ae30f"
                   "c2a59054619e434dddcad38e88de4ed8"},
    {"ARK-Rome", "f21bc580475df023cf4ac04425a39eeb342c3cf3d2f15b06f5e2e84daeb9230a"
                 "b5212c632cc55f67af9860603d472e3c"},
    {"ARK-Milan", "1249f67f15cf229a4069195e1a9ce537d1765ef706a1f4a123c36be951878651"
                  "5d25ecc007f366b564d2b3f31c48082e"},
    {"ARK-Genoa", "32ab53a6ce5ec14926207396e5c475ae768a6a9831b7e860b5acf2e1c1dff222"
                  "bc5a8bfc43eb5e06393189c1f246d880"},
    {"ARK-Turin", "3475f08a9727f8ac9a1deaea5f2a2097aa59d64d05c2a678c229c873e6359d3a"
                  "6926287a2a22cd5f88a385e333a2fcc5"},
};

enum { ISSUERS_TRIED_MAX = 8 /* each costs a signature */ };

struct sev_memory {
    pthread_mutex_t lock;
    bool filled;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct sev_chains chains;
};

static void forget(struct sev_memory *memory)
{
    while (memory->chains.count > 0) {
        struct sev_chain *const chain = memory->chains.chains[--memory->chains.count];
        public_key_clear(&chain->key);
        free(chain);
    }
    memory->filled = false;
}

static void *memory_make(void)
{
    struct sev_memory *const memory = calloc(1, sizeof *memory);
    if (memory && pthread_mutex_init(&memory->lock, NULL) == 0)
        return memory;
    free(memory);
    return NULL;
}

static void memory_free(void *remembered)
{
    struct sev_memory *const memory = remembered;
    forget(memory);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static const struct memory_kind kind = {memory_make, memory_free};

/* ---- what the endorsements hold ---- */

static bool read_certificate(const struct endorsements *endorsements, size_t index,
                             struct sev_certificate *out)
{
    const struct endorsement *const item = &endorsements->items[index];
    return item->kind == ENDORSEMENT_SEV_CERTIFICATE && item->bytes.size == SEV_CERTIFICATE_SIZE &&
           !sev_certificate_read(buffer_view(&item->bytes), out).fault;
}

static bool read_authority(const struct endorsements *endorsements, size_t index,
                           struct sev_authority *out)
{
    const struct endorsement *const item = &endorsements->items[index];
    return item->kind == ENDORSEMENT_SEV_CERTIFICATE && item->bytes.size != SEV_CERTIFICATE_SIZE &&
           !sev_authority_read(buffer_view(&item->bytes), out).fault;
}

static bool is_root(const struct sev_authority *authority)
{
    return slice_equal(authority->key_id, authority->issuer_key_id);
}

static status add_chain(const struct sev_certificate *pek, struct sev_chains *chains)
{
    struct sev_chain *const chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    chain->pek = *pek;
    chain->key_read = sev_certificate_key(pek, &chain->key);
    chain->is_incomplete = true;
    chain->verified = FAIL(UNAUTHENTIC, "the CEK that signed the PEK is missing");
    chains->chains[chains->count++] = chain;
    return OK;
}

/* A PEK is what a CEK signed; what it says of itself, a check compares. Held: the lock. */
static status fill(struct sev_memory *memory, const struct endorsements *endorsements)
{
    struct sev_certificate certificate;
    if (memory->filled && memory->endorsement_count == endorsements->count &&
        memory->anchor_count == endorsements->anchor_count)
        return OK;
    forget(memory);
    for (size_t i = 0; i < endorsements->count; i++)
        if (read_certificate(endorsements, i, &certificate) &&
            sev_certificate_names(&certificate, SEV_USAGE_CEK))
            TRY(add_chain(&certificate, &memory->chains));
    memory->endorsement_count = endorsements->count;
    memory->anchor_count = endorsements->anchor_count;
    memory->filled = true;
    return OK;
}

status sev_chains_of(const struct endorsements *endorsements, const struct sev_chains **out)
{
    struct sev_memory *const memory = endorsements_memory(endorsements, &kind);
    if (!memory)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    pthread_mutex_lock(&memory->lock);
    const status filled = fill(memory, endorsements);
    pthread_mutex_unlock(&memory->lock);
    TRY(filled);
    *out = &memory->chains;
    return OK;
}

/* ---- from the PEK up ---- */

static void found_root(const struct endorsements *endorsements, const struct public_key *key,
                       struct sev_chain *chain)
{
    chain->is_incomplete = false;
    chain->verified = OK;
    chain->trust = endorsements_root_key(endorsements, roots, sizeof roots / sizeof roots[0], key,
                                         &chain->root_name);
}

static bool find_anchor(const struct endorsements *endorsements, const struct sev_authority *ask,
                        struct sev_chain *chain)
{
    for (size_t i = 0; i < endorsements->anchor_count; i++) {
        const struct public_key *const key = &endorsements->anchors[i].public_key;
        if (public_key_rsa_bits(key) == 0 || sev_authority_signed_by(ask, key).fault)
            continue;
        found_root(endorsements, key, chain);
        return true;
    }
    return false;
}

static status try_root(const struct endorsements *endorsements, const struct sev_authority *root,
                       const struct sev_authority *ask, struct sev_chain *chain)
{
    SCOPED(public_key) key = {0};
    TRY(sev_authority_key(root, &key));
    TRY(sev_authority_signed_by(root, &key));
    TRY(sev_authority_signed_by(ask, &key));
    found_root(endorsements, &key, chain);
    chain->usages_fit = chain->usages_fit && root->usage == SEV_USAGE_ARK;
    return OK;
}

static void find_root(const struct endorsements *endorsements, const struct sev_authority *ask,
                      struct sev_chain *chain)
{
    struct sev_authority root;
    size_t tried = 0;
    if (find_anchor(endorsements, ask, chain))
        return;
    chain->is_incomplete = true;
    chain->verified = FAIL(UNAUTHENTIC, "the ARK that signed the ASK is missing");
    for (size_t i = 0; i < endorsements->count && tried < ISSUERS_TRIED_MAX; i++) {
        if (!read_authority(endorsements, i, &root) || !is_root(&root) ||
            !slice_equal(root.key_id, ask->issuer_key_id))
            continue;
        tried++;
        chain->is_incomplete = false;
        chain->verified = try_root(endorsements, &root, ask, chain);
        if (!chain->verified.fault && chain->trust != ROOT_UNTRUSTED)
            return;
    }
}

static bool is_issued_by(const struct sev_certificate *cek, const struct sev_authority *ask)
{
    SCOPED(public_key) key = {0};
    return !sev_authority_key(ask, &key).fault &&
           !sev_certificate_signed_by(cek, SEV_USAGE_ASK, &key).fault;
}

/* A CEK does not name its issuer. */
static void find_ask(const struct endorsements *endorsements, struct sev_chain *chain)
{
    struct sev_authority ask;
    chain->is_incomplete = true;
    chain->verified = FAIL(UNAUTHENTIC, "the ASK that signed the CEK is missing");
    for (size_t i = 0, tried = 0; i < endorsements->count && tried < ISSUERS_TRIED_MAX; i++) {
        if (!read_authority(endorsements, i, &ask) || is_root(&ask))
            continue;
        tried++;
        chain->is_incomplete = false;
        chain->verified = FAIL(UNAUTHENTIC, "no ASK that was given signed the CEK");
        if (!is_issued_by(&chain->cek, &ask))
            continue;
        chain->usages_fit = chain->usages_fit && ask.usage == SEV_USAGE_ASK;
        find_root(endorsements, &ask, chain);
        return;
    }
}

static bool find_cek(const struct endorsements *endorsements, struct sev_chain *chain)
{
    for (size_t i = endorsements->count, tried = 0; i > 0 && tried < ISSUERS_TRIED_MAX; i--) {
        struct sev_certificate cek;
        SCOPED(public_key) key = {0};
        if (!read_certificate(endorsements, i - 1, &cek) || cek.usage != SEV_USAGE_CEK ||
            sev_certificate_key(&cek, &key).fault)
            continue;
        tried++;
        chain->cek = cek;
        chain->has_cek = true;
        chain->is_incomplete = false;
        chain->verified = sev_certificate_signed_by(&chain->pek, SEV_USAGE_CEK, &key);
        if (!chain->verified.fault)
            return !public_key_spki_digest(&key, HASH_SHA384, &chain->cek_key).fault;
    }
    return false;
}

/* The owner's authority signs itself and the PEK; of several given, it is the one that did. */
static void find_owner(const struct endorsements *endorsements, struct sev_chain *chain)
{
    for (size_t i = 0, tried = 0; i < endorsements->count && tried < ISSUERS_TRIED_MAX; i++) {
        struct sev_certificate oca;
        SCOPED(public_key) key = {0};
        if (!read_certificate(endorsements, i, &oca) || oca.usage != SEV_USAGE_OCA ||
            sev_certificate_key(&oca, &key).fault)
            continue;
        tried++;
        chain->oca = oca;
        chain->owner = SEV_OWNER_FORGED;
        if (sev_certificate_signed_by(&oca, SEV_USAGE_OCA, &key).fault ||
            sev_certificate_signed_by(&chain->pek, SEV_USAGE_OCA, &key).fault)
            continue;
        chain->owner = SEV_OWNER_SIGNED;
        return;
    }
}

static void examine(const struct endorsements *endorsements, struct sev_chain *chain)
{
    chain->usages_fit = chain->pek.usage == SEV_USAGE_PEK;
    if (find_cek(endorsements, chain))
        find_ask(endorsements, chain);
    find_owner(endorsements, chain);
    chain->examined = true;
}

void sev_chain_examine(const struct endorsements *endorsements, struct sev_chain *chain)
{
    struct sev_memory *const memory = endorsements_memory(endorsements, &kind); /* it is there */
    pthread_mutex_lock(&memory->lock);
    if (!chain->examined)
        examine(endorsements, chain);
    pthread_mutex_unlock(&memory->lock);
}
