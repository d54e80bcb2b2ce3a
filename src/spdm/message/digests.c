/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/digests.h"

enum { CERTIFICATE_MODEL = 7 }; /* the bits of CertificateInfo that are not reserved */

status spdm_get_digests_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_GET_DIGESTS, &header);
}

void spdm_get_digests_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_GET_DIGESTS, 0, 0});
}

static bool is_set(uint8_t slots, size_t slot)
{
    return slots >> slot & 1;
}

/* One array after the other, each with an entry for every provisioned slot. */
static void read_keys(struct reader *reader, struct spdm_digests *out)
{
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(out->provisioned_slots, slot))
            out->slots[slot].key_pair_id = read_u8(reader);
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(out->provisioned_slots, slot))
            out->slots[slot].certificate_model = read_u8(reader) & CERTIFICATE_MODEL;
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(out->provisioned_slots, slot))
            out->slots[slot].key_usage = read_le16(reader);
}

static bool is_zero(slice bytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < bytes.size; i++)
        any |= bytes.data[i];
    return any == 0;
}

/* Whether what is said of a slot hangs together. */
static status check_keys(const struct spdm_digests *digests)
{
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++) {
        const struct spdm_slot_digest *const told = &digests->slots[slot];
        if (!is_set(digests->provisioned_slots, slot))
            continue;
        if (told->key_pair_id == 0 || told->certificate_model > SPDM_GENERIC_CERT)
            return FAIL(MALFORMED, "DIGESTS has a slot without a key pair, or of no known model");
        if (slot == 0 && (told->certificate_model == SPDM_GENERIC_CERT || told->key_usage == 0))
            return FAIL(MALFORMED, "DIGESTS has a slot 0 that is not the device's");
        if (told->certificate_model == SPDM_CERTIFICATE_MODEL_NONE && !is_zero(told->digest))
            return FAIL(MALFORMED, "DIGESTS has a chain of no model");
    }
    return OK;
}

status spdm_digests_read(struct reader *reader, const struct spdm_shape *shape,
                         struct spdm_digests *out)
{
    const bool has_supported = shape->version >= SPDM_1_3;
    struct spdm_digests digests = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_DIGESTS, &header));
    digests.supported_slots = has_supported ? header.param1 : 0;
    digests.provisioned_slots = header.param2;
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(digests.provisioned_slots, slot))
            digests.slots[slot].digest = read_bytes(reader, shape->hash_size);
    const bool has_keys = has_supported && shape->responder_is_multi_key;
    if (has_keys)
        read_keys(reader, &digests);
    TRY(spdm_message_was_whole(reader));
    if (has_keys)
        TRY(check_keys(&digests));

    if (has_supported && digests.provisioned_slots & ~digests.supported_slots)
        return FAIL(MALFORMED, "DIGESTS has a chain in a slot that it does not support");
    *out = digests;
    return OK;
}

static void write_keys(struct writer *writer, const struct spdm_digests *digests)
{
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(digests->provisioned_slots, slot))
            write_u8(writer, digests->slots[slot].key_pair_id);
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(digests->provisioned_slots, slot))
            write_u8(writer, digests->slots[slot].certificate_model);
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(digests->provisioned_slots, slot))
            write_le16(writer, digests->slots[slot].key_usage);
}

void spdm_digests_write(struct writer *writer, const struct spdm_shape *shape,
                        const struct spdm_digests *digests)
{
    const bool has_supported = shape->version >= SPDM_1_3;
    const struct spdm_header header = {shape->version, SPDM_DIGESTS,
                                       has_supported ? digests->supported_slots : 0,
                                       digests->provisioned_slots};
    spdm_header_write(writer, &header);
    for (size_t slot = 0; slot < SPDM_SLOTS; slot++)
        if (is_set(digests->provisioned_slots, slot))
            write_bytes(writer, digests->slots[slot].digest);
    if (has_supported && shape->responder_is_multi_key)
        write_keys(writer, digests);
}
