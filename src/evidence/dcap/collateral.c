/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/collateral.h"

#include <stdlib.h>
#include <string.h>

static bool is_tcb_signer(const struct certificate *certificate, const struct certificate *root)
{
    char name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(certificate, name);
    return strcmp(name, "Intel SGX TCB Signing") == 0 &&
           !certificate_issued_by(certificate, root, SIGNATURE_ECDSA_SHA256, 0).fault;
}

static status add_signer(struct dcap_collateral *collateral, const struct certificate *certificate)
{
    struct tcb_signer *const signer = &collateral->signers[collateral->signer_count];
    if (collateral->signer_count == TCB_SIGNERS_MAX)
        return FAIL(EXHAUSTED, "more TCB signing certificates than we keep");
    TRY(certificate_spki_digest(certificate, HASH_SHA384, &signer->key_digest));
    TRY(certificate_key(certificate, &signer->key));
    signer->certificate = certificate;
    collateral->signer_count++;
    return OK;
}

static status add_signers(const struct endorsements *endorsements, const struct certificate *root,
                          struct dcap_collateral *collateral)
{
    for (size_t i = 0; i < endorsements->count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind == ENDORSEMENT_CERTIFICATE && is_tcb_signer(&item->certificate, root))
            TRY(add_signer(collateral, &item->certificate));
    }
    return OK;
}

static struct digest signer_of(const struct dcap_collateral *collateral,
                               const struct signed_document *document)
{
    for (size_t i = 0; i < collateral->signer_count; i++)
        if (!signed_document_verify(document, &collateral->signers[i].key).fault)
            return collateral->signers[i].key_digest;
    return (struct digest){0};
}

static status add_tcb_info(struct dcap_collateral *collateral, slice text)
{
    struct collateral_tcb_info *const entry = calloc(1, sizeof *entry);
    if (!entry)
        return FAIL(EXHAUSTED, "no memory for a TCB info");
    collateral->tcb_infos[collateral->tcb_info_count++] = entry;
    entry->read = tcb_info_read(text, &entry->info);
    if (!entry->read.fault)
        entry->signer = signer_of(collateral, &entry->info.document);
    return OK;
}

static status add_qe_identity(struct dcap_collateral *collateral, slice text)
{
    struct collateral_qe_identity *const entry = calloc(1, sizeof *entry);
    if (!entry)
        return FAIL(EXHAUSTED, "no memory for a QE identity");
    collateral->qe_identities[collateral->qe_identity_count++] = entry;
    entry->read = qe_identity_read(text, &entry->identity);
    if (!entry->read.fault)
        entry->signer = signer_of(collateral, &entry->identity.document);
    return OK;
}

static status add_documents(const struct endorsements *endorsements,
                            struct dcap_collateral *collateral)
{
    for (size_t i = 0; i < endorsements->count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind == ENDORSEMENT_TCB_INFO)
            TRY(add_tcb_info(collateral, buffer_view(&item->bytes)));
        else if (item->kind == ENDORSEMENT_QE_IDENTITY)
            TRY(add_qe_identity(collateral, buffer_view(&item->bytes)));
    }
    return OK;
}

static status fill(const struct endorsements *endorsements, const struct certificate *root,
                   const struct certificate *issued, struct dcap_collateral *collateral)
{
    TRY(certificate_spki_digest(root, HASH_SHA384, &collateral->root_key));
    crl_set_gather(endorsements, root, issued, SIGNATURE_ECDSA_SHA256, &collateral->root_crls);
    TRY(add_signers(endorsements, root, collateral));
    return add_documents(endorsements, collateral);
}

status dcap_collateral_open(const struct endorsements *endorsements, const struct certificate *root,
                            const struct certificate *issued, struct dcap_collateral **out)
{
    struct dcap_collateral *const collateral = calloc(1, sizeof *collateral);
    if (!collateral)
        return FAIL(EXHAUSTED, "no memory for collateral");
    const status result = fill(endorsements, root, issued, collateral);
    if (result.fault)
        dcap_collateral_free(collateral);
    else
        *out = collateral;
    return result;
}

void dcap_collateral_free(struct dcap_collateral *collateral)
{
    if (!collateral)
        return;
    for (size_t i = 0; i < collateral->signer_count; i++)
        public_key_clear(&collateral->signers[i].key);
    for (size_t i = 0; i < collateral->tcb_info_count; i++) {
        tcb_info_clear(&collateral->tcb_infos[i]->info);
        free(collateral->tcb_infos[i]);
    }
    for (size_t i = 0; i < collateral->qe_identity_count; i++) {
        qe_identity_clear(&collateral->qe_identities[i]->identity);
        free(collateral->qe_identities[i]);
    }
    free(collateral);
}

