/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Every VCEK and VLEK among the endorsements, with all about it that depends neither on a report
 * nor on the time: what it says, who issued it, whether that ends in a trusted root, and which CRLs
 * bear on it. Endorsements remember this, so that a chip seen again costs only the signature on its
 * report. Endorsements must not change while a verification under them is running.
 */

#include "evidence/revocation.h"
#include "evidence/snp/leaf.h"

struct snp_chain {
    const struct certificate *leaf;         /* these three are borrowed from the endorsements */
    const struct certificate *intermediate; /* NULL when none bears the issuer's name */
    const struct certificate *root;

    enum snp_signing_key kind;
    struct snp_leaf says;
    status read; /* when it failed, `says` has only a kind */
    struct public_key key;
    status key_read; /* fails too when it is not on P-384 */

    /* Below here: known after snp_chain_examine(). */
    bool examined;
    status verified;
    enum root_trust trust;
    const char *root_name;
    enum snp_signing_key issuer_kind; /* of which leaves the intermediate is the issuer, by name */
    enum snp_product issuer_product;
    enum snp_product root_product;
    struct crl_set crls; /* of the root */
};

struct snp_chains {
    struct snp_chain *chains[ENDORSEMENTS_MAX];
    size_t count;
};

/* The chains of all leaves, in the order in which they were added. EXHAUSTED without memory. */
status snp_chains_of(const struct endorsements *endorsements, const struct snp_chains **out);

/* Follows the chain up, once. */
void snp_chain_examine(const struct endorsements *endorsements, struct snp_chain *chain);

/*
 * Whether `root` is AMD's for one of its products, or one that the caller trusts and that bears the
 * name of one. Not whether it signed itself. `out_product` is written unless it is untrusted.
 */
enum root_trust snp_root_trust(const struct endorsements *endorsements,
                               const struct certificate *root, enum snp_product *out_product);
