/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/inspect.h"

#include "evidence/dcap/certification.h"

#include <stdlib.h>
#include <string.h>

void dcap_claim_chain(struct claims *claims, const struct dcap_chain *chain)
{
    if (chain && !chain->read.fault)
        dcap_claim_pck(claims, &chain->certificates.leaf,
                       chain->extension_read.fault ? NULL : &chain->extension);
}

/* The first TCB info for this family. */
static void claim_tcb_info(struct claims *claims, const struct endorsements *endorsements,
                           enum tcb_info_kind kind, const uint8_t *fmspc)
{
    struct tcb_info *const info = calloc(1, sizeof *info);
    bool found = false;
    for (size_t i = 0; info && i < endorsements->count && !found; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind != ENDORSEMENT_TCB_INFO ||
            tcb_info_read(buffer_view(&item->bytes), info).fault)
            continue;
        found = info->kind == kind && memcmp(info->fmspc, fmspc, FMSPC_SIZE) == 0;
        if (found)
            dcap_claim_tcb_info(claims, info);
        tcb_info_clear(info);
    }
    free(info);
}

void dcap_claim_unverified_chain(struct claims *claims, const struct endorsements *endorsements,
                                 const struct dcap_quote *quote, enum tcb_info_kind kind)
{
    static const struct endorsements nothing;
    const struct endorsements *const given = endorsements ? endorsements : &nothing;
    SCOPED(pck_chain) chain = {0};
    SCOPED(buffer) certification = {0};
    struct pck_extension extension;
    if (dcap_certification_complete(given, quote, &certification).fault ||
        pck_chain_read(buffer_view(&certification), &chain).fault)
        return;
    const status read = pck_extension_of(&chain.leaf, &extension);
    dcap_claim_pck(claims, &chain.leaf, read.fault ? NULL : &extension);
    if (!read.fault)
        claim_tcb_info(claims, given, kind, extension.fmspc);
}
