/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the certificate of an attestation key to whom we believe: docs/vendor-roots.md. */

#include "evidence/facts.h"
#include "evidence/revocation.h"

enum { TPM_LINKS_MAX = 6 };

/* All that is above a key whenever it is looked at. */
struct tpm_chain {
    bool is_followed;    /* else the rest is empty */
    bool is_key_trusted; /* the caller trusts the key itself: no certificate matters */
    bool is_of_key;      /* its certificate is of the key that is beside it */
    bool is_for_quotes;  /* and of one that attests */
    const struct certificate *links[TPM_LINKS_MAX]; /* the key's first */
    size_t count;
    status verified;
    enum root_trust trust;
    /* What the issuer of each link signed, where the chain is trusted. */
    struct crl_set crls[TPM_LINKS_MAX];
};

struct tpm_ak;

/* Checks "chain", "certificate", "validity" and "revocation". Follows the chain if need be. */
void tpm_chain_check(struct tpm_ak *ak, const struct endorsements *endorsements, int64_t now_s,
                     struct facts *out);

/* Whether a trusted chain was followed through all certificates that were sent, in their order. */
bool tpm_chain_is_exact(const struct tpm_ak *ak);
