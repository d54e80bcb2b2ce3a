/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An SPDM certificate chain: a header, the hash of the root, and certificates from the root to the
 * leaf. It is parsed and checked once, and kept for as long as its digest is the peer's.
 *
 * Whether its root is trusted is a fact here (`is_anchored`); what follows from it is the caller's.
 * spec: DSP0274 1.4, "Format of certificate chain", "Leaf certificate"; DSP0274 1.4, "Certificate
 *       model"
 */

#include "crypto/asym.h"
#include "crypto/certificate.h"
#include "spdm/message/digests.h"

enum { SPDM_CHAIN_CERTIFICATES_MAX = 10, SPDM_CHAIN_HEADER_SIZE = 4 };

/* Which chain is expected. */
struct spdm_chain_rules {
    uint8_t version;
    enum hash hash; /* BaseHash */
    enum asym asym; /* the leaf's key; NONE: any that is known */
    bool is_requester;
    enum spdm_certificate_model model;
    bool ends_with_issuer;           /* of aliases: all that is put into a slot of that model */
    const struct certificate *roots; /* trusted ones: they may also be left out of a chain */
    size_t root_count;
};

/* Keeps nothing of the bytes it was read from. */
struct spdm_chain {
    enum hash hash;
    struct digest digest; /* of all of it: what DIGESTS and transcripts hold */
    struct digest root;   /* of the root certificate */
    bool is_anchored;     /* the root is one of those that were given */
    int64_t not_before_s; /* when all of its certificates are valid */
    int64_t not_after_s;
    size_t certificate_count;
    struct certificate leaf;
    struct public_key key;
};
void spdm_chain_clear(struct spdm_chain *chain);

/*
 * MALFORMED or TRUNCATED when it is no chain, EXHAUSTED beyond our limits, UNAUTHENTIC when a
 * certificate was not issued by the one before it, or the leaf may not be what it is used as.
 * Dates are not looked at here.
 */
status spdm_chain_read(const struct spdm_chain_rules *rules, slice bytes, struct spdm_chain *out);
bool spdm_chain_is_valid_at(const struct spdm_chain *chain, int64_t now_s);

/*
 * Appends the chain of these certificates, from the root to the leaf: the header, the hash of the
 * first, and all of them.
 */
status spdm_chain_write(enum hash hash, slice certificates, struct buffer *out);
