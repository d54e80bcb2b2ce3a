/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The PCK chain of a quote with everything about it that does not depend on the time: read, links
 * verified, root told, CRLs gathered, collateral found. Endorsements remember the chains and the
 * collateral that verified under them, so that a machine seen again costs no signature but those of
 * its quote. Endorsements must not change while a verification under them is running.
 */

#include "evidence/dcap/collateral.h"
#include "evidence/dcap/pck.h"

enum {
    DCAP_CHAINS_REMEMBERED_MAX = 64,
    DCAP_KEYS_REMEMBERED_MAX = 4, /* of one machine: its quoting enclave rarely makes a new one */
    DCAP_ROOTS_MAX = TRUST_ANCHORS_MAX + 4,
};

/* An attestation key that the PCK certificate of its chain was found to vouch for. */
struct dcap_certified_key {
    struct buffer certification; /* the bytes that do it: dcap_quote's key_certification */
    struct public_key key;
};

struct dcap_chain {
    struct buffer certification; /* the bytes it was read from */
    status read;                 /* when it failed, the rest is empty */
    struct pck_chain certificates;
    struct public_key key;
    status extension_read;
    struct pck_extension extension;
    status verified;
    enum root_trust trust;
    const char *root_name;
    struct crl_set leaf_crls;
    const struct dcap_collateral *collateral; /* NULL unless verified and trusted */
    struct dcap_certified_key *keys[DCAP_KEYS_REMEMBERED_MAX]; /* added to, never changed */
    size_t references;
};

/* EXHAUSTED when there is no memory. Whatever is wrong with the chain is in the chain. */
status dcap_chain_acquire(const struct endorsements *endorsements, const struct pinned_root *pinned,
                          size_t pinned_count, slice certification, struct dcap_chain **out);
void dcap_chain_release(const struct endorsements *endorsements, struct dcap_chain *chain);

/*
 * The attestation key that exactly these bytes certify, when they were found to do so before under
 * this chain; NULL otherwise. It lives as long as the chain.
 */
const struct public_key *dcap_chain_key(const struct endorsements *endorsements,
                                        const struct dcap_chain *chain, slice certification);

/* Remembers that, where there is room; takes `key`. Only after every check of it has passed. */
void dcap_chain_remember_key(const struct endorsements *endorsements, struct dcap_chain *chain,
                             slice certification, struct public_key *key);
