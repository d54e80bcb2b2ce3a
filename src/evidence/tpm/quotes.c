/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/quotes.h"

#include "evidence/platform.h"
#include "evidence/tpm/claim_names.h"

#include <string.h>

status tpm_quotes_read(const struct tpm_evidence *evidence, struct tpm_quotes *out)
{
    struct tpm_quotes quotes = {.evidence = evidence, .count = evidence->quote_count};
    for (size_t i = 0; i < quotes.count; i++) {
        TRY(tpm_attest_read(evidence->quotes[i].attest, &quotes.attests[i]));
        TRY(tpm_signature_read(evidence->quotes[i].signature, &quotes.signatures[i]));
    }
    *out = quotes;
    return OK;
}

bool tpm_is_bound(slice extra_data, slice binding)
{
    uint8_t padded[BINDING_SIZE] = {0};
    struct digest digest;
    if (equal_in_constant_time(extra_data, binding))
        return true;
    if (binding.size == 0 || binding.size > sizeof padded)
        return false;
    memcpy(padded, binding.data, binding.size);
    return !digest_of(HASH_SHA256, SLICE(padded), &digest).fault &&
           equal_in_constant_time(extra_data, (slice){digest.data, digest.size});
}

/* Which registers of a bank the quotes sign, all together. */
static uint32_t covered(const struct tpm_quotes *quotes, uint16_t hash)
{
    uint32_t pcrs = 0;
    for (size_t i = 0; i < quotes->count; i++)
        for (size_t j = 0; j < quotes->attests[i].selection_count; j++)
            if (quotes->attests[i].selections[j].hash == hash)
                pcrs |= quotes->attests[i].selections[j].pcrs;
    return pcrs;
}

/* ---- claims ---- */

static void claim_bank(const struct tpm_pcr_bank *bank, uint32_t pcrs, struct claims *out)
{
    for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++)
        if (pcrs & bank->present & 1u << pcr)
            claim_bytes(out, tpm_pcr_claim(bank->hash, pcr), bank->values[pcr]);
}

void tpm_quotes_claim(const struct tpm_quotes *quotes, struct claims *out)
{
    const struct tpm_attest *const first = &quotes->attests[0];
    const struct tpm_pcrs *const pcrs = &quotes->evidence->pcrs;
    claim_bytes(out, "qualified_signer", first->qualified_signer);
    claim_bytes(out, "pcr_digest", first->pcr_digest);
    claim_number(out, "clock", first->clock);
    claim_number(out, "reset_count", first->reset_count);
    claim_number(out, "restart_count", first->restart_count);
    claim_flag(out, "clock_safe", first->safe);
    claim_number(out, "firmware_version", first->firmware_version);
    for (size_t i = 0; i < pcrs->bank_count; i++)
        claim_bank(&pcrs->banks[i], covered(quotes, pcrs->banks[i].hash), out);
}

status tpm_quotes_measurement(const struct tpm_quotes *quotes, struct digest *out)
{
    const struct tpm_pcr_selection boot = {TPM_ALG_SHA256, TPM_BOOT_PCRS};
    if (TPM_BOOT_PCRS & ~covered(quotes, TPM_ALG_SHA256))
        return FAIL(UNEXPECTED, "the quote does not cover all PCRs of the boot");
    return tpm_pcrs_digest(&quotes->evidence->pcrs, &boot, 1, HASH_SHA256, out);
}

/* ---- checks ---- */

static void check_magic(const struct tpm_quotes *quotes, struct facts *out)
{
    bool is_generated = true;
    for (size_t i = 0; i < quotes->count; i++)
        is_generated &= quotes->attests[i].magic == TPM_GENERATED;
    if (is_generated)
        check_pass(out, "magic");
    else
        check_fail(out, "magic", "TPM_MAGIC_INVALID",
                   "the quote does not begin as what a TPM makes itself");
}

static bool is_of_one_boot(const struct tpm_attest *a, const struct tpm_attest *b)
{
    return slice_equal(a->qualified_signer, b->qualified_signer) &&
           slice_equal(a->extra_data, b->extra_data) && a->reset_count == b->reset_count &&
           a->restart_count == b->restart_count && a->firmware_version == b->firmware_version;
}

static void check_agreement(const struct tpm_quotes *quotes, struct facts *out)
{
    bool agree = true;
    for (size_t i = 1; i < quotes->count; i++)
        agree &= is_of_one_boot(&quotes->attests[0], &quotes->attests[i]);
    if (agree)
        check_pass(out, "quotes");
    else
        check_fail(out, "quotes", "TPM_QUOTES_DISAGREE",
                   "the quotes are not of one key, one boot and one request");
}