static enum document_standing standing_in_time(const struct signed_document *document,
                                               int64_t now_s)
{
    if (now_s > document->next_update_s)
        return DOCUMENT_EXPIRED;
    return now_s < document->issue_date_s ? DOCUMENT_NOT_YET_VALID : DOCUMENT_CURRENT;
}

static enum document_standing standing_of(const struct signed_document *document, status read,
                                          bool fits, const struct digest *signer, int64_t now_s)
{
    return read.fault          ? DOCUMENT_MALFORMED
           : !fits             ? DOCUMENT_OF_ANOTHER
           : signer->size == 0 ? DOCUMENT_UNSIGNED
                               : standing_in_time(document, now_s);
}

struct candidate {
    const struct signed_document *document;
    enum document_standing standing;
};

/* Of two documents that stand equally well, the one made later with later knowledge. */
static bool supersedes(const struct signed_document *a, const struct signed_document *b)
{
    return a->evaluation_number != b->evaluation_number
               ? a->evaluation_number > b->evaluation_number
               : a->issue_date_s > b->issue_date_s;
}

/* Intel issues several evaluations side by side. Where a later one was known, an earlier one is no
 * way around it, though its own dates may last longer. */
static void forget_earlier_evaluations(struct candidate *candidates, size_t count)
{
    uint64_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].standing == DOCUMENT_EXPIRED &&
            candidates[i].document->evaluation_number > known)
            known = candidates[i].document->evaluation_number;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].standing == DOCUMENT_CURRENT &&
            candidates[i].document->evaluation_number < known)
            candidates[i].standing = DOCUMENT_EXPIRED;
}

/* The best candidate's index; 0, and the standing MISSING, when there is none. */
static size_t choose(struct candidate *candidates, size_t count,
                     enum document_standing *out_standing)
{
    size_t best = 0;
    forget_earlier_evaluations(candidates, count);
    for (size_t i = 1; i < count; i++)
        if (candidates[i].standing > candidates[best].standing ||
            (candidates[i].standing == candidates[best].standing &&
             supersedes(candidates[i].document, candidates[best].document)))
            best = i;
    *out_standing = count ? candidates[best].standing : DOCUMENT_MISSING;
    return best;
}

const struct collateral_tcb_info *collateral_tcb_info_at(const struct dcap_collateral *collateral,
                                                         enum tcb_info_kind kind,
                                                         const uint8_t *fmspc, const uint8_t *pceid,
                                                         int64_t now_s,
                                                         enum document_standing *out_standing)
{
    struct candidate candidates[ENDORSEMENTS_MAX];
    for (size_t i = 0; i < collateral->tcb_info_count; i++) {
        const struct collateral_tcb_info *const entry = collateral->tcb_infos[i];
        const struct tcb_info *const info = &entry->info;
        const bool fits = info->kind == kind && memcmp(info->fmspc, fmspc, FMSPC_SIZE) == 0 &&
                          memcmp(info->pceid, pceid, PCEID_SIZE) == 0;
        candidates[i] =
            (struct candidate){&info->document, standing_of(&info->document, entry->read, fits,
                                                            &entry->signer, now_s)};
    }
    const size_t best = choose(candidates, collateral->tcb_info_count, out_standing);
    return collateral->tcb_info_count ? collateral->tcb_infos[best] : NULL;
}

const struct collateral_qe_identity *
collateral_qe_identity_at(const struct dcap_collateral *collateral, enum qe_kind kind,
                          int64_t now_s, enum document_standing *out_standing)
{
    struct candidate candidates[ENDORSEMENTS_MAX];
    for (size_t i = 0; i < collateral->qe_identity_count; i++) {
        const struct collateral_qe_identity *const entry = collateral->qe_identities[i];
        const struct qe_identity *const identity = &entry->identity;
        candidates[i] = (struct candidate){
            &identity->document, standing_of(&identity->document, entry->read,
                                             identity->kind == kind, &entry->signer, now_s)};
    }
    const size_t best = choose(candidates, collateral->qe_identity_count, out_standing);
    return collateral->qe_identity_count ? collateral->qe_identities[best] : NULL;
}

/* 2 in force, 1 not yet, 0 no longer. */
static int rank_in_time(const struct certificate *certificate, int64_t now_s)
{
    if (now_s > certificate->not_after_s)
        return 0;
    return now_s < certificate->not_before_s ? 1 : 2;
}

const struct certificate *collateral_signer_at(const struct dcap_collateral *collateral,
                                               const struct digest *key, int64_t now_s)
{
    const struct certificate *best = NULL;
    for (size_t i = 0; i < collateral->signer_count; i++) {
        const struct tcb_signer *const next = &collateral->signers[i];
        if (!slice_equal((slice){next->key_digest.data, next->key_digest.size},
                         (slice){key->data, key->size}))
            continue;
        if (!best || rank_in_time(next->certificate, now_s) > rank_in_time(best, now_s))
            best = next->certificate;
    }
    return best;
}
