/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_MEASUREMENTS and MEASUREMENTS. The blocks of the record are spdm/message/measurement_block.h.
 * spec: DSP0274 1.4, "GET_MEASUREMENTS request and MEASUREMENTS response messages"
 */

#include "spdm/message/header.h"

enum {
    SPDM_MEASUREMENTS_COUNT = 0, /* values of `operation`; others are an index */
    SPDM_MEASUREMENTS_ALL = 0xFF,
    SPDM_MEASUREMENT_RECORD_SIZE_MAX = (1 << 24) - 1,
};

struct spdm_get_measurements {
    bool asks_signature;
    bool asks_raw; /* values instead of their digests, where there are both */
    bool asks_new; /* as they will be after the next reset */
    uint8_t operation;
    uint8_t nonce[SPDM_NONCE_SIZE];     /* with a signature only, as the slot */
    uint8_t slot;                       /* 1.1; or SPDM_SLOT_RAW_KEY */
    uint8_t context[SPDM_CONTEXT_SIZE]; /* 1.3 */
};

/* 1.2: whether measurements changed since the last signed answer. */
enum spdm_change { SPDM_CHANGE_UNKNOWN, SPDM_CHANGED, SPDM_UNCHANGED };

struct spdm_measurements {
    uint8_t index_count; /* how many there are, for SPDM_MEASUREMENTS_COUNT; else 0 */
    uint8_t slot;        /* 1.1, when signed; or SPDM_SLOT_RAW_KEY */
    uint8_t change;      /* 1.2, when signed: enum spdm_change */
    uint8_t block_count;
    slice record; /* that many blocks, and nothing else */
    uint8_t nonce[SPDM_NONCE_SIZE];
    slice opaque;
    uint8_t context[SPDM_CONTEXT_SIZE]; /* 1.3: the requester's, back */
    bool is_signed;
    slice signature; /* when writing, empty while what it covers is being written */
};

status spdm_get_measurements_read(struct reader *reader, const struct spdm_shape *shape,
                                  struct spdm_get_measurements *out);
void spdm_get_measurements_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_get_measurements *request);

/*
 * `is_signed`: the request asked for a signature. The record is walked: MALFORMED when it does not
 * hold its count of well-formed blocks. EXHAUSTED past SPDM_OPAQUE_SIZE_MAX.
 */
status spdm_measurements_read(struct reader *reader, const struct spdm_shape *shape, bool is_signed,
                              struct spdm_measurements *out);
void spdm_measurements_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_measurements *measurements);
