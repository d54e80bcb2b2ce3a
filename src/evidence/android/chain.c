/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/chain.h"

#include "crypto/der.h"
#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_SEQUENCE = 0x30 };

/* Google's key was certified several times, and another joined it.
 * spec: Google, "Hardware attestation root certificates"; compare docs/vendor-roots.md */
static const struct pinned_root roots[] = {
    {"Google hardware attestation (RSA)",
     "937c667321056613a1407bb7f5093cf433d2c2db7ecab4ec110a9a902ccc9a79"
     "ca7063d29510e5c6714904a265127e52"},
    {"Google Key Attestation CA1",
     "bb65264cdb139198c1801d9cf87b69370d452cf8c35dcbefadec7369e27d47f1"
     "d9463bcf2ffc9eedc5496f99e811b848"},
};

/* ANDROID_KEY_DESCRIPTION_OID, as certificates have it. */
static const uint8_t description_oid[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                          0x01, 0xd6, 0x79, 0x02, 0x01, 0x11};

void android_chain_clear(struct android_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        certificate_clear(&chain->certificates[i]);
    *chain = (struct android_chain){0};
}

/* Takes the first certificate of the row. */
static status take(slice *row, slice *out)
{
    struct reader reader = reader_of(*row);
    slice content;
    TRY(der_expect(&reader, TAG_SEQUENCE, &content));
    *out = (slice){row->data, row->size - reader.left.size};
    *row = reader.left;
    return OK;
}

bool android_chain_begins(slice evidence)
{
    slice leaf;
    return !take(&evidence, &leaf).fault && leaf.size <= CERTIFICATE_SIZE_MAX &&
           memmem(leaf.data, leaf.size, description_oid, sizeof description_oid);
}

static status add(slice der, struct android_chain *chain)
{
    slice extension;
    if (chain->count == ANDROID_CHAIN_MAX)
        return FAIL(EXHAUSTED, "more certificates in the chain than we read");
    struct certificate *const certificate = &chain->certificates[chain->count];
    TRY(certificate_read(der, certificate));
    chain->count++;
    TRY(certificate_extension(certificate, ANDROID_KEY_DESCRIPTION_OID, &extension));
    if (extension.size) {
        chain->described = chain->count - 1;
        chain->description_count++;
        chain->extension = extension;
    }
    return OK;
}

status android_chain_read(slice evidence, struct android_chain *out)
{
    SCOPED(android_chain) chain = {0};
    do {
        slice der;
        TRY(take(&evidence, &der));
        TRY(add(der, &chain));
        if (chain.count == 1)
            chain.above = evidence;
    } while (evidence.size);
    if (!chain.description_count)
        return FAIL(MALFORMED, "no certificate of the chain says that its key is attested");
    *out = chain;
    chain = (struct android_chain){0}; /* handed over */
    return OK;
}

static bool issued(const struct certificate *subject, const struct certificate *issuer,
                   size_t depth)
{
    return issuer->x509 &&
           !certificate_issued_by(subject, issuer, certificate_scheme(subject), (int)depth).fault;
}

/* The certificate that issued the last one: itself, or one that the caller gave. */
static const struct certificate *find_root(const struct android_chain *chain,
                                           const struct endorsements *endorsements)
{
    const size_t depth = chain->count - 1;
    const struct certificate *const last = &chain->certificates[depth];
    if (certificate_is_self_issued(last))
        return last;
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == ENDORSEMENT_CERTIFICATE &&
            issued(last, &endorsements->items[i].certificate, depth))
            return &endorsements->items[i].certificate;
    for (size_t i = 0; i < endorsements->anchor_count; i++)
        if (issued(last, &endorsements->anchors[i].certificate, depth))
            return &endorsements->anchors[i].certificate;
    return NULL;
}

static const struct certificate *issuer_of(const struct android_chain *chain, size_t index,
                                           const struct certificate *root)
{
    return index + 1 < chain->count ? &chain->certificates[index + 1] : root;
}

