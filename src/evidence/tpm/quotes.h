/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The quotes of one TPM's evidence: what they claim, and every check of them under a key that is
 * trusted, or not, for reasons that are looked at elsewhere.
 */

#include "evidence/facts.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/quote.h"
#include "evidence/tpm/signature.h"

/* Borrowed from the evidence. */
struct tpm_quotes {
    const struct tpm_evidence *evidence;
    struct tpm_attest attests[TPM_QUOTES_MAX];
    struct tpm_signature signatures[TPM_QUOTES_MAX];
    size_t count;
};
status tpm_quotes_read(const struct tpm_evidence *evidence, struct tpm_quotes *out);

/* What the caller had signed: exactly the binding, or the SHA-256 of a field of 64 bytes that
 * carries it, for many TPMs take no more than a digest. */
bool tpm_is_bound(slice extra_data, slice binding);

/* The claims of TPM_QUOTE_CLAIM_ROWS (claim_names.h), of the registers that a quote covers. */
void tpm_quotes_claim(const struct tpm_quotes *quotes, struct claims *out);

/*
 * SHA-256 of the values of TPM_BOOT_PCRS in the SHA-256 bank, in order; UNEXPECTED unless quotes
 * cover all of them.
 */
status tpm_quotes_measurement(const struct tpm_quotes *quotes, struct digest *out);

/*
 * Checks "magic", "quotes", "binding", "pcr_selection", "pcr_values" and "pcr_digest", and the
 * signatures as `signature_check`. Without a key (NULL) that one fails.
 */
void tpm_quotes_check(const struct tpm_quotes *quotes, const struct public_key *ak, slice binding,
                      const char *signature_check, struct facts *out);
