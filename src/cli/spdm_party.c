/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_party.h"

#include "codec/text.h"
#include "crypto/der.h"
#include "gateway/load.h"
#include "spdm/algorithms.h"

#include <stdio.h>
#include <string.h>

enum { KEY_SIZE_MAX = 64 << 10, PEM_SIZE_MAX = 2 * SPDM_CHAIN_SIZE_MAX };

static const enum hash hashes[SPDM_PARTY_HASHES] = {
    HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA3_256, HASH_SHA3_384, HASH_SHA3_512, HASH_SM3,
};

void spdm_party_clear(struct spdm_party *party)
{
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++) {
        private_key_clear(&party->keys[slot]);
        for (size_t i = 0; i < SPDM_PARTY_HASHES; i++)
            buffer_clear(&party->chains[slot][i]);
    }
    for (size_t i = 0; i < party->root_count; i++)
        certificate_clear(&party->roots[i]);
    private_key_clear(&party->raw_key);
    buffer_clear(&party->raw_key_spki);
    public_key_clear(&party->peer_key);
    buffer_clear(&party->peer_key_spki);
    spdm_known_files_clear(&party->files);
    *party = (struct spdm_party){0};
}

/* ---- files ---- */

/* "3=FILE", or "FILE" for slot 0. */
static const char *split_slot(const char *text, size_t *out_slot)
{
    const bool has_slot = text[0] >= '0' && text[0] < '0' + SPDM_SLOTS && text[1] == '=';
    *out_slot = has_slot ? (size_t)(text[0] - '0') : 0;
    return has_slot ? text + 2 : text;
}

/* The certificates in a file, one after another in DER. */
status spdm_party_certificates(const char *path, struct buffer *out, struct problem *problem)
{
    SCOPED(buffer) file = {0};
    TRY(file_load(path, PEM_SIZE_MAX, &file, problem));
    slice text = buffer_view(&file);
    for (;;) {
        SCOPED(buffer) der = {0};
        char label[PEM_LABEL_SIZE_MAX];
        const status next = pem_read_next(&text, label, &der);
        if (next.fault && next.fault->failure == FAILURE_UNEXPECTED)
            break;
        if (next.fault)
            return problem_at(problem, 0, "%s: %s", path, next.fault->what);
        if (strcmp(label, "CERTIFICATE") == 0)
            TRY(buffer_append(out, buffer_view(&der)));
    }
    return out->size ? OK : buffer_append(out, buffer_view(&file));
}

static status load_key(const char *text, struct spdm_party *party, struct problem *problem)
{
    SCOPED(buffer) file = {0};
    size_t slot;
    const char *const path = split_slot(text, &slot);
    TRY(secret_file_load(path, KEY_SIZE_MAX, &file, problem));
    if (party->keys[slot].pkey)
        return problem_at(problem, 0, "slot %zu has two keys", slot);
    const status read = private_key_read_pem(buffer_view(&file), &party->keys[slot]);
    return read.fault ? problem_at(problem, 0, "%s: %s", path, read.fault->what) : OK;
}

/* The certificate that `certificates` begin with. */
static status read_first(slice certificates, struct certificate *out, size_t *out_size)
{
    struct reader reader = reader_of(certificates);
    struct der_element element;
    TRY(der_read(&reader, &element));
    const size_t size = certificates.size - reader.left.size;
    TRY(certificate_read((slice){certificates.data, size}, out));
    *out_size = size;
    return OK;
}

static status show_to_onlooker(struct spdm_party *party, slice der)
{
    SCOPED(buffer) copy = {0};
    TRY(buffer_append(&copy, der));
    return party->insecure_trust_anyone ? OK : spdm_known_files_add(&party->files, &copy);
}