static status verify_link(const struct android_chain *chain, size_t index,
                          const struct certificate *root)
{
    const struct certificate *const subject = &chain->certificates[index];
    const struct certificate *const issuer = issuer_of(chain, index, root);
    const enum signature_scheme scheme = certificate_scheme(subject);
    if (!issuer)
        return FAIL(UNAUTHENTIC, "the root that issued the last certificate is missing");
    if (scheme == SIGNATURE_NONE)
        return FAIL(UNAUTHENTIC, "a certificate is signed in a way that we do not use");
    if (issuer != subject && certificate_is_self_issued(subject))
        return FAIL(UNAUTHENTIC, "a root stands before the end of the chain");
    /* A root that issued itself is no certificate below itself. */
    return certificate_issued_by(subject, issuer, scheme, issuer == subject ? 0 : (int)index);
}

status android_leaf_verify(const struct android_chain *chain, const struct certificate *root)
{
    return verify_link(chain, 0, root);
}

static status verify_above(const struct android_chain *chain, const struct certificate *root)
{
    for (size_t i = 1; i < chain->count; i++)
        TRY(verify_link(chain, i, root));
    return root ? OK : FAIL(UNAUTHENTIC, "the root that issued the last certificate is missing");
}

static struct android_issuers examine(const struct android_chain *chain,
                                      const struct endorsements *endorsements)
{
    const char *name;
    struct android_issuers found = {.root = find_root(chain, endorsements)};
    found.verified = verify_above(chain, found.root);
    if (found.root)
        found.trust = endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0],
                                        found.root, &name);
    return found;
}

/* ---- what is remembered ---- */

enum { REMEMBERED_MAX = 64 };

struct memory_of_chains {
    pthread_mutex_t lock;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct {
        struct digest above; /* SHA-384 of what is above the leaf */
        bool has_own_root;   /* else `issuers.root` is among the endorsements, or missing */
        struct android_issuers issuers;
    } entries[REMEMBERED_MAX];
    size_t count; /* ever remembered: the oldest goes when there is no place */
};

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
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static const struct certificate *own_root(const struct android_chain *chain)
{
    return &chain->certificates[chain->count - 1];
}

/* Held: the lock. */
static bool recall(struct memory_of_chains *memory, const struct endorsements *endorsements,
                   const struct digest *above, const struct android_chain *chain,
                   struct android_issuers *out)
{
    if (memory->endorsement_count != endorsements->count ||
        memory->anchor_count != endorsements->anchor_count) {
        memory->count = 0;
        memory->endorsement_count = endorsements->count;
        memory->anchor_count = endorsements->anchor_count;
    }
    for (size_t i = 0; i < memory->count && i < REMEMBERED_MAX; i++)
        if (slice_equal(SLICE(memory->entries[i].above.data), SLICE(above->data))) {
            *out = memory->entries[i].issuers;
            if (memory->entries[i].has_own_root)
                out->root = own_root(chain);
            return true;
        }
    return false;
}

/* Held: the lock. A root of the chain's own goes with it; its place is what is known. */
static void remember(struct memory_of_chains *memory, const struct digest *above,
                     const struct android_chain *chain, struct android_issuers issuers)
{
    const size_t place = memory->count++ % REMEMBERED_MAX;
    memory->entries[place].above = *above;
    memory->entries[place].has_own_root = issuers.root == own_root(chain);
    if (memory->entries[place].has_own_root)
        issuers.root = NULL;
    memory->entries[place].issuers = issuers;
}

struct android_issuers android_chain_examine(const struct android_chain *chain,
                                             const struct endorsements *endorsements)
{
    static const struct memory_kind kind = {memory_make, memory_free};
    struct memory_of_chains *const memory = endorsements_memory(endorsements, &kind);
    struct android_issuers issuers;
    struct digest above = {0};
    if (!memory || !chain->above.size || digest_of(HASH_SHA384, chain->above, &above).fault)
        return examine(chain, endorsements);
    pthread_mutex_lock(&memory->lock);
    const bool is_known = recall(memory, endorsements, &above, chain, &issuers);
    pthread_mutex_unlock(&memory->lock);
    if (is_known)
        return issuers;
    issuers = examine(chain, endorsements);
    if (issuers.verified.fault || issuers.trust == ROOT_UNTRUSTED)
        return issuers; /* strangers cannot push others out */
    pthread_mutex_lock(&memory->lock);
    remember(memory, &above, chain, issuers);
    pthread_mutex_unlock(&memory->lock);
    return issuers;
}