static void check_binding(const struct tpm_quotes *quotes, slice binding, struct facts *out)
{
    bool is_bound = true;
    for (size_t i = 0; i < quotes->count; i++)
        is_bound &= tpm_is_bound(quotes->attests[i].extra_data, binding);
    if (binding.size == 0)
        check_skip(out, "binding", "TPM_BINDING_NOT_ASKED", "no report data to compare with");
    else if (is_bound)
        check_pass(out, "binding");
    else
        check_fail(out, "binding", "TPM_BINDING_MISMATCH",
                   "what the quote was asked to sign is not the binding");
}

static bool is_selection_empty(const struct tpm_attest *attest)
{
    uint32_t pcrs = 0;
    for (size_t i = 0; i < attest->selection_count; i++)
        pcrs |= attest->selections[i].pcrs;
    return pcrs == 0;
}

static void check_selection(const struct tpm_quotes *quotes, struct facts *out)
{
    bool is_empty = false;
    for (size_t i = 0; i < quotes->count; i++)
        is_empty |= is_selection_empty(&quotes->attests[i]);
    if (is_empty)
        check_fail(out, "pcr_selection", "TPM_PCR_SELECTION_EMPTY", "the quote is of no PCR");
    else
        check_pass(out, "pcr_selection");
}

static bool is_complete(const struct tpm_quotes *quotes)
{
    for (size_t i = 0; i < quotes->count; i++)
        for (size_t j = 0; j < quotes->attests[i].selection_count; j++) {
            const struct tpm_pcr_selection *const selection = &quotes->attests[i].selections[j];
            const struct tpm_pcr_bank *const bank =
                tpm_pcrs_bank(&quotes->evidence->pcrs, selection->hash);
            if (selection->pcrs & ~(bank ? bank->present : 0))
                return false;
        }
    return true;
}

static bool is_covered(const struct tpm_quotes *quotes)
{
    const struct tpm_pcrs *const pcrs = &quotes->evidence->pcrs;
    for (size_t i = 0; i < pcrs->bank_count; i++)
        if (pcrs->banks[i].present & ~covered(quotes, pcrs->banks[i].hash))
            return false;
    return true;
}

static void check_values(const struct tpm_quotes *quotes, struct facts *out)
{
    if (!is_complete(quotes))
        check_fail(out, "pcr_values", "TPM_PCR_MISSING",
                   "the value of a PCR that was quoted is missing");
    else if (!is_covered(quotes))
        check_fail(out, "pcr_values", "TPM_PCR_NOT_QUOTED",
                   "there is a value of a PCR that was not quoted");
    else
        check_pass(out, "pcr_values");
}

/* By the hash of the signing scheme, whatever the hashes of the banks are. */
static status has_digest(const struct tpm_quotes *quotes, size_t index)
{
    const struct tpm_attest *const attest = &quotes->attests[index];
    struct digest digest;
    TRY(tpm_pcrs_digest(&quotes->evidence->pcrs, attest->selections, attest->selection_count,
                        tpm_hash(quotes->signatures[index].hash), &digest));
    if (!slice_equal((slice){digest.data, digest.size}, attest->pcr_digest))
        return FAIL(UNAUTHENTIC, "the quote is of other PCR values");
    return OK;
}

static void check_digest(const struct tpm_quotes *quotes, struct facts *out)
{
    status result = OK;
    for (size_t i = 0; i < quotes->count && !result.fault; i++)
        result = has_digest(quotes, i);
    check_status(out, "pcr_digest", "TPM_PCR_DIGEST_MISMATCH", result);
}

static void check_signature(const struct tpm_quotes *quotes, const struct public_key *ak,
                            const char *name, struct facts *out)
{
    status result = OK;
    if (!ak) {
        check_fail(out, name, "TPM_AK_MISSING", "there is no key to verify the quote with");
        return;
    }
    for (size_t i = 0; i < quotes->count && !result.fault; i++)
        result = tpm_signature_verify(&quotes->signatures[i], ak, quotes->attests[i].signed_bytes);
    check_status(out, name, "TPM_SIGNATURE_INVALID", result);
}

void tpm_quotes_check(const struct tpm_quotes *quotes, const struct public_key *ak, slice binding,
                      const char *signature_check, struct facts *out)
{
    check_magic(quotes, out);
    check_agreement(quotes, out);
    check_binding(quotes, binding, out);
    check_selection(quotes, out);
    check_values(quotes, out);
    check_digest(quotes, out);
    check_signature(quotes, ak, signature_check, out);
}
