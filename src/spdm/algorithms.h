/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the bits of NEGOTIATE_ALGORITHMS and ALGORITHMS mean, and which of them is chosen.
 * spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS request and ALGORITHMS response messages"
 */

#include "crypto/aead.h"
#include "crypto/agreement.h"
#include "crypto/asym.h"
#include "spdm/message/algorithms.h"

enum {
    SPDM_MEASUREMENTS_DMTF = 1 << 0,    /* of `measurement_specifications` */
    SPDM_LOG_DMTF = 1 << 0,             /* of `log_specifications` */
    SPDM_MEASUREMENT_HASH_RAW = 1 << 0, /* no digests, only raw bit streams */
    SPDM_KEY_SCHEDULE = 1 << 0,         /* SPDM's own, the only one there is */
};

/* The algorithms of a conversation. NONE where nothing was selected. */
struct spdm_suite {
    enum hash hash;
    enum hash measurement_hash; /* NONE also for raw bit streams only */
    bool measurements_are_raw;
    enum asym asym; /* the responder's */
    enum asym requester_asym;
    enum group group;
    enum aead aead;
    bool has_key_schedule;
    bool has_measurements;       /* DMTF's specification was selected */
    bool has_log;                /* DMTF's measurement extension log */
    bool has_opaque_list;        /* opaque data is general format 1 */
    bool is_multi_key_requester; /* the responder's choice: the requester has several keys */
};

/* All that `version` has and this OpenSSL can: an offer, or what to choose from. */
void spdm_suite_available(uint8_t version, struct spdm_algorithm_set *out,
                          uint32_t *out_measurement_hash);

/*
 * The responder's choice: of each kind the strongest that both support, and none where there is
 * none; post-quantum before classical; only tables that the requester sent. Of `ours`, what
 * `version` does not know is not looked at. The multi-key bit is left to the caller.
 */
void spdm_suite_select(uint8_t version, const struct spdm_algorithm_set *ours,
                       const struct spdm_algorithm_set *theirs, struct spdm_algorithm_set *out);
/* The strongest that is among `bits`; the digests' hash has no offer. */
uint32_t spdm_strongest_measurement_hash(uint8_t version, uint32_t bits);

/*
 * What was selected. MALFORMED for two of a kind, also a classical and a post-quantum one;
 * UNSUPPORTED when it is not among `offer`, and without a hash, for then nothing can follow.
 */
status spdm_suite_take(uint8_t version, const struct spdm_algorithm_set *offer,
                       const struct spdm_algorithms *algorithms, struct spdm_suite *out);

/* Sets the sizes that follow. */
void spdm_suite_shape(const struct spdm_suite *suite, struct spdm_shape *shape);

/* One bit to what it means, and back. NONE and 0 where there is no such. */
enum hash spdm_hash_of(uint32_t bit);
enum hash spdm_measurement_hash_of(uint32_t bit);
enum asym spdm_asym_of(uint32_t bit);     /* BaseAsymAlgo, ReqBaseAsymAlg */
enum asym spdm_pqc_asym_of(uint32_t bit); /* PqcAsymAlgo, ReqPqcAsymAlg */
uint32_t spdm_hash_bit(enum hash hash);
uint32_t spdm_measurement_hash_bit(enum hash hash);
uint32_t spdm_asym_bit(enum asym asym);
uint32_t spdm_pqc_asym_bit(enum asym asym);
