/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/pcrs.h"

#include <string.h>

static const struct {
    uint16_t algorithm;
    enum hash hash;
    const char *name;
} hashes[] = {
    {TPM_ALG_SHA1, HASH_SHA1, "sha1"},       {TPM_ALG_SHA256, HASH_SHA256, "sha256"},
    {TPM_ALG_SHA384, HASH_SHA384, "sha384"}, {TPM_ALG_SHA512, HASH_SHA512, "sha512"},
    {TPM_ALG_SM3_256, HASH_SM3, "sm3_256"},
};

enum { HASH_COUNT = sizeof hashes / sizeof hashes[0] };

enum hash tpm_hash(uint16_t hash)
{
    for (size_t i = 0; i < HASH_COUNT; i++)
        if (hashes[i].algorithm == hash)
            return hashes[i].hash;
    return HASH_NONE;
}

uint16_t tpm_algorithm(enum hash hash)
{
    for (size_t i = 0; i < HASH_COUNT; i++)
        if (hashes[i].hash == hash)
            return hashes[i].algorithm;
    return 0;
}

size_t tpm_hash_size(uint16_t hash)
{
    return hash_size(tpm_hash(hash));
}

const char *tpm_hash_name(uint16_t hash)
{
    for (size_t i = 0; i < HASH_COUNT; i++)
        if (hashes[i].algorithm == hash)
            return hashes[i].name;
    return NULL;
}

const struct tpm_pcr_bank *tpm_pcrs_bank(const struct tpm_pcrs *pcrs, uint16_t hash)
{
    for (size_t i = 0; i < pcrs->bank_count; i++)
        if (pcrs->banks[i].hash == hash)
            return &pcrs->banks[i];
    return NULL;
}

/* There is a place for each hash that has a size. */
static struct tpm_pcr_bank *bank_for(struct tpm_pcrs *pcrs, uint16_t hash)
{
    size_t place = 0;
    while (place < pcrs->bank_count && pcrs->banks[place].hash < hash)
        place++;
    struct tpm_pcr_bank *const bank = &pcrs->banks[place];
    if (place < pcrs->bank_count && bank->hash == hash)
        return bank;
    memmove(bank + 1, bank, (pcrs->bank_count - place) * sizeof *bank);
    pcrs->bank_count++;
    *bank = (struct tpm_pcr_bank){.hash = hash};
    return bank;
}

status tpm_pcrs_set(struct tpm_pcrs *pcrs, uint16_t hash, size_t index, slice value)
{
    if (tpm_hash_size(hash) == 0)
        return FAIL(UNSUPPORTED, "a PCR bank is of a hash that we do not know");
    if (index >= TPM_PCR_COUNT)
        return FAIL(MALFORMED, "there is no PCR of that number");
    if (value.size != tpm_hash_size(hash))
        return FAIL(MALFORMED, "a PCR value has not the size of its bank's hash");
    struct tpm_pcr_bank *const bank = bank_for(pcrs, hash);
    if (bank->present & 1u << index)
        return FAIL(MALFORMED, "a PCR has two values");
    bank->present |= 1u << index;
    bank->values[index] = value;
    return OK;
}

static status append_values(const struct tpm_pcr_bank *bank, uint32_t pcrs, struct buffer *out)
{
    if (pcrs && (!bank || pcrs & ~bank->present))
        return FAIL(UNEXPECTED, "the value of a quoted PCR is missing");
    for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++)
        if (pcrs & 1u << pcr)
            TRY(buffer_append(out, bank->values[pcr]));
    return OK;
}

status tpm_pcrs_digest(const struct tpm_pcrs *pcrs, const struct tpm_pcr_selection *selections,
                       size_t count, enum hash hash, struct digest *out)
{
    SCOPED(buffer) values = {0};
    for (size_t i = 0; i < count; i++)
        TRY(append_values(tpm_pcrs_bank(pcrs, selections[i].hash), selections[i].pcrs, &values));
    return digest_of(hash, buffer_view(&values), out);
}
