/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/claim_names.h"

#include <stddef.h>

/* The key is pinned by its digest, for only that is the same in every form in which it comes. */
const struct claim_name tpm_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", .kind = CLAIM_BYTES},
    {"ak.key_digest", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_INSTANCE, .pin = "ak"},
    {"ak.name", .kind = CLAIM_BYTES},
    {"ak.name_algorithm", .kind = CLAIM_NUMBER},
    {"ak.type", .kind = CLAIM_TEXT},
    {"ak.bits", .kind = CLAIM_NUMBER},
    {"ak.scheme", .kind = CLAIM_NUMBER},
    {"ak.attributes", .kind = CLAIM_NUMBER},
    {"ak.certificate_issuer", .kind = CLAIM_TEXT},
    {"event_log.algorithms", .kind = CLAIM_TEXTS},
    {"event_log.event_count", .kind = CLAIM_NUMBER},
    TPM_QUOTE_CLAIM_ROWS,
    {0},
};

#define NAME(bank, pcr, means) ("pcrs." #bank "." #pcr)

static const struct {
    uint16_t hash;
    const char *names[TPM_PCR_COUNT];
} banks[] = {
    {TPM_ALG_SHA1, {TPM_EACH_PCR(NAME, sha1)}},
    {TPM_ALG_SHA256, {TPM_EACH_PCR(NAME, sha256)}},
    {TPM_ALG_SHA384, {TPM_EACH_PCR(NAME, sha384)}},
    {TPM_ALG_SHA512, {TPM_EACH_PCR(NAME, sha512)}},
    {TPM_ALG_SM3_256, {TPM_EACH_PCR(NAME, sm3_256)}},
};

const char *tpm_pcr_claim(uint16_t hash, size_t pcr)
{
    for (size_t i = 0; i < sizeof banks / sizeof banks[0]; i++)
        if (banks[i].hash == hash && pcr < TPM_PCR_COUNT)
            return banks[i].names[pcr];
    return NULL;
}
