/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_CERTIFICATE and CERTIFICATE: one portion of a slot's certificate chain. From 1.4 a chain may
 * pass 64 KiB; both messages then have the large form.
 * spec: DSP0274 1.4, "GET_CERTIFICATE request and CERTIFICATE response messages"
 */

#include "spdm/message/header.h"

enum { SPDM_CERTIFICATE_HEADER_SIZE_MAX = 16 }; /* before the portion, in the large form */

struct spdm_get_certificate {
    uint8_t slot;
    bool is_large;       /* 1.4 */
    bool asks_slot_size; /* 1.3: how much room the slot has, instead of a portion */
    uint32_t offset;
    uint32_t length; /* the most that is wanted */
};

struct spdm_certificate {
    uint8_t slot;
    bool is_large;
    uint8_t certificate_model; /* 1.3, in a multi-key connection; spdm/message/digests.h */
    slice portion;
    uint32_t remainder_size; /* of the chain, after this portion */
};

status spdm_get_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                                 struct spdm_get_certificate *out);
void spdm_get_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_get_certificate *request);

status spdm_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                             struct spdm_certificate *out);
void spdm_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                            const struct spdm_certificate *certificate);