static status load_chain(const char *text, struct spdm_party *party, struct problem *problem)
{
    SCOPED(buffer) certificates = {0};
    SCOPED(certificate) root = {0};
    size_t slot, root_size;
    const char *const path = split_slot(text, &slot);
    struct spdm_own_slot *const own = &party->identity.slots[slot];
    TRY(spdm_party_certificates(path, &certificates, problem));
    if (own->chain_count)
        return problem_at(problem, 0, "slot %zu has two chains", slot);
    if (read_first(buffer_view(&certificates), &root, &root_size).fault)
        return problem_at(problem, 0, "%s: no certificates", path);
    for (size_t i = 0; i < SPDM_PARTY_HASHES; i++) {
        struct buffer *const chain = &party->chains[slot][own->chain_count];
        struct spdm_own_chain *const out = &party->own[slot][own->chain_count];
        if (digest_of(hashes[i], (slice){0}, &out->digest).fault)
            continue; /* not in this OpenSSL */
        const status written = spdm_chain_write(hashes[i], buffer_view(&certificates), chain);
        if (written.fault)
            return problem_at(problem, 0, "%s: %s", path, written.fault->what);
        out->hash = hashes[i];
        out->bytes = buffer_view(chain);
        TRY(digest_of(hashes[i], out->bytes, &out->digest));
        own->chain_count++;
    }
    own->chains = party->own[slot];
    own->key = &party->keys[slot];
    own->certificate_model = SPDM_DEVICE_CERT;
    party->has_identity = true;
    return show_to_onlooker(party, (slice){certificates.data, root_size});
}

static status load_roots(const char *path, struct spdm_party *party, struct problem *problem)
{
    SCOPED(buffer) certificates = {0};
    TRY(spdm_party_certificates(path, &certificates, problem));
    slice left = buffer_view(&certificates);
    while (left.size) {
        SCOPED(certificate) root = {0};
        size_t size;
        if (read_first(left, &root, &size).fault)
            return problem_at(problem, 0, "%s: no certificates", path);
        if (party->root_count == SPDM_PARTY_ROOTS_MAX)
            return problem_at(problem, 0, "%s: more roots than are kept", path);
        party->roots[party->root_count++] = root;
        root = (struct certificate){0};
        TRY(show_to_onlooker(party, (slice){left.data, size}));
        left = (slice){left.data + size, left.size - size};
    }
    return OK;
}

/* ---- raw keys ---- */

static status load_raw_key(const char *path, struct spdm_party *party, struct problem *problem)
{
    SCOPED(buffer) file = {0};
    SCOPED(public_key) own = {0};
    if (party->has_identity)
        return problem_at(problem, 0, "--raw-key stands for chains: there are both");
    TRY(secret_file_load(path, KEY_SIZE_MAX, &file, problem));
    const status read = private_key_read_pem(buffer_view(&file), &party->raw_key);
    if (read.fault)
        return problem_at(problem, 0, "%s: %s", path, read.fault->what);
    TRY(private_key_public(&party->raw_key, &own));
    TRY(public_key_spki(&own, &party->raw_key_spki));
    party->identity.raw_key = &party->raw_key;
    party->identity.raw_key_spki = buffer_view(&party->raw_key_spki);
    return OK;
}

static status load_peer_key(const char *path, struct spdm_party *party, struct problem *problem)
{
    SCOPED(buffer) file = {0};
    TRY(file_load(path, KEY_SIZE_MAX, &file, problem));
    const status read = public_key_read(buffer_view(&file), &party->peer_key);
    if (read.fault)
        return problem_at(problem, 0, "%s: %s", path, read.fault->what);
    return public_key_spki(&party->peer_key, &party->peer_key_spki);
}

/* ---- all of them ---- */

static bool fits(const struct private_key *key, const struct spdm_own_chain *chain)
{
    const struct spdm_chain_rules rules = {.version = SPDM_1_4, .hash = chain->hash};
    SCOPED(public_key) own = {0};
    struct spdm_chain_rules asking = rules;
    asking.is_requester = true;
    for (unsigned i = 0; i < 2; i++) { /* made for a responder, or for a requester */
        SCOPED(spdm_chain) read = {0};
        if (!spdm_chain_read(i ? &asking : &rules, chain->bytes, &read).fault)
            return !private_key_public(key, &own).fault && public_key_equal(&own, &read.key);
    }
    return false;
}

