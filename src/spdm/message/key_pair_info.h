/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_KEY_PAIR_INFO, KEY_PAIR_INFO, SET_KEY_PAIR_INFO and SET_KEY_PAIR_INFO_ACK (1.3): the key
 * pairs of a responder with several, and what each may be used for.
 * spec: DSP0274 1.4, "GET_KEY_PAIR_INFO request and KEY_PAIR_INFO response messages",
 * "SET_KEY_PAIR_INFO request and SET_KEY_PAIR_INFO_ACK response messages"
 */

#include "spdm/message/header.h"

enum spdm_key_pair_capability {
    SPDM_KEY_PAIR_GENERATES = 1,
    SPDM_KEY_PAIR_ERASES = 1 << 1,
    SPDM_KEY_PAIR_CHANGES_SLOTS = 1 << 2,
    SPDM_KEY_PAIR_CHANGES_USAGE = 1 << 3,
    SPDM_KEY_PAIR_CHANGES_ALGORITHM = 1 << 4,
    SPDM_KEY_PAIR_IS_SHARED = 1 << 5, /* several slots may have it */
};

/* Numbers of their own: not those of BaseAsymAlgo. The post-quantum ones are PqcAsymAlgo's. */
enum spdm_key_pair_algorithm {
    SPDM_KEY_PAIR_RSA_2048 = 1,
    SPDM_KEY_PAIR_RSA_3072 = 1 << 1,
    SPDM_KEY_PAIR_RSA_4096 = 1 << 2,
    SPDM_KEY_PAIR_P256 = 1 << 3,
    SPDM_KEY_PAIR_P384 = 1 << 4,
    SPDM_KEY_PAIR_P521 = 1 << 5,
    SPDM_KEY_PAIR_SM2 = 1 << 6,
    SPDM_KEY_PAIR_ED25519 = 1 << 7,
    SPDM_KEY_PAIR_ED448 = 1 << 8,
};

enum spdm_key_pair_operation {
    SPDM_KEY_PAIR_CHANGE,
    SPDM_KEY_PAIR_ERASE,
    SPDM_KEY_PAIR_GENERATE,
};

struct spdm_key_pair_info {
    uint8_t total; /* key pairs; ids are 1 to this */
    uint8_t key_pair_id;
    uint16_t capabilities;       /* enum spdm_key_pair_capability */
    uint16_t usage_capabilities; /* as KeyUsageMask; spdm/message/digests.h */
    uint16_t usage;
    uint32_t algorithm_capabilities; /* enum spdm_key_pair_algorithm */
    uint32_t algorithm;
    uint8_t slots;                      /* one bit a slot that has this key */
    slice public_key_info;              /* DER: AlgorithmIdentifier */
    uint32_t post_quantum_capabilities; /* 1.4, as the next */
    uint32_t post_quantum_algorithm;
};

struct spdm_set_key_pair_info {
    uint8_t operation; /* enum spdm_key_pair_operation */
    uint8_t key_pair_id;
    uint16_t usage; /* this and all that follow: not to erase */
    uint32_t algorithm;
    uint8_t slots;
    uint32_t post_quantum_algorithm; /* 1.4 */
};

status spdm_get_key_pair_info_read(struct reader *reader, uint8_t *out_key_pair_id);
void spdm_get_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  uint8_t key_pair_id);

/*
 * UNSUPPORTED when a bit above the 32 of post-quantum algorithms is set, as in SET_KEY_PAIR_INFO.
 * Responders are at large that take six zeros too many behind this one in 1.4, in sessions too.
 */
status spdm_key_pair_info_read(struct reader *reader, const struct spdm_shape *shape,
                               struct spdm_key_pair_info *out);
void spdm_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_key_pair_info *info);

/* MALFORMED for any other operation. */
status spdm_set_key_pair_info_read(struct reader *reader, const struct spdm_shape *shape,
                                   struct spdm_set_key_pair_info *out);
void spdm_set_key_pair_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_set_key_pair_info *request);

status spdm_set_key_pair_info_ack_read(struct reader *reader);
void spdm_set_key_pair_info_ack_write(struct writer *writer, const struct spdm_shape *shape);
