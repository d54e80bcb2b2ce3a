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

/* An older list may have been given longer dates, and does not come back when the newer one ends:
 * it would free whom the newer one took in. */
static bool supersedes(const struct crl *a, const struct crl *b, int64_t now_s)
{
    const bool a_is_issued = a->this_update_s <= now_s;
    const bool b_is_issued = b->this_update_s <= now_s;
    if (a_is_issued != b_is_issued)
        return a_is_issued;
    return a->this_update_s != b->this_update_s ? a->this_update_s > b->this_update_s
                                                : a->next_update_s > b->next_update_s;
}

const struct crl *crl_set_at(const struct crl_set *set, int64_t now_s)
{
    const struct crl *best = NULL;
    for (size_t i = 0; i < set->count; i++)
        if (!best || supersedes(set->crls[i], best, now_s))
            best = set->crls[i];
    return best;
}
