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

status spdm_identity_signer(const struct spdm_identity *identity,
                            const struct spdm_connection *connection, enum spdm_signature signature,
                            uint8_t slot, const struct private_key **out)
{
    const bool is_raw = slot == SPDM_SLOT_RAW_KEY;
    const uint16_t usage = spdm_connection_usage(connection, signature);
    if (!is_raw && slot >= SPDM_SLOTS)
        return FAIL(UNEXPECTED, "a slot that there is not");
    const struct private_key *const key = is_raw ? identity->raw_key : identity->slots[slot].key;
    if (!key ||
        !(spdm_connection_flags(connection) & (is_raw ? SPDM_PUB_KEY_ID_CAP : SPDM_CERT_CAP)))
        return FAIL(UNEXPECTED, "a slot without a key is asked to sign");
    if (!is_raw && usage && !(identity->slots[slot].key_usage & usage))
        return FAIL(UNEXPECTED, "the key of a slot is for other uses");
    *out = key;
    return OK;
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

status spdm_identity_digests(const struct spdm_identity *identity, enum hash hash,
                             struct spdm_digests *out)
{
    const uint8_t slots = spdm_identity_slots(identity, hash);
    struct spdm_digests digests = {
        .supported_slots = slots | identity->fillable_slots,
        .provisioned_slots = slots,
    };
    if (!slots)
        return FAIL(UNEXPECTED, "no certificate chain under the negotiated hash");
    for (uint8_t slot = 0; slot < SPDM_SLOTS; slot++) {
        const struct spdm_own_slot *const own = &identity->slots[slot];
        const struct spdm_own_chain *const chain = spdm_identity_chain(identity, slot, hash);
        if (chain)
            digests.slots[slot] = (struct spdm_slot_digest){
                {chain->digest.data, chain->digest.size},
                own->key_pair_id,
                own->certificate_model,
                own->key_usage,
            };
    }
    *out = digests;
    return OK;
}

status spdm_identity_certificate(const struct spdm_identity *identity, enum hash hash,
                                 const struct spdm_get_certificate *request, size_t portion_max,
                                 struct spdm_certificate *out)
{
    const struct spdm_own_chain *const chain = spdm_identity_chain(identity, request->slot, hash);
    struct spdm_certificate certificate = {.slot = request->slot, .is_large = request->is_large};
    if (!chain)
        return FAIL(UNEXPECTED, "certificate of an empty slot");
    if (request->asks_slot_size) {
        certificate.remainder_size = (uint32_t)chain->bytes.size;
    } else {
        if (request->offset >= chain->bytes.size)
            return FAIL(UNEXPECTED, "portion after the end of a certificate chain");
        size_t size = chain->bytes.size - request->offset;
        size = size < request->length ? size : request->length;
        size = size < portion_max ? size : portion_max;
        certificate.portion = (slice){chain->bytes.data + request->offset, size};
        certificate.remainder_size = (uint32_t)(chain->bytes.size - request->offset - size);
    }
    *out = certificate;
    return OK;
}
