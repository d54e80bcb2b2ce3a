/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the endorsements hold under one trusted Intel root: CRLs, TCB signing certificates, TCB
 * infos and QE identities, each read once and each signature checked once. Nothing here depends on
 * the time; the choice among several, and whether its dates hold, is made for each verification.
 */

#include "evidence/dcap/qe_identity.h"
#include "evidence/dcap/tcb_info.h"
#include "evidence/revocation.h"

enum { TCB_SIGNERS_MAX = 8 };

struct tcb_signer {
    const struct certificate *certificate; /* borrowed from the endorsements */
    struct public_key key;
    struct digest key_digest;
};

/* A document, and the digest of the signer key that verified it; empty when none did. */
struct collateral_tcb_info {
    struct tcb_info info;
    status read;
    struct digest signer;
};
struct collateral_qe_identity {
    struct qe_identity identity;
    status read;
    struct digest signer;
};

struct dcap_collateral {
    struct digest root_key; /* SHA-384 of its SubjectPublicKeyInfo */
    struct crl_set root_crls;
    struct tcb_signer signers[TCB_SIGNERS_MAX];
    size_t signer_count;
    struct collateral_tcb_info *tcb_infos[ENDORSEMENTS_MAX];
    size_t tcb_info_count;
    struct collateral_qe_identity *qe_identities[ENDORSEMENTS_MAX];
    size_t qe_identity_count;
};

/* `root` must be trusted already and `issued` be a certificate that it issued. */
status dcap_collateral_open(const struct endorsements *endorsements, const struct certificate *root,
                            const struct certificate *issued, struct dcap_collateral **out);
void dcap_collateral_free(struct dcap_collateral *collateral);

/* How far a document gets; the best one is the one that gets furthest. */
enum document_standing {
    DOCUMENT_MISSING,
    DOCUMENT_MALFORMED,
    DOCUMENT_OF_ANOTHER, /* processor family, PCE or kind of TEE */
    DOCUMENT_UNSIGNED,   /* by no TCB signer of the root */
    DOCUMENT_EXPIRED,
    DOCUMENT_NOT_YET_VALID,
    DOCUMENT_CURRENT,
};

/*
 * The TCB info for this family as of `now_s`: of several, the one with the highest evaluation
 * number, then the latest. One that is below the number of another, itself expired, is as good as
 * expired. NULL when the standing is MISSING.
 */
const struct collateral_tcb_info *collateral_tcb_info_at(const struct dcap_collateral *collateral,
                                                         enum tcb_info_kind kind,
                                                         const uint8_t *fmspc, const uint8_t *pceid,
                                                         int64_t now_s,
                                                         enum document_standing *out_standing);
const struct collateral_qe_identity *
collateral_qe_identity_at(const struct dcap_collateral *collateral, enum qe_kind kind,
                          int64_t now_s, enum document_standing *out_standing);

/*
 * The certificate of a signer key as of `now_s`. Intel renews it with the same key, so several may
 * hold that key with other dates; NULL when none does.
 */
const struct certificate *collateral_signer_at(const struct dcap_collateral *collateral,
                                               const struct digest *key, int64_t now_s);
