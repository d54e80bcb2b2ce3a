/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/chain.h"

#include "codec/text.h"
#include "evidence/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define HRK_USER_ID "HYGON-SSD-HRK"

/* spec: Hygon, "hrk.cert"; compare docs/vendor-roots.md */
static const struct pinned_root roots[] = {
    {"HRK", "a908aefa10fae0a853d1a37f00226a1fe9016a19cdc85ff2b671a70b5e90ddd9"
            "e6493e0af54c352997a2d03e6611afbe"},
};

/* The HRK itself, x || y: what Hygon's server answers for a chip is HSK and CEK without it. */
static const char hrk_point[] = "be62e14d62a4f14cf3d702db09563a75c80935e785cd1f502af5f21d92c2f62d"
                                "3bab123a57bb7015584f8b97164e95384a640c10b9be884738744d68b41eb946";

enum {
    PEKS_MAX = 256,       /* of machines whose guests were seen */
    ISSUERS_TRIED_MAX = 8 /* each costs a signature */
};

struct csv_memory {
    pthread_mutex_t lock;
    bool filled;
    size_t endorsement_count; /* what the endorsements were when the rest was remembered */
    size_t anchor_count;
    struct csv_chain *chains[ENDORSEMENTS_MAX];
    size_t chain_count;
    struct csv_pek *peks[PEKS_MAX]; /* only those that a trusted chain vouches for */
    size_t pek_count;
};

void csv_pek_clear(struct csv_pek *pek)
{
    csv_signer_clear(&pek->signer);
    *pek = (struct csv_pek){0};
}

static void forget(struct csv_memory *memory)
{
    while (memory->pek_count > 0) {
        csv_pek_clear(memory->peks[--memory->pek_count]);
        free(memory->peks[memory->pek_count]);
    }
    while (memory->chain_count > 0) {
        csv_signer_clear(&memory->chains[--memory->chain_count]->cek_signer);
        free(memory->chains[memory->chain_count]);
    }
    memory->filled = false;
}

static void *memory_make(void)
{
    struct csv_memory *const memory = calloc(1, sizeof *memory);
    if (memory && pthread_mutex_init(&memory->lock, NULL) == 0)
        return memory;
    free(memory);
    return NULL;
}

