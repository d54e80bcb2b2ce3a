/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_CAPABILITIES and CAPABILITIES: what each side can do, and how much it takes at a time.
 * Both are read by the version in their own header, for it is what the requester chose.
 * spec: DSP0274 1.4, "GET_CAPABILITIES request and CAPABILITIES response messages"
 */

#include "spdm/message/algorithms.h"

/* The same number on both sides; spdm_capabilities_check() knows which side may have which. */
enum spdm_capability {
    SPDM_CACHE_CAP = 1 << 0,
    SPDM_CERT_CAP = 1 << 1,
    SPDM_CHAL_CAP = 1 << 2,
    SPDM_MEAS_CAP = 3 << 3, /* two bits: SPDM_MEAS_... */
    SPDM_MEAS_FRESH_CAP = 1 << 5,
    SPDM_ENCRYPT_CAP = 1 << 6,
    SPDM_MAC_CAP = 1 << 7,
    SPDM_MUT_AUTH_CAP = 1 << 8,
    SPDM_KEY_EX_CAP = 1 << 9,
    SPDM_PSK_CAP = 3 << 10, /* two bits: SPDM_PSK_... */
    SPDM_ENCAP_CAP = 1 << 12,
    SPDM_HBEAT_CAP = 1 << 13,
    SPDM_KEY_UPD_CAP = 1 << 14,
    SPDM_HANDSHAKE_IN_THE_CLEAR_CAP = 1 << 15,
    SPDM_PUB_KEY_ID_CAP = 1 << 16,
    SPDM_CHUNK_CAP = 1 << 17,
    SPDM_ALIAS_CERT_CAP = 1 << 18,
    SPDM_SET_CERT_CAP = 1 << 19,
    SPDM_CSR_CAP = 1 << 20,
    SPDM_CERT_INSTALL_RESET_CAP = 1 << 21,
    SPDM_EP_INFO_CAP = 3 << 22, /* two bits: SPDM_EP_INFO_... */
    SPDM_MEL_CAP = 1 << 24,
    SPDM_EVENT_CAP = 1 << 25,
    SPDM_MULTI_KEY_CAP = 3 << 26, /* two bits: SPDM_MULTI_KEY_... */
    SPDM_GET_KEY_PAIR_INFO_CAP = 1 << 28,
    SPDM_SET_KEY_PAIR_INFO_CAP = 1 << 29,
    SPDM_SET_KEY_PAIR_RESET_CAP = 1 << 30,
};

/* Bit 31 is no int. */
#define SPDM_LARGE_RESP_CAP (UINT32_C(1) << 31)

/* The values of the two-bit fields; 3 is reserved in all of them. */
enum {
    SPDM_MEAS_UNSIGNED = 1 << 3,
    SPDM_MEAS_SIGNED = 2 << 3,
    SPDM_PSK_PLAIN = 1 << 10, /* a requester's, and a responder's without context */
    SPDM_PSK_WITH_CONTEXT = 2 << 10,
    SPDM_EP_INFO_UNSIGNED = 1 << 22,
    SPDM_EP_INFO_SIGNED = 2 << 22,
    SPDM_MULTI_KEY_ONLY = 1 << 26,
    SPDM_MULTI_KEY_NEGOTIABLE = 2 << 26,
};

enum { SPDM_SLOT_MGMT_CAP = 1 << 0 }; /* of `extended_flags` */

enum {
    SPDM_DATA_TRANSFER_SIZE_MIN = 42,
    SPDM_TIMEOUT_EXPONENT_MAX = 31, /* 2^31 us are 36 minutes; a larger one is refused */
};

struct spdm_capabilities {
    uint8_t version;
    uint8_t timeout_exponent; /* cryptography takes up to 2^this us */
    uint16_t extended_flags;  /* 1.4 */
    uint32_t flags;
    uint32_t data_transfer_size; /* 1.2: the largest message taken in one piece */
    uint32_t message_size_max;   /* 1.2: ... and in chunks */
    bool asks_algorithms;        /* 1.3, of a request: for the block below */
    bool has_algorithms;         /* 1.3, of a response */
    struct spdm_algorithm_set algorithms;
};

/* UNSUPPORTED for a version that we do not know; MALFORMED for sizes or times out of range. */
status spdm_get_capabilities_read(struct reader *reader, struct spdm_capabilities *out);
void spdm_get_capabilities_write(struct writer *writer, const struct spdm_capabilities *caps);

status spdm_capabilities_read(struct reader *reader, struct spdm_capabilities *out);
void spdm_capabilities_write(struct writer *writer, const struct spdm_capabilities *caps);

enum spdm_side { SPDM_REQUESTER, SPDM_RESPONDER };

/*
 * Whether the flags of `side` contradict each other: MALFORMED then. Flags that their version does
 * not know are not looked at: spdm_capabilities_known() leaves them out.
 */
status spdm_capabilities_check(const struct spdm_capabilities *caps, enum spdm_side side);
/* The flags that mean something in `version` when `side` sends them. */
uint32_t spdm_capabilities_known(uint8_t version, enum spdm_side side);
