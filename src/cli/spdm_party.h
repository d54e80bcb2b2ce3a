/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who we are and whom we trust in a conversation, from files. */

#include "cli/options.h"
#include "cli/spdm_known.h"
#include "gateway/load.h"
#include "spdm/connection.h"
#include "spdm/identity.h"

enum { SPDM_PARTY_HASHES = 7, SPDM_PARTY_ROOTS_MAX = 64 };

/* As given on the command line: "FILE", or "SLOT=FILE" for another slot than 0. */
struct spdm_party_words {
    struct option_texts chains; /* certificates from the root to the leaf, DER or PEM */
    struct option_texts keys;   /* PEM */
    struct option_texts trust;  /* roots, DER or PEM */
    const char *raw_key;        /* PEM; instead of chains */
    const char *peer_key;       /* the peer's public one, DER or PEM; instead of roots */
    bool insecure_trust_anyone;
};

struct spdm_party {
    struct private_key keys[SPDM_SLOTS];
    struct buffer chains[SPDM_SLOTS][SPDM_PARTY_HASHES];
    struct spdm_own_chain own[SPDM_SLOTS][SPDM_PARTY_HASHES];
    struct spdm_identity identity;
    bool has_identity;
    struct private_key raw_key;
    struct buffer raw_key_spki;
    struct public_key peer_key; /* empty: it shows certificates */
    struct buffer peer_key_spki;

    bool insecure_trust_anyone;
    size_t root_count;
    struct certificate roots[SPDM_PARTY_ROOTS_MAX];
    struct spdm_known_files files; /* for an onlooker: whom we trust, and ourselves */
};
void spdm_party_clear(struct spdm_party *party);

/* False, having said what is wrong. */
bool spdm_party_load(const char *command, const struct spdm_party_words *words,
                     struct spdm_party *out);

/* Certificates of a file, DER or PEM, as DER one after another. */
status spdm_party_certificates(const char *path, struct buffer *out, struct problem *problem);

/* Of the bits of BaseAsymAlgo or PqcAsymAlgo those that one of our keys can sign with. */
uint32_t spdm_party_asyms(const struct spdm_party *party, uint32_t bits, bool is_pqc);

/* The capability that tells how we show who we are; 0: we do not. */
uint32_t spdm_party_flag(const struct spdm_party *party);

/*
 * The chain that a peer shows in a slot. UNAUTHENTIC when its root is not trusted, DENIED when it
 * is not its time.
 */
status spdm_party_judge(const struct spdm_party *party, const struct spdm_chain_rules *rules,
                        slice bytes, int64_t now_s, struct spdm_chain *out);
