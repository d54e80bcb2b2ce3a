/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * NEGOTIATE_ALGORITHMS and ALGORITHMS: what the requester offers, and what the responder selects.
 * The bits' meaning is spdm/algorithms.h; here they are numbers.
 * spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS request and ALGORITHMS response messages"
 */

#include "spdm/message/header.h"

/* The algorithm structure tables, by their type. */
enum spdm_table {
    SPDM_TABLE_DHE = 2,
    SPDM_TABLE_AEAD,
    SPDM_TABLE_REQUESTER_ASYM,
    SPDM_TABLE_KEY_SCHEDULE,
    SPDM_TABLE_REQUESTER_PQC, /* 1.4 */
    SPDM_TABLE_KEM,           /* 1.4 */
    SPDM_TABLES,
};

enum {
    SPDM_OPAQUE_FORMAT_0 = 1 << 0, /* of other_params */
    SPDM_OPAQUE_FORMAT_1 = 1 << 1,
    SPDM_OPAQUE_FORMATS = 0xF,
    SPDM_MULTI_KEY_CONNECTION = 1 << 4, /* 1.3 */

    SPDM_EXTENDED_ALGORITHM_SIZE = 4,
    SPDM_EXTENDED_ALGORITHMS_1_0_MAX = 8,
    SPDM_EXTENDED_ALGORITHMS_MAX = 20, /* in all lists of a message */
    SPDM_NEGOTIATE_ALGORITHMS_SIZE_MAX = 128,
    SPDM_NEGOTIATE_ALGORITHMS_1_0_SIZE_MAX = 64,
};

struct spdm_algorithm_table {
    bool is_present;
    uint16_t algorithms;
    slice extended; /* entries of four bytes: registry, reserved, u16 */
};

struct spdm_algorithm_set {
    uint8_t measurement_specifications; /* bit 0: DMTF */
    uint8_t other_params;               /* 1.2 */
    uint8_t log_specifications;         /* 1.3, of the measurement extension log; bit 0: DMTF */
    uint32_t base_asym;
    uint32_t base_hash;
    uint32_t pqc_asym; /* 1.4 */
    slice extended_asym, extended_hash;
    struct spdm_algorithm_table tables[SPDM_TABLES]; /* 1.1, by enum spdm_table */
};

/*
 * EXHAUSTED past SPDM_EXTENDED_ALGORITHMS_MAX; MALFORMED when the message's own length is not its
 * length, for a table that the version does not know, and for tables out of order.
 */
status spdm_negotiate_algorithms_read(struct reader *reader, const struct spdm_shape *shape,
                                      struct spdm_algorithm_set *out);
void spdm_negotiate_algorithms_write(struct writer *writer, const struct spdm_shape *shape,
                                     const struct spdm_algorithm_set *offer);

struct spdm_algorithms {
    uint32_t measurement_hash;
    struct spdm_algorithm_set selected;
};

/* As above, and MALFORMED where more than one algorithm is selected. None may be right. */
status spdm_algorithms_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_algorithms *out);
void spdm_algorithms_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_algorithms *algorithms);

/* The block that CAPABILITIES may end with (1.3): the offer without the message's header. */
status spdm_supported_algorithms_read(struct reader *reader, uint8_t version,
                                      struct spdm_algorithm_set *out);
void spdm_supported_algorithms_write(struct writer *writer, uint8_t version,
                                     const struct spdm_algorithm_set *set);
