/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who we are: the certificate chains and keys that one side shows. Immutable while connections use
 * it, and all of it is borrowed.
 * spec: DSP0274 1.4, "Certificates and certificate chains"
 */

#include "crypto/key.h"
#include "spdm/connection.h"
#include "spdm/message/certificate.h"
#include "spdm/message/digests.h"

/* A slot's chain as CERTIFICATE gives it; its header depends on BaseHash (spdm_chain_write()). */
struct spdm_own_chain {
    enum hash hash;
    slice bytes;
    struct digest digest; /* by that hash */
};

struct spdm_own_slot {
    const struct spdm_own_chain *chains; /* one for each hash that may be negotiated */
    size_t chain_count;                  /* 0: the slot is empty */
    const struct private_key *key;
    uint8_t key_pair_id; /* this and the next two: told in multi-key connections */
    uint8_t certificate_model;
    uint16_t key_usage;
};

struct spdm_identity {
    struct spdm_own_slot slots[SPDM_SLOTS];
    uint8_t fillable_slots; /* one bit a slot that may be empty and get a chain; told from 1.3 on */
    const struct private_key *raw_key; /* provisioned with the peer: SPDM_SLOT_RAW_KEY; or NULL */
    slice raw_key_spki;
};

/* NULL when the slot is empty, there is no such slot, or it has no chain under `hash`. */
const struct spdm_own_chain *spdm_identity_chain(const struct spdm_identity *identity, uint8_t slot,
                                                 enum hash hash);
/* One bit a slot that has a chain under `hash`. */
uint8_t spdm_identity_slots(const struct spdm_identity *identity, enum hash hash);
/* The key that makes this signature as `slot`, which may be SPDM_SLOT_RAW_KEY. UNEXPECTED when
 * there is none, our capabilities do not tell of it, or it is for other uses in a multi-key
 * connection. */
status spdm_identity_signer(const struct spdm_identity *identity,
                            const struct spdm_connection *connection, enum spdm_signature signature,
                            uint8_t slot, const struct private_key **out);
/* The digest that stands for `slot` in transcripts. UNEXPECTED when it is empty. */
status spdm_identity_digest(const struct spdm_identity *identity, uint8_t slot, enum hash hash,
                            struct digest *out);
/* What DIGESTS says of us. UNEXPECTED when no slot has a chain under `hash`. */
status spdm_identity_digests(const struct spdm_identity *identity, enum hash hash,
                             struct spdm_digests *out);
/* The portion that was asked for, of at most `portion_max` bytes; the model is left out. */
status spdm_identity_certificate(const struct spdm_identity *identity, enum hash hash,
                                 const struct spdm_get_certificate *request, size_t portion_max,
                                 struct spdm_certificate *out);
