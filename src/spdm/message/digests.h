/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_DIGESTS and DIGESTS: the hash of the certificate chain in each slot that has one. In a
 * multi-key connection (1.3) also which key pair each slot has, and what for.
 * spec: DSP0274 1.4, "GET_DIGESTS request and DIGESTS response messages"
 */

#include "spdm/message/header.h"

enum spdm_certificate_model {
    SPDM_CERTIFICATE_MODEL_NONE,
    SPDM_DEVICE_CERT,
    SPDM_ALIAS_CERT,
    SPDM_GENERIC_CERT,
};

enum spdm_key_usage {
    SPDM_USE_KEY_EXCHANGE = 1 << 0,
    SPDM_USE_CHALLENGE = 1 << 1,
    SPDM_USE_MEASUREMENTS = 1 << 2,
    SPDM_USE_ENDPOINT_INFO = 1 << 3,
    SPDM_USE_STANDARDS = 1 << 14,
    SPDM_USE_VENDOR = 1 << 15,
};

status spdm_get_digests_read(struct reader *reader);
void spdm_get_digests_write(struct writer *writer, const struct spdm_shape *shape);

/* What DIGESTS says of one slot. */
struct spdm_slot_digest {
    slice digest;
    uint8_t key_pair_id; /* this and the next two: multi-key */
    uint8_t certificate_model;
    uint16_t key_usage;
};

struct spdm_digests {
    uint8_t supported_slots;                   /* 1.3, one bit a slot; 0 before */
    uint8_t provisioned_slots;                 /* those that follow */
    struct spdm_slot_digest slots[SPDM_SLOTS]; /* by slot number; empty where nothing is */
};

/*
 * MALFORMED when a slot is provisioned that is not supported; with several keys also when one has
 * no key pair or no such model, when slot 0 is anybody's or for nothing, and when there is a digest
 * of a chain that has no model.
 */
status spdm_digests_read(struct reader *reader, const struct spdm_shape *shape,
                         struct spdm_digests *out);
void spdm_digests_write(struct writer *writer, const struct spdm_shape *shape,
                        const struct spdm_digests *digests);