static status check_slots(const struct spdm_party *party, struct problem *problem)
{
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++) {
        const struct spdm_own_slot *const own = &party->identity.slots[slot];
        if (!own->chain_count && !party->keys[slot].pkey)
            continue;
        if (!own->chain_count || !party->keys[slot].pkey)
            return problem_at(problem, 0, "slot %zu needs a --chain and a --key", slot);
        if (!fits(&party->keys[slot], &own->chains[0]))
            return problem_at(problem, 0, "slot %zu: no chain of SPDM that ends in this key", slot);
    }
    return OK;
}

static status load_all(const struct spdm_party_words *words, struct spdm_party *party,
                       struct problem *problem)
{
    party->insecure_trust_anyone = words->insecure_trust_anyone;
    for (size_t i = 0; i < words->trust.count; i++)
        TRY(load_roots(words->trust.texts[i], party, problem));
    for (size_t i = 0; i < words->keys.count; i++)
        TRY(load_key(words->keys.texts[i], party, problem));
    for (size_t i = 0; i < words->chains.count; i++)
        TRY(load_chain(words->chains.texts[i], party, problem));
    TRY(check_slots(party, problem));
    if (words->raw_key)
        TRY(load_raw_key(words->raw_key, party, problem));
    return words->peer_key ? load_peer_key(words->peer_key, party, problem) : OK;
}

bool spdm_party_load(const char *command, const struct spdm_party_words *words,
                     struct spdm_party *out)
{
    struct problem problem = {0};
    const status loaded = load_all(words, out, &problem);
    if (!loaded.fault)
        return true;
    fprintf(stderr, "%s: %s\n", command, *problem.text ? problem.text : loaded.fault->what);
    return false;
}

/* Of the bits those that the key can sign with. */
static uint32_t asyms_of(const struct private_key *key, uint32_t bits, bool is_pqc)
{
    SCOPED(public_key) own = {0};
    uint32_t fitting = 0;
    if (!key->pkey || private_key_public(key, &own).fault)
        return 0;
    for (uint32_t bit = 1; bit && bit <= bits; bit <<= 1)
        if (bits & bit && asym_fits_key(is_pqc ? spdm_pqc_asym_of(bit) : spdm_asym_of(bit), &own))
            fitting |= bit;
    return fitting;
}

uint32_t spdm_party_asyms(const struct spdm_party *party, uint32_t bits, bool is_pqc)
{
    uint32_t fitting = asyms_of(&party->raw_key, bits, is_pqc);
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        fitting |= asyms_of(&party->keys[slot], bits, is_pqc);
    return fitting;
}

uint32_t spdm_party_flag(const struct spdm_party *party)
{
    return party->raw_key.pkey ? SPDM_PUB_KEY_ID_CAP : party->has_identity ? SPDM_CERT_CAP : 0;
}

status spdm_party_judge(const struct spdm_party *party, const struct spdm_chain_rules *rules,
                        slice bytes, int64_t now_s, struct spdm_chain *out)
{
    struct spdm_chain_rules whole = *rules;
    SCOPED(spdm_chain) chain = {0};
    whole.roots = party->roots;
    whole.root_count = party->root_count;
    TRY(spdm_chain_read(&whole, bytes, &chain));
    if (!chain.is_anchored && !party->insecure_trust_anyone)
        return FAIL(UNAUTHENTIC, "the root of the peer's certificate chain is not trusted");
    if (!spdm_chain_is_valid_at(&chain, now_s))
        return FAIL(DENIED, "it is not the time of the peer's certificates");
    *out = chain;
    chain = (struct spdm_chain){0};
    return OK;
}
