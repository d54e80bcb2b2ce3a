/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The revocation lists that bear on the certificates of one issuer, and which of them counts when.
 */

#include "evidence/endorsements.h"

/* The CRLs that one issuer signed. Borrowed from the endorsements. */
struct crl_set {
    const struct crl *crls[ENDORSEMENTS_MAX];
    size_t count;
    bool forged; /* another one bears the issuer's name without its signature */
};

/* Gathers the CRLs of `issuer`, which issued `subject`. */
void crl_set_gather(const struct endorsements *endorsements, const struct certificate *issuer,
                    const struct certificate *subject, enum signature_scheme scheme,
                    struct crl_set *out);

/*
 * The newest CRL of those issued by `now_s`, in force or not: a peer that hands over an older one
 * changes nothing. Where none is issued yet, the newest that will be. NULL when the set is empty.
 */
const struct crl *crl_set_at(const struct crl_set *set, int64_t now_s);
bool crl_is_in_force(const struct crl *crl, int64_t now_s);
