/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_known.h"

void spdm_known_files_clear(struct spdm_known_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        buffer_clear(&files->files[i]);
    for (size_t i = 0; i < files->root_count; i++)
        certificate_clear(&files->roots[i]);
    files->count = files->root_count = 0;
}

status spdm_known_files_add(struct spdm_known_files *files, struct buffer *file)
{
    SCOPED(certificate) certificate = {0};
    if (files->count == SPDM_KNOWN_FILES_MAX)
        return FAIL(EXHAUSTED, "folder has more files than we keep");
    if (!certificate_read(buffer_view(file), &certificate).fault &&
        certificate_is_self_issued(&certificate)) {
        files->roots[files->root_count++] = certificate;
        certificate = (struct certificate){0};
    }
    files->files[files->count++] = buffer_take(file);
    return OK;
}

void spdm_known_slot_clear(struct spdm_known_slot *slot)
{
    buffer_clear(&slot->gathered);
    spdm_chain_clear(&slot->chain);
    public_key_clear(&slot->raw);
    *slot = (struct spdm_known_slot){0};
}

const struct public_key *spdm_known_slot_key(const struct spdm_known_slot *slot)
{
    if (!slot->has_key)
        return NULL;
    return slot->raw.pkey ? &slot->raw : &slot->chain.key;
}

void spdm_known_peer_clear(struct spdm_known_peer *peer)
{
    for (size_t i = 0; i <= SPDM_SLOTS; i++)
        spdm_known_slot_clear(&peer->slots[i]);
}

struct spdm_known_slot *spdm_known_peer_slot(struct spdm_known_peer *peer, uint8_t slot)
{
    if (slot == SPDM_SLOT_RAW_KEY)
        return &peer->slots[SPDM_SLOTS];
    return slot < SPDM_SLOTS ? &peer->slots[slot] : NULL;
}

status spdm_known_slot_finish(struct spdm_known_slot *slot, const struct spdm_chain_rules *rules)
{
    const slice chain = buffer_view(&slot->gathered);
    spdm_chain_clear(&slot->chain);
    public_key_clear(&slot->raw);
    slot->has_key = false;
    slot->is_whole = true;
    TRY(digest_of(rules->hash, chain, &slot->digest));
    TRY(spdm_chain_read(rules, chain, &slot->chain));
    slot->has_key = true;
    return OK;
}

static status read_raw_key(const struct spdm_chain_rules *rules, slice file,
                           struct spdm_known_slot *slot)
{
    TRY(public_key_read(file, &slot->raw));
    return public_key_spki_digest(&slot->raw, rules->hash, &slot->digest);
}

static status read_chain(const struct spdm_chain_rules *rules, slice file,
                         struct spdm_known_slot *slot)
{
    TRY(spdm_chain_write(rules->hash, file, &slot->gathered));
    return spdm_known_slot_finish(slot, rules);
}

bool spdm_known_slot_read(struct spdm_known_slot *slot, const struct spdm_chain_rules *rules,
                          slice file)
{
    spdm_known_slot_clear(slot);
    slot->has_key = !read_raw_key(rules, file, slot).fault || !read_chain(rules, file, slot).fault;
    return slot->has_key;
}

void spdm_known_slot_find(struct spdm_known_slot *slot, const struct spdm_known_files *files,
                          const struct spdm_chain_rules *rules, slice digest)
{
    SCOPED(spdm_known_slot) one = {0};
    for (size_t i = 0; i < files->count; i++) {
        if (!spdm_known_slot_read(&one, rules, buffer_view(&files->files[i])) ||
            !slice_equal((slice){one.digest.data, one.digest.size}, digest))
            continue;
        one.told = slot->told;
        one.model = slot->model;
        spdm_known_slot_clear(slot);
        *slot = one;
        one = (struct spdm_known_slot){0};
        return;
    }
}