static void memory_free(void *remembered)
{
    struct csv_memory *const memory = remembered;
    forget(memory);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static const struct memory_kind kind = {memory_make, memory_free};

/* ---- what the endorsements hold ---- */

static bool read_item(const struct endorsements *endorsements, size_t index,
                      struct csv_certificate *out)
{
    const struct endorsement *const item = &endorsements->items[index];
    return item->kind == ENDORSEMENT_CSV_CERTIFICATE &&
           !csv_certificate_read(buffer_view(&item->bytes), out).fault;
}

static bool is_root_form(const struct csv_certificate *certificate)
{
    return certificate->key_id.size > 0;
}

static bool is_self_issued(const struct csv_certificate *certificate)
{
    return slice_equal(certificate->key_id, certificate->issuer_key_id);
}

static status add_chain(const struct csv_certificate *cek, struct csv_memory *memory)
{
    struct csv_chain *const chain = calloc(1, sizeof *chain);
    if (!chain)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    chain->cek = *cek;
    chain->verified = FAIL(UNAUTHENTIC, "the HSK that signed the CEK is missing");
    const bool is_usable =
        !csv_signer_of(cek, &chain->cek_signer).fault &&
        !public_key_spki_digest(&chain->cek_signer.key, HASH_SHA384, &chain->cek_key).fault;
    if (is_usable) {
        memory->chains[memory->chain_count++] = chain;
        return OK;
    }
    csv_signer_clear(&chain->cek_signer);
    free(chain);
    return OK;
}

/* Held: the lock. */
static status fill(struct csv_memory *memory, const struct endorsements *endorsements)
{
    struct csv_certificate certificate;
    if (memory->filled && memory->endorsement_count == endorsements->count &&
        memory->anchor_count == endorsements->anchor_count)
        return OK;
    forget(memory);
    for (size_t i = 0; i < endorsements->count; i++)
        if (read_item(endorsements, i, &certificate) && !is_root_form(&certificate) &&
            certificate.usage == CSV_USAGE_CEK)
            TRY(add_chain(&certificate, memory));
    memory->endorsement_count = endorsements->count;
    memory->anchor_count = endorsements->anchor_count;
    memory->filled = true;
    return OK;
}

/* ---- from the HSK up ---- */

static status signer_of_key(const struct public_key *key, struct csv_signer *out)
{
    SCOPED(buffer) spki = {0};
    struct csv_signer signer = {.user_id_size = sizeof HRK_USER_ID - 1};
    memcpy(signer.user_id, HRK_USER_ID, signer.user_id_size);
    TRY(public_key_spki(key, &spki));
    TRY(public_key_of_spki(buffer_view(&spki), &signer.key));
    *out = signer;
    return OK;
}

static status signer_built_in(struct csv_signer *out)
{
    uint8_t point[64];
    struct csv_signer signer = {.user_id_size = sizeof HRK_USER_ID - 1};
    memcpy(signer.user_id, HRK_USER_ID, signer.user_id_size);
    TRY(hex_read_exactly(slice_of_text(hrk_point), point, sizeof point));
    TRY(public_key_of_point(CURVE_SM2, SLICE(point), &signer.key));
    *out = signer;
    return OK;
}

static bool try_trusted(const struct endorsements *endorsements, const struct csv_signer *signer,
                        struct csv_chain *chain)
{
    if (csv_certificate_signed_by(&chain->hsk, CSV_USAGE_HRK, signer).fault)
        return false;
    chain->verified = OK;
    chain->has_root = true;
    chain->trust = endorsements_root_key(endorsements, roots, sizeof roots / sizeof roots[0],
                                         &signer->key, &chain->root_name);
    return true;
}

/* Hygon's root and the caller's: no certificate of theirs need be there. */
static bool find_trusted_root(const struct endorsements *endorsements, struct csv_chain *chain)
{
    SCOPED(csv_signer) built_in = {0};
    if (!signer_built_in(&built_in).fault && try_trusted(endorsements, &built_in, chain))
        return true;
    for (size_t i = 0; i < endorsements->anchor_count; i++) {
        SCOPED(csv_signer) anchor = {0};
        const struct public_key *const key = &endorsements->anchors[i].public_key;
        if (public_key_is_on(key, CURVE_SM2) && !signer_of_key(key, &anchor).fault &&
            try_trusted(endorsements, &anchor, chain))
            return true;
    }
    return false;
}

static void try_root(const struct endorsements *endorsements, const struct csv_certificate *root,
                     struct csv_chain *chain)
{
    SCOPED(csv_signer) signer = {0};
    chain->has_root = true;
    chain->verified = csv_signer_of(root, &signer);
    if (!chain->verified.fault)
        chain->verified = csv_certificate_signed_by(root, CSV_USAGE_HRK, &signer);
    if (!chain->verified.fault)
        chain->verified = csv_certificate_signed_by(&chain->hsk, CSV_USAGE_HRK, &signer);
    if (chain->verified.fault)
        return;
    chain->usages_fit = chain->usages_fit && root->usage == CSV_USAGE_HRK;
    chain->trust = endorsements_root_key(endorsements, roots, sizeof roots / sizeof roots[0],
                                         &signer.key, &chain->root_name);
}

/* A root that nobody trusts, or one with a user id of its own. */
static void find_given_root(const struct endorsements *endorsements, struct csv_chain *chain)
{
    struct csv_certificate root;
    chain->verified = FAIL(UNAUTHENTIC, "the HRK that signed the HSK is missing");
    for (size_t i = 0, tried = 0; i < endorsements->count && tried < ISSUERS_TRIED_MAX; i++) {
        const bool may_have_signed = read_item(endorsements, i, &root) && is_root_form(&root) &&
                                     is_self_issued(&root) &&
                                     slice_equal(root.key_id, chain->hsk.issuer_key_id);
        if (!may_have_signed)
            continue;
        tried++;
        try_root(endorsements, &root, chain);
        if (!chain->verified.fault && chain->trust != ROOT_UNTRUSTED)
            return;
    }
}

/* The one that the CEK names, or else any: some CEKs name none. */
static bool is_candidate(const struct csv_certificate *hsk, const struct csv_chain *chain,
                         bool must_be_named)
{
    return is_root_form(hsk) && !is_self_issued(hsk) &&
           slice_equal(hsk->key_id, chain->cek.issuer_key_id) == must_be_named;
}

static status try_hsk(const struct csv_certificate *hsk, struct csv_chain *chain)
{
    SCOPED(csv_signer) signer = {0};
    chain->hsk = *hsk;
    chain->has_hsk = true;
    TRY(csv_signer_of(hsk, &signer));
    return csv_certificate_signed_by(&chain->cek, CSV_USAGE_HSK, &signer);
}

static status find_hsk(const struct endorsements *endorsements, struct csv_chain *chain)
{
    status result = chain->verified;
    size_t tried = 0;
    for (int named = 1; named >= 0; named--)
        for (size_t i = 0; i < endorsements->count && tried < ISSUERS_TRIED_MAX; i++) {
            struct csv_certificate hsk;
            if (!read_item(endorsements, i, &hsk) || !is_candidate(&hsk, chain, named))
                continue;
            tried++;
            result = try_hsk(&hsk, chain);
            if (!result.fault)
                return OK;
        }
    return result;
}

/* Held: the lock. */
static void examine_chain(const struct endorsements *endorsements, struct csv_chain *chain)
{
    if (chain->examined)
        return;
    const status issued = find_hsk(endorsements, chain);
    chain->usages_fit = !chain->has_hsk || chain->hsk.usage == CSV_USAGE_HSK;
    if (chain->has_hsk && !find_trusted_root(endorsements, chain))
        find_given_root(endorsements, chain);
    if (issued.fault)
        chain->verified = issued;
    chain->examined = true;
}

/* ---- a PEK ---- */

static const struct csv_pek *remembered_pek(const struct csv_memory *memory, const uint8_t *bytes)
{
    for (size_t i = 0; i < memory->pek_count; i++)
        if (slice_equal(SLICE(memory->peks[i]->bytes), (slice){bytes, CSV_CERTIFICATE_SIZE}))
            return memory->peks[i];
    return NULL;
}

/* What came with the evidence was added last, and is more likely its own than what a verifier keeps
 * of a fleet. */
static struct csv_chain *find_cek(const struct csv_memory *memory, struct csv_pek *pek)
{
    pek->signed_by_cek = FAIL(UNAUTHENTIC, "the CEK that signed the PEK is missing");
    for (size_t i = memory->chain_count; i > 0; i--) {
        struct csv_chain *const chain = memory->chains[i - 1];
        pek->signed_by_cek =
            csv_certificate_signed_by(&pek->certificate, CSV_USAGE_CEK, &chain->cek_signer);
        if (!pek->signed_by_cek.fault)
            return chain;
    }
    return memory->chain_count ? memory->chains[memory->chain_count - 1] : NULL;
}

static status read_pek(const uint8_t *bytes, struct csv_pek *pek)
{
    memcpy(pek->bytes, bytes, sizeof pek->bytes);
    TRY(csv_certificate_read(SLICE(pek->bytes), &pek->certificate));
    return csv_signer_of(&pek->certificate, &pek->signer);
}

/* Only those of genuine machines are kept: a stranger cannot fill the memory. */
static bool is_worth_keeping(const struct csv_memory *memory, const struct csv_pek *pek)
{
    return memory->pek_count < PEKS_MAX && !pek->read.fault && !pek->signed_by_cek.fault &&
           !pek->chain->verified.fault && pek->chain->trust != ROOT_UNTRUSTED;
}

/* Held: the lock. */
static const struct csv_pek *keep(struct csv_memory *memory, struct csv_pek *pek)
{
    const struct csv_pek *const already = remembered_pek(memory, pek->bytes);
    struct csv_pek *const kept = already ? NULL : calloc(1, sizeof *kept);
    if (!kept)
        return already ? already : pek;
    *kept = *pek;
    *pek = (struct csv_pek){0}; /* its key is handed over */
    kept->read = csv_certificate_read(SLICE(kept->bytes), &kept->certificate); /* borrowed anew */
    memory->peks[memory->pek_count++] = kept;
    return kept;
}

static status look_up(const struct endorsements *endorsements, struct csv_memory *memory,
                      const uint8_t *bytes, const struct csv_pek **out)
{
    pthread_mutex_lock(&memory->lock);
    const status filled = fill(memory, endorsements);
    *out = filled.fault ? NULL : remembered_pek(memory, bytes);
    pthread_mutex_unlock(&memory->lock);
    return filled;
}

status csv_pek_examine(const struct endorsements *endorsements, const uint8_t *bytes,
                       struct csv_pek *space, const struct csv_pek **out)
{
    struct csv_memory *const memory = endorsements_memory(endorsements, &kind);
    if (!memory)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    TRY(look_up(endorsements, memory, bytes, out));
    if (*out)
        return OK;
    *out = space;
    space->read = read_pek(bytes, space);
    if (space->read.fault)
        return OK;
    struct csv_chain *const chain = find_cek(memory, space); /* which costs too much to lock for */
    space->chain = chain;
    pthread_mutex_lock(&memory->lock);
    if (chain)
        examine_chain(endorsements, chain);
    if (is_worth_keeping(memory, space))
        *out = keep(memory, space);
    pthread_mutex_unlock(&memory->lock);
    return OK;
}

status csv_chain_at(const struct endorsements *endorsements, size_t index,
                    const struct csv_chain **out)
{
    struct csv_memory *const memory = endorsements_memory(endorsements, &kind);
    if (!memory)
        return FAIL(EXHAUSTED, "no memory for what endorsements remember");
    pthread_mutex_lock(&memory->lock);
    const status filled = fill(memory, endorsements);
    *out = !filled.fault && index < memory->chain_count ? memory->chains[index] : NULL;
    if (*out)
        examine_chain(endorsements, memory->chains[index]);
    pthread_mutex_unlock(&memory->lock);
    return filled;
}
