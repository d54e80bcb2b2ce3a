/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation key: what the evidence says of it, and who vouches for it. The evidence never
 * does: either a certificate under a pinned or trusted root is of this key, or the caller trusts
 * the key itself.
 */

#include "evidence/recollection.h"
#include "evidence/tpm/chain.h"
#include "evidence/tpm/curves.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/quotes.h"

enum { TPM_ISSUER_TEXT_SIZE = 512 };

struct tpm_ak {
    struct recollection recollection; /* by the certificates */
    struct buffer public;             /* what the evidence has of the key itself */
    struct public_key key;            /* empty: the evidence has none */
    bool has_area;                    /* `area` is set: more than the key is known */
    struct tpm_public area;           /* borrowed from `public` */
    struct tpm_name name;             /* of that; empty when it is by a hash that we do not know */
    size_t rsa_bits;                  /* else it is on a curve */
    const struct tpm_curve *curve;    /* NULL: on none of ours */
    struct digest key_digest;         /* SHA-256 of SubjectPublicKeyInfo */
    struct certificate certificates[TPM_CERTIFICATES_MAX];
    size_t certificate_count;
    char certificate_issuer[TPM_ISSUER_TEXT_SIZE]; /* of the first */
    struct tpm_chain chain;
};

/*
 * A key that is not given beside its certificate is the certificate's. Endorsements, if any,
 * remember those that were certified, so that a TPM seen before costs one signature, its quote's.
 * Fails when what is there cannot be read.
 */
status tpm_ak_acquire(const struct tpm_evidence *evidence, const struct endorsements *endorsements,
                      struct tpm_ak **out);
void tpm_ak_release(struct tpm_ak *ak); /* may be NULL */

/* For who found all checks passed. With certificates of no use, or in another order, it is not
 * kept: the owner of one key could fill the memory with them. */
void tpm_ak_keep(struct tpm_ak *ak, const struct endorsements *endorsements);

void tpm_ak_claim(const struct tpm_ak *ak, struct claims *out);

/* Checks "attestation_key", "signer_name", "chain", "certificate", "validity" and "revocation". */
void tpm_ak_check(struct tpm_ak *ak, const struct tpm_quotes *quotes,
                  const struct endorsements *endorsements, int64_t now_s, struct facts *out);

/* A public area as an endorsement: a key that the caller trusts. UNSUPPORTED when it is none. */
status tpm_anchor_read(slice file, struct public_key *out);
