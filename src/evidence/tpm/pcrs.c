/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/pcrs.h"

#include <string.h>

size_t tpm_hash_size(uint16_t hash)
{
    switch (hash) {
    case TPM_ALG_SHA1:
        return 20;
    case TPM_ALG_SHA256:
    case TPM_ALG_SM3_256:
        return 32;
    case TPM_ALG_SHA384:
        return 48;
    case TPM_ALG_SHA512:
        return 64;
    default:
        return 0;
    }
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
