/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation key: what the evidence says of it, and who vouches for it. The evidence never
 * does: either a certificate under a pinned or trusted root is of this key, or the caller trusts
 * the key itself.
 */

#include "evidence/facts.h"
#include "evidence/revocation.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/quotes.h"

struct tpm_ak {
    struct public_key key;    /* empty: the evidence has none */
    bool has_area;            /* `area` is set: more than the key is known */
    struct tpm_public area;   /* borrowed from the evidence */
    struct digest key_digest; /* SHA-256 of SubjectPublicKeyInfo */
    struct certificate certificates[TPM_CERTIFICATES_MAX];
    size_t certificate_count;
};
void tpm_ak_clear(struct tpm_ak *ak);

/* A key that is not given beside its certificate is the certificate's. Fails when what is there
 * cannot be read. */
status tpm_ak_read(const struct tpm_evidence *evidence, struct tpm_ak *out);
void tpm_ak_claim(const struct tpm_ak *ak, struct claims *out);

/* Checks "attestation_key", "signer_name", "chain", "certificate", "validity" and "revocation". */
void tpm_ak_check(const struct tpm_ak *ak, const struct tpm_quotes *quotes,
                  const struct endorsements *endorsements, int64_t now_s, struct facts *out);

/* A public area as an endorsement: a key that the caller trusts. UNSUPPORTED when it is none. */
status tpm_anchor_read(slice file, struct public_key *out);
