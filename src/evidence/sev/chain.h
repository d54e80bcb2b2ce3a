/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who vouches for a platform's PEK: the CEK of its chip, which AMD's signing key (ASK) signed under
 * its root (ARK); and, beside it, the authority of the machine's owner (OCA), whom AMD knows not.
 * Endorsements remember every chain examined. They must not change while a verification under them
 * is running.
 */

#include "evidence/endorsements.h"
#include "evidence/sev/certificate.h"

enum sev_owner { SEV_OWNER_UNKNOWN, SEV_OWNER_SIGNED, SEV_OWNER_FORGED };

/* A PEK among the endorsements, from which the rest follows; certificates are borrowed from them.
 */
struct sev_chain {
    struct sev_certificate pek;
    struct public_key key;
    status key_read;

    /* Below here: known once examined. */
    bool examined;
    struct sev_certificate cek, oca;
    bool has_cek;
    bool is_incomplete; /* `verified` failed for want of a certificate */
    bool usages_fit;
    struct digest cek_key; /* SHA-384 of its SubjectPublicKeyInfo */
    enum sev_owner owner;
    status verified;
    enum root_trust trust;
    const char *root_name;
};

struct sev_chains {
    struct sev_chain *chains[ENDORSEMENTS_MAX];
    size_t count;
};

/* The chains of all PEKs, in the order in which they were added. EXHAUSTED without memory. */
status sev_chains_of(const struct endorsements *endorsements, const struct sev_chains **out);

/* Follows the chain up, once. */
void sev_chain_examine(const struct endorsements *endorsements, struct sev_chain *chain);
