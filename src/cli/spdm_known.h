/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an onlooker knows of both ends' keys: certificate chains and raw public keys, from the
 * conversation itself and from a folder of files (DER; one certificate, a chain of them from the
 * root on, or a public key).
 */

#include "spdm/chain.h"
#include "spdm/message/capabilities.h"

enum { SPDM_KNOWN_FILES_MAX = 256, SPDM_KNOWN_FILE_SIZE_MAX = SPDM_CHAIN_SIZE_MAX };

struct spdm_known_files {
    size_t count;
    struct buffer files[SPDM_KNOWN_FILES_MAX];
    size_t root_count;
    struct certificate roots[SPDM_KNOWN_FILES_MAX]; /* those files that are a root alone */
};
void spdm_known_files_clear(struct spdm_known_files *files);
/* Takes the file over. EXHAUSTED above SPDM_KNOWN_FILES_MAX. */
status spdm_known_files_add(struct spdm_known_files *files, struct buffer *file);

/* What is behind one slot. */
struct spdm_known_slot {
    struct digest told; /* what DIGESTS says; empty before */
    uint8_t model;      /* enum spdm_certificate_model, from the same */
    struct buffer gathered;
    bool is_whole;
    struct digest digest; /* of the chain, or of the raw key; empty while it is not known */
    bool has_key;         /* and `key` is borrowed from these: */
    struct spdm_chain chain;
    struct public_key raw;
};
void spdm_known_slot_clear(struct spdm_known_slot *slot);
const struct public_key *spdm_known_slot_key(const struct spdm_known_slot *slot);

/* Slots, and the raw key behind them. */
struct spdm_known_peer {
    struct spdm_known_slot slots[SPDM_SLOTS + 1];
};
void spdm_known_peer_clear(struct spdm_known_peer *peer);
/* `slot` may be SPDM_SLOT_RAW_KEY; NULL for a number that is none. */
struct spdm_known_slot *spdm_known_peer_slot(struct spdm_known_peer *peer, uint8_t slot);

/*
 * The chain is all there: its digest, and its key when it is a good one. Fails as spdm_chain_read()
 * does; then only the digest is known.
 */
status spdm_known_slot_finish(struct spdm_known_slot *slot, const struct spdm_chain_rules *rules);

/* Makes it the slot of what a file holds; false when that is no key, and no good chain. */
bool spdm_known_slot_read(struct spdm_known_slot *slot, const struct spdm_chain_rules *rules,
                          slice file);

/* Looks among the files for the chain, or the raw key, whose digest is this. */
void spdm_known_slot_find(struct spdm_known_slot *slot, const struct spdm_known_files *files,
                          const struct spdm_chain_rules *rules, slice digest);
