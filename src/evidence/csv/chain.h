/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who vouches for a guest's PEK: the CEK of its chip, which Hygon's signing key (HSK) signed under
 * Hygon's root (HRK). Endorsements remember every chain examined, and every PEK that one of them
 * vouches for, so that a guest of a machine seen before costs the signature on its report only.
 * Endorsements must not change while a verification under them is running.
 */

#include "evidence/csv/certificate.h"
#include "evidence/endorsements.h"

/* A CEK among the endorsements, from which the rest follows. */
struct csv_chain {
    struct csv_certificate cek, hsk; /* borrowed from the endorsements */
    bool has_hsk;
    bool has_root;
    bool usages_fit; /* of HSK and root; what it says of itself decides for a CEK */
    struct csv_signer cek_signer;
    struct digest cek_key; /* SHA-384 of its SubjectPublicKeyInfo */

    /* Below here: known once examined. */
    bool examined;
    status verified;
    enum root_trust trust;
    const char *root_name;
};

/* A report's own PEK. */
struct csv_pek {
    uint8_t bytes[CSV_CERTIFICATE_SIZE];
    status read; /* when it failed, only `chain` may be set besides */
    struct csv_certificate certificate;
    struct csv_signer signer;
    status signed_by_cek;
    const struct csv_chain *chain; /* the one that vouches for it, else the last; NULL: none */
};
void csv_pek_clear(struct csv_pek *pek);

/*
 * Finds who vouches for the PEK of these 2084 bytes. `out` is what the endorsements remember of it,
 * or else `space`, which the caller clears. EXHAUSTED without memory.
 */
status csv_pek_examine(const struct endorsements *endorsements, const uint8_t *bytes,
                       struct csv_pek *space, const struct csv_pek **out);

/* The chain of the CEK at this index among the endorsements, examined; NULL past the last. */
status csv_chain_at(const struct endorsements *endorsements, size_t index,
                    const struct csv_chain **out);
