/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * FINISH and FINISH_RSP: end the handshake that KEY_EXCHANGE began.
 * spec: DSP0274 1.4, "FINISH request and FINISH_RSP response messages"
 */

#include "spdm/message/header.h"

struct spdm_finish {
    bool is_signed;    /* the requester authenticates itself */
    uint8_t slot;      /* when signed: the requester's, or SPDM_SLOT_RAW_KEY */
    slice opaque;      /* 1.4 */
    slice signature;   /* when writing, empty while what it covers is being written; */
    slice verify_data; /* and so is this */
};

struct spdm_finish_rsp {
    slice opaque;      /* 1.4 */
    slice verify_data; /* only when the handshake is in the clear; empty as above */
};

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX, as in the response. */
status spdm_finish_read(struct reader *reader, const struct spdm_shape *shape,
                        struct spdm_finish *out);
void spdm_finish_write(struct writer *writer, const struct spdm_shape *shape,
                       const struct spdm_finish *request);

status spdm_finish_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_finish_rsp *out);
void spdm_finish_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_finish_rsp *response);
