/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/identity.h"

const struct spdm_own_chain *spdm_identity_chain(const struct spdm_identity *identity, uint8_t slot,
                                                 enum hash hash)
{
    if (slot >= SPDM_SLOTS)
        return NULL;
    const struct spdm_own_slot *const own = &identity->slots[slot];
    for (size_t i = 0; i < own->chain_count; i++)
        if (own->chains[i].hash == hash)
            return &own->chains[i];
    return NULL;
}

uint8_t spdm_identity_slots(const struct spdm_identity *identity, enum hash hash)
{
    unsigned slots = 0;
    for (uint8_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (spdm_identity_chain(identity, slot, hash))
            slots |= 1U << slot;
    return (uint8_t)slots;
}

const struct private_key *spdm_identity_key(const struct spdm_identity *identity, uint8_t slot)
{
    if (slot == SPDM_SLOT_RAW_KEY)
        return identity->raw_key;
    return slot < SPDM_SLOTS ? identity->slots[slot].key : NULL;
}

status spdm_identity_digest(const struct spdm_identity *identity, uint8_t slot, enum hash hash,
                            struct digest *out)
{
    if (slot == SPDM_SLOT_RAW_KEY && identity->raw_key)
        return digest_of(hash, identity->raw_key_spki, out);
    const struct spdm_own_chain *const chain = spdm_identity_chain(identity, slot, hash);
    if (!chain)
        return FAIL(UNEXPECTED, "a slot that has no certificate chain");
    *out = chain->digest;
    return OK;
}
