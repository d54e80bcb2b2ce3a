/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/revocation.h"

void crl_set_gather(const struct endorsements *endorsements, const struct certificate *issuer,
                    const struct certificate *subject, enum signature_scheme scheme,
                    struct crl_set *out)
{
    *out = (struct crl_set){0};
    for (size_t i = 0; i < endorsements->count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind != ENDORSEMENT_CRL || !crl_names_issuer_of(&item->crl, subject))
            continue;
        if (crl_issued_by(&item->crl, issuer, scheme).fault)
            out->forged = true;
        else
            out->crls[out->count++] = &item->crl;
    }
}

bool crl_is_in_force(const struct crl *crl, int64_t now_s)
{
    return crl->this_update_s <= now_s && crl->next_update_s != 0 && now_s <= crl->next_update_s;
}

const struct crl *crl_set_at(const struct crl_set *set, int64_t now_s)
{
    const struct crl *best = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct crl *const next = set->crls[i];
        const bool in_force = crl_is_in_force(next, now_s);
        const bool best_in_force = best && crl_is_in_force(best, now_s);
        if (!best || in_force > best_in_force ||
            (in_force == best_in_force && next->this_update_s > best->this_update_s))
            best = next;
    }
    return best;
}
